/// @file
/// Columns in units of their own spread: z = (x − m) / s, and the way back.
#pragma once

#include "latent/data/observations.hpp"

namespace latent {

/// The weighted mean and standard deviation of each of d columns, over the values that are not missing. Means and
/// covariances, as those of a fit, go either way.
struct Standardization {
  /// m, d, in the units of the data.
  Vector mean;
  /// s > 0, d, in the units of the data.
  Vector scale;

  /// m + s·μ, of each row of `means`, K×d.
  [[nodiscard]] RowMatrix means_in_data_units(const RowMatrix& means) const;
  /// (μ − m) / s, of each row of `means`, K×d.
  [[nodiscard]] RowMatrix standardized_means(const RowMatrix& means) const;
  /// s_i s_j Σ_ij, of a d×d covariance; s_i² σ_i², of d×1 variances.
  [[nodiscard]] Matrix covariance_in_data_units(const Matrix& covariance) const;
  /// Σ_ij / (s_i s_j), of a d×d covariance; σ_i² / s_i², of d×1 variances.
  [[nodiscard]] Matrix standardized_covariance(const Matrix& covariance) const;
};

/// m_j = Σ_n w_n x_nj / Σ_n w_n and s_j² = Σ_n w_n (x_nj − m_j)² / Σ_n w_n, both over the n where x_nj is not missing.
/// Cost O(N·d).
/// @throws InvalidData, with the column, where its values are all missing or of weight 0, all equal, infinite, or so
/// far apart that their spread is no double.
[[nodiscard]] Standardization standardization(const Observations& data);

/// The values z, N×d; missing ones stay so. Cost O(N·d).
[[nodiscard]] RowMatrix standardized(const Observations& data, const Standardization& units);

/// log p(x) − log p(z) of all observations, natural log: −Σ_n w_n Σ_j log s_j over the values that are not missing, by
/// the Jacobian of z. Added to a log-likelihood of z it gives that of the data. Cost O(N·d).
[[nodiscard]] double log_likelihood_change(const Observations& data, const Standardization& units);

}  // namespace latent
