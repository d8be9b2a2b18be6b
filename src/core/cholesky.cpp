#include "latent/core/cholesky.hpp"

#include <Eigen/Cholesky>
#include <cmath>
#include <limits>

namespace latent {

bool is_symmetric(const Matrix& covariance) {
  constexpr double rounding = 1e-8;
  const Vector scale = covariance.diagonal().cwiseAbs().cwiseSqrt();
  const Matrix difference = covariance - covariance.transpose();  // NaN is not symmetric
  return (difference.array().abs() <= rounding * (scale * scale.transpose()).array()).all();
}

std::optional<Matrix> cholesky_factor(const Matrix& covariance) {
  Matrix factor = covariance.triangularView<Eigen::Lower>();
  if (!covariance.allFinite() || !factorise_in_place(factor)) return std::nullopt;
  return factor;
}

bool factorise_in_place(Eigen::Ref<Matrix> covariance) {
  const Vector variances = covariance.diagonal();
  if (Eigen::LLT<Eigen::Ref<Matrix>>(covariance).info() != Eigen::Success) return false;
  const double rounding = 100.0 * static_cast<double>(covariance.rows()) * std::numeric_limits<double>::epsilon();
  return (covariance.diagonal().array().square() > rounding * variances.array()).all();
}

double log_determinant(const Eigen::Ref<const Matrix>& factor) { return 2.0 * factor.diagonal().array().log().sum(); }

double trace_of_solve(const Matrix& factor, const Matrix& symmetric) {
  const auto lower = factor.triangularView<Eigen::Lower>();
  Matrix solution = symmetric.selfadjointView<Eigen::Lower>();
  lower.solveInPlace(solution);
  lower.adjoint().solveInPlace(solution);
  return solution.trace();
}

double largest_variance_inflation(const Matrix& factor) {
  const Matrix lower = factor.triangularView<Eigen::Lower>();
  return (lower.rowwise().squaredNorm().array() / factor.diagonal().array().square()).maxCoeff();
}

Index log_cholesky_size(Index dimension) { return dimension * (dimension + 1) / 2; }

Vector log_cholesky(const Matrix& factor) {
  Vector entries(log_cholesky_size(factor.rows()));
  Index next = 0;
  for (Index column = 0; column < factor.cols(); ++column) {
    entries[next++] = std::log(factor(column, column));
    for (Index row = column + 1; row < factor.rows(); ++row) entries[next++] = factor(row, column);
  }
  return entries;
}

Vector precision_diagonal(const Matrix& factor) {
  const Matrix inverse = factor.triangularView<Eigen::Lower>().solve(Matrix::Identity(factor.rows(), factor.cols()));
  return inverse.colwise().squaredNorm();
}

Vector log_cholesky_information(const Matrix& factor) {
  const Vector precisions = precision_diagonal(factor);
  Vector information(log_cholesky_size(factor.rows()));
  Index next = 0;
  for (Index column = 0; column < factor.cols(); ++column) {
    information[next++] = 1.0 + factor(column, column) * factor(column, column) * precisions[column];
    for (Index row = column + 1; row < factor.rows(); ++row) information[next++] = precisions[row];
  }
  return information;
}

Matrix from_log_cholesky(const Vector& entries, Index dimension) {
  Matrix factor = Matrix::Zero(dimension, dimension);
  Index next = 0;
  for (Index column = 0; column < dimension; ++column) {
    factor(column, column) = std::exp(entries[next++]);
    for (Index row = column + 1; row < dimension; ++row) factor(row, column) = entries[next++];
  }
  return factor;
}

}  // namespace latent
