#include "latent/inference/profile.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "fixtures/linkage_model.hpp"
#include "fixtures/random_models.hpp"
#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"

namespace latent {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr double drop = 0.5 * 3.841458820694124;  // SciPy's χ²₁(0.95)
constexpr double infinity = std::numeric_limits<double>::infinity();

const StoppingRule to_rounding = relative_gain(1e-15) || iteration_limit(5000);

// Where a function that is positive at `inside` and negative at `outside` is 0.
double root(const std::function<double(double)>& f, double inside, double outside) {
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (inside + outside);
    (f(middle) > 0.0 ? inside : outside) = middle;
  }
  return inside;
}

// One parameter: the ends are where the log-likelihood itself is that far down.
TEST(Profile, OfASingleParameterIsTheLikelihood) {
  const auto result = fit(linkage::Model(), linkage::animals, {.stop = to_rounding});
  const auto above = [&](double pi) {
    linkage::Model model;
    model.pi = pi;
    return model.log_likelihood(linkage::animals) - result.log_likelihood + drop;
  };
  const auto interval = profile_interval(result.model, linkage::animals, 0);
  ASSERT_TRUE(interval.at_lower && interval.at_upper);
  EXPECT_NEAR(interval.at_lower->pi, root(above, result.model.pi, 0.01), 1e-6);
  EXPECT_NEAR(interval.at_upper->pi, root(above, result.model.pi, 0.99), 1e-6);
  EXPECT_NEAR(interval.lower, std::log(interval.at_lower->pi / (1.0 - interval.at_lower->pi)), 1e-12);
}

// Of a mean, in closed form: n/2 log(1 + (μ − x̄)²/s²) = ½ χ², s² with divisor n; whatever the units.
TEST(Profile, OfTheMeanOfANormalDistribution) {
  RandomEngine rng = random_stream(3, 0);
  const RowMatrix draws = random_models::normal_draws(40, 1, rng);
  for (const double unit : {1e-6, 1.0, 1e6}) {
    const RowMatrix data = unit * (draws.array() + 3.0).matrix();
    const auto result = fit(GaussianMixture(1, {.penalty = 0.0}), data, {.restarts = 1});
    const double half = std::sqrt(column_variances(data)[0] * (std::exp(2.0 * drop / 40.0) - 1.0));
    const auto interval = profile_interval(result.model, data, 0);
    EXPECT_NEAR(interval.lower, interval.estimate - half, 1e-5 * half);
    EXPECT_NEAR(interval.upper, interval.estimate + half, 1e-5 * half);
  }
}

// Of a proportion: h log p + (n − h) log(1 − p) is ½ χ² below its maximum, by bisection.
TEST(Profile, OfAProportionIsTheLikelihood) {
  struct Case {
    double heads, tosses, level, drop;  // ½ χ²₁(level), of SciPy
  };
  const double drop_of_half = 0.5 * 0.454936423119572;
  const double drop_of_most = 0.5 * 15.136705226623606;  // 0.9999
  std::vector<Case> cases;
  for (const double tosses : {2.0, 10.0, 200.0, 1e5}) {
    for (const double heads : {1.0, 0.5 * tosses, tosses - 1.0}) {
      cases.push_back({heads, tosses, 0.5, drop_of_half});
      cases.push_back({heads, tosses, 0.95, drop});
      cases.push_back({heads, tosses, 0.9999, drop_of_most});
    }
  }
  for (const auto& [heads, tosses, level, by] : cases) {
    const std::vector<TossSet> sets = {TossSet(heads, tosses)};
    const double estimate = heads / tosses;
    const auto above = [&](double log_odds) {
      const auto log_likelihood = [&](double at) {
        return -heads * std::log1p(std::exp(-at)) - (tosses - heads) * std::log1p(std::exp(at));
      };
      return log_likelihood(log_odds) - log_likelihood(std::log(heads / (tosses - heads))) + by;
    };
    const double middle = std::log(heads / (tosses - heads));
    const auto interval = profile_interval(CoinMixture(Vector{{1.0}}, Vector{{estimate}}), sets, 0, {.level = level});
    for (const auto& [end, outside] : {std::pair(interval.lower, -60.0), std::pair(interval.upper, 60.0)}) {
      EXPECT_NEAR(above(end), 0.0, 2e-6) << heads << " of " << tosses << ", level " << level;
      EXPECT_NEAR(end, root(above, middle, outside), 1e-5 * std::abs(end - middle)) << heads << " of " << tosses;
    }
  }
}

