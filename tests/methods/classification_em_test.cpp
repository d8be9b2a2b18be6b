#include "latent/methods/classification_em.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "fixtures/random_models.hpp"
#include "latent/core/errors.hpp"
#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/solver/fit.hpp"

namespace latent {
namespace {

using testing::HasSubstr;

static_assert(InitializableModel<ClassificationModel<GaussianMixture>>);
static_assert(DivisibleModel<ClassificationModel<GaussianMixture>>);
static_assert(OnePassModel<ClassificationModel<GaussianMixture>>);
static_assert(PenalizedModel<ClassificationModel<GaussianMixture>>);
static_assert(!PenalizedModel<ClassificationModel<CoinMixture>>);
static_assert(PersistentModel<ClassificationModel<CoinMixture>>);

// Spherical components on a line, one observation at a time, as Celeux & Govaert (1992) state CEM.
struct Partition {
  std::vector<double> weights, means, variances;
  std::vector<std::size_t> labels;
  double log_likelihood = 0.0;

  double log_joint(double x, std::size_t k) const {
    return std::log(weights[k]) - 0.5 * std::log(2 * std::numbers::pi * variances[k]) -
           (x - means[k]) * (x - means[k]) / (2 * variances[k]);
  }

  void classify(const std::vector<double>& data) {
    labels.clear();
    log_likelihood = 0.0;
    for (const double x : data) {
      std::size_t best = 0;
      for (std::size_t k = 1; k < means.size(); ++k) {
        if (log_joint(x, k) > log_joint(x, best)) best = k;
      }
      labels.push_back(best);
      log_likelihood += log_joint(x, best);
    }
  }

