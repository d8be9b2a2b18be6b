// Covariances and rows in other units: those in which a given covariance is the identity.
//
// Σ and M, the factor of a covariance, are in the shape of the kind: d×d (M a Cholesky factor), d×1 (a diagonal; M of
// standard deviations) or 1×1 (one variance for all columns).
#pragma once

#include <Eigen/Eigenvalues>
#include <optional>

#include "latent/models/gaussian_mixture.hpp"

namespace latent {

/// I in the shape of the kind.
[[nodiscard]] Matrix identity_of(CovarianceKind kind, Index dimension);

/// M with M Mᵀ = Σ; nothing if Σ is not positive definite. Cost O(d³), else O(d).
[[nodiscard]] std::optional<Matrix> factor_in_shape(CovarianceKind kind, const Matrix& covariance);

/// log |M|, M being d×d whatever its shape.
[[nodiscard]] double log_determinant(CovarianceKind kind, const Matrix& factor, Index dimension);

/// The rows M⁻¹ x. Cost O(N·d²), else O(N·d).
[[nodiscard]] RowMatrix rows_in_units_of(CovarianceKind kind, const RowMatrix& rows, const Matrix& factor);

/// M⁻¹ Σ M⁻ᵀ. Cost O(d³), else O(d).
[[nodiscard]] Matrix covariance_in_units_of(CovarianceKind kind, const Matrix& covariance, const Matrix& factor);

/// M Σ Mᵀ. Cost O(d³), else O(d).
[[nodiscard]] Matrix covariance_out_of_units_of(CovarianceKind kind, const Matrix& covariance, const Matrix& factor);

/// M⁻¹ A M⁻ᵀ for a lower triangle M and a symmetric A. Cost O(d³).
[[nodiscard]] Matrix solved_from_both_sides(const Matrix& lower, const Matrix& symmetric);

/// M f(A) Mᵀ for a lower triangle M and a symmetric A with eigenvalues λ, which become f(λ). Cost O(d³).
template <class Function>
[[nodiscard]] Matrix with_eigenvalues(const Matrix& symmetric, const Function& f, const Matrix& lower) {
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(symmetric);
  const Matrix half = lower * eigen.eigenvectors() * eigen.eigenvalues().unaryExpr(f).cwiseSqrt().asDiagonal();
  return half * half.transpose();
}

}  // namespace latent
