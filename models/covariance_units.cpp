#include "covariance_units.hpp"

#include <cmath>

#include "gaussian_moments.hpp"
#include "latent/core/cholesky.hpp"

namespace latent {
namespace {

// The square roots of variances in the shape of a kind that is not dense, one for each column.
Vector deviations_of(CovarianceKind kind, const Matrix& factor, Index dimension) {
  return kind == CovarianceKind::diagonal ? Vector(factor.col(0)) : Vector(Vector::Constant(dimension, factor(0, 0)));
}

}  // namespace

Matrix identity_of(CovarianceKind kind, Index dimension) {
  if (is_dense(kind)) return Matrix::Identity(dimension, dimension);
  return Matrix::Ones(kind == CovarianceKind::diagonal ? dimension : 1, 1);
}

std::optional<Matrix> factor_in_shape(CovarianceKind kind, const Matrix& covariance) {
  if (is_dense(kind)) return cholesky_factor(covariance);
  if (!(covariance.array() > 0.0).all()) return std::nullopt;
  return covariance.cwiseSqrt();
}

double log_determinant(CovarianceKind kind, const Matrix& factor, Index dimension) {
  if (is_dense(kind)) return factor.diagonal().array().log().sum();
  return deviations_of(kind, factor, dimension).array().log().sum();
}

RowMatrix rows_in_units_of(CovarianceKind kind, const RowMatrix& rows, const Matrix& factor) {
  if (is_dense(kind)) return factor.triangularView<Eigen::Lower>().solve(rows.transpose()).transpose();
  return rows.array().rowwise() / deviations_of(kind, factor, rows.cols()).transpose().array();
}

Matrix solved_from_both_sides(const Matrix& lower, const Matrix& symmetric) {
  const auto triangle = lower.triangularView<Eigen::Lower>();
  Matrix half = symmetric;
  triangle.solveInPlace(half);
  Matrix both = half.transpose();
  triangle.solveInPlace(both);
  return 0.5 * (both + both.transpose());
}

Matrix covariance_in_units_of(CovarianceKind kind, const Matrix& covariance, const Matrix& factor) {
  if (is_dense(kind)) return solved_from_both_sides(factor, covariance);
  return covariance.cwiseQuotient(factor.cwiseAbs2());
}

Matrix covariance_out_of_units_of(CovarianceKind kind, const Matrix& covariance, const Matrix& factor) {
  if (!is_dense(kind)) return covariance.cwiseProduct(factor.cwiseAbs2());
  const auto lower = factor.triangularView<Eigen::Lower>();
  const Matrix half = lower * covariance;
  const Matrix both = lower * half.transpose();
  return 0.5 * (both + both.transpose());
}

}  // namespace latent