  void estimate(const std::vector<double>& data) {
    for (std::size_t k = 0; k < means.size(); ++k) {
      double count = 0, sum = 0, squares = 0;
      for (std::size_t n = 0; n < data.size(); ++n) {
        if (labels[n] != k) continue;
        count += 1;
        sum += data[n];
      }
      means[k] = sum / count;
      for (std::size_t n = 0; n < data.size(); ++n) {
        if (labels[n] == k) squares += (data[n] - means[k]) * (data[n] - means[k]);
      }
      variances[k] = squares / count;
      weights[k] = count / static_cast<double>(data.size());
    }
  }
};

// Overlapping, so that CEM and EM differ.
RowMatrix two_groups(Index rows, double apart) {
  RandomEngine rng = random_stream(11, 0);
  RowMatrix data = random_models::normal_draws(rows, 1, rng);
  for (Index row = 0; row < rows; row += 2) data(row, 0) = apart + 0.7 * data(row, 0);
  return data;
}

GaussianMixture on_a_line(double first, double second) {
  return GaussianMixture(Vector{{0.5, 0.5}}, RowMatrix{{first}, {second}}, {Matrix{{1.0}}, Matrix{{1.0}}},
                         {.covariance = CovarianceKind::spherical});
}

TEST(ClassificationEM, TakesTheStepsOfThePaper) {
  const RowMatrix rows = two_groups(300, 2.5);
  const std::vector<double> data(rows.data(), rows.data() + rows.size());
  Partition expected{.weights = {0.5, 0.5}, .means = {-1, 3}, .variances = {1, 1}, .labels = {}};
  expected.classify(data);
  for (int steps = 0; steps <= 6; ++steps) {
    const auto result = fit_from(ClassificationModel(on_a_line(-1, 3)), rows,
                                 {.stop = iteration_limit(steps), .on_decrease = OnDecrease::raise});
    EXPECT_NEAR(result.log_likelihood, expected.log_likelihood, 1e-9) << steps;
    for (std::size_t k : {0U, 1U}) {
      const GaussianMixture& mixture = result.model.model();
      EXPECT_NEAR(mixture.means()(static_cast<Index>(k), 0), expected.means[k], 1e-12);
      EXPECT_NEAR(mixture.covariances()[k](0, 0), expected.variances[k], 1e-12);
      EXPECT_NEAR(mixture.weights()[static_cast<Index>(k)], expected.weights[k], 1e-12);
    }
    EXPECT_EQ(labels(result.model.model().posterior(rows)), expected.labels);
    expected.estimate(data);
    expected.classify(data);
  }
}

// CL = Σ_k n_k log(n_k/n) − n/2 (log 2πσ² + 1) of a partition with its own best parameters and one variance for all:
// the best of all partitions of a few observations, by looking at each.
TEST(ClassificationEM, TheBestOfManyStartsIsTheBestOfAllPartitions) {
  constexpr std::size_t n = 12;
  const RowMatrix data = two_groups(n, 3.0);
  double best = -1e300;
  for (std::size_t partition = 1; partition + 1 < (std::size_t{1} << n); ++partition) {
    double counts[2] = {0, 0}, sums[2] = {0, 0}, squares = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double x = data(static_cast<Index>(i), 0);
      counts[(partition >> i) & 1U] += 1;
      sums[(partition >> i) & 1U] += x;
      squares += x * x;
    }
    const double variance = (squares - sums[0] * sums[0] / counts[0] - sums[1] * sums[1] / counts[1]) / n;
    double classification = -0.5 * n * (std::log(2 * std::numbers::pi * variance) + 1);
    for (const double count : counts) classification += count * std::log(count / n);
    best = std::max(best, classification);
  }
  const GaussianMixture mixture(2, {.covariance = CovarianceKind::tied, .penalty = 0.0});
  const auto result = fit(ClassificationModel(mixture), data, {.restarts = 200, .on_decrease = OnDecrease::raise});
  EXPECT_NEAR(result.log_likelihood, best, 1e-9);
}

// Of components with one spherical covariance and equal weights CEM is k-means; so it is with equal numbers on either
// side of a symmetric start, whose variances stay equal.
TEST(ClassificationEM, IsLloydsAlgorithmWhereVariancesAreEqual) {
  RandomEngine rng = random_stream(2, 0);
  RowMatrix data = random_models::normal_draws(200, 2, rng);
  for (Index row = 0; row < 100; ++row) {
    data(row, 0) += 1.0;
    data.row(row + 100) = -data.row(row);  // the mirror image
  }
  const GaussianMixture start(Vector{{0.5, 0.5}}, RowMatrix{{0.5, 1.0}, {-0.5, -1.0}}, {Matrix{{1.0}}, Matrix{{1.0}}},
                              {.covariance = CovarianceKind::spherical, .fixed_weights = true});
  RowMatrix centres = start.means();
  std::vector<std::size_t> nearest(200);
  for (int iteration = 0; iteration < 100; ++iteration) {
    for (Index row = 0; row < 200; ++row) {
      nearest[static_cast<std::size_t>(row)] =
          (data.row(row) - centres.row(0)).squaredNorm() <= (data.row(row) - centres.row(1)).squaredNorm() ? 0 : 1;
    }
    for (std::size_t k : {0U, 1U}) {
      Eigen::RowVector2d sum = Eigen::RowVector2d::Zero();
      double count = 0;
      for (Index row = 0; row < 200; ++row) {
        if (nearest[static_cast<std::size_t>(row)] != k) continue;
        sum += data.row(row);
        count += 1;
      }
      centres.row(static_cast<Index>(k)) = sum / count;
    }
  }
  const auto result = fit_from(ClassificationModel(start), data, {.on_decrease = OnDecrease::raise});
  EXPECT_TRUE(result.converged);
  EXPECT_LE((result.model.model().means() - centres).cwiseAbs().maxCoeff(), 1e-10);
  EXPECT_EQ(labels(result.model.model().posterior(data)), nearest);
}

TEST(ClassificationEM, AgreesWithEMOnClustersFarApart) {
  RandomEngine rng = random_stream(7, 0);
  RowMatrix data = random_models::normal_draws(600, 2, rng);
  for (Index row = 0; row < 600; ++row) data.row(row).array() += 20.0 * static_cast<double>(row % 3);
  const auto hard =
      fit(ClassificationModel(GaussianMixture(3)), data, {.restarts = 5, .on_decrease = OnDecrease::raise});
  const auto soft = fit(GaussianMixture(3), data, {.restarts = 5});
  EXPECT_EQ(labels(hard.model.model().posterior(data)), labels(soft.model.posterior(data)));
  EXPECT_LE((hard.model.model().means() - soft.model.means()).cwiseAbs().maxCoeff(), 1e-8);
}

// Each coin is estimated from the sets that it explains best.
TEST(ClassificationEM, OfCoinsAscendsAndCountsTheSetsOfEachCoin) {
  std::vector<TossSet> sets;
  sets.reserve(40);
  for (int n = 0; n < 30; ++n) sets.emplace_back(n % 3, 10);
  for (int n = 0; n < 10; ++n) sets.emplace_back(8 + n % 2, 10);
  const CoinMixture start(Vector{{0.5, 0.5}}, Vector{{0.3, 0.6}});
  const auto result = fit_from(ClassificationModel(start), sets, {.on_decrease = OnDecrease::raise});
  EXPECT_NEAR(result.model.model().weights()[0], 0.75, 1e-12);
  EXPECT_NEAR(result.model.model().biases()[0], 0.1, 1e-12);
  EXPECT_NEAR(result.model.model().biases()[1], 0.85, 1e-12);
}

TEST(ClassificationEM, HasTheSameBitsForAnyNumberOfThreads) {
  RandomEngine rng = random_stream(4, 0);
  const RowMatrix data = random_models::clustered_data(5000, 3, 4, rng);
  const auto parameters = [&](int threads) {
    return fit(ClassificationModel(GaussianMixture(4)), data, {.restarts = 2, .threads = threads}).model.parameters();
  };
  EXPECT_EQ(parameters(1), parameters(4));
}

TEST(ClassificationEM, SaysThatAComponentHasLostItsObservations) {
  const RowMatrix data = two_groups(50, 0.5);
  try {
    (void)fit_from(ClassificationModel(on_a_line(0.0, 1000.0)), data);
    FAIL() << "no observation is nearer to the second component";
  } catch (const DegenerateFit& error) {
    EXPECT_EQ(error.component(), 2);
    EXPECT_THAT(error.what(), HasSubstr("no observations are left"));
  }
}

TEST(ClassificationEM, AnObservationOutOfReachIsAFailedStartAndNoBadData) {
  const CoinMixture start(Vector{{0.5, 0.5}}, Vector{{0.0, 1.0}});
  const std::vector<TossSet> sets = {{0, 4}, {2, 4}};
  EXPECT_THAT([&] { (void)fit_from(ClassificationModel(start), sets); },
              testing::ThrowsMessage<DegenerateFit>(HasSubstr("an observation has no posterior (the set has")));
}

}  // namespace
}  // namespace latent
