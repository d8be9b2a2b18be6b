#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "covariance_floor.hpp"
#include "covariance_units.hpp"
#include "covariance_within_groups.hpp"
#include "gaussian_mixture_floor.hpp"
#include "gaussian_moments.hpp"
#include "latent/core/errors.hpp"
#include "latent/data/invalid_columns.hpp"
#include "latent/starts/starts.hpp"
#include "recording_resolution.hpp"

namespace latent {
namespace {

// The covariance cut back to `most` times the identity.
Matrix at_most(double most, CovarianceKind kind, const Matrix& covariance) {
  if (!is_dense(kind)) return covariance.cwiseMin(most);
  return with_eigenvalues(
      covariance, [most](double value) { return std::clamp(value, 0.0, most); },
      Matrix::Identity(covariance.rows(), covariance.cols()));
}

// δ²/4 in the shape of the kind. A density that is spherical has a spike only if every column has one.
Matrix square_of_half(CovarianceKind kind, const Vector& resolution) {
  const Vector squares = 0.25 * resolution.cwiseAbs2();
  if (is_dense(kind)) return squares.asDiagonal();
  if (kind == CovarianceKind::diagonal) return squares;
  const double geometric_mean = squares.minCoeff() > 0.0 ? std::exp(squares.array().log().mean()) : 0.0;
  return Matrix::Constant(1, 1, geometric_mean);
}

// W^½ max(W^−½ R W^−½, c) W^½.
Matrix at_least_share(CovarianceKind kind, const Matrix& resolution, const Matrix& within, double share) {
  if (!is_dense(kind)) return resolution.cwiseMax(share * within);
  if (resolution.isZero(0.0)) return share * within;
  const Matrix lower = Eigen::LLT<Matrix>(within).matrixL();
  return with_eigenvalues(
      solved_from_both_sides(lower, resolution), [share](double value) { return std::max(value, share); }, lower);
}

void require_share(double share) {
  if (share >= 0.0 && share <= 1.0) return;
  throw InvalidOption("floor", std::to_string(share), "must be from 0, which is no floor, to 1");
}

// The covariance of all the data, which must not be singular.
Matrix spread_of(CovarianceKind kind, const Moments& total) {
  const Matrix spread = in_shape(kind, total);
  if (is_dense(kind)) {
    require_spread(total.mean, spread.diagonal());
    require_independent(spread, "use covariance diagonal or spherical, or a ridge");
  } else if (kind == CovarianceKind::diagonal) {
    require_spread(total.mean, spread.col(0));
  } else if (!(spread(0, 0) > 0.0)) {
    throw InvalidData("all observations are equal, so that no covariance can be fitted to them");
  }
  return spread;
}

// W of a sample of the observations, in units of `factor`.
Matrix covariance_within_sample(const Observations& data, CovarianceKind kind, const Vector& mean, const Matrix& factor,
                                const Matrix& resolution) {
  const std::size_t sample_size = std::max<std::size_t>(4096, 16 * (data.dimension() + 1));
  RandomEngine rng = random_stream(1, 0);
  const RowSample sample = stratified_sample(data, sample_size, rng);
  const RowMatrix centred = rows_of(data, sample.rows).rowwise() - mean.transpose();
  // A sample says no more than its own size.
  const Eigen::Map<const Vector> weights(sample.weights.data(), static_cast<Index>(sample.weights.size()));
  const double scale = data.size() > sample_size ? static_cast<double>(sample_size) / weights.sum() : 1.0;
  const Vector scaled = scale * weights;
  return covariance_within_groups(rows_in_units_of(kind, centred, factor), {scaled.data(), sample.weights.size()}, kind,
                                  resolution);
}

}  // namespace

double usual_floor_share(double total_weight) { return std::clamp(1.0 / (total_weight * total_weight), 1e-8, 1e-2); }

CovarianceFloor covariance_floor(const Observations& data, CovarianceKind kind, std::optional<double> share) {
  require_complete(data);
  require_total_weight(data.total_weight(), 1.0);
  const double c = share.value_or(usual_floor_share(data.total_weight()));
  require_share(c);
  if (c == 0.0) return {};

  const Moments total = total_moments(data, is_dense(kind));
  const auto factor = factor_in_shape(kind, spread_of(kind, total));
  const Matrix recorded = covariance_in_units_of(kind, square_of_half(kind, recording_resolution(data)), *factor);
  // Columns that add up, as percentages do, have no spread but that of rounding in one direction, and groups differ in
  // it as samples do: the floor stays clear of that.
  constexpr double part_of_spread = 0.5;
  const Matrix resolution = at_most(part_of_spread, kind, recorded);
  const Matrix within = covariance_within_sample(data, kind, total.mean, *factor, resolution);
  const Matrix least = at_most(1.0, kind, at_least_share(kind, resolution, within, c));
  const auto in_units_of_data = [&](const Matrix& covariance) {
    return covariance_out_of_units_of(kind, covariance, *factor);
  };
  return {.share = c,
          .least = in_units_of_data(least),
          .within = in_units_of_data(within),
          .resolution = in_units_of_data(recorded)};
}

namespace {

// log|Σ| + tr(Σ⁻¹A) for the covariance A of what a component holds.
double misfit(CovarianceKind kind, const Matrix& covariance, const Matrix& held, Index dimension) {
  if (is_dense(kind)) {
    const Eigen::LLT<Matrix> factor(covariance);
    return 2.0 * log_determinant(kind, factor.matrixL(), dimension) + factor.solve(held).trace();
  }
  const double columns_per_entry = static_cast<double>(dimension) / static_cast<double>(covariance.rows());
  return columns_per_entry * (covariance.array().log() + held.array() / covariance.array()).sum();
}

}  // namespace

bool holds_few(CovarianceKind kind, double observations, Index dimension) {
  const double enough = std::max(4.0, is_dense(kind) ? static_cast<double>(dimension) + 2.0 : 0.0);
  return observations < enough - 0.01;  // a group of that many holds a little less, or more
}

std::optional<Matrix> factor_of_believable(CovarianceKind kind, const CovarianceFloor& floor, bool few) {
  if (floor.resolution.rows() != floor.within.rows() || floor.resolution.cols() != floor.within.cols()) return {};
  return factor_in_shape(kind, at_least_share(kind, floor.resolution, floor.within, few ? 1.0 : floor.share));
}

double nats_of_narrowness(CovarianceKind kind, const Matrix& held, const Matrix& covariance, const Matrix& believable,
                          double observations, Index dimension) {
  if (!(observations > 0.0)) return 0.0;
  const Matrix raised = raised_to_floor(kind, held, believable).value_or(held);
  const double per_observation =
      0.5 * (misfit(kind, raised, held, dimension) - misfit(kind, covariance, held, dimension));
  return std::max(0.0, observations * per_observation);
}

}  // namespace latent
