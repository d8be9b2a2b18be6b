#include "latent/solver/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fixtures/random_models.hpp"
#include "latent/models/gaussian_mixture.hpp"

namespace latent {
namespace {

using testing::HasSubstr;

RestartOutcome converged_at(double objective) {
  RestartOutcome outcome;
  outcome.objective = outcome.log_likelihood = objective;
  outcome.stop = {.rule = "estimated rest 3e-07 nats < 1e-06", .converged = true};
  return outcome;
}

RestartOutcome failed() {
  RestartOutcome outcome;
  outcome.failure = "a component collapsed";
  return outcome;
}

TEST(Optima, AreCountedByTheirObjectives) {
  RestartOutcome unfinished = converged_at(-90.0);
  unfinished.stop.converged = false;
  const Optima optima = optima_of({converged_at(-100.0), converged_at(-120.0), converged_at(-100.000001), unfinished,
                                   failed(), converged_at(-110.0)});
  EXPECT_EQ(optima.converged, 4);
  EXPECT_EQ(optima.distinct, 3);
  EXPECT_EQ(optima.best_reached, 2);
  EXPECT_EQ(optima.unfinished, 1);
  EXPECT_EQ(optima.failed, 1);
  EXPECT_EQ(sentence(optima), "6 restarts: 3 distinct maxima, the best reached 2 times; 1 did not converge; 1 failed");
}

TEST(Optima, ARestartThatHadNotBegunIsNoMaximum) {
  RestartOutcome waiting;
  waiting.begun = false;
  EXPECT_EQ(sentence(optima_of({converged_at(-1.0), waiting})),
            "2 restarts: 1 distinct maximum, the best reached once; 1 had not begun");
}

// A thousandth of a nat, whatever the size of the objective: it is a sum over observations, in units of theirs.
TEST(Optima, AreTheSameWithinAThousandthOfANat) {
  for (const double size : {0.0, 200.0, 3e6, 1e9}) {
    EXPECT_EQ(optima_of({converged_at(-size), converged_at(-size + 0.9e-3)}).distinct, 1) << size;
    EXPECT_EQ(optima_of({converged_at(-size), converged_at(-size + 1.1e-3)}).distinct, 2) << size;
  }
}

TEST(Optima, WithoutConvergenceThereAreNone) {
  EXPECT_EQ(sentence(optima_of({failed()})), "1 restart: none converged; 1 failed");
}

TEST(FullReport, TellsEachRestartsStartAndEndAndTheCost) {
  RandomEngine rng = random_stream(330, 0);
  const RowMatrix data = random_models::clustered_data(120, 2, 3, rng);
  const auto result = fit(GaussianMixture(3), data, {.restarts = 4});
  const std::string report = full_report(result);
  EXPECT_THAT(report, HasSubstr("EM: log-likelihood "));
  EXPECT_THAT(report, HasSubstr("4 restarts: "));
  EXPECT_THAT(report, HasSubstr("the best\n"));
  int e_steps = 0;
  for (const RestartOutcome& restart : result.restarts) {
    EXPECT_LT(restart.start_objective, restart.objective);
    EXPECT_EQ(restart.effort.m_steps, restart.iterations);
    EXPECT_EQ(restart.effort.e_steps, restart.iterations + 1);
    EXPECT_GT(restart.effort.e_step_seconds, 0.0);
    e_steps += restart.effort.e_steps;
  }
  EXPECT_THAT(report, HasSubstr(std::to_string(e_steps) + " E-steps in "));
}

TEST(FullReport, TellsFailuresAndWarnings) {
  FitSummary summary;
  summary.method = "EM";
  summary.best_restart = 2;
  summary.restarts = {failed(), converged_at(-5.0)};
  summary.restarts[0].number = 1;
  summary.restarts[1].number = 2;
  summary.warnings = {"1 of 2 restarts failed"};
  EXPECT_THAT(full_report(summary), HasSubstr("      1  failed: a component collapsed\n"));
  EXPECT_THAT(full_report(summary), HasSubstr("warning: 1 of 2 restarts failed\n"));
}

}  // namespace
}  // namespace latent
