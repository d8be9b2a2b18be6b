#include "latent/solver/fit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/random/uniform_real_distribution.hpp>
#include <cmath>
#include <limits>
#include <set>
#include <sstream>
#include <stop_token>
#include <vector>

#include "fixtures/hills.hpp"

namespace latent {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// The linkage example of Dempster, Laird & Rubin (1977): 125, 18, 20, 34 of probabilities 1/2 + p/4, (1 − p)/4, (1 −
// p)/4, p/4; how the first splits into 1/2 and p/4 is not known. Only what a model must have.
struct Linkage {
  using Data = std::array<double, 4>;
  using Statistics = std::array<double, 2>;  // expected numbers of p/4 and (1 − p)/4

  double p = 0.5;

  Statistics e_step(const Data& y) const { return {y[0] * (p / 4.0) / (0.5 + p / 4.0) + y[3], y[1] + y[2]}; }
  void m_step(const Statistics& s) { p = s[0] / (s[0] + s[1]); }
  double log_likelihood(const Data& y) const {
    return y[0] * std::log(0.5 + p / 4.0) + (y[1] + y[2]) * std::log((1.0 - p) / 4.0) + y[3] * std::log(p / 4.0);
  }
};

constexpr Linkage::Data linkage_counts = {125, 18, 20, 34};

// The paper's table 1 and text: p = 0.6268 to 4 digits; 0.626821 to 6.
TEST(Fit, FindsTheMaximumOfTheLinkageExample) {
  const auto result = fit(Linkage(), linkage_counts, {.stop = relative_gain(1e-15) || iteration_limit(100)});
  EXPECT_NEAR(result.model.p, 0.626821, 1e-6);
}

// Dempster, Laird & Rubin (1977), table 1: the successive values of p.
TEST(Fit, TakesTheStepsOfTheLinkageExample) {
  const std::vector<double> published = {0.5, 0.608247423, 0.624321051, 0.626488879, 0.626777323, 0.626815632};
  for (int steps = 0; steps < 6; ++steps) {
    const auto result = fit(Linkage(), linkage_counts, {.stop = iteration_limit(steps)});
    EXPECT_NEAR(result.model.p, published[static_cast<std::size_t>(steps)], 1e-9);
    EXPECT_EQ(result.iterations, steps);
    EXPECT_EQ(result.trace.size(), static_cast<std::size_t>(steps) + 1);
    EXPECT_EQ(result.log_likelihood, result.model.log_likelihood(linkage_counts));
  }
}

TEST(Fit, SaysWhyItStopped) {
  const auto patient = fit(Linkage(), linkage_counts, {.stop = relative_gain(1e-8) || iteration_limit(100)});
  EXPECT_TRUE(patient.converged);
  EXPECT_EQ(patient.stop.rule, "relative gain < 1e-08");
  EXPECT_THAT(patient.warnings, testing::IsEmpty());

  const auto hasty = fit(Linkage(), linkage_counts, {.stop = relative_gain(1e-8) || iteration_limit(2)});
  EXPECT_FALSE(hasty.converged);
  EXPECT_EQ(hasty.stop.rule, "2 iterations");
  EXPECT_THAT(hasty.warnings,
              testing::ElementsAre("not converged (2 iterations): too early to tell how far below the maximum; allow "
                                   "more iterations, or use an acceleration"));
}

TEST(Fit, TheTraceHoldsEveryGain) {
  const auto result = fit(Linkage(), linkage_counts);
  EXPECT_FALSE(result.trace.front().gain.has_value());
  for (std::size_t t = 1; t < result.trace.size(); ++t) {
    EXPECT_EQ(result.trace[t].number, static_cast<int>(t));
    EXPECT_EQ(*result.trace[t].gain, result.trace[t].objective - result.trace[t - 1].objective);
    EXPECT_GE(result.trace[t].seconds, result.trace[t - 1].seconds);
    EXPECT_FALSE(result.trace[t].elbo_after_m_step.has_value());
    EXPECT_FALSE(result.trace[t].parameter_change.has_value());
  }
}

TEST(Fit, AModelWithoutInitializeHasOneStart) {
  EXPECT_EQ(fit(Linkage(), linkage_counts).restarts.size(), 1);
  EXPECT_THAT([] { fit(Linkage(), linkage_counts, {.restarts = 5}); },
              ThrowsMessage<InvalidOption>(HasSubstr("restarts: 5: must be 1 where the start is given")));
}

TEST(Fit, IsALineOfText) {
  std::ostringstream out;
  out << fit(Linkage(), linkage_counts, {.stop = iteration_limit(3)});
  EXPECT_THAT(out.str(),
              testing::MatchesRegex("log-likelihood -[0-9.]+ after 3 iterations, not converged .3 iterations."));
}

TEST(Fit, KeepsTheBestRestartAndTheFirstOfEquals) {
  const auto result = fit(Hills(), 0.0, {.restarts = 40});
  EXPECT_EQ(result.model.x, 3.0);
  ASSERT_EQ(result.restarts.size(), 40);
  int first_best = 0;
  for (const RestartOutcome& restart : result.restarts) {
    if (restart.failure) continue;
    EXPECT_LE(restart.objective, result.objective);
    if (restart.objective == result.objective && first_best == 0) first_best = restart.number;
  }
  EXPECT_EQ(result.best_restart, first_best);
}

// The highest hill is not to be trusted: half of it counts, and what it is shows in the result.
struct Distrustful : Hills {
  double discount(Data) const { return x > 2.5 ? 1.5 : 0.0; }
};

TEST(Fit, ComparesByTheObjectiveLessTheDiscountAndSaysSo) {
  const auto result = fit(Distrustful(), 0.0, {.restarts = 40});
  EXPECT_EQ(result.model.x, 2.0);
  EXPECT_EQ(result.discount, 0.0);
  EXPECT_THAT(result.warnings,
              testing::Contains(testing::HasSubstr("ended higher, at 3.000000, but 1.5 nats of that don't count")));
  const auto all_high = fit_from(Distrustful{{.x = 3.0}}, 0.0);
  EXPECT_EQ(all_high.objective, 3.0);
  EXPECT_EQ(all_high.discount, 1.5);
}

struct DiscountsByNothing : Hills {
  double discount(Data) const { return x > 2.5 ? std::numeric_limits<double>::quiet_NaN() : 0.0; }
};

TEST(Fit, ADiscountThatIsNoNumberIsTold) {
  EXPECT_THAT([] { fit_from(DiscountsByNothing{{.x = 3.0}}, 0.0); },
              ThrowsMessage<DegenerateFit>(HasSubstr("the model's discount is nan: it must be a finite number")));
  // Of many restarts, those fail.
  const auto result = fit(DiscountsByNothing(), 0.0, {.restarts = 40});
  EXPECT_EQ(result.model.x, 2.0);
}

TEST(Fit, RecordsTheRestartsThatFailWithTheirReason) {
  const auto result = fit(Hills(), 0.0, {.restarts = 40});
  int failures = 0;
  for (const RestartOutcome& restart : result.restarts) {
    if (!restart.failure) continue;
    ++failures;
    EXPECT_EQ(*restart.failure, "fell off the edge");
  }
  ASSERT_GT(failures, 0);
  EXPECT_THAT(result.warnings, testing::Contains(HasSubstr("of 40 restarts failed; restart ")));
}

TEST(Fit, ThrowsOnlyWhereAllRestartsFail) {
  EXPECT_THAT([] { fit(Hopeless(), 0.0, {.restarts = 3}); },
              ThrowsMessage<DegenerateFit>("all 3 restarts failed; the first: no hope"));
  EXPECT_THAT([] { fit(Hopeless(), 0.0, {.restarts = 1}); }, ThrowsMessage<std::runtime_error>("no hope"));
}

TEST(Fit, TheSeedDecidesEverything) {
  const auto starts = [](std::uint64_t seed, int threads) {
    std::vector<double> objectives;
    for (const auto& restart :
         fit(Hills(), 0.0, {.restarts = 20, .seed = seed, .threads = threads, .stop = iteration_limit(0)}).restarts) {
      objectives.push_back(restart.failure ? -10.0 : restart.objective);
    }
    return objectives;
  };
  const auto one = starts(1, 1);
  EXPECT_EQ(starts(1, 1), one);
  EXPECT_EQ(starts(1, 8), one);
  EXPECT_NE(starts(2, 1), one);
  EXPECT_GT(std::set<double>(one.begin(), one.end()).size(), 15);  // each restart has its own stream
}

TEST(Fit, RefusesImpossibleOptions) {
  EXPECT_THAT([] { fit(Hills(), 0.0, {.restarts = 0}); },
              ThrowsMessage<InvalidOption>(HasSubstr("restarts: 0: must be at least 1")));
  EXPECT_THAT([] { fit(Hills(), 0.0, {.threads = -1}); }, ThrowsMessage<InvalidOption>(HasSubstr("threads: -1")));
}

TEST(Fit, FitFromStartsWhereTheModelIs) {
  Hills start;
  start.x = 1.2;
  const auto result = fit_from(start, 0.0);
  EXPECT_EQ(result.model.x, 1.0);
  EXPECT_EQ(result.restarts.size(), 1);
  EXPECT_THAT([&] { fit_from(start, 0.0, {.restarts = 2}); }, ThrowsMessage<InvalidOption>(HasSubstr("restarts: 2")));
}

struct Infinite : Linkage {
  double log_likelihood(const Data&) const { return p == 0.5 ? -1.0 : -std::numeric_limits<double>::quiet_NaN(); }
};

TEST(Fit, NeverReturnsALikelihoodThatIsNoNumber) {
  EXPECT_THAT([] { fit(Infinite(), linkage_counts); },
              ThrowsMessage<DegenerateFit>(HasSubstr("nan at iteration 1: the M-step left the parameter space")));
}

TEST(Fit, ObserversHearOfEveryIterationAndRestart) {
  std::vector<int> iterations;
  std::vector<int> restarts;
  const Observer observer{
      .on_iteration = [&](int, const Iteration& iteration) { iterations.push_back(iteration.number); },
      .on_restart_end = [&](const RestartOutcome& outcome) { restarts.push_back(outcome.number); }};
  fit(Linkage(), linkage_counts, {.stop = iteration_limit(3), .observers = {observer, Observer{}}});
  EXPECT_THAT(iterations, testing::ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(restarts, testing::ElementsAre(1));

  restarts.clear();
  fit(Hills(), 0.0, {.restarts = 9, .threads = 3, .observers = {observer}});
  EXPECT_THAT(restarts, testing::UnorderedElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9));
}

TEST(Fit, WhatAnObserverThrowsIsNoFailedRestart) {
  const Observer full{.on_iteration = [](int, const Iteration&) { throw std::runtime_error("disk full"); }};
  EXPECT_THAT([&] { fit(Hills(), 0.0, {.restarts = 3, .observers = {full}}); },
              ThrowsMessage<std::runtime_error>("disk full"));
}

// Ascends for ever, and slowly enough to be stopped.
struct Endless : Hills {
  Statistics e_step(Data) const { return x; }
  void m_step(const Statistics& here) { x = here + 1.0; }
  double log_likelihood(Data) const { return x; }
};

TEST(Fit, NoOtherRestartGoesOnWhereOneEndsTheFit) {
  const FitOptions endless = {.restarts = 8, .threads = 2, .stop = iteration_limit(std::numeric_limits<int>::max())};

  FitOptions watched = endless;
  watched.observers = {{.on_iteration = [](int, const Iteration& iteration) {
    if (iteration.number == 3) throw std::runtime_error("disk full");
  }}};
  EXPECT_THAT([&] { fit(Endless(), 0.0, watched); }, ThrowsMessage<std::runtime_error>("disk full"));

  struct Mistaken : Endless {
    void m_step(const Statistics& here) {
      if (here > 50.0) throw InvalidOption("step", "1", "is a mistake");
      Endless::m_step(here);
    }
    void initialize(Data, RandomEngine& rng) {
      x = boost::random::uniform_real_distribution<double>(0.0, 1.0)(rng) < 0.5 ? 0.0 : -1e9;
    }
  };
  EXPECT_THAT([&] { fit(Mistaken(), 0.0, endless); }, ThrowsMessage<InvalidOption>(HasSubstr("is a mistake")));
}

TEST(Fit, NoRestartButTheFirstBeginsOnceAStopIsRequested) {
  std::stop_source stop;
  stop.request_stop();
  const auto result =
      fit(Hills(), 0.0, {.restarts = 4, .seed = 2, .stop = relative_gain(1e-9) || stop_requested(stop.get_token())});
  EXPECT_EQ(result.best_restart, 1);
  EXPECT_TRUE(result.restarts[0].begun);
  for (std::size_t r = 1; r < 4; ++r) {
    EXPECT_FALSE(result.restarts[r].begun);
    EXPECT_EQ(result.restarts[r].stop.rule, "stop requested");
  }
  EXPECT_THAT(result.warnings, testing::Contains("3 of 4 restarts had not begun (stop requested)"));
  EXPECT_THAT([&] { fit(Hopeless(), 0.0, {.restarts = 4, .stop = stop_requested(stop.get_token())}); },
              ThrowsMessage<DegenerateFit>(HasSubstr("the only restart that had begun failed: no hope")));
}

struct Choosy : Linkage {
  void check(const Data& data) const {
    if (data[0] < 0) throw InvalidData("negative", 1, 1);
  }
};

TEST(Fit, ChecksTheDataFirst) {
  EXPECT_THAT([] { fit(Choosy(), Linkage::Data{-1, 1, 1, 1}); },
              ThrowsMessage<InvalidData>("row 1, column 1: negative"));
  EXPECT_NO_THROW(fit(Choosy(), linkage_counts));
}

struct OnePass : Linkage {
  struct Statistics {
    Linkage::Statistics counts;
    double log_likelihood;
  };
  static inline int passes = 0;

