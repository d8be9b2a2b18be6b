// Random data and random models for property tests.
#pragma once

#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_real_distribution.hpp>

#include "latent/models/gaussian_mixture.hpp"
#include "latent/random.hpp"
#include "latent/starts.hpp"

namespace latent::random_models {

inline RowMatrix normal_draws(Index rows, Index columns, RandomEngine& rng) {
  boost::random::normal_distribution<double> normal;
  RowMatrix draws(rows, columns);
  for (double& value : draws.reshaped()) value = normal(rng);
  return draws;
}

inline Vector uniform_draws(Index count, double low, double high, RandomEngine& rng) {
  boost::random::uniform_real_distribution<double> uniform(low, high);
  Vector draws(count);
  for (double& value : draws) value = uniform(rng);
  return draws;
}

/// Normal draws around `clusters` centres that are spread by 3 standard deviations, in columns of different scales.
inline RowMatrix clustered_data(Index rows, Index columns, Index clusters, RandomEngine& rng) {
  const RowMatrix centres = 3.0 * normal_draws(clusters, columns, rng);
  RowMatrix data = normal_draws(rows, columns, rng);
  for (Index row = 0; row < rows; ++row) data.row(row) += centres.row(row % clusters);
  for (Index column = 0; column < columns; ++column)
    data.col(column) *= std::pow(10.0, static_cast<double>(column % 3));
  return data;
}

/// A positive definite matrix with condition number of a few tens.
inline Matrix covariance(Index dimension, RandomEngine& rng) {
  const Matrix root = normal_draws(dimension, dimension + 2, rng);
  return root * root.transpose() / static_cast<double>(dimension) + 0.1 * Matrix::Identity(dimension, dimension);
}

inline GaussianMixture gaussian_mixture(CovarianceKind kind, Index components, Index dimension, RandomEngine& rng) {
  std::vector<Matrix> covariances;
  for (Index c = 0; c < (kind == CovarianceKind::tied ? 1 : components); ++c) {
    const Matrix full = covariance(dimension, rng);
    if (kind == CovarianceKind::diagonal) {
      covariances.emplace_back(full.diagonal());
    } else if (kind == CovarianceKind::spherical) {
      covariances.emplace_back(full.topLeftCorner(1, 1));
    } else {
      covariances.emplace_back(full);
    }
  }
  return GaussianMixture(random_responsibilities(static_cast<std::size_t>(components), rng),
                         2.0 * normal_draws(components, dimension, rng), covariances, {.covariance = kind});
}

}  // namespace latent::random_models
