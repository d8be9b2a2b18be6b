/// @file
/// Cholesky factors of covariance matrices: no determinant and no inverse is ever formed.
#pragma once

#include <optional>

#include "latent/core/matrix.hpp"

namespace latent {

/// Whether Σ, d×d, is symmetric to 1e-8 of its variances, entry by entry, as columns may be of very different scales.
/// Cost O(d²).
/// @pre a square matrix.
[[nodiscard]] bool is_symmetric(const Matrix& covariance);

/// The lower triangle L with L·Lᵀ = Σ, d×d, for a symmetric Σ of which the lower triangle is read. Nothing where an
/// entry is not finite, or Σ is not positive definite to working precision: where a column keeps no more than 100·d·ε
/// of its variance given those before it, L_jj² ≤ 100·d·ε·Σ_jj. The likelihood has no maximum near such a Σ, and EM
/// would go on until the rounding of its sums makes it decrease. Cost O(d³).
[[nodiscard]] std::optional<Matrix> cholesky_factor(const Matrix& covariance);

/// The same in place: L in the lower triangle, what lies above is left as it was. False where there is no L; the matrix
/// is of no use then.
[[nodiscard]] bool factorise_in_place(Eigen::Ref<Matrix> covariance);

/// log |L·Lᵀ| = 2 Σ_j log L_jj, natural log, of a lower triangle L, d×d. Cost O(d).
[[nodiscard]] double log_determinant(const Eigen::Ref<const Matrix>& factor);

/// tr(Σ⁻¹·A) for Σ = L·Lᵀ and a symmetric A, d×d, of which the lower triangle is read. Cost O(d³).
[[nodiscard]] double trace_of_solve(const Matrix& factor, const Matrix& symmetric);

/// max_j Σ_jj / L_jj²: how many times the variance of a column is that which the columns before it leave; 1 if none are
/// correlated, large if some are nearly collinear. tr(Σ⁻¹S) loses as many digits. Cost O(d²).
[[nodiscard]] double largest_variance_inflation(const Matrix& factor);

/// The number of entries of `log_cholesky`: d(d+1)/2.
[[nodiscard]] Index log_cholesky_size(Index dimension);

/// A covariance without constraints: the lower triangle of L column by column, with the log of the diagonal
/// (Pinheiro & Bates 1996, Statistics and Computing 6:289); d(d+1)/2 entries.
[[nodiscard]] Vector log_cholesky(const Matrix& factor);

/// The diagonal of Σ⁻¹ for Σ = L·Lᵀ, d entries. Cost O(d³).
[[nodiscard]] Vector precision_diagonal(const Matrix& factor);

/// The diagonal of the information on `log_cholesky(L)` in one observation of N(μ, Σ), Σ = L·Lᵀ, in that order. To
/// second order, −log p loses ½ Σ_j ((E_jj)² + Σ_{i≥j} (E_ij)²) where L moves to L(I + E), so that it is (Σ⁻¹)_ii for
/// an entry L_ij below the diagonal, and 1 + L_jj² (Σ⁻¹)_jj for log L_jj. Cost O(d³).
[[nodiscard]] Vector log_cholesky_information(const Matrix& factor);

/// The lower triangle L back from `log_cholesky`, d×d, zero above the diagonal.
/// @pre `entries` has `log_cholesky_size(dimension)` entries.
[[nodiscard]] Matrix from_log_cholesky(const Vector& entries, Index dimension);

}  // namespace latent
