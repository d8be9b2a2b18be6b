#include "latent/models/incomplete_gaussian.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/constants/constants.hpp>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "latent/cholesky.hpp"
#include "latent/errors.hpp"

namespace latent {

// ---------------------------------------------------------------------------------------------------------------------
// Construction and its refusals.

namespace {

void require_penalty(double penalty) {
  if (penalty >= 0.0 && std::isfinite(penalty)) return;
  throw InvalidOption("penalty", fmt::to_string(penalty), "must be finite and not negative");
}

void require_shape(const Vector& mean, const Matrix& covariance) {
  if (mean.size() == 0 || !mean.allFinite()) {
    throw InvalidOption("mean", fmt::format("{} values", mean.size()), "must be at least one, and all finite");
  }
  if (covariance.rows() != mean.size() || covariance.cols() != mean.size()) {
    throw InvalidOption(
        "covariance", fmt::format("{} x {}", covariance.rows(), covariance.cols()),
        fmt::format("must be {} x {}, as the mean has {} values", mean.size(), mean.size(), mean.size()));
  }
}

}  // namespace

IncompleteGaussian::IncompleteGaussian(const IncompleteObservations& data, double penalty)
    : mean_(data.observed_means()) {
  set_covariance(data.observed_variances().asDiagonal());
  set_penalty(data, penalty);
}

IncompleteGaussian::IncompleteGaussian(Vector mean, Matrix covariance) : mean_(std::move(mean)) {
  require_shape(mean_, covariance);
  if (!is_symmetric(covariance) || !cholesky_factor(covariance)) {
    throw InvalidOption("covariance", fmt::format("{} x {}", covariance.rows(), covariance.cols()),
                        "must be symmetric and positive definite");
  }
  set_covariance(std::move(covariance));
}

void IncompleteGaussian::set_penalty(const IncompleteObservations& data, double penalty) {
  require_penalty(penalty);
  penalty_ = penalty;
  scale_ = data.observed_variances();
}

void IncompleteGaussian::set_covariance(Matrix covariance) {
  auto factor = cholesky_factor(covariance);
  if (!factor) {
    throw DegenerateFit(
        "the covariance is singular: too few observations, or a column is a combination of others; leave columns out, "
        "or set a penalty");
  }
  covariance_ = std::move(covariance);
  factor_ = std::move(*factor);
}

void IncompleteGaussian::check(Data data) const {
  if (data.empty()) throw InvalidData("nothing is observed");
  const auto& first = data.front();
  const std::size_t columns = first.observed.size() + first.missing.size();
  if (columns == dimension()) return;
  throw InvalidData(fmt::format("the data have {} columns, and the model {}", columns, dimension()));
}

// ---------------------------------------------------------------------------------------------------------------------
// What is missing, given what was observed.

namespace {

// x_M | x_O ~ N(μ_M + B (x_O − μ_O), C) for a pattern, and the density of x_O.
struct Regression {
  Matrix factor;        // L with L·Lᵀ = Σ_OO
  Matrix coefficients;  // B = Σ_MO Σ_OO⁻¹, |M|×|O|
  Matrix residual;      // C = Σ_MM − B Σ_OM, |M|×|M|
};

Regression regression(const Matrix& covariance, const std::vector<Index>& observed, const std::vector<Index>& missing) {
  auto factor = cholesky_factor(covariance(observed, observed));
  if (!factor) {
    throw DegenerateFit("the covariance of what is observed together is singular; leave columns out, or set a penalty");
  }
  if (observed.empty() || missing.empty()) {  // for which Eigen has no solve
    return {std::move(*factor), Matrix(missing.size(), observed.size()), covariance(missing, missing)};
  }
  const auto lower = factor->triangularView<Eigen::Lower>();
  // With W = L⁻¹ Σ_OM: B = Wᵀ L⁻¹ and C = Σ_MM − Wᵀ W.
  const Matrix whitened = lower.solve(Matrix(covariance(observed, missing)));
  Matrix coefficients = lower.adjoint().solve(whitened).transpose();
  Matrix residual = covariance(missing, missing) - whitened.transpose() * whitened;
  return {std::move(*factor), std::move(coefficients), std::move(residual)};
}

// log p(x_O) of all observations of a pattern: −½ { n (|O| log 2π + log|Σ_OO|) + ‖L⁻¹ [Rᵀ, √n δ]‖² }, with δ = m − μ_O.
double log_density(const MissingnessPattern& pattern, const Matrix& factor, const Vector& delta) {
  const double log_two_pi = std::log(boost::math::constants::two_pi<double>());
  const auto lower = factor.triangularView<Eigen::Lower>();
  const double scatter = lower.solve(Matrix(pattern.root.transpose())).squaredNorm();
  const double shift = pattern.weight * lower.solve(delta).squaredNorm();
  const double constant = static_cast<double>(delta.size()) * log_two_pi + log_determinant(factor);
  return -0.5 * (pattern.weight * constant + scatter + shift);
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------
// EM.

IncompleteGaussianStatistics& IncompleteGaussianStatistics::operator+=(const IncompleteGaussianStatistics& other) {
  weight += other.weight;
  sum += other.sum;
  scatter += other.scatter;
  log_likelihood += other.log_likelihood;
  return *this;
}

IncompleteGaussianStatistics IncompleteGaussian::e_step(Data data) const {
  Statistics statistics{.centre = mean_,
                        .weight = 0.0,
                        .sum = Vector::Zero(mean_.size()),
                        .scatter = Matrix::Zero(mean_.size(), mean_.size()),
                        .log_likelihood = 0.0};
  for (const MissingnessPattern& pattern : data) {
    const std::vector<Index>& observed = pattern.observed;
    const std::vector<Index>& missing = pattern.missing;
    const Regression given = regression(covariance_, observed, missing);
    const Vector delta = pattern.mean - mean_(observed);

    // Completed rows are A·(x_O − μ_O), with A = I on the observed columns and B on the missing ones.
    const Index rows = pattern.root.rows();
    Matrix completed(rows, mean_.size());
    completed(Eigen::all, observed) = pattern.root;
    completed(Eigen::all, missing) = pattern.root * given.coefficients.transpose();
    Vector shift(mean_.size());
    shift(observed) = delta;
    shift(missing) = given.coefficients * delta;

    statistics.weight += pattern.weight;
    statistics.sum += pattern.weight * shift;
    statistics.scatter.noalias() += completed.transpose() * completed;
    statistics.scatter.noalias() += pattern.weight * shift * shift.transpose();
    statistics.scatter(missing, missing) += pattern.weight * given.residual;
    statistics.log_likelihood += log_density(pattern, given.factor, delta);
  }
  return statistics;
}

void IncompleteGaussian::m_step(const Statistics& statistics) {
  const Vector shift = statistics.sum / statistics.weight;
  mean_ = statistics.centre + shift;
  Matrix scatter = statistics.scatter - statistics.weight * shift * shift.transpose();
  if (penalty_ > 0.0) scatter.diagonal() += 2.0 * penalty_ * scale_;
  set_covariance(scatter / (statistics.weight + 2.0 * penalty_));
}

double IncompleteGaussian::log_likelihood(Data data) const {
  double sum = 0.0;
  for (const MissingnessPattern& pattern : data) {
    const Regression given = regression(covariance_, pattern.observed, {});
    sum += log_density(pattern, given.factor, pattern.mean - mean_(pattern.observed));
  }
  return sum;
}

double IncompleteGaussian::expected_log_joint(const Statistics& statistics) const {
  // Q = −½ { n (d log 2π + log|Σ|) + tr(Σ⁻¹ S) }, S being the scatter about μ = c + δ: S_c − s δᵀ − δ sᵀ + n δ δᵀ.
  const Vector shift = mean_ - statistics.centre;
  const Matrix cross = statistics.sum * shift.transpose();
  const Matrix scatter = statistics.scatter - cross - cross.transpose() + statistics.weight * shift * shift.transpose();
  const double log_two_pi = std::log(boost::math::constants::two_pi<double>());
  const double constant = static_cast<double>(mean_.size()) * log_two_pi + log_determinant(factor_);
  return -0.5 * (statistics.weight * constant + trace_of_solve(factor_, scatter));
}

double IncompleteGaussian::log_prior() const {
  if (penalty_ == 0.0) return 0.0;
  return -penalty_ * (trace_of_solve(factor_, scale_.asDiagonal()) + log_determinant(factor_));
}

// ---------------------------------------------------------------------------------------------------------------------
// Parameters as a vector.

Vector IncompleteGaussian::parameters() const {
  Vector all(mean_.size() + log_cholesky_size(mean_.size()));
  all << mean_, log_cholesky(factor_);
  return all;
}

void IncompleteGaussian::set_parameters(const Vector& parameters) {
  mean_ = parameters.head(mean_.size());
  const Matrix factor = from_log_cholesky(parameters.tail(log_cholesky_size(mean_.size())), mean_.size());
  set_covariance(factor * factor.transpose());
}

double IncompleteGaussian::free_parameters() const {
  return static_cast<double>(mean_.size() + log_cholesky_size(mean_.size()));
}

// ---------------------------------------------------------------------------------------------------------------------
// Imputation and simulation.

namespace {

struct Columns {
  std::vector<Index> observed;
  std::vector<Index> missing;
};

Columns columns_of(const std::vector<bool>& missing) {
  Columns columns;
  for (std::size_t column = 0; column < missing.size(); ++column) {
    (missing[column] ? columns.missing : columns.observed).push_back(static_cast<Index>(column));
  }
  return columns;
}

}  // namespace

RowMatrix IncompleteGaussian::impute(const Observations& data) const {
  if (data.dimension() != dimension()) {
    throw InvalidData(fmt::format("the data have {} columns, and the model {}", data.dimension(), dimension()));
  }
  require_usable_or_missing(data);
  std::map<std::vector<bool>, std::pair<Columns, Matrix>> coefficients;  // B of each pattern met so far
  RowMatrix filled = data.matrix();
  std::vector<bool> missing(data.dimension());
  for (std::size_t row = 0; row < data.size(); ++row) {
    for (std::size_t column = 0; column < missing.size(); ++column) missing[column] = std::isnan(data(row, column));
    auto known = coefficients.find(missing);
    if (known == coefficients.end()) {
      Columns columns = columns_of(missing);
      Matrix b = regression(covariance_, columns.observed, columns.missing).coefficients;
      known = coefficients.emplace(missing, std::pair(std::move(columns), std::move(b))).first;
    }
    const auto& [columns, b] = known->second;
    const Vector given = data[row](columns.observed) - mean_(columns.observed);
    filled.row(static_cast<Index>(row))(columns.missing) = mean_(columns.missing) + b * given;
  }
  return filled;
}

Matrix IncompleteGaussian::conditional_covariance(const std::vector<bool>& missing) const {
  if (missing.size() != dimension()) {
    throw InvalidOption("missing", fmt::format("{} marks", missing.size()),
                        fmt::format("must be {}, one for each column", dimension()));
  }
  const Columns columns = columns_of(missing);
  return regression(covariance_, columns.observed, columns.missing).residual;
}

RowMatrix IncompleteGaussian::sample(std::size_t count, RandomEngine& rng) const {
  boost::random::normal_distribution<double> normal;
  RowMatrix draws(static_cast<Index>(count), mean_.size());
  Vector z(mean_.size());
  for (Index row = 0; row < draws.rows(); ++row) {
    for (double& value : z) value = normal(rng);
    draws.row(row) = mean_ + factor_ * z;
  }
  return draws;
}

}  // namespace latent
