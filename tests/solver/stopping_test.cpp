#include "latent/solver/stopping.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "latent/core/errors.hpp"

namespace latent {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// A trace of these objectives.
Trace trace_of(const std::vector<double>& objectives) {
  Trace trace;
  for (const double objective : objectives) {
    Iteration iteration;
    iteration.number = iteration.em_steps = static_cast<int>(trace.size());
    iteration.objective = objective;
    if (!trace.empty()) iteration.gain = objective - trace.back().objective;
    iteration.seconds = iteration.number;
    trace.push_back(iteration);
  }
  return trace;
}

bool stops(const StoppingRule& rule, const std::vector<double>& objectives) {
  return rule(trace_of(objectives)).has_value();
}

TEST(RelativeGain, IsRelativeToTheObjective) {
  EXPECT_TRUE(stops(relative_gain(1e-3), {-1000.0, -999.1}));
  EXPECT_FALSE(stops(relative_gain(1e-3), {-1000.0, -998.9}));
}

TEST(RelativeGain, IsAbsoluteWhereTheObjectiveIsNearZero) {
  EXPECT_TRUE(stops(relative_gain(1e-3), {-0.0010, -0.0001}));
  EXPECT_FALSE(stops(relative_gain(1e-3), {-0.0020, -0.0001}));
}

TEST(RelativeGain, NeverHoldsAtTheStartNorWithATolerance0) {
  EXPECT_FALSE(stops(relative_gain(1e10), {-1.0}));
  EXPECT_FALSE(stops(relative_gain(0.0), {-1.0, -1.0}));
}

TEST(RelativeGain, ADecreaseIsNotConvergence) { EXPECT_FALSE(stops(relative_gain(1e-3), {-1000.0, -1010.0})); }

TEST(AbsoluteGain, LooksAtTheGainAlone) {
  EXPECT_TRUE(stops(absolute_gain(1e-2), {-1e6, -1e6 + 0.009}));
  EXPECT_FALSE(stops(absolute_gain(1e-2), {-1e6, -1e6 + 0.011}));
}

// A geometric run 1 − a^t has a^t left at t: Aitken's projection is exact there.
TEST(AitkenGain, KnowsWhatIsLeftOfAGeometricRun) {
  const double a = 0.9;
  std::vector<double> objectives;
  for (int t = 0; t <= 20; ++t) objectives.push_back(1.0 - std::pow(a, t));
  const double left = std::pow(a, 20);
  EXPECT_TRUE(stops(aitken_gain(left * 1.001), objectives));
  EXPECT_FALSE(stops(aitken_gain(left * 0.999), objectives));
}

TEST(AitkenGain, WaitsForAGainThatShrinks) {
  EXPECT_FALSE(stops(aitken_gain(1.0), {0.0, 0.1}));
  EXPECT_FALSE(stops(aitken_gain(1.0), {0.0, 0.1, 0.3}));
  EXPECT_TRUE(stops(aitken_gain(1.0), {0.0, 0.0, 0.0, 0.0}));
  EXPECT_FALSE(stops(aitken_gain(0.0), {0.0, 0.0, 0.0, 0.0}));
}

TEST(StoppingRule, NoneHoldsAtTheStartButLimits) {
  const std::vector<StoppingRule> rules = {estimated_rest(1e9), relative_gain(1e9),    absolute_gain(1e9),
                                           aitken_gain(1e9),    parameter_change(1e9), iteration_limit(1),
                                           time_limit(1.0)};
  for (const StoppingRule& rule : rules) EXPECT_FALSE(stops(rule, {-1.0}));
}

// A first step down to a plateau looks like the end of a run, until the next gain.
TEST(AitkenGain, IsNotFooledByOneRatio) {
  EXPECT_FALSE(stops(aitken_gain(1e-2), {0.0, 1.0, 1.001}));
  EXPECT_FALSE(stops(aitken_gain(1e-2), {0.0, 1.0, 1.001, 1.002}));
  EXPECT_FALSE(stops(aitken_gain(1e-2), {0.0, 1.0, 1.05, 1.07}));
}

// Gains that begin to shrink faster: two projections in a row are small, but no rate is steady yet.
TEST(AitkenGain, IsBelievedOnlyWhereTheEstimatedRestAgrees) {
  std::vector<double> objectives = {0.0};
  for (const double gain : {1.0, 0.9, 0.81, 0.73, 0.66, 0.33, 0.08, 0.02}) {
    objectives.push_back(objectives.back() + gain);
    EXPECT_FALSE(stops(aitken_gain(0.3), objectives)) << gain;
  }
}

// The gain of an acceleration says nothing about the rest: the rules ask for plain EM steps, and judge those.
TEST(EstimatedRest, AsksForPlainStepsWhereAnAcceleratedGainIsSmall) {
  Trace trace = trace_of({-1.0, -0.1, -0.01, -0.005});
  for (Iteration& iteration : trace) iteration.em_steps = 0;
  for (const StoppingRule& rule : {estimated_rest(1e-3), aitken_gain(1e-3), estimated_rest(1e-3) || iteration_limit(9),
                                   estimated_rest(1e-3) && time_limit(0.0)}) {
    EXPECT_FALSE(rule.wants_em_step(trace));  // a gain of 0.005
    Trace slower = trace;
    slower.push_back(slower.back());
    slower.back().gain = 1e-5;
    EXPECT_FALSE(rule(slower).has_value());
    EXPECT_TRUE(rule.wants_em_step(slower));
    Trace checked = slower;  // and after a check that was in vain it waits
    checked[1].em_steps = 1;
    EXPECT_FALSE(rule.wants_em_step(checked));
  }
  EXPECT_FALSE(relative_gain(1e-3).wants_em_step(trace));
}

TEST(EstimatedRest, GivesUpACheckAfterTwelveSteps) {
  std::vector<double> objectives = {0.0};
  for (int t = 1; t <= 12; ++t) objectives.push_back(objectives.back() + 1e-7 * t);
  const Trace growing = trace_of(objectives);
  EXPECT_FALSE(estimated_rest(1e-6).wants_em_step(growing));
  EXPECT_TRUE(estimated_rest(1e-6).wants_em_step(Trace(growing.begin(), growing.begin() + 12)));
}

TEST(IterationLimit, CountsMSteps) {
  EXPECT_FALSE(stops(iteration_limit(2), {0, 1}));
  EXPECT_TRUE(stops(iteration_limit(2), {0, 1, 2}));
  EXPECT_TRUE(stops(iteration_limit(0), {0}));
  EXPECT_FALSE(iteration_limit(0)(trace_of({0}))->converged);
  EXPECT_EQ(iteration_limit(2)(trace_of({0, 1, 2}))->rule, "2 iterations");
  // As a run that was resumed may have.
  EXPECT_EQ(iteration_limit(2)(trace_of({0, 1, 2, 3, 4}))->rule, "4 iterations, where 2 are allowed");
  EXPECT_EQ(iteration_limit(1)(trace_of({0, 1, 2}))->rule, "2 iterations, where 1 is allowed");
}

TEST(TimeLimit, CountsSeconds) {
  EXPECT_FALSE(stops(time_limit(2.0), {0, 1, 2}));
  EXPECT_TRUE(stops(time_limit(2.0), {0, 1, 2, 3}));
}

TEST(StopRequested, AsksTheToken) {
  std::stop_source source;
  const StoppingRule rule = stop_requested(source.get_token());
  EXPECT_FALSE(stops(rule, {0}));
  source.request_stop();
  EXPECT_TRUE(stops(rule, {0}));
  EXPECT_FALSE(rule(trace_of({0}))->converged);
}

// Where there is no trace yet, only rules that need none can ask to stop.
TEST(StoppingRule, InterruptsWithoutATrace) {
  std::stop_source source;
  const StoppingRule asked = stop_requested(source.get_token());
  const StoppingRule either = relative_gain(1e-3) || asked || time_limit(5.0);
  EXPECT_FALSE(either.interruption(4.0));
  EXPECT_EQ(either.interruption(6.0)->rule, "5 seconds");
  source.request_stop();
  EXPECT_EQ(either.interruption(0.0)->rule, "stop requested");
  EXPECT_FALSE((asked && relative_gain(1e-3)).interruption(0.0));
  EXPECT_FALSE((asked && time_limit(5.0)).interruption(4.0));
  EXPECT_EQ((asked && time_limit(5.0)).interruption(6.0)->rule, "stop requested and 5 seconds");
  EXPECT_FALSE(iteration_limit(0).interruption(1e9));
}

TEST(ParameterChange, AsksTheTrace) {
  Trace trace = trace_of({0, 1});
  trace.back().parameter_change = 1e-4;
  EXPECT_TRUE(parameter_change(2e-4)(trace).has_value());
  EXPECT_FALSE(parameter_change(1e-4)(trace).has_value());
}

TEST(StoppingRule, EitherStopsAndTheFirstGivesTheReason) {
  const StoppingRule rule = absolute_gain(1.0) || iteration_limit(1);
  EXPECT_EQ(rule(trace_of({0, 5}))->rule, "1 iteration");
  EXPECT_EQ(rule(trace_of({0, 0.5}))->rule, "gain < 1");
  EXPECT_FALSE(rule(trace_of({0})).has_value());
}

TEST(StoppingRule, BothMustHoldAndBothMustSpeakOfConvergence) {
  const StoppingRule rule = absolute_gain(1.0) && iteration_limit(2);
  EXPECT_FALSE(stops(rule, {0, 0.5}));
  EXPECT_FALSE(stops(rule, {0, 5, 10}));
  EXPECT_EQ(rule(trace_of({0, 5, 5.5}))->rule, "gain < 1 and 2 iterations");
  EXPECT_FALSE(rule(trace_of({0, 5, 5.5}))->converged);
  EXPECT_TRUE((absolute_gain(1.0) && relative_gain(1.0))(trace_of({0, 0.5}))->converged);
}

TEST(StoppingRule, RefusesImpossibleTolerances) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT([] { (void)relative_gain(-1.0); },
              ThrowsMessage<InvalidOption>(HasSubstr("tolerance: -1: must be finite")));
  EXPECT_THAT([] { (void)estimated_rest(-1.0); }, ThrowsMessage<InvalidOption>(HasSubstr("tolerance: -1")));
  EXPECT_THAT([] { (void)absolute_gain(nan); }, ThrowsMessage<InvalidOption>(HasSubstr("tolerance: nan")));
  EXPECT_THAT([] { (void)aitken_gain(INFINITY); }, ThrowsMessage<InvalidOption>(HasSubstr("tolerance: inf")));
  EXPECT_THAT([] { (void)parameter_change(-1.0); }, ThrowsMessage<InvalidOption>(HasSubstr("tolerance: -1")));
  EXPECT_THAT([] { (void)time_limit(-1.0); }, ThrowsMessage<InvalidOption>(HasSubstr("time limit: -1")));
  EXPECT_THAT([] { (void)iteration_limit(-1); }, ThrowsMessage<InvalidOption>(HasSubstr("max-iterations: -1")));
}

}  // namespace
}  // namespace latent
