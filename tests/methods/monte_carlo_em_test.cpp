#include "latent/methods/monte_carlo_em.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <boost/random/binomial_distribution.hpp>
#include <cmath>
#include <vector>

#include "fixtures/random_models.hpp"
#include "latent/core/errors.hpp"
#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/solver/fit.hpp"

namespace latent {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// The linkage example, with which Wei & Tanner (1990) introduce the method: of the 125, the number that belongs to p/4
// is binomial with probability p / (2 + p), and is drawn.
struct Linkage {
  using Data = std::array<double, 4>;
  struct Statistics {
    double recessive = 0.0;  // of probability p/4
    double other = 0.0;      // of probability (1 − p)/4
    double certain = 0.0;    // of probability 1/2

    Statistics& operator+=(const Statistics& more) {
      recessive += more.recessive;
      other += more.other;
      certain += more.certain;
      return *this;
    }
    Statistics& operator*=(double factor) {
      recessive *= factor;
      other *= factor;
      certain *= factor;
      return *this;
    }
  };

  double p = 0.5;

  Statistics simulated_e_step(const Data& y, std::size_t draws, RandomEngine& rng) const {
    boost::random::binomial_distribution<int, double> split(static_cast<int>(y[0]), p / (2.0 + p));
    double sum = 0.0;
    for (std::size_t i = 0; i < draws; ++i) sum += split(rng);
    const double mean = sum / static_cast<double>(draws);
    return {.recessive = mean + y[3], .other = y[1] + y[2], .certain = y[0] - mean};
  }
  void m_step(const Statistics& s) { p = s.recessive / (s.recessive + s.other); }
  double expected_log_joint(const Statistics& s) const {
    return s.recessive * std::log(p / 4.0) + s.other * std::log((1.0 - p) / 4.0) + s.certain * std::log(0.5);
  }
};
static_assert(SimulatedModel<Linkage> && !EMModel<Linkage>);

constexpr Linkage::Data linkage_counts = {125, 18, 20, 34};

// The maximum is 0.6268 (Dempster, Laird & Rubin 1977, and Wei & Tanner 1990); 0.626821 to 6 digits.
TEST(MonteCarloEM, FindsTheMaximumOfTheLinkageExample) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto result = monte_carlo_em(Linkage(), linkage_counts, {.tolerance = 1e-4, .seed = seed});
    EXPECT_TRUE(result.converged);
    EXPECT_EQ(result.stop.rule, "gain < 0.0001 with probability 0.9");
    EXPECT_NEAR(result.model.p, 0.626821, 2e-3);
  }
}

// With many draws a step is that of EM: table 1 of Dempster, Laird & Rubin (1977).
TEST(MonteCarloEM, OfManyDrawsTakesTheStepsOfEM) {
  const std::vector<double> published = {0.608247423, 0.624321051, 0.626488879};
  for (int steps = 1; steps <= 3; ++steps) {
    const auto result = monte_carlo_em(
        Linkage(), linkage_counts,
        {.draws = 2'000'000, .most_draws = 2'000'000, .tolerance = 1e-12, .iterations = steps, .seed = 3});
    EXPECT_NEAR(result.model.p, published[static_cast<std::size_t>(steps - 1)], 5e-5);
    EXPECT_EQ(result.trace.size(), static_cast<std::size_t>(steps));
  }
}

// Caffo, Jank & Jones (2005): steps are accepted only where they are known to ascend, and draws grow where they are
// not.
TEST(MonteCarloEM, DrawsMoreAsTheGainsGetSmaller) {
  const auto result = monte_carlo_em(Linkage(), linkage_counts, {.draws = 20, .tolerance = 1e-5});
  ASSERT_TRUE(result.converged);
  ASSERT_GE(result.trace.size(), 3);
  for (std::size_t t = 1; t < result.trace.size(); ++t) {
    EXPECT_GE(result.trace[t].draws, result.trace[t - 1].draws);
    EXPECT_EQ(result.trace[t].number, static_cast<int>(t) + 1);
  }
  EXPECT_GT(result.trace.back().draws, 10 * result.trace.front().draws);
  for (std::size_t t = 0; t + 1 < result.trace.size(); ++t) {
    EXPECT_GT(result.trace[t].gain, 1.3 * result.trace[t].standard_error);  // Student's quantile: 1.328 of 19
  }
}

TEST(MonteCarloEM, SaysWhereTheDrawsAreTooFew) {
  const auto result = monte_carlo_em(Linkage(), linkage_counts, {.draws = 100, .most_draws = 500, .tolerance = 1e-9});
  EXPECT_FALSE(result.converged);
  EXPECT_THAT(result.stop.rule, HasSubstr("500 draws, too few to tell"));
  const auto hasty = monte_carlo_em(Linkage(), linkage_counts, {.iterations = 1});
  EXPECT_FALSE(hasty.converged);
  EXPECT_EQ(hasty.stop.rule, "1 iteration");
}

