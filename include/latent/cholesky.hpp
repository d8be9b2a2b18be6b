/// @file
/// Cholesky factors of covariance matrices: no determinant and no inverse is ever formed.
#pragma once

#include <optional>

#include "latent/observations.hpp"

namespace latent {

/// The lower triangle L with L·Lᵀ = Σ, d×d, for a symmetric Σ of which the lower triangle is read. Nothing where Σ is
/// not positive definite to working precision: where a pivot L_jj² is below d·ε of its diagonal entry Σ_jj, which is
/// what rounding leaves of a column that the columns before it determine, or where an entry is not finite. Cost O(d³).
[[nodiscard]] std::optional<Matrix> cholesky_factor(const Matrix& covariance);

/// log |L·Lᵀ| = 2 Σ_j log L_jj, natural log.
[[nodiscard]] double log_determinant(const Matrix& factor);

/// tr(Σ⁻¹·A) for Σ = L·Lᵀ and a symmetric A, d×d. Cost O(d³).
[[nodiscard]] double trace_of_solve(const Matrix& factor, const Matrix& symmetric);

/// The number of entries of `log_cholesky`: d(d+1)/2.
[[nodiscard]] Index log_cholesky_size(Index dimension);

/// A covariance without constraints: the lower triangle of L column by column, with the log of the diagonal
/// (Pinheiro & Bates 1996, Statistics and Computing 6:289).
[[nodiscard]] Vector log_cholesky(const Matrix& factor);

/// The lower triangle L back from `log_cholesky`.
/// @pre `entries` has `log_cholesky_size(dimension)` entries.
[[nodiscard]] Matrix from_log_cholesky(const Vector& entries, Index dimension);

}  // namespace latent
