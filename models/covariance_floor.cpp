#include "covariance_floor.hpp"

#include <Eigen/Eigenvalues>
#include <limits>
#include <optional>

#include "covariance_units.hpp"
#include "gaussian_moments.hpp"

namespace latent {

namespace {

// What rounding of moments and of the solution leaves of the smallest of such eigenvalues: a covariance that equals the
// floor must not look as if it were below.
double rounding(double largest_eigenvalue) {
  return 1e-10 + 16.0 * std::numeric_limits<double>::epsilon() * largest_eigenvalue;
}

}  // namespace

bool clearly_above_floor(CovarianceKind kind, const Matrix& factor, const Matrix& floor_factor) {
  if (!is_dense(kind)) return (factor.array() >= floor_factor.array()).all();
  const Matrix ratio = factor.triangularView<Eigen::Lower>().solve(floor_factor);
  return ratio.squaredNorm() <= 1.0;
}

std::optional<Matrix> raised_to_floor(CovarianceKind kind, const Matrix& covariance, const Matrix& floor_factor) {
  if (!is_dense(kind)) {
    const Matrix least = floor_factor.cwiseAbs2();
    if ((covariance.array() >= (1.0 - rounding(1.0)) * least.array()).all()) return std::nullopt;
    return covariance.cwiseMax(least);
  }
  const Matrix relative = solved_from_both_sides(floor_factor, covariance);
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(relative);
  if (eigen.eigenvalues().minCoeff() >= 1.0 - rounding(eigen.eigenvalues().maxCoeff())) return std::nullopt;
  const Matrix half = floor_factor * eigen.eigenvectors() * eigen.eigenvalues().cwiseMax(1.0).cwiseSqrt().asDiagonal();
  return Matrix(half * half.transpose());
}

double height_above_floor(CovarianceKind kind, const Matrix& covariance, const Matrix& floor_factor) {
  if (!is_dense(kind)) return covariance.cwiseQuotient(floor_factor.cwiseAbs2()).minCoeff();
  const Matrix relative = solved_from_both_sides(floor_factor, covariance);
  return Eigen::SelfAdjointEigenSolver<Matrix>(relative, Eigen::EigenvaluesOnly).eigenvalues().minCoeff();
}

}  // namespace latent