// A mixture is drawn from by its posterior, and comes to EM's maximum.
TEST(MonteCarloEM, OfAMixtureFindsTheMaximumOfEM) {
  RandomEngine rng = random_stream(12, 0);
  const CoinMixture truth(Vector{{0.4, 0.6}}, Vector{{0.2, 0.7}});
  const auto sets = truth.sample(500, rng);
  const CoinMixture start(Vector{{0.5, 0.5}}, Vector{{0.35, 0.6}});
  const auto maximum = fit_from(start, sets);
  const auto result = monte_carlo_em(start, sets, {.tolerance = 1e-3});
  EXPECT_TRUE(result.converged);
  EXPECT_NEAR(result.model.log_likelihood(sets), maximum.log_likelihood, 0.02);
  EXPECT_LE((result.model.biases() - maximum.model.biases()).cwiseAbs().maxCoeff(), 5e-3);
}

TEST(MonteCarloEM, OfManyDrawsFromAGaussianMixtureIsAnEStep) {
  RandomEngine rng = random_stream(13, 0);
  const RowMatrix data = random_models::normal_draws(300, 2, rng);
  const GaussianMixture mixture = random_models::gaussian_mixture(CovarianceKind::full, 3, 2, rng);
  const auto exact = mixture.e_step(data);
  const auto simulated = simulate(mixture, data, 100'000'000, rng);
  EXPECT_LE((simulated.weights - exact.weights).cwiseAbs().maxCoeff(), 5e-3);
  EXPECT_LE((simulated.sums - exact.sums).cwiseAbs().maxCoeff(), 1e-2);
}

// With a prior the fixed point is the mode: with Beta(a, b), p solves a quadratic (see gem_and_map_test.cpp).
struct LinkageWithPrior : Linkage {
  void m_step(const Statistics& s) { p = (s.recessive + 4.0) / (s.recessive + s.other + 13.0); }
  double log_prior() const { return 4.0 * std::log(p) + 9.0 * std::log1p(-p); }
};

TEST(MonteCarloEM, FindsTheModeWithAPrior) {
  // y1/(2+p) + (y4 + 4)/p − (y2 + y3 + 9)/(1 − p) = 0, by bisection.
  double low = 0.0, high = 1.0;
  for (int i = 0; i < 100; ++i) {
    const double p = 0.5 * (low + high);
    (125.0 / (2.0 + p) + 38.0 / p - 47.0 / (1.0 - p) > 0.0 ? low : high) = p;
  }
  const auto result = monte_carlo_em(LinkageWithPrior(), linkage_counts, {.tolerance = 1e-4});
  EXPECT_NEAR(result.model.p, low, 2e-3);
}

TEST(MonteCarloEM, HasTheSameBitsForAnyNumberOfThreads) {
  const auto estimate = [](int threads, std::uint64_t seed) {
    return monte_carlo_em(Linkage(), linkage_counts, {.seed = seed, .threads = threads}).model.p;
  };
  EXPECT_EQ(estimate(1, 1), estimate(4, 1));
  EXPECT_NE(estimate(1, 1), estimate(1, 2));
}

struct Divergent : Linkage {
  double expected_log_joint(const Statistics&) const { return std::nan(""); }
};

TEST(MonteCarloEM, RefusesWhatIsImpossible) {
  const auto run = [](const MonteCarloOptions& options) {
    return [options] { (void)monte_carlo_em(Linkage(), linkage_counts, options); };
  };
  EXPECT_THAT(run({.batches = 1}), ThrowsMessage<InvalidOption>(HasSubstr("batches: 1: must be at least 2")));
  EXPECT_THAT(run({.draws = 10}), ThrowsMessage<InvalidOption>(HasSubstr("draws: 10: must be at least 20")));
  EXPECT_THAT(run({.most_draws = 50}), ThrowsMessage<InvalidOption>(HasSubstr("most_draws: 50")));
  EXPECT_THAT(run({.confidence = 0.5}), ThrowsMessage<InvalidOption>(HasSubstr("confidence: 0.5")));
  EXPECT_THAT(run({.tolerance = 0.0}), ThrowsMessage<InvalidOption>(HasSubstr("tolerance: 0")));
  EXPECT_THAT(run({.iterations = 0}), ThrowsMessage<InvalidOption>(HasSubstr("iterations: 0")));
  EXPECT_THAT([] { (void)monte_carlo_em(Divergent(), linkage_counts); },
              ThrowsMessage<DegenerateFit>(HasSubstr("the gain of Q is nan")));
}

}  // namespace
}  // namespace latent
