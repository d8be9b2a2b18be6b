// Statistics for given responsibilities, scaled, and added about different centres.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "fixtures/random_models.hpp"
#include "latent/core/errors.hpp"
#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/models/incomplete_gaussian.hpp"

namespace latent {
namespace {

using enum CovarianceKind;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::array kinds = {full, tied, diagonal, spherical};

// Of a dense covariance the lower triangle alone counts.
Matrix what_counts(const Matrix& scatter) {
  return scatter.rows() == scatter.cols() ? Matrix(scatter.triangularView<Eigen::Lower>()) : scatter;
}

void expect_near(const Matrix& actual, const Matrix& expected, double tolerance) {
  ASSERT_EQ(actual.rows(), expected.rows());
  ASSERT_EQ(actual.cols(), expected.cols());
  const double scale = std::max(1.0, expected.cwiseAbs().maxCoeff());
  EXPECT_LE((actual - expected).cwiseAbs().maxCoeff(), tolerance * scale) << actual << "\ninstead of\n" << expected;
}

void expect_near(const GaussianMixtureStatistics& actual, const GaussianMixtureStatistics& expected) {
  constexpr double tolerance = 1e-11;
  EXPECT_EQ(actual.centres, expected.centres);
  expect_near(actual.weights, expected.weights, tolerance);
  expect_near(actual.sums, expected.sums, tolerance);
  ASSERT_EQ(actual.scatters.size(), expected.scatters.size());
  for (std::size_t c = 0; c < actual.scatters.size(); ++c) {
    expect_near(what_counts(actual.scatters[c]), what_counts(expected.scatters[c]), tolerance);
  }
  EXPECT_NEAR(actual.log_likelihood, expected.log_likelihood, tolerance * std::abs(expected.log_likelihood));
}

void expect_near(const CoinMixtureStatistics& actual, const CoinMixtureStatistics& expected) {
  constexpr double tolerance = 1e-12;
  expect_near(actual.weights, expected.weights, tolerance);
  expect_near(actual.heads, expected.heads, tolerance);
  expect_near(actual.tails, expected.tails, tolerance);
  EXPECT_NEAR(actual.log_orders, expected.log_orders, tolerance * std::abs(expected.log_orders));
  EXPECT_NEAR(actual.log_likelihood, expected.log_likelihood, tolerance * std::abs(expected.log_likelihood));
}

// Weighted data of an odd size, over several blocks, and a mixture of each kind.
class CompleteStatistics : public testing::TestWithParam<CovarianceKind> {
 protected:
  RandomEngine rng_ = random_stream(3, 1);
  RowMatrix values_ = random_models::normal_draws(1037, 3, rng_);
  Vector weights_ = random_models::uniform_draws(1037, 0.0, 3.0, rng_);
  Observations data_ = {values_, {weights_.data(), 1037}};
  GaussianMixture mixture_ = random_models::gaussian_mixture(GetParam(), 4, 3, rng_);
};

// With the posterior's own rows they are what the E-step gives, and the ELBO is the log-likelihood.
TEST_P(CompleteStatistics, OfThePosteriorAreThoseOfTheEStep) {
  expect_near(mixture_.complete_statistics(data_, mixture_.posterior(data_)), mixture_.e_step(data_));
}

// The definitions, one observation at a time.
TEST_P(CompleteStatistics, OfAnyResponsibilitiesAreTheSumsOfTheTextbook) {
  Matrix q(1037, 4);
  for (Index n = 0; n < q.rows(); ++n) q.row(n) = random_responsibilities(4, rng_);
  q.row(5) << 0.0, 1.0, 0.0, 0.0;
  Vector counts = Vector::Zero(4);
  RowMatrix sums = RowMatrix::Zero(4, 3);
  std::vector<Matrix> scatters(4, Matrix::Zero(3, 3));
  double elbo = 0.0;
  for (Index k = 0; k < 4; ++k) {
    // log p(x, k) is the log-density of a mixture in which nothing else is likely.
    const GaussianMixture alone(Vector::Ones(1), mixture_.means().row(k), {mixture_.covariance(k)});
    const Vector log_densities = alone.log_densities(data_);
    for (Index n = 0; n < q.rows(); ++n) {
      const double r = weights_[n] * q(n, k);
      const Vector centred = (values_.row(n) - mixture_.means().row(k)).transpose();
      counts[k] += r;
      sums.row(k) += r * centred;
      scatters[static_cast<std::size_t>(k)] += r * centred * centred.transpose();
      if (r > 0.0) elbo += r * (std::log(mixture_.weights()[k]) + log_densities[n] - std::log(q(n, k)));
    }
  }
  GaussianMixtureStatistics expected = {
      .centres = mixture_.means(), .weights = counts, .sums = sums, .scatters = {}, .log_likelihood = elbo};
  for (const Matrix& scatter : scatters) {
    if (GetParam() == full) expected.scatters.push_back(scatter);
    if (GetParam() == diagonal) expected.scatters.emplace_back(scatter.diagonal());
    if (GetParam() == spherical) expected.scatters.emplace_back(Matrix::Constant(1, 1, scatter.trace()));
  }
  if (GetParam() == tied) expected.scatters.emplace_back(scatters[0] + scatters[1] + scatters[2] + scatters[3]);
  const GaussianMixtureStatistics actual = mixture_.complete_statistics(data_, q);
  expect_near(actual, expected);
  EXPECT_LT(actual.log_likelihood, mixture_.log_likelihood(data_));
}

// Statistics that were taken about other centres, of other parameters: as if both had been taken about these.
TEST_P(CompleteStatistics, AreAddedWhereverTheirCentresAre) {
  const GaussianMixture other = random_models::gaussian_mixture(GetParam(), 4, 3, rng_);
  const Observations left = data_.subspan(0, 500);
  const Observations right = data_.subspan(500, 537);
  const Matrix q = other.posterior(right);
  GaussianMixtureStatistics about_here = mixture_.complete_statistics(right, q);
  about_here.log_likelihood = other.log_likelihood(right);

  GaussianMixtureStatistics together = mixture_.e_step(left);
  together += other.e_step(right);
  GaussianMixtureStatistics expected = mixture_.e_step(left);
  expected += about_here;
  expect_near(together, expected);

  // And so the M-step finds the same parameters, whichever was added to the other.
  GaussianMixtureStatistics turned = other.e_step(right);
  turned += mixture_.e_step(left);
  GaussianMixture one = mixture_;
  GaussianMixture two = other;
  one.m_step(together);
  two.m_step(turned);
  expect_near(one.means(), two.means(), 1e-11);
  for (std::size_t k = 0; k < 4; ++k) expect_near(one.covariance(k), two.covariance(k), 1e-10);
}

// A weight of 2.5 for every observation is a scale of 2.5.
TEST_P(CompleteStatistics, ScaledAreThoseOfScaledWeights) {
  const Vector heavier = 2.5 * weights_;
  GaussianMixtureStatistics scaled = mixture_.e_step(data_);
  scaled *= 2.5;
  expect_near(scaled, mixture_.e_step({values_, {heavier.data(), 1037}}));
}

TEST_P(CompleteStatistics, RefuseResponsibilitiesOfAnotherShape) {
  EXPECT_THAT([&] { (void)mixture_.complete_statistics(data_, Matrix::Ones(1037, 3)); },
              ThrowsMessage<InvalidOption>(
                  HasSubstr("responsibilities: 1037 x 3: must be 1037 x 4, observations by components")));
}

INSTANTIATE_TEST_SUITE_P(Kinds, CompleteStatistics, testing::ValuesIn(kinds),
                         [](const auto& kind) { return std::string(to_string(kind.param)); });

std::vector<TossSet> weighted_sets() {
  std::vector<TossSet> sets;
  sets.reserve(700);
  for (int n = 0; n < 700; ++n) sets.emplace_back(n % 11, 10 + n % 7, 0.5 + n % 3);
  return sets;
}

TEST(CompleteStatisticsOfCoins, OfThePosteriorAreThoseOfTheEStep) {
  const CoinMixture mixture(Vector{{0.2, 0.5, 0.3}}, Vector{{0.1, 0.4, 0.7}});
  const auto sets = weighted_sets();
  expect_near(mixture.complete_statistics(sets, mixture.posterior(sets)), mixture.e_step(sets));
}

TEST(CompleteStatisticsOfCoins, OfAnAssignmentCountHeadsAndTails) {
  const CoinMixture mixture(Vector{{0.4, 0.6}}, Vector{{0.25, 0.5}});
  const std::vector<TossSet> sets = {{3, 4, 2.0}, {1, 2}, {0, 3}};
  const auto statistics = mixture.complete_statistics(sets, Matrix{{1, 0}, {0, 1}, {1, 0}});
  EXPECT_THAT(statistics.weights, testing::ElementsAre(3, 1));
  EXPECT_THAT(statistics.heads, testing::ElementsAre(6, 1));
  EXPECT_THAT(statistics.tails, testing::ElementsAre(5, 1));
  const double expected =
      2 * std::log(0.4 * 4 * std::pow(0.25, 3) * 0.75) + std::log(0.6 * 2 * 0.25) + std::log(0.4 * std::pow(0.75, 3));
  EXPECT_NEAR(statistics.log_likelihood, expected, 1e-12);
}

TEST(CompleteStatisticsOfCoins, ScaledAreThoseOfScaledWeights) {
  const CoinMixture mixture(Vector{{0.2, 0.5, 0.3}}, Vector{{0.1, 0.4, 0.7}});
  const auto sets = weighted_sets();
  std::vector<TossSet> heavier;
  heavier.reserve(sets.size());
  for (const TossSet& set : sets) heavier.emplace_back(set.heads(), set.tosses(), 2.5 * set.weight());
  CoinMixtureStatistics scaled = mixture.e_step(sets);
  scaled *= 2.5;
  expect_near(scaled, mixture.e_step(heavier));
}

TEST(CompleteStatisticsOfCoins, RefuseResponsibilitiesOfAnotherShape) {
  const CoinMixture mixture(Vector{{0.4, 0.6}}, Vector{{0.25, 0.5}});
  const std::vector<TossSet> sets = {{3, 4}, {1, 2}};
  EXPECT_THAT([&] { (void)mixture.complete_statistics(sets, Matrix::Ones(3, 2)); },
              ThrowsMessage<InvalidOption>(HasSubstr("responsibilities: 3 x 2: must be 2 x 2")));
}

// Of complete data the moments are those of the data, about any centre: their sum is too.
TEST(StatisticsOfAnIncompleteGaussian, AreAddedWhereverTheirCentresAre) {
  RandomEngine rng = random_stream(5, 1);
  const RowMatrix values = random_models::normal_draws(60, 3, rng);
  const IncompleteObservations left{Observations(values.data(), 25, 3)};
  const IncompleteObservations right{Observations(values.row(25).data(), 35, 3)};
  const IncompleteGaussian here(Vector{{0.5, -0.25, 2.0}}, random_models::covariance(3, rng));
  const IncompleteGaussian there(Vector{{-1.5, 3.0, 0.125}}, random_models::covariance(3, rng));
  auto together = here.e_step(left);
  together += there.e_step(right);
  const RowMatrix centred = values.rowwise() - here.mean().transpose();
  EXPECT_EQ(together.centre, here.mean());
  EXPECT_EQ(together.weight, 60.0);
  expect_near(together.sum, centred.colwise().sum().transpose(), 1e-12);
  expect_near(together.scatter, centred.transpose() * centred, 1e-12);
  EXPECT_NEAR(together.log_likelihood, here.log_likelihood(left) + there.log_likelihood(right), 1e-10);

  together *= 0.5;
  EXPECT_EQ(together.weight, 30.0);
  expect_near(together.scatter, 0.5 * centred.transpose() * centred, 1e-12);
}

}  // namespace
}  // namespace latent