// No heads in 200 tosses: 200 log(1 − p) = −½ χ², so p is at most 1 − exp(−½ χ²/200) = 0.00956.
TEST(Profile, AtTheBoundaryHasOneEnd) {
  const std::vector<TossSet> sets(20, TossSet(0, 10));
  const CoinMixture never(Vector{{1.0}}, Vector{{0.0}});
  const auto interval = profile_interval(never, sets, 0);
  EXPECT_EQ(interval.estimate, -infinity);
  EXPECT_EQ(interval.lower, -infinity);
  EXPECT_FALSE(interval.at_lower.has_value());
  ASSERT_TRUE(interval.at_upper.has_value());
  EXPECT_NEAR(interval.at_upper->biases()[0], 0.009557679303755395, 1e-7);

  const std::vector<TossSet> heads(20, TossSet(10, 10));
  const auto other = profile_interval(CoinMixture(Vector{{1.0}}, Vector{{1.0}}), heads, 0);
  EXPECT_EQ(other.upper, infinity);
  EXPECT_NEAR(other.at_lower->biases()[0], 1.0 - 0.009557679303755395, 1e-7);
}

// 20 sets of 0 heads in 10 and 20 of 6 to 8: the profile by EM with the first bias held, one value at a time.
TEST(Profile, OfACoinThatNeverFellOnHeads) {
  std::vector<TossSet> sets(20, TossSet(0, 10));
  for (int n = 0; n < 20; ++n) sets.emplace_back(6 + n % 3, 10);
  const auto profile = [&](double bias) {
    CoinMixture model(Vector{{0.5, 0.5}}, Vector{{bias, 0.7}});
    for (int iteration = 0; iteration < 60; ++iteration) {
      model.m_step(model.e_step(sets));
      model = CoinMixture(model.weights(), Vector{{bias, model.biases()[1]}});  // exact: Q is a sum over coins
    }
    return model.log_likelihood(sets);
  };
  const auto fitted = fit_from(CoinMixture(Vector{{0.5, 0.5}}, Vector{{0.1, 0.7}}), sets, {.stop = to_rounding});
  const double end = root([&](double bias) { return profile(bias) - profile(0.0) + drop; }, 0.0, 0.1);
  const auto interval = profile_interval(fitted.model, sets, 1);
  EXPECT_EQ(interval.lower, -infinity);
  ASSERT_TRUE(interval.at_upper.has_value());
  EXPECT_NEAR(interval.at_upper->biases()[0], end, 1e-6);
  EXPECT_NEAR(end, 0.0096, 2e-4);
}

// Two parameters that go together: the profile of a weight is wider than a slice of the likelihood.
TEST(Profile, MaximisesOverTheOthers) {
  RandomEngine rng = random_stream(12, 0);
  RowMatrix data = random_models::normal_draws(150, 1, rng);
  for (Index row = 0; row < 150; row += 3) data(row, 0) += 3.0;
  const auto result =
      fit(GaussianMixture(2, {.covariance = CovarianceKind::tied, .penalty = 0.0}), data, {.stop = to_rounding});
  const auto interval = profile_interval(result.model, data, 0);
  ASSERT_TRUE(interval.at_lower && interval.at_upper);
  for (const auto& end : {*interval.at_lower, *interval.at_upper}) {
    EXPECT_NEAR(end.log_likelihood(data), result.log_likelihood - drop, 1e-5);
    // By EM with the weights held, the same maximum.
    GaussianMixture held(end.weights(), end.means(), end.covariances(),
                         {.covariance = CovarianceKind::tied, .fixed_weights = true});
    const auto maximum = fit_from(held, data, {.stop = to_rounding});
    EXPECT_NEAR(maximum.log_likelihood, end.log_likelihood(data), 1e-5);
  }
}

TEST(Profile, HasTheSameBitsForAnyNumberOfThreads) {
  const std::vector<TossSet> sets = {{5, 10}, {9, 10}, {8, 10}, {4, 10}, {7, 10}, {1, 10}, {2, 10}};
  const auto model = fit(CoinMixture(2), sets).model;
  const auto one = profile_interval(model, sets, 1, {.threads = 1});
  const auto three = profile_interval(model, sets, 1, {.threads = 3});
  EXPECT_EQ(one.lower, three.lower);
  EXPECT_EQ(one.upper, three.upper);
}

TEST(Profile, RefusesWhatCanNotBe) {
  linkage::Model model;
  model.pi = 0.6268;
  EXPECT_THAT([&] { (void)profile_interval(model, linkage::animals, 1); },
              ThrowsMessage<InvalidOption>(HasSubstr("parameter: 1: must be from 0 to 0")));
  EXPECT_THAT([&] { (void)profile_interval(model, linkage::animals, 0, {.level = 1.0}); },
              ThrowsMessage<InvalidOption>(HasSubstr("level: 1")));
  model.pi = 0.3;
  EXPECT_THAT([&] { (void)profile_interval(model, linkage::animals, 0); },
              ThrowsMessage<InformationUnavailable>(HasSubstr("the parameters are not the maximum")));
}

}  // namespace
}  // namespace latent
