// A Gaussian mixture with one component of a smaller mixture divided into two, for the likelihood-ratio test.
#include <Eigen/Eigenvalues>
#include <cmath>

#include "latent/models/gaussian_mixture.hpp"
#include "mixture_split.hpp"

namespace latent {
namespace {

// One standard deviation along the axis on which a component is divided, d: of a dense covariance the principal axis in
// units of the columns' deviations, so that no column's unit matters; the column of the largest variance of a diagonal
// one; all columns alike of a spherical one, which has no axis of its own.
Vector axis_of(CovarianceKind kind, const Matrix& covariance) {
  const Index d = covariance.rows();
  const Vector deviations = covariance.diagonal().cwiseSqrt();
  if (kind == CovarianceKind::spherical) return deviations / std::sqrt(static_cast<double>(d));
  if (kind == CovarianceKind::diagonal) {
    Index largest = 0;
    deviations.maxCoeff(&largest);
    return deviations[largest] * Vector::Unit(d, largest);
  }
  const Vector inverse = deviations.cwiseInverse();
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(inverse.asDiagonal() * covariance * inverse.asDiagonal());
  return deviations.cwiseProduct(eigen.eigenvectors().col(d - 1)) * std::sqrt(eigen.eigenvalues()[d - 1]);
}

// Takes `share` · axis · axisᵀ out of a covariance, in the shape of its kind.
void narrow(CovarianceKind kind, Matrix& covariance, const Vector& axis, double share) {
  switch (kind) {
    case CovarianceKind::full:
    case CovarianceKind::tied:
      covariance -= share * axis * axis.transpose();
      break;
    case CovarianceKind::diagonal:
      covariance.col(0) -= share * axis.cwiseAbs2();
      break;
    case CovarianceKind::spherical:
      covariance(0, 0) -= share * axis.squaredNorm() / static_cast<double>(axis.size());
      break;
  }
}

}  // namespace

std::optional<GaussianMixture> GaussianMixture::split_from(const GaussianMixture& smaller, std::size_t component,
                                                           double apart) const {
  const CovarianceKind kind = options_.covariance;
  constexpr double widest = 2.0;  // then nothing is left of the variance along the axis
  if (smaller.components() + 1 != components_ || smaller.options().covariance != kind ||
      smaller.dimension() != dimension() || component >= smaller.components() || !(apart >= 0.0 && apart < widest)) {
    return std::nullopt;
  }
  const auto k = static_cast<Index>(component);
  const Vector weights = halved(smaller.weights(), k);
  if (options_.fixed_weights && !same_weights(weights, weights_)) return std::nullopt;

  GaussianMixture larger = *this;
  larger.weights_ = weights;
  const Vector axis = axis_of(kind, smaller.covariance(component));
  const Eigen::RowVectorXd shift = 0.5 * apart * axis.transpose();
  larger.means_.topRows(k + 1) = smaller.means().topRows(k + 1);
  larger.means_.bottomRows(means_.rows() - k - 1) = smaller.means().bottomRows(means_.rows() - k - 1);
  larger.means_.row(k) -= shift;
  larger.means_.row(k + 1) += shift;

  // The two halves together keep the mean and the covariance of what they were; one that all components share keeps
  // that of all of them.
  std::vector<Matrix> covariances = smaller.covariances();
  const double share = 0.25 * apart * apart;
  if (kind == CovarianceKind::tied) {
    narrow(kind, covariances.front(), axis, share * smaller.weights()[k]);
  } else {
    narrow(kind, covariances[component], axis, share);
    covariances.insert(covariances.begin() + k, covariances[component]);
  }
  larger.set_covariances(std::move(covariances), BelowFloor::raise);
  return larger;
}

}  // namespace latent
