#include "latent/inference/bootstrap.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <vector>

#include "fixtures/linkage_model.hpp"
#include "fixtures/random_models.hpp"
#include "latent/inference/uncertainty.hpp"
#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/models/incomplete_gaussian.hpp"

namespace latent {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

// The standard deviation of a standard deviation of B normal replicates, relative to it.
double monte_carlo_error(int replicates) { return 1.0 / std::sqrt(2.0 * replicates); }

// ---------------------------------------------------------------------------------------------------------------------
// The parametric bootstrap.

// The estimate in closed form: the root of n π² − (x1 − 2(x2 + x3) − x4) π − 2 x4 (Rao 1973, Linear Statistical
// Inference, section 5g).
double linkage_estimate(double x1, double x23, double x4) {
  const double n = x1 + x23 + x4;
  const double b = x1 - 2.0 * x23 - x4;
  return (b + std::sqrt(b * b + 8.0 * n * x4)) / (2.0 * n);
}

// The standard deviation of the estimate, by the sum over all that n animals can be.
double linkage_standard_error(double pi, int n) {
  double mean = 0.0;
  double square = 0.0;
  for (int x1 = 0; x1 <= n; ++x1) {
    for (int x4 = 0; x4 <= n - x1; ++x4) {
      const int x23 = n - x1 - x4;
      const double log_orders = std::lgamma(n + 1) - std::lgamma(x1 + 1) - std::lgamma(x23 + 1) - std::lgamma(x4 + 1);
      const double log_probability =
          log_orders + x1 * std::log(0.5 + 0.25 * pi) + x23 * std::log(0.5 - 0.5 * pi) + x4 * std::log(0.25 * pi);
      const double estimate = linkage_estimate(x1, x23, x4);
      mean += std::exp(log_probability) * estimate;
      square += std::exp(log_probability) * estimate * estimate;
    }
  }
  return std::sqrt(square - mean * mean);
}

// By the observed information it is 0.0515 (Louis 1982, J. R. Statist. Soc. B 44:226, section 4); by the expected
// information of 197 animals, 197/4 · {1/(2+π) + 2/(1−π) + 1/π}, it is 0.0526; in truth 0.0527.
TEST(Bootstrap, StandardErrorOfTheLinkageExample) {
  const auto result = fit(linkage::Model(), linkage::animals);
  const int replicates = 20000;
  const Bootstrap bootstrap = parametric_bootstrap(result.model, 197, linkage::natural, {.replicates = replicates});
  const IntervalEstimate& pi = bootstrap.intervals.front();
  EXPECT_EQ(pi.estimate, result.model.pi);
  EXPECT_NEAR(linkage_estimate(125, 38, 34), result.model.pi, 1e-5);
  EXPECT_NEAR(pi.standard_error / linkage_standard_error(pi.estimate, 197), 1.0, 4.0 * monte_carlo_error(replicates));
  EXPECT_NEAR(pi.standard_error, 0.0515, 0.002);
  EXPECT_NEAR(pi.lower, pi.estimate - 1.96 * 0.0515, 0.01);
  EXPECT_NEAR(pi.upper, pi.estimate + 1.96 * 0.0515, 0.01);
  EXPECT_EQ(bootstrap.replicates.rows(), replicates);
  EXPECT_EQ(bootstrap.not_converged, 0);
  EXPECT_THAT(bootstrap.failures, testing::IsEmpty());
}

// The mean of n draws of N(μ, σ²) has standard error σ/√n, and their variance (divisor n) σ² √(2(n−1))/n.
TEST(Bootstrap, ParametricStandardErrorsOfANormalDistribution) {
  const int replicates = 1000;
  const GaussianMixture normal(Vector{{1.0}}, RowMatrix{{5.0}}, {Matrix{{4.0}}});
  const auto natural = [](const GaussianMixture& model) -> Vector {
    return Vector{{model.means()(0, 0), model.covariance(0)(0, 0)}};
  };
  const auto bootstrap = parametric_bootstrap(normal, 50, natural, {.replicates = replicates});
  EXPECT_NEAR(bootstrap.intervals[0].standard_error / (2.0 / std::sqrt(50.0)), 1.0,
              4.0 * monte_carlo_error(replicates));
  EXPECT_NEAR(bootstrap.intervals[1].standard_error / (4.0 * std::sqrt(2.0 * 49.0) / 50.0), 1.0,
              8.0 * monte_carlo_error(replicates));
}

// The bias of one coin that is tossed m_n times in set n has standard error √(p(1−p)/Σ w_n m_n), whatever the sets.
TEST(Bootstrap, ParametricDrawsAsManyTossesAsTheDataHave) {
  const std::vector<TossSet> sets = {{30, 40}, {1, 2}, {5, 8, 3.0}};
  const auto result = fit(CoinMixture(1), sets);
  const auto natural = [](const CoinMixture& model) { return model.biases(); };
  const int replicates = 4000;
  const auto bias = parametric_bootstrap(result.model, sets, natural, {.replicates = replicates}).intervals.front();
  const double p = 46.0 / 66.0;
  EXPECT_NEAR(bias.estimate, p, 1e-12);
  EXPECT_NEAR(bias.standard_error / std::sqrt(p * (1.0 - p) / 66.0), 1.0, 4.0 * monte_carlo_error(replicates));
}

// As many rows as the weights sum to: the mean of n draws of N(μ, σ²) has standard error σ/√n.
TEST(Bootstrap, ParametricDrawsAsManyObservationsAsTheWeightsSumTo) {
  const RowMatrix values = RowMatrix{{1.0}, {2.0}, {4.0}};
  const std::vector<double> weights = {20.0, 10.0, 20.0};
  const Observations data(values, weights);
  const GaussianMixture normal(Vector{{1.0}}, RowMatrix{{2.5}}, {Matrix{{4.0}}});
  const auto natural = [](const GaussianMixture& model) { return Vector{{model.means()(0, 0)}}; };
  const int replicates = 1000;
  const auto mean = parametric_bootstrap(normal, data, natural, {.replicates = replicates}).intervals.front();
  EXPECT_NEAR(mean.standard_error / (2.0 / std::sqrt(50.0)), 1.0, 4.0 * monte_carlo_error(replicates));
}

// x is observed in all n rows and y in the first m, so the maximum likelihood is that of the regression of y on x
// (Anderson 1957, J. Amer. Statist. Assoc. 52:200): the mean of y has variance σ²_y/m · {1 − ρ² (1 − m/n)} to first
// order.
TEST(Bootstrap, ParametricLeavesTheHolesOfTheData) {
  const double n = 2000.0;
  const double m = 400.0;
  RandomEngine rng = random_stream(11, 0);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  RowMatrix values = random_models::normal_draws(static_cast<Index>(n), 2, rng);
  for (Index row = static_cast<Index>(m); row < values.rows(); ++row) values(row, 1) = nan;
  const IncompleteObservations data(values);
  const double rho = 0.8;
  const IncompleteGaussian model(Vector{{1.0, 2.0}}, Matrix{{1.0, 2.0 * rho}, {2.0 * rho, 4.0}});
  const auto natural = [](const IncompleteGaussian& fitted) { return fitted.mean(); };
  const int replicates = 2000;
  const auto drawn = parametric_bootstrap(model, data, natural, {.replicates = replicates}).intervals;
  EXPECT_NEAR(drawn[0].standard_error * std::sqrt(n), 1.0, 4.0 * monte_carlo_error(replicates));
  const double variance = 4.0 / m * (1.0 - rho * rho * (1.0 - m / n));
  EXPECT_NEAR(drawn[1].standard_error / std::sqrt(variance), 1.0, 4.0 * monte_carlo_error(replicates) + 1.0 / m);
}

// ---------------------------------------------------------------------------------------------------------------------
// The nonparametric bootstrap.

// The standard error of a mean is s/√n, s² with divisor n.
TEST(Bootstrap, StandardErrorOfTheMeanOfANormalDistribution) {
  const int replicates = 4000;
  RandomEngine rng = random_stream(3, 0);
  const RowMatrix data = random_models::normal_draws(30, 1, rng);
  const auto result = fit(GaussianMixture(1, {.penalty = 0.0}), data, {.restarts = 1});
  const auto natural = [](const GaussianMixture& model) { return Vector{{model.means()(0, 0)}}; };
  const auto mean = nonparametric_bootstrap(result.model, data, natural, {.replicates = replicates}).intervals.front();
  const double s = std::sqrt(column_variances(data)[0]);
  EXPECT_NEAR(mean.standard_error / (s / std::sqrt(30.0)), 1.0, 4.0 * monte_carlo_error(replicates));
}

// A model whose estimate is the largest observation.
struct Largest {
  using Data = std::span<const double>;
  using Statistics = double;
  double largest = 0.0;
  Statistics e_step(Data data) const { return *std::ranges::max_element(data); }
  void m_step(const Statistics& statistics) { largest = statistics; }
  double log_likelihood(Data data) const { return -std::abs(largest - *std::ranges::max_element(data)); }
};

// All 5⁵ resamples of 1, 2, 4, 8, 16 are equally likely, so the largest is the k-th with probability (k/5)⁵ −
// ((k−1)/5)⁵.
TEST(Bootstrap, AsTheEnumerationOfAllResamples) {
  const std::vector<double> data = {4.0, 1.0, 16.0, 2.0, 8.0};
  Largest model;
  model.largest = 16.0;
  const auto natural = [](const Largest& fitted) { return Vector{{fitted.largest}}; };
  const int replicates = 20000;
  const Bootstrap bootstrap =
      nonparametric_bootstrap(model, data, natural, {.replicates = replicates, .level = 0.9, .fit = {.seed = 3}});

  std::map<double, double> probabilities;
  double mean = 0.0;
  double square = 0.0;
  for (int k = 1; k <= 5; ++k) {
    const double value = std::ldexp(1.0, k - 1);
    probabilities[value] = std::pow(k / 5.0, 5) - std::pow((k - 1) / 5.0, 5);
    mean += probabilities[value] * value;
    square += probabilities[value] * value * value;
  }
  for (const auto& [value, probability] : probabilities) {
    const double share = (bootstrap.replicates.array() == value).cast<double>().mean();
    EXPECT_NEAR(share, probability, 4.5 * std::sqrt(probability / replicates)) << value;
  }
  EXPECT_NEAR(bootstrap.intervals[0].standard_error, std::sqrt(square - mean * mean), 0.05);
  // P(largest ≤ 4) = 0.078 > 0.05, and P(largest ≤ 2) = 0.010; P(largest ≤ 8) = 0.33 < 0.95.
  EXPECT_EQ(bootstrap.intervals[0].lower, 4.0);
  EXPECT_EQ(bootstrap.intervals[0].upper, 16.0);
}

TEST(Bootstrap, SetsOfTosses) {
  // One coin: the standard error of its bias by resampling sets is √(Σ_n (h_n − m p)²)/(n m) for sets of equal size.
  const std::vector<TossSet> sets = {{3, 10}, {7, 10, 2.0}, {4, 10}, {5, 10, 3.0}, {9, 10}};
  const auto result = fit(CoinMixture(1), sets);
  const double p = result.model.biases()[0];
  double squares = 0.0;
  for (const TossSet& set : sets) squares += set.weight() * std::pow(set.heads() - 10.0 * p, 2);
  const auto natural = [](const CoinMixture& model) { return model.biases(); };
  const int replicates = 5000;
  const auto bias = nonparametric_bootstrap(result.model, sets, natural, {.replicates = replicates}).intervals.front();
  EXPECT_NEAR(bias.standard_error / (std::sqrt(squares) / 80.0), 1.0, 4.0 * monte_carlo_error(replicates));
}

// ---------------------------------------------------------------------------------------------------------------------
// Data drawn as the user says.

// The bias of one coin that is tossed m_n times in set n has standard error √(p(1−p)/Σ m_n), whatever the sets.
TEST(Bootstrap, SetsOfDifferentNumbersOfTosses) {
  const std::vector<TossSet> sets = {{30, 40}, {1, 2}, {5, 8}};
  const auto result = fit(CoinMixture(1), sets);
  const auto draw = [&](RandomEngine& rng) {
    std::vector<TossSet> drawn;
    drawn.reserve(sets.size());
    for (const TossSet& set : sets) {
      drawn.push_back(result.model.sample(1, rng, static_cast<unsigned>(set.tosses())).front());
    }
    return drawn;
  };
  const auto natural = [](const CoinMixture& model) { return model.biases(); };
  const int replicates = 4000;
  const auto bias = bootstrap(result.model, draw, natural, {.replicates = replicates}).intervals.front();
  EXPECT_NEAR(bias.standard_error / std::sqrt(0.72 * 0.28 / 50.0), 1.0, 4.0 * monte_carlo_error(replicates));
}

TEST(Bootstrap, AnIncompleteGaussianDrawsObservationsAndGroupsThemAnew) {
  RandomEngine rng = random_stream(5, 0);
  RowMatrix values = random_models::normal_draws(200, 2, rng);
  values.col(1) += values.col(0);
  for (Index row = 0; row < 200; row += 5) values(row, 1) = std::numeric_limits<double>::quiet_NaN();
  const IncompleteObservations data(values);
  const auto result = fit(IncompleteGaussian(data), data);
  const auto means = [](const IncompleteGaussian& model) { return model.mean(); };
  const auto draw = [&](RandomEngine& stream) { return IncompleteObservations(resample(values, stream)); };
  const int replicates = 1000;
  const Bootstrap drawn = bootstrap(result.model, draw, means, {.replicates = replicates});
  const auto wald = wald_intervals(result.model, observed_information(result.model, data), means);
  // Both estimate the same; for normal data they differ by the noise of second moments, some 1/√(2·200).
  for (std::size_t i : {0U, 1U}) {
    EXPECT_NEAR(drawn.intervals[i].standard_error / wald[i].standard_error, 1.0,
                4.0 * monte_carlo_error(replicates) + 0.05);
  }
}

TEST(Bootstrap, AgreesWithTheInformationOnAMixture) {
  RandomEngine rng = random_stream(6, 0);
  RowMatrix data = random_models::normal_draws(400, 1, rng);
  for (Index row = 0; row < 400; row += 4) data(row, 0) += 5.0;
  const auto result = fit(GaussianMixture(2, {.penalty = 0.0}), data, {.stop = relative_gain(1e-13)});
  const auto natural = [](const GaussianMixture& model) -> Vector {
    return Vector{{model.weights()[0], model.means()(0, 0), model.means()(1, 0)}};
  };
  const int replicates = 1000;
  const Bootstrap drawn = parametric_bootstrap(result.model, 400, natural, {.replicates = replicates});
  const auto wald = wald_intervals(result.model, observed_information(result.model, data), natural);
  for (std::size_t i = 0; i < wald.size(); ++i) {
    EXPECT_NEAR(drawn.intervals[i].standard_error / wald[i].standard_error, 1.0, 0.2) << i;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Seeds and threads, failures, refusals.

TEST(Bootstrap, TheSameBitsForAnyNumberOfThreads) {
  RandomEngine rng = random_stream(7, 0);
  const RowMatrix data = random_models::clustered_data(700, 2, 2, rng);
  const auto model = fit(GaussianMixture(2), data, {.restarts = 2}).model;
  const auto natural = [](const GaussianMixture& fitted) -> Vector { return fitted.means().reshaped(); };
  const auto replicates = [&](int threads, std::uint64_t seed) {
    return nonparametric_bootstrap(model, data, natural, {.replicates = 40, .fit = {.seed = seed, .threads = threads}})
        .replicates;
  };
  const Matrix one = replicates(1, 1);
  EXPECT_EQ(replicates(2, 1), one);
  EXPECT_EQ(replicates(3, 1), one);
  EXPECT_NE(replicates(1, 2), one);
}

// Cannot be fitted to one in some resamples.
struct Picky : Largest {
  void m_step(const Statistics& statistics) {
    if (statistics < 16.0) throw DegenerateFit("there is no 16");
    Largest::m_step(statistics);
  }
};

const auto largest_of = [](const Largest& fitted) { return Vector{{fitted.largest}}; };

TEST(Bootstrap, FailuresAreToldWithTheirReason) {
  const std::vector<double> data = {4.0, 1.0, 16.0, 2.0, 8.0};
  const Bootstrap bootstrap = nonparametric_bootstrap(Picky(), data, largest_of, {.replicates = 1000});
  // (4/5)⁵ of the resamples have no 16.
  EXPECT_NEAR(static_cast<double>(bootstrap.failures.size()), 328.0, 75.0);
  EXPECT_EQ(static_cast<std::size_t>(bootstrap.replicates.rows()) + bootstrap.failures.size(), 1000);
  EXPECT_TRUE((bootstrap.replicates.array() == 16.0).all());
  for (const FailedReplicate& failure : bootstrap.failures) EXPECT_EQ(failure.reason, "there is no 16");
  EXPECT_TRUE(std::ranges::is_sorted(bootstrap.failures, {}, &FailedReplicate::number));
  ASSERT_EQ(bootstrap.notes.size(), 2);
  EXPECT_THAT(bootstrap.notes[0],
              HasSubstr("of 1000 replicates could not be fitted: standard errors and intervals are"));
  EXPECT_THAT(bootstrap.notes[1], HasSubstr("quantity 1: all replicates are equal"));
}

// 20 sets of 0 heads in 10 tosses and 20 of 6 to 8: no replicate, of whichever bootstrap, has a head in the former. The
// exact upper limit for 0 of 200 is 0.015.
TEST(Bootstrap, SaysThatItIsInconsistentAtTheBoundary) {
  std::vector<TossSet> sets(20, TossSet(0, 10));
  for (int n = 0; n < 20; ++n) sets.emplace_back(6 + n % 3, 10);
  const auto result = fit_from(CoinMixture(Vector{{0.5, 0.5}}, Vector{{0.1, 0.7}}), sets);
  const auto natural = [](const CoinMixture& model) { return model.biases(); };
  const BootstrapOptions options = {.replicates = 99};
  for (const Bootstrap& drawn : {nonparametric_bootstrap(result.model, sets, natural, options),
                                 parametric_bootstrap(result.model, sets, natural, options)}) {
    EXPECT_LT(drawn.intervals[0].upper, 1e-12);
    ASSERT_EQ(drawn.notes.size(), 1);
    EXPECT_THAT(drawn.notes[0], AllOf(HasSubstr("quantity 1: all replicates are equal"), HasSubstr("boundary"),
                                      HasSubstr("Andrews 2000"), HasSubstr("profile_interval")));
  }
  const std::vector<TossSet> inside = {{3, 10}, {7, 10}, {4, 10}, {5, 10}};
  const auto one = nonparametric_bootstrap(fit(CoinMixture(1), inside).model, inside, natural, options);
  EXPECT_TRUE(one.notes.empty());
}

TEST(Bootstrap, SaysWhereTooFewCouldBeFitted) {
  const std::vector<double> data = {4.0, 1.0, 16.0, 2.0, 8.0};
  EXPECT_THAT([&] { nonparametric_bootstrap(Picky(), data, largest_of, {.replicates = 40}); },
              ThrowsMessage<DegenerateFit>(
                  AllOf(HasSubstr("of 40 replicates could not be fitted"), HasSubstr("the first: there is no 16"))));
}

TEST(Bootstrap, AQuantityThatIsNoNumberIsAFailure) {
  const std::vector<double> data = {4.0, 1.0, 16.0, 2.0, 8.0};
  const auto log_of_excess = [](const Largest& fitted) { return Vector{{std::log(fitted.largest - 8.0)}}; };
  Largest model;
  model.largest = 16.0;
  const Bootstrap bootstrap = nonparametric_bootstrap(model, data, log_of_excess, {.replicates = 1000});
  ASSERT_FALSE(bootstrap.failures.empty());
  EXPECT_THAT(bootstrap.failures.front().reason, HasSubstr("quantity 1 is "));
  EXPECT_TRUE(bootstrap.replicates.allFinite());
}

TEST(Bootstrap, CountsTheReplicatesThatDidNotConverge) {
  const Bootstrap bootstrap = parametric_bootstrap(linkage::Model(), 197, linkage::natural,
                                                   {.replicates = 50, .fit = {.stop = iteration_limit(1)}});
  EXPECT_EQ(bootstrap.not_converged, 50);
}

TEST(Bootstrap, RefusesImpossibleOptions) {
  const linkage::Model model;
  const auto with = [&](const BootstrapOptions& options) {
    return [&model, options] { parametric_bootstrap(model, 197, linkage::natural, options); };
  };
  EXPECT_THAT(
      with({.replicates = 38}),
      ThrowsMessage<InvalidOption>(HasSubstr("replicates: 38: must be at least 39 for intervals of level 0.95")));
  EXPECT_NO_THROW(with({.replicates = 39})());
  EXPECT_THAT(with({.level = 95.0}), ThrowsMessage<InvalidOption>(HasSubstr("level: 95")));
  EXPECT_THAT(with({.fit = {.restarts = 5}}), ThrowsMessage<InvalidOption>(HasSubstr("restarts: 5")));
  EXPECT_THAT(with({.fit = {.threads = -1}}), ThrowsMessage<InvalidOption>(HasSubstr("threads: -1")));
  EXPECT_THAT(with({.fit = {.observers = {Observer{}}}}),
              ThrowsMessage<InvalidOption>(HasSubstr("observers: 1 of them: must be none")));
  const auto undefined = [](const linkage::Model&) { return Vector{{std::nan("")}}; };
  EXPECT_THAT([&] { parametric_bootstrap(model, 197, undefined); },
              ThrowsMessage<InvalidOption>(HasSubstr("natural: quantity 1 of the model is nan")));
}

TEST(Bootstrap, ADecreaseWithThePolicyToRaiseIsNoFailedReplicate) {
  struct Decreasing : linkage::Model {
    void m_step(const Statistics&) { pi = 0.1; }
  };
  EXPECT_THROW(parametric_bootstrap(Decreasing(), 197, linkage::natural, {.fit = {.on_decrease = OnDecrease::raise}}),
               ObjectiveDecreased);
}

}  // namespace
}  // namespace latent
