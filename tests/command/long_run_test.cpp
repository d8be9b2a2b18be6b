// Fits that crawl, that are watched, and that are interrupted.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <string>

#include "command/fixture.hpp"

namespace latent::command {
namespace {

using testing::HasSubstr;

const std::string faithful = data("old_faithful.csv");

TEST_F(Command, AnAcceleratedFitEndsAtTheSameMaximumInFewerESteps) {
  const std::string crawling =
      "gaussian-mixture " + faithful + " --components 3 --covariance tied --penalty 0 --restarts 20 --stop parameters";
  const json plain = fit(crawling);
  EXPECT_EQ(plain.at("method"), "EM");
  for (const std::string method : {"squarem", "anderson", "parabolic"}) {
    const json fast = fit(fmt::format("{} --acceleration {}", crawling, method));
    EXPECT_NEAR(fast.at("log_likelihood").get<double>(), plain.at("log_likelihood").get<double>(), 1e-6) << method;
    if (method == "parabolic") continue;  // it looks for its steps by E-steps
    EXPECT_LT(fast.at("trace").back().at("e_steps"), plain.at("trace").back().at("e_steps")) << method;
  }
  const Outcome refused = latent("fit " + crawling + " --acceleration warp");
  EXPECT_EQ(refused.status, 2);
  EXPECT_EQ(refused.err, "latent: --acceleration: warp: must be none, squarem, anderson or parabolic\n");
}

TEST_F(Command, EveryModelCanBeAccelerated) {
  EXPECT_EQ(fit("incomplete-gaussian " + data("airquality.csv") +
                " --columns Ozone,Solar.R,Wind,Temp --acceleration anderson")
                .at("method"),
            "Anderson");
  EXPECT_EQ(fit("coin-mixture " + data("coin_tosses.csv") + " --components 2 --acceleration squarem").at("method"),
            "SQUAREM");
}

TEST_F(Command, SaysHowManyMaximaTheRestartsFound) {
  const std::string fitting = "gaussian-mixture " + faithful + " --components 4";
  EXPECT_THAT(latent("fit " + fitting).out, testing::ContainsRegex("restarts +10 restarts: [0-9]+ distinct m"));
  const json fitted = fit(fitting);
  EXPECT_GE(fitted.at("distinct_maxima"), 2);
  EXPECT_GE(fitted.at("best_reached"), 1);
}

TEST_F(Command, ShortRunsBeginEachRestartHigher) {
  const std::string fitting = "gaussian-mixture " + faithful + " --components 4 --restarts 5 --max-iterations 0";
  const json single = fit(fitting);
  const json best_of_many = fit(fitting + " --short-runs 20");
  EXPECT_GT(best_of_many.at("objective").get<double>(), single.at("objective").get<double>());
  EXPECT_EQ(latent("fit " + fitting + " --short-runs 0").err,
            "latent: --short-runs: 0: must be a whole number from 1 to 1000000\n");
}

TEST_F(Command, ACheckpointIsResumedToTheSameResult) {
  const std::string fitting = "gaussian-mixture " + faithful + " --components 3 --restarts 3 --seed 5";
  fit(fitting + " --max-iterations 4 --checkpoint half.checkpoint");
  const json resumed = fit(fitting + " --checkpoint half.checkpoint");
  EXPECT_EQ(resumed, fit(fitting));
  const Outcome other = latent("fit gaussian-mixture " + faithful + " --components 2 --checkpoint half.checkpoint");
  EXPECT_EQ(other.status, 2);
  EXPECT_THAT(other.err, HasSubstr("--checkpoint: half.checkpoint: is of a fit "));
}

// Ctrl-C while a fit without an end goes on: what there is is told, and the same command goes on from the checkpoint.
TEST_F(Command, AnInterruptedFitIsKeptAndResumed) {
  const std::string fitting =
      "gaussian-mixture " + faithful + " --components 3 --restarts 1 --tolerance 0 --threads 1 --json";
  const std::string endless = fitting + " --max-iterations 100000000 --checkpoint endless.checkpoint";
  const Outcome first = latent("fit " + endless, "timeout --foreground --preserve-status --signal INT 0.4");
  EXPECT_EQ(first.status, 130);
  EXPECT_THAT(first.err, HasSubstr("latent: interrupted; endless.checkpoint has the fit so far: the same command"));
  const json half = json::parse(first.out);
  EXPECT_EQ(half.at("stop_reason"), "interrupted");
  EXPECT_FALSE(half.at("converged").get<bool>());

  const Outcome second = latent("fit " + endless, "timeout --foreground --preserve-status --signal INT 0.4");
  EXPECT_EQ(second.status, 130);
  const json further = json::parse(second.out);
  EXPECT_GT(further.at("iterations"), half.at("iterations"));
  const auto uninterrupted =
      latent(fmt::format("fit {} --max-iterations {}", fitting, further.at("iterations").get<int>()));
  EXPECT_EQ(further.at("parameters"), json::parse(uninterrupted.out).at("parameters"));
}

// A job that is ended, and a terminal that is closed.
TEST_F(Command, EverySignalToEndKeepsTheFit) {
  const std::string fitting = "gaussian-mixture " + faithful +
                              " --components 3 --restarts 1 --tolerance 0 --max-iterations 100000000 --checkpoint ";
  for (const std::string signal : {"INT", "TERM", "HUP"}) {
    SCOPED_TRACE(signal);
    const Outcome outcome = latent("fit " + fitting + signal + ".checkpoint --json",
                                   "timeout --foreground --preserve-status --signal " + signal + " 0.4");
    EXPECT_EQ(outcome.status, 130);
    EXPECT_THAT(outcome.err, HasSubstr("latent: warning: not converged (interrupted): "));
    EXPECT_THAT(outcome.err, HasSubstr("latent: interrupted; " + signal + ".checkpoint has the fit so far"));
    const int made = json::parse(outcome.out).at("iterations").get<int>();
    const json resumed = fit("gaussian-mixture " + faithful + " --components 3 --restarts 1 --tolerance 0 " +
                             "--max-iterations 1 --checkpoint " + signal + ".checkpoint");
    EXPECT_EQ(resumed.at("iterations"), made);
    EXPECT_EQ(resumed.at("stop_reason"), fmt::format("{} iterations, where 1 is allowed", made));
  }
}

// A selection that is ended again and again ends with the bits of one that never was; and says no more than that
// before.
TEST_F(Command, AnInterruptedSelectionIsKeptAndResumed) {
  for (const std::string criterion : {"bic", "lrt --replicates 19 --level 0.06"}) {
    const std::string selecting = "select gaussian-mixture " + faithful +
                                  " --components 1..4 --restarts 4 --max-iterations 300 --json --criterion " +
                                  criterion;
    const std::string kept = selecting + " --checkpoint " + criterion.substr(0, 3) + ".checkpoint";
    const Outcome uninterrupted = latent(selecting);
    ASSERT_EQ(uninterrupted.status, 0) << uninterrupted.err;
    Outcome outcome;
    int interruptions = 0;
    constexpr int most = 100;
    for (double seconds = 0.1; interruptions < most; ++interruptions, seconds *= 1.2) {
      const std::string signal = interruptions % 2 == 0 ? "TERM" : "HUP";
      outcome = latent(kept, fmt::format("timeout --foreground --preserve-status --signal {} {}", signal, seconds));
      if (outcome.status == 0) break;
      if (outcome.status > 128 && outcome.err.empty()) continue;  // before it had begun
      ASSERT_EQ(outcome.status, 130) << outcome.err;
      EXPECT_EQ(outcome.out, "");
      EXPECT_EQ(outcome.err, "latent: interrupted; " + criterion.substr(0, 3) +
                                 ".checkpoint has what was finished: the same command goes on from it\n");
    }
    EXPECT_GT(interruptions, 0);
    EXPECT_EQ(outcome.out, uninterrupted.out);
  }
  const Outcome other = latent("select gaussian-mixture " + faithful +
                               " --components 1..4 --restarts 4 --max-iterations 301 --checkpoint bic.checkpoint");
  expect_refusal(other, "--checkpoint: bic.checkpoint: is of a selection by bic with other settings");
}

TEST_F(Command, AnInterruptedSelectionWithoutACheckpointSaysHowToHaveOne) {
  const Outcome outcome =
      latent("select gaussian-mixture " + faithful + " --components 2..4 --tolerance 0 --max-iterations 100000000",
             "timeout --foreground --preserve-status --signal INT 0.4");
  EXPECT_EQ(outcome.status, 130);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "latent: interrupted; with --checkpoint FILE a selection can be resumed\n");
}

// As nohup has it.
TEST_F(Command, ASignalThatIsIgnoredStaysSo) {
  const Outcome outcome = latent("fit gaussian-mixture " + faithful +
                                     " --components 3 --restarts 1 --tolerance 0 --max-iterations 100000000 "
                                     "--time-limit 1 --quiet",
                                 "timeout --foreground --preserve-status --signal HUP 0.3 nohup");
  EXPECT_EQ(outcome.status, 0);
}

// A coin that falls on one side only has a bias at the end of its range, which no number of standard errors reaches.
TEST_F(Command, NoChangeOfAParameterIsInfinite) {
  write("coins.csv", "heads,tosses\n0,10\n10,10\n0,10\n10,10\n");
  const json fitted = fit("coin-mixture coins.csv --components 2 --trace trace.csv");
  for (const json& iteration : fitted.at("trace")) {
    if (!iteration.contains("parameter_change")) continue;
    EXPECT_TRUE(iteration.at("parameter_change").is_number());
  }
  EXPECT_THAT(read("trace.csv"), testing::Not(HasSubstr("inf")));
}

TEST_F(Command, AnInterruptedFitWithoutACheckpointSaysHowToHaveOne) {
  const Outcome outcome = latent(
      "fit gaussian-mixture " + faithful + " --components 3 --restarts 1 --tolerance 0 --max-iterations 100000000",
      "timeout --foreground --preserve-status --signal INT 0.4");
  EXPECT_EQ(outcome.status, 130);
  EXPECT_THAT(outcome.err, HasSubstr("with --checkpoint FILE a fit can be resumed"));
}

TEST_F(Command, ATimeLimitEndsARun) {
  const json fitted = fit("gaussian-mixture " + faithful +
                          " --components 3 --restarts 1 --tolerance 0 --max-iterations 100000000 --time-limit 0.2");
  EXPECT_EQ(fitted.at("stop_reason"), "0.2 seconds");
}

TEST_F(Command, ADecreaseCanEndAFit) {
  const std::string with_ridge = "gaussian-mixture " + faithful + " --components 2";
  EXPECT_EQ(latent("fit " + with_ridge + " --on-decrease throw").status, 0);  // EM does not decrease it
  EXPECT_EQ(latent("fit " + with_ridge + " --on-decrease panic").err,
            "latent: --on-decrease: panic: must be warn, throw or ignore\n");
}

}  // namespace
}  // namespace latent::command
