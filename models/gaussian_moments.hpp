// The moments of all the data, and the shapes in which a kind of covariance is stored.
#pragma once

#include "latent/data/observations.hpp"
#include "latent/models/gaussian_mixture.hpp"

namespace latent {

/// Whether the kind has d×d covariances: full or tied.
[[nodiscard]] bool is_dense(CovarianceKind kind);

/// The mean and the covariance of all the data; without covariances between columns d×1, the variances.
struct Moments {
  Vector mean;
  Matrix covariance;

  [[nodiscard]] Vector variances() const {
    return covariance.cols() == mean.size() ? covariance.diagonal() : covariance;
  }
};

/// Weighted moments with divisor Σw. Cost O(N·d²) if dense, else O(N·d).
[[nodiscard]] Moments total_moments(const Observations& data, bool dense);

/// The covariance of all the data in the shape of the kind: d×d, d×1, or 1×1, the mean variance.
[[nodiscard]] Matrix in_shape(CovarianceKind kind, const Moments& total);

}  // namespace latent
