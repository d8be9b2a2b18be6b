#include "latent/solver/short_runs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <stop_token>

#include "fixtures/hills.hpp"
#include "latent/solver/fit.hpp"

namespace latent {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// em-EM: of many short runs from random starts the best goes on.
TEST(ShortRuns, FindTheHighestHillInOneRestart) {
  const auto result = fit(Hills(), 0.0, {.restarts = 1, .short_runs = ShortRuns{.runs = 40, .iterations = 1}});
  EXPECT_EQ(result.model.x, 3.0);
  EXPECT_GT(result.restarts[0].effort.e_steps, 40);  // theirs count
}

TEST(ShortRuns, ASingleOneWithoutIterationsIsARandomStart) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const FitOptions plain = {.restarts = 20, .seed = seed, .stop = iteration_limit(0)};
    FitOptions short_runs = plain;
    short_runs.short_runs = ShortRuns{.runs = 1, .iterations = 0};
    EXPECT_EQ(fit(Hills(), 0.0, short_runs).model.x, fit(Hills(), 0.0, plain).model.x);
  }
}

TEST(ShortRuns, FailOnlyWhereAllOfARestartsDo) {
  const auto result = fit(Hills(), 0.0, {.restarts = 40, .short_runs = ShortRuns{.runs = 8, .iterations = 2}});
  for (const RestartOutcome& restart : result.restarts) EXPECT_FALSE(restart.failure.has_value());
  EXPECT_THAT([] { fit(Hopeless(), 0.0, {.restarts = 1, .short_runs = ShortRuns()}); },
              ThrowsMessage<std::runtime_error>("no hope"));
}

// Of 1,000,000 short runs only those before the stop are made, and their best is the result.
TEST(ShortRuns, AreCutWhereAStopIsRequested) {
  struct Stoppable : Hills {
    std::stop_source* stop = nullptr;
    void initialize(Data data, RandomEngine& rng) {
      Hills::initialize(data, rng);
      if (std::round(x) == 3.0) stop->request_stop();
    }
  };
  std::stop_source stop;
  const auto result = fit(Stoppable{{}, &stop}, 0.0,
                          {.restarts = 3,
                           .threads = 1,
                           .stop = stop_requested(stop.get_token()),
                           .short_runs = ShortRuns{.runs = 1'000'000}});
  EXPECT_EQ(std::round(result.model.x), 3.0);
  EXPECT_LT(result.restarts[0].effort.e_steps, 10'000);
  EXPECT_FALSE(result.restarts[2].begun);
}

TEST(ShortRuns, OfATimeLimitAreThoseThatItLeavesTimeFor) {
  const auto result =
      fit(Hills(), 0.0, {.restarts = 1, .stop = time_limit(0.05), .short_runs = ShortRuns{.runs = 1'000'000}});
  EXPECT_EQ(result.stop.rule, "0.05 seconds");
}

// The policy for decreases is that of the fit.
TEST(ShortRuns, AreWatchedForDecreases) {
  struct Decreasing : Hills {
    void m_step(const Statistics& top) { x = top - 0.4; }
  };
  EXPECT_THROW(fit(Decreasing(), 0.0, {.restarts = 1, .on_decrease = OnDecrease::raise, .short_runs = ShortRuns()}),
               ObjectiveDecreased);
}

TEST(ShortRuns, AreRefusedWhereTheyMakeNoSense) {
  EXPECT_THAT([] { fit(Hills(), 0.0, {.short_runs = ShortRuns{.runs = 0}}); },
              ThrowsMessage<InvalidOption>(HasSubstr("short runs: 0: must be at least 1, and at most 1000000")));
  EXPECT_THAT([] { fit(Hills(), 0.0, {.short_runs = ShortRuns{.runs = 2, .iterations = -1}}); },
              ThrowsMessage<InvalidOption>(HasSubstr("iterations of short runs: -1")));
  EXPECT_THAT([] { fit_from(Hills(), 0.0, {.short_runs = ShortRuns()}); },
              ThrowsMessage<InvalidOption>(HasSubstr("can't be made where the start is given")));
}

}  // namespace
}  // namespace latent
