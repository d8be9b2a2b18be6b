#include "latent/methods/anderson.hpp"

#include <fmt/format.h>

#include <Eigen/SVD>
#include <algorithm>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>
#include <cstdint>
#include <limits>

#include "latent/core/errors.hpp"

namespace latent::detail {
namespace {

// δ = 1 / (1 + a^(κ − s)) after s successes: the share of the least-squares solution's squared length that is kept. The
// paper's a and κ.
double kept_length(int successes) {
  constexpr double a = 1.2;
  constexpr double kappa = 25.0;
  return 1.0 / (1.0 + std::pow(a, kappa - static_cast<double>(successes)));
}

Matrix beside_each_other(const std::vector<Vector>& columns) {
  Matrix matrix(columns.front().size(), static_cast<Index>(columns.size()));
  for (std::size_t j = 0; j < columns.size(); ++j) matrix.col(static_cast<Index>(j)) = columns[j];
  return matrix;
}

// γ(λ) = V d/(d² + λ) Uᵀf with λ such that ‖γ(λ)‖² is the given share of ‖γ(0)‖². Directions that F does not tell from
// 0 are left out.
Vector damped_least_squares(const Matrix& differences, const Vector& step, double share) {
  const Eigen::JacobiSVD<Matrix> svd(differences, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const Vector& d = svd.singularValues();
  Vector u = svd.matrixU().transpose() * step;
  const double smallest = std::numeric_limits<double>::epsilon() * static_cast<double>(differences.rows()) * d[0];
  u = (d.array() > smallest).select(u, 0.0);
  const Vector squares = (d.array() > smallest).select(d.cwiseAbs2(), 1.0);
  const auto coefficients = [&](double lambda) -> Vector { return d.array() * u.array() / (squares.array() + lambda); };
  const double wanted = share * coefficients(0.0).squaredNorm();
  if (!(wanted > 0.0)) return Vector::Zero(d.size());

  const auto excess = [&](double lambda) { return coefficients(lambda).squaredNorm() - wanted; };
  double high = squares.maxCoeff();
  while (excess(high) > 0.0) high *= 4.0;
  std::uintmax_t steps = 60;
  const auto [low, up] =
      boost::math::tools::toms748_solve(excess, 0.0, high, boost::math::tools::eps_tolerance<double>(30), steps);
  return svd.matrixV() * coefficients(0.5 * (low + up));
}

}  // namespace

int order_for(int given, Index parameters) {
  if (given < 0) throw InvalidOption("order", fmt::to_string(given), "must be at least 1, or 0 for the usual one");
  constexpr int most = 10;
  return given > 0 ? given : static_cast<int>(std::clamp<Index>((parameters + 1) / 2, 1, most));
}

std::optional<Vector> AndersonHistory::extrapolated(const Vector& parameters, const Vector& after_em,
                                                    const Vector& information_there) {
  const Vector step = after_em - parameters;
  if (!step.allFinite()) {  // a parameter went to infinity: nothing is to be learnt from what came before
    parameters_.reset();
    steps_.reset();
    parameter_differences_.clear();
    step_differences_.clear();
    successes_ = 0;
    return std::nullopt;
  }
  if (parameters_ && steps_) {
    if (step_differences_.size() == static_cast<std::size_t>(order_)) {
      step_differences_.clear();
      parameter_differences_.clear();
    }
    step_differences_.emplace_back(step - *steps_);
    parameter_differences_.emplace_back(parameters - *parameters_);
  }
  parameters_ = parameters;
  steps_ = step;
  if (step_differences_.empty()) return std::nullopt;

  const Matrix differences = beside_each_other(step_differences_);
  const Vector unit = information_there.cwiseSqrt();
  const Matrix scaled = unit.asDiagonal() * differences;
  if (!(scaled.squaredNorm() > 0.0)) return std::nullopt;
  const Vector gamma = damped_least_squares(scaled, step.cwiseProduct(unit), kept_length(successes_));
  return after_em - (beside_each_other(parameter_differences_) + differences) * gamma;
}

}  // namespace latent::detail
