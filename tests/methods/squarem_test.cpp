#include "latent/methods/squarem.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fixtures/london_deaths.hpp"
#include "fixtures/random_models.hpp"
#include "latent/solver/fit.hpp"

namespace latent {
namespace {

constexpr SquaremScheme schemes[] = {SquaremScheme::s1, SquaremScheme::s2, SquaremScheme::s3};

FitOptions to_the_end() {
  return {.stop = parameter_change(1e-8) || iteration_limit(20000), .on_decrease = OnDecrease::raise};
}

// The paper's table 1: weight 0.3599, means 1.2561 and 2.6634, where plain EM takes some thousand steps.
TEST(Squarem, FindsTheMaximumOfTheLondonDeathsInFarFewerESteps) {
  const auto plain = fit_from(LondonDeaths(), london_deaths, to_the_end());
  EXPECT_GT(plain.restarts[0].effort.e_steps, 1000);
  for (const SquaremScheme scheme : schemes) {
    const auto fast = fit_from(LondonDeaths(), london_deaths, to_the_end(), Squarem{scheme});
    EXPECT_TRUE(fast.converged);
    EXPECT_NEAR(fast.model.w, 0.3599, 1e-4);
    EXPECT_NEAR(fast.model.a, 1.2561, 1e-4);
    EXPECT_NEAR(fast.model.b, 2.6634, 1e-4);
    EXPECT_LT(fast.restarts[0].effort.e_steps * 10, plain.restarts[0].effort.e_steps);
    EXPECT_EQ(fast.trace.back().e_steps, fast.restarts[0].effort.e_steps);
  }
}

TEST(Squarem, NeverDecreasesAndEndsAtAFixedPointOfPlainEM) {
  for (std::uint64_t round = 0; round < 8; ++round) {
    RandomEngine rng = random_stream(301, round);
    const RowMatrix data = random_models::clustered_data(150, 2, 3, rng);
    GaussianMixture start(3);
    start.initialize(data, rng);
    const FitOptions options = {.stop = relative_gain(1e-12) || iteration_limit(3000),
                                .on_decrease = OnDecrease::raise};
    for (const SquaremScheme scheme : schemes) {
      const auto fast = fit_from(start, data, options, Squarem{scheme});
      for (std::size_t t = 1; t < fast.trace.size(); ++t) {
        EXPECT_GE(*fast.trace[t].gain, -1e-11 * std::abs(fast.objective));
      }
      // It is a fixed point of plain EM.
      const auto further = fit_from(fast.model, data, {.stop = iteration_limit(1)});
      EXPECT_LT(*further.trace[1].parameter_change, 1e-3);
      EXPECT_LT(*further.trace[1].gain, 1e-6);
    }
  }
}

// At first the bound on the step lets only θ₂ through.
TEST(Squarem, BeginsWithTwoStepsOfPlainEM) {
  const auto fast = fit_from(LondonDeaths(), london_deaths, {.stop = iteration_limit(1)}, Squarem());
  const auto plain = fit_from(LondonDeaths(), london_deaths, {.stop = iteration_limit(2)});
  EXPECT_EQ(fast.objective, plain.objective);
  EXPECT_EQ(fast.model.parameters(), plain.model.parameters());
}

// One parameter, and steps that shrink by a constant factor: each scheme is Aitken's Δ², which is exact.
TEST(Squarem, IsExactForAGeometricSequence) {
  const auto after = [](int steps) { return Vector{{3.0 + std::pow(0.9, steps)}}; };
  for (const SquaremScheme scheme : schemes) {
    detail::SquaredStep step;
    (void)step.extrapolated(scheme, after(0), after(1), after(2), Vector::Ones(1));
    EXPECT_TRUE(step.plain());
    for (int i = 0; i < 4; ++i) {  // until the bound is wide enough
      (void)step.extrapolated(scheme, after(0), after(1), after(2), Vector::Ones(1));
      step.went(true);
    }
    EXPECT_NEAR(step.extrapolated(scheme, after(0), after(1), after(2), Vector::Ones(1))[0], 3.0, 1e-12);
  }
}

TEST(Squarem, AtAFixedPointThereIsNothingToExtrapolate) {
  detail::SquaredStep step;
  const Vector same{{1.0, 2.0}};
  EXPECT_EQ(step.extrapolated(SquaremScheme::s3, same, same, same, Vector::Ones(2)), same);
  EXPECT_TRUE(step.plain());
  const Vector infinite{{1.0, std::numeric_limits<double>::infinity()}};
  EXPECT_EQ(step.extrapolated(SquaremScheme::s1, infinite, infinite, infinite, Vector::Ones(2)), infinite);
  EXPECT_TRUE(step.plain());
}

// A parameter space that extrapolations leave: the run is that of plain EM, step for step.
struct Narrow : LondonDeaths {
  void set_parameters(const Vector& /*theta*/) { throw DegenerateFit("outside of the parameter space"); }
};
struct NotANumber : LondonDeaths {
  void set_parameters(const Vector& /*theta*/) { a = std::numeric_limits<double>::quiet_NaN(); }
};

// Bad data are an error; a step too far that makes them look bad is given up.
TEST(Squarem, GivesUpAStepFromWhichTheMStepFindsFaultWithTheData) {
  const auto plain = fit_from(LondonDeaths(), london_deaths, {.stop = iteration_limit(40)});
  const auto fast = fit_from(FaultyBeyond(), london_deaths, {.stop = iteration_limit(20)}, Squarem());
  EXPECT_EQ(fast.model.parameters(), plain.model.parameters());
  EXPECT_THROW(fit_from(Faulty(), london_deaths, {}, Squarem()), InvalidColumns);
}

TEST(Squarem, OutsideOfTheParameterSpaceItFallsBackToPlainEM) {
  const auto plain = fit_from(LondonDeaths(), london_deaths, {.stop = iteration_limit(40)});
  const auto narrow = fit_from(Narrow(), london_deaths, {.stop = iteration_limit(20)}, Squarem());
  const auto not_a_number = fit_from(NotANumber(), london_deaths, {.stop = iteration_limit(20)}, Squarem());
  EXPECT_EQ(narrow.model.parameters(), plain.model.parameters());
  EXPECT_EQ(not_a_number.model.parameters(), plain.model.parameters());
}

TEST(Squarem, TheSameBitsForAnyNumberOfThreads) {
  RandomEngine rng = random_stream(302, 0);
  const RowMatrix data = random_models::clustered_data(2000, 3, 2, rng);
  const auto with_threads = [&](int threads) {
    return fit(GaussianMixture(2), data, {.restarts = 3, .threads = threads, .stop = iteration_limit(8)}, Squarem());
  };
  const auto one = with_threads(1);
  for (const int threads : {2, 3}) EXPECT_EQ(with_threads(threads).model.parameters(), one.model.parameters());
  EXPECT_EQ(one.method, "SQUAREM");
}

}  // namespace
}  // namespace latent
