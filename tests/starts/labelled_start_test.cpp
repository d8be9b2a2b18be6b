#include "latent/starts/labelled_start.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "fixtures/random_models.hpp"
#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/solver/fit.hpp"

namespace latent {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<std::size_t> every_third(Index rows) {
  std::vector<std::size_t> labels(static_cast<std::size_t>(rows));
  for (std::size_t n = 0; n < labels.size(); ++n) labels[n] = n % 3;
  return labels;
}

// By its definition: the proportions, means and covariances of the labelled groups.
TEST(LabelledStart, HasTheMomentsOfTheGroups) {
  RandomEngine rng = random_stream(350, 0);
  const RowMatrix data = random_models::clustered_data(1500, 2, 3, rng);
  const auto labels = every_third(data.rows());
  const auto start = labelled_start(GaussianMixture(3, {.penalty = 0.0}), data, labels);
  for (Index k = 0; k < 3; ++k) {
    RowMatrix group(500, 2);
    for (Index n = 0; n < 500; ++n) group.row(n) = data.row(3 * n + k);
    const Eigen::RowVectorXd mean = group.colwise().mean();
    const RowMatrix centred = group.rowwise() - mean;
    EXPECT_NEAR(start.weights()[k], 1.0 / 3.0, 1e-12);
    EXPECT_LT((start.means().row(k) - mean).norm(), 1e-10 * mean.norm());
    const Matrix covariance = centred.transpose() * centred / 500.0;
    EXPECT_LT((start.covariance(static_cast<std::size_t>(k)) - covariance).norm(), 1e-10 * covariance.norm());
  }
}

// The labels of a fit lead back to its maximum.
TEST(LabelledStart, OfAFitsOwnLabelsLeadsBackToIt) {
  RandomEngine rng = random_stream(351, 0);
  const RowMatrix data = random_models::clustered_data(600, 3, 3, rng);
  const auto result = fit(GaussianMixture(3), data);
  const auto again = fit_from(labelled_start(GaussianMixture(3), data, labels(result.model.posterior(data))), data);
  EXPECT_NEAR(again.objective, result.objective, 1e-6);
}

TEST(LabelledStart, IsForCoinsToo) {
  const std::vector<TossSet> sets = {{9, 10}, {1, 10}, {7, 10}, {3, 10}};
  const std::vector<std::size_t> labels = {0, 1, 0, 1};
  const auto start = labelled_start(CoinMixture(2), sets, labels);
  EXPECT_NEAR(start.biases()[0], 0.8, 1e-14);
  EXPECT_NEAR(start.biases()[1], 0.2, 1e-14);
}

TEST(LabelledStart, RefusesLabelsThatDoNotFit) {
  RandomEngine rng = random_stream(352, 0);
  const RowMatrix data = random_models::clustered_data(30, 2, 3, rng);
  auto labels = every_third(29);
  EXPECT_THAT([&] { labelled_start(GaussianMixture(3), data, labels); },
              ThrowsMessage<InvalidData>(HasSubstr("there are 29 labels for 30 observations")));
  labels.push_back(3);
  EXPECT_THAT([&] { labelled_start(GaussianMixture(3), data, labels); },
              ThrowsMessage<InvalidOption>("labels: 3 for observation 30: must be from 0 to 2"));
  labels.assign(30, 0);
  EXPECT_THROW(labelled_start(GaussianMixture(3), data, labels), DegenerateFit);
}

}  // namespace
}  // namespace latent
