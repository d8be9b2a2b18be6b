// The checks of the shipped models in one program, for mutate.py: it prints the names of the checks that failed, and
// ends with 1 where any did.
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <iostream>
#include <limits>
#include <vector>

#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/models/incomplete_gaussian.hpp"
#include "latent/testing/check_model.hpp"

namespace {

using namespace latent;

bool all_passed = true;

void tell(const ModelReport& report) {
  all_passed = all_passed && report.passed();
  for (const CheckResult& result : report.checks) {
    if (result.outcome == CheckOutcome::failed) std::cout << result.name << " (" << result.function << ")\n";
  }
}

RowMatrix draws(Index rows, Index columns) {
  RandomEngine rng = random_stream(5, 0);
  boost::random::normal_distribution<double> normal;
  RowMatrix data(rows, columns);
  for (double& value : data.reshaped()) value = normal(rng);
  for (Index column = 1; column < columns; ++column) data.col(column) += 0.6 * data.col(column - 1);
  return data;
}

void check_gaussian_mixtures(const CheckOptions& options) {
  RowMatrix data = draws(70, 2);
  std::vector<double> weights;
  for (Index row = 0; row < data.rows(); ++row) {
    if (row % 3 == 0) data.row(row) = 0.5 * data.row(row).array() + 2.5;
    weights.push_back(0.5 + static_cast<double>(row % 4));
  }
  for (const auto kind :
       {CovarianceKind::full, CovarianceKind::tied, CovarianceKind::diagonal, CovarianceKind::spherical}) {
    for (const bool fixed : {false, true}) {
      tell(check_model(GaussianMixture(2, {.covariance = kind, .fixed_weights = fixed, .penalty = fixed ? 0.0 : 0.5}),
                       Observations(data, weights), options));
    }
  }
}

void check_coin_mixtures(const CheckOptions& options) {
  const LatentStates joint{2, [](const CoinMixture& coins, CoinMixture::Data sets, std::size_t i, std::size_t z) {
                             const auto k = static_cast<Index>(z);
                             return std::log(coins.weights()[k]) + sets[i].log_orders() +
                                    sets[i].heads() * std::log(coins.biases()[k]) +
                                    sets[i].tails() * std::log1p(-coins.biases()[k]);
                           }};
  const std::vector<TossSet> sets = {{5, 10, 2.0}, {9, 10}, {8, 10, 0.5}, {4, 10}, {7, 10}, {2, 12, 3.0}, {6, 9}};
  for (const bool fixed : {false, true}) {
    tell(check_model(CoinMixture(2, {.fixed_weights = fixed}), sets, options, joint));
  }
}

void check_incomplete_gaussians(const CheckOptions& options) {
  RowMatrix data = draws(50, 3);
  for (Index row = 0; row < data.rows(); ++row) {
    if (row % 2 == 0) data(row, row % 3) = std::numeric_limits<double>::quiet_NaN();
    if (row % 5 == 0) data(row, (row + 1) % 3) = std::numeric_limits<double>::quiet_NaN();
  }
  const IncompleteObservations observations{Observations(data)};
  for (const double penalty : {0.0, 0.5})
    tell(check_model(IncompleteGaussian(observations, penalty), observations, options));
}

}  // namespace

int main() {
  const CheckOptions options = {.starts = 3, .exchangeable = true, .draws = 100};
  check_gaussian_mixtures(options);
  check_coin_mixtures(options);
  check_incomplete_gaussians(options);
  return all_passed ? 0 : 1;
}
