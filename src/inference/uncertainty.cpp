#include "latent/inference/uncertainty.hpp"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "inference/central_differences.hpp"

namespace latent {

// ---------------------------------------------------------------------------------------------------------------------
// What the information says.

namespace {

// J I⁻¹ Jᵀ, as (L⁻¹ Jᵀ)ᵀ(L⁻¹ Jᵀ) with I = L Lᵀ: no variance is negative.
Matrix carried_over(const Matrix& information, const Matrix& jacobian) {
  const Matrix half = Eigen::LLT<Matrix>(information).matrixL().solve(jacobian.transpose());
  return half.transpose() * half;
}

}  // namespace

Matrix Information::covariance() const { return carried_over(matrix, Matrix::Identity(matrix.rows(), matrix.cols())); }

Vector Information::standard_errors() const { return covariance().diagonal().cwiseSqrt(); }

Vector Information::missing_fractions() const {
  if (!complete) {
    throw InvalidOption("method", "score",
                        "must be oakes to tell the complete data's information from what is missing");
  }
  const Eigen::LLT<Matrix> factor(*complete);
  if (factor.info() != Eigen::Success) {
    throw InformationUnavailable(
        "the complete data's information is not positive definite: the parameters do not maximise Q; let the fit run "
        "to convergence");
  }
  // I_c⁻¹(I_c − I) has the eigenvalues 1 − λ, λ being those of L⁻¹ I L⁻ᵀ with I_c = L Lᵀ.
  Matrix kept = matrix;
  factor.matrixL().solveInPlace(kept);
  factor.matrixL().transpose().solveInPlace<Eigen::OnTheRight>(kept);
  return 1.0 - Eigen::SelfAdjointEigenSolver<Matrix>(kept, Eigen::EigenvaluesOnly).eigenvalues().array();
}

namespace detail {
namespace {

// ---------------------------------------------------------------------------------------------------------------------
// Step lengths.

Vector moved(const Vector& parameters, Index j, double by) {
  Vector there = parameters;
  there[j] += by;
  return there;
}

// The step for each θ_j, by which Q decreases enough to be told from its rounding.
Vector step_lengths(const QFunction& q, const Vector& parameters) {
  constexpr double least_change = 0.5 * step_in_standard_errors * step_in_standard_errors;
  const double rounding =
      1e3 * std::numeric_limits<double>::epsilon() * std::max(std::abs(q(parameters)), least_change);
  Vector steps(parameters.size());
  for (Index j = 0; j < steps.size(); ++j) {
    const auto step = bending_step([&](double by) { return q(moved(parameters, j, by)); }, parameters[j], rounding);
    if (!step) {
      throw InformationUnavailable(fmt::format(
          "there is no step to differentiate by along {}: the Q function is flat, or not finite, around {}; the "
          "parameter is not identified, or at the boundary of its range",
          numbered(j), parameters[j]));
    }
    steps[j] = *step;
  }
  return steps;
}

// ---------------------------------------------------------------------------------------------------------------------
// First and second derivatives.

// ∂Q(θ'|θ)/∂θ' in both orders, one a column: p×2.
using Gradient = Eigen::Matrix<double, Eigen::Dynamic, 2>;

Gradient gradient(const QFunction& q, const Vector& at, const Vector& steps) {
  Gradient slopes(at.size(), 2);
  for (Index i = 0; i < at.size(); ++i) {
    const auto slope = central_differences([&](double by) { return q(moved(at, i, by)); }, steps[i]);
    slopes.row(i) << slope.sixth, slope.fourth;
  }
  return slopes;
}

struct Column {
  Vector value;
  Vector error;
};

// How `slopes`, a gradient as a function of a step along one parameter, changes with it. The error of order 6 is
// mostly rounding, and order 4 shares some of that: their difference is taken several times.
template <class Slopes>
Column derivative(const Slopes& slopes, double step) {
  constexpr double caution = 4.0;
  const auto change = central_differences(slopes, step);
  const auto of_change = (change.sixth.col(0) - change.fourth.col(0)).cwiseAbs();
  const auto of_slopes = (change.sixth.col(0) - change.sixth.col(1)).cwiseAbs();
  return {.value = change.sixth.col(0), .error = caution * (of_change + of_slopes)};
}

// −∂²/∂θ∂θ_j of the objective, and of Q alone by Oakes' identity.
struct InformationColumn {
  Column observed;
  Vector complete;
};

InformationColumn information_column(const Vector& parameters, const QFunctionAt& q_at, const QFunction& q_here,
                                     const Vector& steps, Index j, InformationMethod method) {
  if (method == InformationMethod::score) {
    const auto score = [&](double by) {
      const Vector there = moved(parameters, j, by);
      return gradient(q_at(there), there, steps);
    };
    const Column change = derivative(score, steps[j]);
    return {.observed = {.value = -change.value, .error = change.error}, .complete = {}};
  }
  // The complete data's information, and what of it is missing.
  const auto by_m_step = [&](double by) { return gradient(q_here, moved(parameters, j, by), steps); };
  const auto by_e_step = [&](double by) { return gradient(q_at(moved(parameters, j, by)), parameters, steps); };
  const Column complete = derivative(by_m_step, steps[j]);
  const Column missing = derivative(by_e_step, steps[j]);
  return {.observed = {.value = -(complete.value + missing.value), .error = complete.error + missing.error},
          .complete = -complete.value};
}

struct SecondDerivatives {
  Matrix value;
  Matrix error;
  std::optional<Matrix> complete;
};

SecondDerivatives second_derivatives(const Vector& parameters, const QFunctionAt& q_at, const QFunction& q_here,
                                     const Vector& steps, InformationMethod method) {
  const Index p = parameters.size();
  SecondDerivatives all{.value = Matrix(p, p), .error = Matrix(p, p), .complete = {}};
  if (method == InformationMethod::oakes) all.complete.emplace(p, p);
  parallel_for(static_cast<std::size_t>(p), [&](std::size_t task) {
    const auto j = static_cast<Index>(task);
    const QFunction q_of_task = q_here;  // NOLINT(performance-unnecessary-copy-initialization): one a thread
    const InformationColumn column = information_column(parameters, q_at, q_of_task, steps, j, method);
    all.value.col(j) = column.observed.value;
    all.error.col(j) = column.observed.error;
    if (all.complete) all.complete->col(j) = column.complete;
  });
  // A matrix of second derivatives is symmetric: what it lacks of that is error too.
  const Matrix asymmetry = 0.5 * (all.value - all.value.transpose()).cwiseAbs();
  all.value = (0.5 * (all.value + all.value.transpose())).eval();
  if (all.complete) all.complete = (0.5 * (*all.complete + all.complete->transpose())).eval();
  all.error = all.error.cwiseMax(all.error.transpose().eval()).cwiseMax(asymmetry);
  return all;
}

// ---------------------------------------------------------------------------------------------------------------------
// Whether they can be used.

void require_options(double tolerance) {
  if (tolerance > 0.0 && tolerance <= 1.0) return;
  throw InvalidOption("tolerance", fmt::to_string(tolerance), "must be greater than 0, and at most 1");
}

void require_finite(const Vector& parameters) {
  if (parameters.size() == 0) throw InformationUnavailable("the model has no parameters");
  for (Index j = 0; j < parameters.size(); ++j) {
    if (std::isfinite(parameters[j])) continue;
    throw InformationUnavailable(
        fmt::format("{} is {}: the estimate lies at the boundary of its range, where there is no observed information, "
                    "and the bootstrap is inconsistent; take profile_interval, for a proportion binomial_interval, or "
                    "keep it inside with a prior",
                    numbered(j), parameters[j]));
  }
}

constexpr std::string_view what_no_maximum_means =
    "the parameters are not a maximum (let the fit run to convergence), or not identified (use fewer components, or a "
    "prior)";

void require_positive_diagonal(const SecondDerivatives& second) {
  for (Index j = 0; j < second.value.rows(); ++j) {
    if (second.value(j, j) > second.error(j, j)) continue;
    throw InformationUnavailable(fmt::format("the observed information on {} is {:.3g}, with an error of {:.1g}: {}",
                                             numbered(j), second.value(j, j), second.error(j, j),
                                             what_no_maximum_means));
  }
}

InformationUnavailable untrusted(double error, double tolerance) {
  return InformationUnavailable(
      fmt::format("the relative error of a variance is estimated as {:.1g}, more than the tolerance of {}: let the fit "
                  "run to convergence, centre and scale the data, see that expected_log_joint is smooth and loses no "
                  "digits, or use the bootstrap",
                  error, tolerance));
}

// The parameters that make up most of a direction, counted from 1.
std::string named(const Vector& direction) {
  std::string names;
  const double least = 0.3 * direction.cwiseAbs().maxCoeff();
  for (Index j = 0; j < direction.size(); ++j) {
    if (std::abs(direction[j]) >= least) names += (names.empty() ? "" : ", ") + fmt::to_string(j + 1);
  }
  return names;
}

// "0.71 of parameter 2, -0.70 of parameter 3", of the entries that make up most of a unit vector.
std::string described(const Vector& direction) {
  std::string text;
  const double least = 0.3 * direction.cwiseAbs().maxCoeff();
  for (Index j = 0; j < direction.size(); ++j) {
    if (std::abs(direction[j]) < least) continue;
    text += fmt::format("{}{:.2f} of parameter {}", text.empty() ? "" : ", ", direction[j], j + 1);
  }
  return text;
}

// Throws where the objective curves upwards along some direction, by more than its error. `units` are standard errors
// of the complete data, so that nothing depends on the units of the parameters.
void require_no_upward_curve(const SecondDerivatives& second, const Vector& score, const Vector& units) {
  if (!second.value.allFinite() || !second.error.allFinite() || !score.allFinite()) return;  // said elsewhere
  const Matrix scaled = units.asDiagonal() * second.value * units.asDiagonal();
  const double error = (units.asDiagonal() * second.error * units.asDiagonal()).norm();
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(scaled);
  const double smallest = eigen.eigenvalues()[0];
  if (!(smallest < -error)) return;
  const Vector direction = eigen.eigenvectors().col(0);
  const double slope = units.cwiseProduct(score).norm();  // nats for one standard error
  constexpr double hardly_any = 0.1;
  const std::string where = fmt::format(
      "the log-likelihood curves upwards (information {:.3g}, with an error of {:.1g}) along {} of "
      "parameters(), in standard errors of the complete data",
      smallest, error, described(direction));
  throw NotAMaximum(
      slope < hardly_any
          ? fmt::format("the parameters are a saddle, not a maximum: {}; perturb them along that direction, "
                        "which the exception holds, and fit again from there: running longer does not "
                        "leave a saddle",
                        where)
          : fmt::format("the parameters are not a maximum: {}; let the fit run to convergence", where),
      units.cwiseProduct(direction));
}

// The largest relative error of the variance of any quantity; throws where there is no such.
double relative_error(const SecondDerivatives& second, double tolerance) {
  if (!second.value.allFinite() || !second.error.allFinite()) {
    throw InformationUnavailable(
        "the Q function is not finite within 0.3 standard errors of the parameters: they lie at the boundary of their "
        "range; take profile_interval, or keep them inside with a prior");
  }
  require_positive_diagonal(second);
  // By parameters in units of 1/√I_jj, whatever the scales of the data.
  const Vector scale = second.value.diagonal().cwiseSqrt().cwiseInverse();
  const Matrix scaled = scale.asDiagonal() * second.value * scale.asDiagonal();
  const double error = (scale.asDiagonal() * second.error * scale.asDiagonal()).norm();
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(scaled);
  const double smallest = eigen.eigenvalues()[0];
  if (error > tolerance) throw untrusted(error, tolerance);
  if (smallest <= error) {
    throw InformationUnavailable(
        fmt::format("the observed information is not positive definite (smallest eigenvalue {:.3g} with a diagonal of "
                    "1, and an error of {:.1g}) along parameters {} of parameters(): {}",
                    smallest, error, named(eigen.eigenvectors().col(0)), what_no_maximum_means));
  }
  // vᵀ(I + E)⁻¹v = vᵀI⁻¹v {1 + at most ‖E‖/λ_min}, to first order.
  if (error / smallest > tolerance) throw untrusted(error / smallest, tolerance);
  return error / smallest;
}

}  // namespace

Information information(const Vector& parameters, const QFunctionAt& q_at, InformationMethod method, double tolerance) {
  require_options(tolerance);
  require_finite(parameters);
  const QFunction q_here = q_at(parameters);
  const Vector steps = step_lengths(q_here, parameters);
  const SecondDerivatives second = second_derivatives(parameters, q_at, q_here, steps, method);
  const Vector score = gradient(q_here, parameters, steps).col(0);
  require_no_upward_curve(second, score, steps / step_in_standard_errors);
  Information result{.parameters = parameters,
                     .matrix = second.value,
                     .complete = second.complete,
                     .score = score,
                     .distance = 0.0,
                     .relative_error = relative_error(second, tolerance)};
  result.distance = std::sqrt(carried_over(result.matrix, result.score.transpose())(0, 0));
  return result;
}

// ---------------------------------------------------------------------------------------------------------------------
// The delta method.

void require_same_parameters(const Information& information, const Vector& parameters) {
  if (information.parameters.size() == parameters.size() && information.parameters == parameters) return;
  throw InvalidOption("information", "that of other parameters",
                      "must be observed_information(model, data) of the model as it is");
}

Matrix delta_covariance(const Information& information, const Quantities& quantities) {
  const Vector& parameters = information.parameters;
  const Vector estimates = quantities(parameters);
  Vector steps = step_in_standard_errors * information.matrix.diagonal().cwiseSqrt().cwiseInverse();
  for (Index j = 0; j < steps.size(); ++j) steps[j] = representable(steps[j], parameters[j]);
  Matrix jacobian(estimates.size(), parameters.size());
  Vector error = Vector::Zero(estimates.size());  // of a standard error, at most
  const Vector standard_errors = information.standard_errors();
  for (Index j = 0; j < parameters.size(); ++j) {
    const auto along = [&](double by) -> Vector { return quantities(moved(parameters, j, by)); };
    const auto slope = central_differences(along, steps[j]);
    jacobian.col(j) = slope.sixth;
    error += standard_errors[j] * (slope.sixth - slope.fourth).cwiseAbs();
  }
  Matrix covariance = carried_over(information.matrix, jacobian);
  constexpr double tolerance = 0.01;
  constexpr double rounding = 1e-8;
  for (Index i = 0; i < estimates.size(); ++i) {
    const double allowed = tolerance * std::sqrt(covariance(i, i)) + rounding * std::abs(estimates[i]);
    if (std::isfinite(estimates[i]) && error[i] <= allowed) continue;
    throw InformationUnavailable(fmt::format(
        "quantity {} of `natural`, {}, has no derivative to be trusted: it must be finite and smooth within "
        "0.3 standard errors of the parameters; let `natural` return a smoother function of it, or use the "
        "bootstrap",
        i + 1, estimates[i]));
  }
  return covariance;
}

std::vector<IntervalEstimate> normal_intervals(const Vector& estimates, const Matrix& covariance,
                                               const IntervalOptions& options) {
  std::vector<IntervalEstimate> intervals;
  intervals.reserve(static_cast<std::size_t>(estimates.size()));
  for (Index i = 0; i < estimates.size(); ++i) {
    intervals.push_back(wald_interval(estimates[i], std::sqrt(covariance(i, i)), options.level, options.scale));
  }
  return intervals;
}

}  // namespace detail
}  // namespace latent
