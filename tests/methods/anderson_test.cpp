#include "latent/methods/anderson.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "fixtures/london_deaths.hpp"
#include "fixtures/random_models.hpp"
#include "latent/solver/fit.hpp"

namespace latent {
namespace {

TEST(Anderson, FindsTheMaximumOfTheLondonDeathsInTensOfESteps) {
  for (const int order : {0, 1, 3}) {
    const auto fast = fit_from(
        LondonDeaths(), london_deaths,
        {.stop = parameter_change(1e-8) || iteration_limit(20000), .on_decrease = OnDecrease::raise}, Anderson{order});
    EXPECT_TRUE(fast.converged);
    EXPECT_NEAR(fast.model.w, 0.3599, 1e-4);
    EXPECT_NEAR(fast.model.a, 1.2561, 1e-4);
    EXPECT_NEAR(fast.model.b, 2.6634, 1e-4);
    EXPECT_LT(fast.restarts[0].effort.e_steps, 100);
  }
}

struct CountingDeaths : LondonDeaths {
  std::shared_ptr<int> m_steps = std::make_shared<int>(0);
  void m_step(const Statistics& statistics) {
    ++*m_steps;
    LondonDeaths::m_step(statistics);
  }
};

TEST(Anderson, CountsEveryMStepItMakes) {
  const CountingDeaths deaths;
  const auto fast = fit_from(deaths, london_deaths, {.stop = iteration_limit(30)}, Anderson());
  EXPECT_GT(*deaths.m_steps, fast.iterations);  // each extrapolation is tried by one
  EXPECT_EQ(fast.restarts[0].effort.m_steps, *deaths.m_steps);
}

TEST(Anderson, NeverDecreasesAndEndsAtAFixedPointOfPlainEM) {
  for (std::uint64_t round = 0; round < 8; ++round) {
    RandomEngine rng = random_stream(311, round);
    const RowMatrix data = random_models::clustered_data(150, 2, 3, rng);
    GaussianMixture start(3);
    start.initialize(data, rng);
    const auto fast =
        fit_from(start, data, {.stop = relative_gain(1e-12) || iteration_limit(3000), .on_decrease = OnDecrease::raise},
                 Anderson());
    for (std::size_t t = 1; t < fast.trace.size(); ++t) {
      EXPECT_GE(*fast.trace[t].gain, -1e-11 * std::abs(fast.objective));
    }
    const auto further = fit_from(fast.model, data, {.stop = iteration_limit(1)});
    EXPECT_LT(*further.trace[1].parameter_change, 1e-3);
    EXPECT_LT(*further.trace[1].gain, 1e-6);
  }
}

TEST(Anderson, BeginsWithAStepOfPlainEM) {
  const auto fast = fit_from(LondonDeaths(), london_deaths, {.stop = iteration_limit(1)}, Anderson());
  const auto plain = fit_from(LondonDeaths(), london_deaths, {.stop = iteration_limit(1)});
  EXPECT_EQ(fast.model.parameters(), plain.model.parameters());
}

// G(θ) = θ* + A (θ − θ*) with two parameters: two differences are enough to solve for θ*, once nothing is damped.
TEST(Anderson, WithoutDampingItIsExactForALinearMap) {
  const Vector fixed{{2.0, -1.0}};
  const Matrix a{{0.9, 0.05}, {0.02, 0.7}};
  const auto map = [&](const Vector& theta) -> Vector { return fixed + a * (theta - fixed); };
  detail::AndersonHistory history(2);
  for (int i = 0; i < 400; ++i) history.taken();
  Vector theta{{5.0, 5.0}};
  EXPECT_FALSE(history.extrapolated(theta, map(theta), Vector::Ones(theta.size())).has_value());
  theta = map(theta);
  const auto second = history.extrapolated(theta, map(theta), Vector::Ones(theta.size()));
  EXPECT_GT((*second - fixed).norm(), 1e-3);  // one difference is not enough
  theta = map(theta);
  const auto third = history.extrapolated(theta, map(theta), Vector::Ones(theta.size()));
  EXPECT_LT((*third - fixed).norm(), 1e-9);
}

// The damping keeps the share 1/(1 + 1.2^25) of the least-squares solution's squared length at first: with one
// difference, its root is the share of the step itself.
TEST(Anderson, IsDampedAtFirst) {
  detail::AndersonHistory history(1);
  const Vector fixed{{0.0}};
  const auto map = [](const Vector& theta) -> Vector { return 0.5 * theta; };
  Vector theta{{8.0}};
  (void)history.extrapolated(theta, map(theta), Vector::Ones(theta.size()));
  theta = map(theta);  // 4, then 2 by EM; Aitken's step would go to 0
  const double share = std::sqrt(1.0 / (1.0 + std::pow(1.2, 25.0)));
  EXPECT_NEAR((*history.extrapolated(theta, map(theta), Vector::Ones(theta.size())))[0], 2.0 - 2.0 * share, 1e-6);
}

TEST(Anderson, ForgetsWhereAParameterIsInfinite) {
  detail::AndersonHistory history(2);
  const Vector one = Vector::Ones(1);
  (void)history.extrapolated(Vector{{1.0}}, Vector{{0.5}}, one);
  EXPECT_FALSE(history.extrapolated(Vector{{0.5}}, Vector{{std::numeric_limits<double>::infinity()}}, one).has_value());
  EXPECT_FALSE(history.extrapolated(Vector{{0.5}}, Vector{{0.25}}, one).has_value());
}

struct Narrow : LondonDeaths {
  void set_parameters(const Vector& /*theta*/) { throw DegenerateFit("outside of the parameter space"); }
};

// Bad data are an error; a step too far that makes them look bad is given up.
TEST(Anderson, GivesUpAStepFromWhichTheMStepFindsFaultWithTheData) {
  const auto plain = fit_from(LondonDeaths(), london_deaths, {.stop = iteration_limit(20)});
  const auto fast = fit_from(FaultyBeyond(), london_deaths, {.stop = iteration_limit(20)}, Anderson());
  EXPECT_EQ(fast.model.parameters(), plain.model.parameters());
  EXPECT_THROW(fit_from(Faulty(), london_deaths, {}, Anderson()), InvalidColumns);
}

TEST(Anderson, OutsideOfTheParameterSpaceItFallsBackToPlainEM) {
  const auto plain = fit_from(LondonDeaths(), london_deaths, {.stop = iteration_limit(20)});
  const auto narrow = fit_from(Narrow(), london_deaths, {.stop = iteration_limit(20)}, Anderson());
  EXPECT_EQ(narrow.model.parameters(), plain.model.parameters());
}

TEST(Anderson, RefusesANegativeOrder) {
  EXPECT_THAT([] { fit_from(LondonDeaths(), london_deaths, {}, Anderson{-1}); },
              testing::ThrowsMessage<InvalidOption>(testing::HasSubstr("order: -1: must be at least 1")));
}

}  // namespace
}  // namespace latent
