#include "latent/methods/parabolic_em.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "fixtures/london_deaths.hpp"
#include "fixtures/random_models.hpp"
#include "latent/solver/fit.hpp"

namespace latent {
namespace {

TEST(ParabolicEM, FindsTheMaximumOfTheLondonDeathsInFarFewerESteps) {
  const FitOptions options = {.stop = parameter_change(1e-8) || iteration_limit(20000),
                              .on_decrease = OnDecrease::raise};
  const auto plain = fit_from(LondonDeaths(), london_deaths, options);
  const auto fast = fit_from(LondonDeaths(), london_deaths, options, ParabolicEM());
  EXPECT_TRUE(fast.converged);
  EXPECT_NEAR(fast.model.w, 0.3599, 1e-4);
  EXPECT_NEAR(fast.model.a, 1.2561, 1e-4);
  EXPECT_NEAR(fast.model.b, 2.6634, 1e-4);
  EXPECT_LT(fast.restarts[0].effort.e_steps * 10, plain.restarts[0].effort.e_steps);
}

TEST(ParabolicEM, NeverDecreasesAndEndsAtAFixedPointOfPlainEM) {
  for (std::uint64_t round = 0; round < 8; ++round) {
    RandomEngine rng = random_stream(321, round);
    const RowMatrix data = random_models::clustered_data(150, 2, 3, rng);
    GaussianMixture start(3);
    start.initialize(data, rng);
    const auto fast =
        fit_from(start, data, {.stop = relative_gain(1e-12) || iteration_limit(3000), .on_decrease = OnDecrease::raise},
                 ParabolicEM());
    for (std::size_t t = 1; t < fast.trace.size(); ++t) {
      EXPECT_GE(*fast.trace[t].gain, -1e-11 * std::abs(fast.objective));
    }
    const auto further = fit_from(fast.model, data, {.stop = iteration_limit(1)});
    EXPECT_LT(*further.trace[1].parameter_change, 1e-3);
    EXPECT_LT(*further.trace[1].gain, 1e-6);
  }
}

TEST(ParabolicEM, BeginsWithTwoStepsOfPlainEM) {
  const auto fast = fit_from(LondonDeaths(), london_deaths, {.stop = iteration_limit(2)}, ParabolicEM());
  const auto plain = fit_from(LondonDeaths(), london_deaths, {.stop = iteration_limit(2)});
  EXPECT_EQ(fast.model.parameters(), plain.model.parameters());
}

// Keeps the parameters that it was set to.
struct Recording : LondonDeaths {
  static inline std::vector<Vector> tried;
  void set_parameters(const Vector& theta) {
    tried.push_back(theta);
    LondonDeaths::set_parameters(theta);
  }
};

// Berlinet & Roland: P(t) = θ₀ + 2t (θ₁ − θ₀) + t² (θ₂ − 2θ₁ + θ₀), looked at for t = 1 + h aⁱ.
TEST(ParabolicEM, LooksAlongTheParabolaThroughTheLastThreePoints) {
  std::vector<Vector> theta;
  for (int i = 0; i <= 2; ++i) {
    theta.push_back(fit_from(LondonDeaths(), london_deaths, {.stop = iteration_limit(i)}).model.parameters());
  }
  Recording::tried.clear();
  fit_from(Recording(), london_deaths, {.stop = iteration_limit(3)}, ParabolicEM{.first_step = 0.2, .growth = 2.0});
  ASSERT_GE(Recording::tried.size(), 2U);
  double step = 0.2;
  for (const Vector& tried : Recording::tried) {
    const double t = 1.0 + step;
    const Vector expected = theta[0] + 2.0 * t * (theta[1] - theta[0]) + t * t * (theta[2] - 2.0 * theta[1] + theta[0]);
    EXPECT_LT((tried - expected).cwiseAbs().maxCoeff(), 1e-12) << "t = " << t;
    step *= 2.0;
  }
}

struct Narrow : LondonDeaths {
  void set_parameters(const Vector& /*theta*/) { throw DegenerateFit("outside of the parameter space"); }
};

// Bad data are an error; a step too far that makes them look bad is given up.
TEST(ParabolicEM, GivesUpAStepFromWhichTheMStepFindsFaultWithTheData) {
  const auto plain = fit_from(LondonDeaths(), london_deaths, {.stop = iteration_limit(20)});
  const auto fast = fit_from(FaultyBeyond(), london_deaths, {.stop = iteration_limit(20)}, ParabolicEM());
  EXPECT_EQ(fast.model.parameters(), plain.model.parameters());
  EXPECT_THROW(fit_from(Faulty(), london_deaths, {}, ParabolicEM()), InvalidColumns);
}

TEST(ParabolicEM, OutsideOfTheParameterSpaceItFallsBackToPlainEM) {
  const auto plain = fit_from(LondonDeaths(), london_deaths, {.stop = iteration_limit(20)});
  const auto narrow = fit_from(Narrow(), london_deaths, {.stop = iteration_limit(20)}, ParabolicEM());
  EXPECT_EQ(narrow.model.parameters(), plain.model.parameters());
}

TEST(ParabolicEM, RefusesAGridThatDoesNotGrow) {
  EXPECT_THAT([] { fit_from(LondonDeaths(), london_deaths, {}, ParabolicEM{.first_step = 0.0}); },
              testing::ThrowsMessage<InvalidOption>(testing::HasSubstr("first step: 0")));
  EXPECT_THAT([] { fit_from(LondonDeaths(), london_deaths, {}, ParabolicEM{.growth = 1.0}); },
              testing::ThrowsMessage<InvalidOption>(testing::HasSubstr("growth: 1")));
}

}  // namespace
}  // namespace latent
