#include "latent/solver/rest.hpp"

#include <gtest/gtest.h>

#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <functional>
#include <vector>

#include "fixtures/linkage_model.hpp"
#include "fixtures/london_deaths.hpp"
#include "latent/core/random.hpp"
#include "latent/methods/anderson.hpp"
#include "latent/methods/parabolic_em.hpp"
#include "latent/methods/squarem.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/solver/fit.hpp"
#include "latent/solver/stopping.hpp"

namespace latent {
namespace {

// A run of plain EM whose objectives are these.
Trace run_of(int iterations, const std::function<double(int)>& objective) {
  Trace trace;
  for (int t = 0; t <= iterations; ++t) {
    Iteration iteration;
    iteration.number = iteration.em_steps = t;
    iteration.objective = objective(t);
    if (t > 0) iteration.gain = iteration.objective - trace.back().objective;
    trace.push_back(iteration);
  }
  return trace;
}

// The first iteration at which a rule stops the run, or -1.
int stop_of(const StoppingRule& rule, const Trace& whole) {
  Trace trace;
  for (const Iteration& iteration : whole) {
    trace.push_back(iteration);
    if (rule(trace)) return iteration.number;
  }
  return -1;
}

TEST(Rest, OfAGeometricRunIsExact) {
  const Trace trace = run_of(30, [](int t) { return -1000.0 - std::pow(0.8, t); });
  EXPECT_NEAR(rest_of(trace)->nats, std::pow(0.8, 30), 1e-2 * std::pow(0.8, 30));
  EXPECT_FALSE(rest_of(trace)->below_rounding);
}

// The gaps of EM near its maximum, Σ c_i λ_i^(2t): Aitken's projection is too low for any of them, the estimate isn't.
TEST(Rest, OfSeveralRatesIsWithinAFactorOfTwoAtTheStop) {
  const std::vector<std::vector<std::pair<double, double>>> runs = {{{100.0, 0.5}, {1.0, 0.9}},
                                                                    {{100.0, 0.9}, {1.0, 0.99}},
                                                                    {{100.0, 0.9}, {1e-3, 0.99}},
                                                                    {{10.0, 0.3}, {1e-4, 0.97}},
                                                                    {{10.0, 0.3}, {5.0, 0.6}, {1.0, 0.9}, {0.1, 0.995}},
                                                                    {{50.0, 0.98}, {2.0, 0.99}, {0.5, 0.999}}};
  for (const auto& run : runs) {
    const auto gap = [&](int t) {
      double sum = 0.0;
      for (const auto& [size, ratio] : run) sum += size * std::pow(ratio, t);
      return sum;
    };
    const Trace whole = run_of(20'000, [&](int t) { return -gap(t); });
    const int stop = stop_of(estimated_rest(1e-6), whole);
    ASSERT_GT(stop, 0);
    EXPECT_LT(gap(stop), 1e-6);
    const double estimate = rest_of(Trace(whole.begin(), whole.begin() + stop + 1))->nats;
    EXPECT_GT(estimate, 0.5 * gap(stop));
    EXPECT_LT(estimate, 2.0 * gap(stop));
  }
}

// EM at a maximum where the information is singular: the gap falls like t⁻², and no ratio is steady.
TEST(Rest, OfASublinearRunIsWithinAFactorOfTwo) {
  const Trace trace = run_of(2000, [](int t) { return -1.0 / ((t + 1.0) * (t + 1.0)); });
  const auto rest = rest_of(trace);
  ASSERT_TRUE(rest.has_value());
  EXPECT_GT(rest->nats, 0.5 * 2.5e-7);
  EXPECT_LT(rest->nats, 2.0 * 2.5e-7);
}

// Components that part: gains fall to 1e-9 and rise again, to 10 nats higher. The rest is not told from the first half.
TEST(Rest, OfAPlateauIsNotBelieved) {
  const auto objective = [](int t) { return -std::pow(0.8, t) + 10.0 / (1.0 + std::exp(0.08 * (300 - t))); };
  const Trace whole = run_of(900, objective);
  const int stop = stop_of(estimated_rest(1e-6), whole);
  EXPECT_GT(stop, 300);
  EXPECT_LT(10.0 - objective(stop), 1e-6);
}

TEST(Rest, IsUnknownInTheFirstIterationsAndForGainsThatGrow) {
  for (int t = 0; t < 5; ++t) EXPECT_FALSE(rest_of(run_of(t, [](int i) { return -std::pow(0.5, i); })).has_value());
  EXPECT_FALSE(rest_of(run_of(50, [](int t) { return std::pow(1.1, t); })).has_value());
  EXPECT_FALSE(rest_of(run_of(50, [](int t) { return 2.0 * t; })).has_value());
  EXPECT_FALSE(rest_of({}).has_value());
}

// The gains of an acceleration follow no rate.
TEST(Rest, IsThatOfThePlainStepsAtTheEnd) {
  Trace trace = run_of(30, [](int t) { return -std::pow(0.8, t); });
  for (Iteration& iteration : trace) iteration.em_steps = 0;
  EXPECT_FALSE(rest_of(trace).has_value());
  for (int i = 1; i <= 6; ++i) trace[static_cast<std::size_t>(24 + i)].em_steps = i;
  EXPECT_NEAR(rest_of(trace)->nats, std::pow(0.8, 30), 1e-2 * std::pow(0.8, 30));
}

// A log-likelihood of 1e7 has rounding of some 1e-9: the gains never shrink below that, and the run must end.
TEST(Rest, BelowTheRoundingOfTheSumARunEnds) {
  for (const double size : {1e7, 1e9, 1e11}) {
    for (const double ratio : {0.5, 0.9, 0.999}) {
      RandomEngine rng = random_stream(801, 0);
      boost::random::normal_distribution<double> noise(0.0, size * std::numeric_limits<double>::epsilon());
      const auto gap = [&](int t) { return 10.0 * std::pow(ratio, t); };
      const Trace whole = run_of(60'000, [&](int t) { return -size - gap(t) + noise(rng); });
      const int stop = stop_of(estimated_rest(1e-6), whole);
      ASSERT_GT(stop, 0) << size << ' ' << ratio;
      EXPECT_LT(gap(stop), std::max(1e-6, 1e-13 * size)) << size << ' ' << ratio;
    }
  }
}

// Terms that cancel: the objective's size does not show its rounding, but its decreases do.
TEST(Rest, OfASumThatCancelsIsJudgedByItsDecreases) {
  RandomEngine rng = random_stream(802, 0);
  boost::random::normal_distribution<double> noise(0.0, 1e-12);
  const Trace whole = run_of(3000, [&](int t) { return 1e-3 - std::pow(0.9, t) + noise(rng); });
  const StoppingRule to_the_end = estimated_rest(1e-15);
  const int stop = stop_of(to_the_end, whole);
  ASSERT_GT(stop, 0);
  const auto reason = to_the_end(Trace(whole.begin(), whole.begin() + stop + 1));
  EXPECT_TRUE(reason->rule.starts_with("gains below the rounding of the objective, ")) << reason->rule;
  EXPECT_TRUE(reason->converged);
}

TEST(Rest, ADecreaseBeyondRoundingIsNoConvergence) {
  EXPECT_EQ(stop_of(estimated_rest(1e-6), run_of(200, [](int t) { return -1e-3 * t; })), -1);
}

TEST(EstimatedRest, SaysWhyItStops) {
  const Trace trace = run_of(100, [](int t) { return -1000.0 - std::pow(0.8, t); });
  EXPECT_EQ(estimated_rest(1e-6)(Trace(trace.begin(), trace.begin() + 69))->rule, "estimated rest 3e-07 nats < 1e-06");
  EXPECT_EQ(estimated_rest(1e-13)(run_of(9, [](int) { return -1000.0; }))->rule,
            "gains below the rounding of the objective, 9e-13 nats");
  EXPECT_FALSE(estimated_rest(0.0)(run_of(9, [](int) { return -1000.0; })).has_value());
}

// Two groups that overlap, N(0, 1) and N(2, 1.3²).
RowMatrix overlapping(Index rows) {
  RandomEngine rng = random_stream(803, 0);
  boost::random::normal_distribution<double> normal;
  RowMatrix data(rows, 1);
  for (Index row = 0; row < rows; ++row) data(row, 0) = row % 2 == 0 ? normal(rng) : 2.0 + 1.3 * normal(rng);
  return data;
}

GaussianMixture two_groups() {
  return GaussianMixture(Vector{{0.5, 0.5}}, RowMatrix{{-0.5}, {2.5}}, {Matrix{{1.0}}, Matrix{{1.0}}},
                         {.penalty = 0.0});
}

template <class Method>
void expect_within_a_millionth(const Method& method) {
  for (const Index rows : {300, 3000, 30'000}) {
    const RowMatrix data = overlapping(rows);
    const auto result = fit_from(two_groups(), data, {}, method);
    const auto further =
        fit_from(result.model, data, {.stop = absolute_gain(1e-13) || iteration_limit(5000)}, Squarem());
    EXPECT_TRUE(result.converged) << result.stop.rule;
    EXPECT_LT(further.objective - result.objective, 1e-6) << rows << ' ' << method.name();
    EXPECT_NEAR(further.objective, result.objective + *result.rest, 1e-6);
  }
}

// The goal, whatever the number of observations and the method.
TEST(EstimatedRest, PlainEMStopsWithinAMillionthOfANat) { expect_within_a_millionth(PlainEM()); }
TEST(EstimatedRest, SquaremStopsWithinAMillionthOfANat) { expect_within_a_millionth(Squarem()); }
TEST(EstimatedRest, AndersonStopsWithinAMillionthOfANat) { expect_within_a_millionth(Anderson()); }
TEST(EstimatedRest, ParabolicEMStopsWithinAMillionthOfANat) { expect_within_a_millionth(ParabolicEM()); }

// The linkage example with what a model must have, and no more.
struct ThreeFunctions {
  using Data = linkage::Model::Data;
  using Statistics = linkage::Model::Statistics;
  linkage::Model linkage;

  [[nodiscard]] Statistics e_step(const Data& data) const { return linkage.e_step(data); }
  void m_step(const Statistics& statistics) { linkage.m_step(statistics); }
  [[nodiscard]] double log_likelihood(const Data& data) const { return linkage.log_likelihood(data); }
};

// Three functions are enough: the rule needs gains alone.
TEST(EstimatedRest, WorksForAModelOfThreeFunctions) {
  const auto result = fit(ThreeFunctions(), std::array{125.0, 18.0, 20.0, 34.0});
  EXPECT_TRUE(result.converged);
  EXPECT_NEAR(result.model.linkage.pi, 0.6268214979, 1e-4);
  ASSERT_TRUE(result.rest.has_value());
  EXPECT_LT(*result.rest, 1e-6);
}

// An accelerated run ends by plain EM steps, which its trace shows.
TEST(EstimatedRest, JudgesAnAccelerationByPlainSteps) {
  const auto fast = fit_from(LondonDeaths(), london_deaths, {}, Squarem());
  EXPECT_TRUE(fast.converged);
  EXPECT_GE(fast.trace.back().em_steps, 3);
  EXPECT_NEAR(fast.model.w, 0.3599, 1e-3);
  const auto limit =
      fit_from(LondonDeaths(), london_deaths, {.stop = parameter_change(1e-10) || iteration_limit(3000)}, Squarem());
  EXPECT_LT(limit.objective - fast.objective, 1e-6);
  const auto plain = fit_from(LondonDeaths(), london_deaths, {});
  EXPECT_LT(limit.objective - plain.objective, 1e-6);
}

TEST(EstimatedRest, AFitThatALimitStopsSaysHowFarItIsAndWhatToDo) {
  const RowMatrix data = overlapping(300);
  const auto converged = fit_from(two_groups(), data);
  const int limit = converged.iterations;
  const auto hasty = fit_from(two_groups(), data, {.stop = estimated_rest(1e-12) || iteration_limit(limit)});
  EXPECT_FALSE(hasty.converged);
  EXPECT_EQ(hasty.rest, converged.rest);
  const std::string& warning = hasty.warnings.front();
  EXPECT_TRUE(warning.starts_with("not converged (" + std::to_string(limit) + " iterations): an estimated "))
      << warning;
  EXPECT_TRUE(warning.ends_with(" nats below the maximum; allow more iterations, or use an acceleration")) << warning;
}

}  // namespace
}  // namespace latent