  Statistics e_step(const Data& y) const {
    ++passes;
    return {Linkage::e_step(y), Linkage::log_likelihood(y)};
  }
  void m_step(const Statistics& s) { Linkage::m_step(s.counts); }
  double log_likelihood(const Data& y) const {
    ++passes;
    return Linkage::log_likelihood(y);
  }
};

TEST(Fit, AOnePassModelIsPassedOverOnceAnIteration) {
  OnePass::passes = 0;
  const auto result = fit(OnePass(), linkage_counts, {.stop = iteration_limit(5)});
  EXPECT_EQ(OnePass::passes, 6);
  EXPECT_EQ(result.log_likelihood, fit(Linkage(), linkage_counts, {.stop = iteration_limit(5)}).log_likelihood);
}

struct Parameterized : Linkage {
  Vector parameters() const { return Vector{{std::log(p / (1.0 - p))}}; }
  void set_parameters(const Vector& logit) { p = 1.0 / (1.0 + std::exp(-logit[0])); }
};

TEST(Fit, StopsByTheChangeOfParameters) {
  const auto result = fit(Parameterized(), linkage_counts, {.stop = parameter_change(1e-6) || iteration_limit(100)});
  EXPECT_TRUE(result.converged);
  EXPECT_LT(*result.trace.back().parameter_change, 1e-6);
  EXPECT_GE(*result.trace[result.trace.size() - 2].parameter_change, 1e-6);
  EXPECT_THAT([] { fit(Linkage(), linkage_counts, {.stop = parameter_change(1e-6)}); },
              ThrowsMessage<InvalidOption>(HasSubstr("needs a model with parameters()")));
}

}  // namespace
}  // namespace latent
