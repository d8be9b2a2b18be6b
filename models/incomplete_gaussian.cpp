#include "latent/models/incomplete_gaussian.hpp"

#include <fmt/format.h>

#include <Eigen/QR>
#include <algorithm>
#include <boost/math/constants/constants.hpp>
#include <boost/random/chi_squared_distribution.hpp>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "exact_sum.hpp"
#include "latent/core/cholesky.hpp"
#include "latent/core/errors.hpp"
#include "latent/data/invalid_columns.hpp"
#include "latent/expectation/parts.hpp"
#include "latent/models/gaussian_memory.hpp"

namespace latent {

// ---------------------------------------------------------------------------------------------------------------------
// Construction and its refusals.

namespace {

void require_penalty(double penalty) {
  if (penalty >= 0.0 && std::isfinite(penalty)) return;
  throw InvalidOption("penalty", fmt::to_string(penalty), "must be finite and not negative");
}

std::string other_dimension(std::size_t columns, std::size_t dimension) {
  return fmt::format("the data have {} {}, and the model {}", columns, columns == 1 ? "column" : "columns", dimension);
}

void require_shape(const Vector& mean, const Vector& beyond, const Matrix& covariance) {
  if (beyond.size() != mean.size()) {
    throw InvalidOption("mean", fmt::format("{} and {} values", mean.size(), beyond.size()),
                        "must have as many values as what is added to it");
  }
  if (mean.size() == 0 || !mean.allFinite() || !(mean + beyond).allFinite()) {
    throw InvalidOption("mean", mean.size() == 0 ? "no values" : "a value that is not finite",
                        "must be at least one value, and all finite");
  }
  if (covariance.rows() != mean.size() || covariance.cols() != mean.size()) {
    throw InvalidOption(
        "covariance", fmt::format("{} x {}", covariance.rows(), covariance.cols()),
        fmt::format("must be {0} x {0}, as the mean has {0} {1}", mean.size(), mean.size() == 1 ? "value" : "values"));
  }
}

}  // namespace

IncompleteGaussian::IncompleteGaussian(const IncompleteObservations& data, double penalty) {
  set_mean(data.observed_means(), Vector::Zero(data.observed_means().size()));
  require_memory_of_incomplete_gaussian(dimension());
  set_covariance(data.observed_variances().asDiagonal());
  set_penalty(data, penalty);
}

IncompleteGaussian::IncompleteGaussian(const Vector& mean, Matrix covariance)
    : IncompleteGaussian(mean, Vector::Zero(mean.size()), std::move(covariance)) {}

IncompleteGaussian::IncompleteGaussian(const Vector& mean, const Vector& beyond, Matrix covariance) {
  require_shape(mean, beyond, covariance);
  if (!is_symmetric(covariance) || !cholesky_factor(covariance)) {
    throw InvalidOption("covariance", fmt::format("{} x {}", covariance.rows(), covariance.cols()),
                        "must be symmetric and positive definite");
  }
  set_mean(mean, beyond);
  set_covariance(std::move(covariance));
}

void IncompleteGaussian::set_penalty(const IncompleteObservations& data, double penalty) {
  require_penalty(penalty);
  penalty_ = penalty;
  scale_ = data.observed_variances();
}

namespace {

DegenerateFit covariance_is_singular() {
  return DegenerateFit(
      "the covariance is singular: too few observations, or a column is a combination of others; leave columns out, "
      "or set a penalty");
}

}  // namespace

void IncompleteGaussian::set_mean(const Vector& mean, const Vector& beyond) {
  ExactSum sum(mean, beyond);
  mean_ = std::move(sum.rounded);
  remainder_ = std::move(sum.remainder);
}

void IncompleteGaussian::set_covariance(Matrix covariance) {
  auto factor = cholesky_factor(covariance);
  if (!factor) throw covariance_is_singular();
  covariance_ = std::move(covariance);
  factor_ = std::move(*factor);
}

namespace {

// The observations that have all of these columns observed.
struct ObservedTogether {
  double weight = 0.0;
  Matrix covariance;
};

// With the mean and the scatter of a pattern after those before it: n m' = (n − w) m + w m_p, and the scatter grows by
// that of the pattern and (n − w) w/n · (m_p − m)(m_p − m)ᵀ.
ObservedTogether observed_together(IncompleteGaussian::Data data, const std::vector<Index>& columns) {
  const auto size = static_cast<Index>(columns.size());
  ObservedTogether together{.covariance = Matrix::Zero(size, size)};
  Vector mean = Vector::Zero(size);
  Vector remainder = Vector::Zero(size);
  std::vector<Index> places(columns.size());
  for (const MissingnessPattern& pattern : data) {
    if (!std::ranges::includes(pattern.observed, columns)) continue;
    std::ranges::transform(columns, places.begin(), [&](Index column) {
      return std::ranges::lower_bound(pattern.observed, column) - pattern.observed.begin();
    });
    const double before = together.weight;
    together.weight += pattern.weight;
    const Matrix root = pattern.root(Eigen::all, places);
    together.covariance += root.transpose() * root;
    if (before == 0.0) {
      mean = pattern.mean(places);
      remainder = pattern.mean_remainder(places);
      continue;
    }
    const Vector distance = (pattern.mean(places) - mean) + (pattern.mean_remainder(places) - remainder);
    const double share = pattern.weight / together.weight;
    together.covariance += before * share * distance * distance.transpose();
    ExactSum moved(mean, remainder + share * distance);
    mean = std::move(moved.rounded);
    remainder = std::move(moved.remainder);
  }
  if (together.weight > 0.0) together.covariance /= together.weight;
  return together;
}

// Too few observations make any columns dependent.
bool are_enough(const ObservedTogether& together) {
  return together.weight > static_cast<double>(together.covariance.rows()) &&
         (together.covariance.diagonal().array() > 0.0).all();
}

// The columns observed in the patterns that have the most of them.
std::vector<std::vector<Index>> widest_views(IncompleteGaussian::Data data) {
  constexpr std::size_t most = 16;
  std::vector<std::vector<Index>> views;
  views.reserve(data.size());
  for (const MissingnessPattern& pattern : data) views.push_back(pattern.observed);
  std::ranges::sort(views, [](const std::vector<Index>& a, const std::vector<Index>& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  views.resize(std::min(most, views.size()));
  return views;
}

// Columns, the last of which the others determine in all observations that have them: as many such groups as can be
// seen in the widest views.
std::vector<std::vector<Index>> dependences_in(IncompleteGaussian::Data data) {
  std::map<Index, std::vector<Index>> by_last;
  std::set<Index> seen;
  for (const std::vector<Index>& view : widest_views(data)) {
    if (std::ranges::includes(seen, view)) continue;
    const ObservedTogether together = observed_together(data, view);
    if (!are_enough(together)) continue;
    seen.insert(view.begin(), view.end());
    for (const std::vector<std::size_t>& group : dependent_groups(together.covariance)) {
      std::vector<Index> columns;
      columns.reserve(group.size());
      for (const std::size_t place : group) columns.push_back(view[place]);
      const ObservedTogether all = observed_together(data, columns);
      if (!cholesky_factor(all.covariance)) by_last.emplace(columns.back(), columns);
    }
  }
  std::vector<std::vector<Index>> groups;
  groups.reserve(by_last.size());
  for (auto& [last, columns] : by_last) groups.push_back(std::move(columns));
  return groups;
}

// Whether the others leave little of the last column's variance, which EM makes smaller with each step where it is to
// be 0.
bool is_vanishing(const Matrix& covariance, const std::vector<Index>& columns) {
  constexpr double little = 0.1;
  Matrix factor = covariance(columns, columns);
  const double variance = factor(factor.rows() - 1, factor.cols() - 1);
  if (!factorise_in_place(factor)) return true;
  const double left = factor(factor.rows() - 1, factor.cols() - 1);
  return left * left < little * variance;
}

}  // namespace

void IncompleteGaussian::prepare(Data data) { dependences_ = dependences_in(data); }

void IncompleteGaussian::refuse_dependent_columns(const Matrix& covariance) const {
  const Dependence found = linear_dependence(covariance);
  if (found.columns.empty()) return;
  // EM comes to one dependence sooner than to another, the fewer values are missing: all are to be told at once.
  std::set<std::size_t> columns(found.columns.begin(), found.columns.end());
  std::set<std::size_t> redundant(found.redundant.begin(), found.redundant.end());
  for (const std::vector<Index>& group : dependences_) {
    if (!is_vanishing(covariance, group)) continue;
    columns.insert(group.begin(), group.end());
    redundant.insert(static_cast<std::size_t>(group.back()));
  }
  refuse_dependent({columns.begin(), columns.end()}, std::max<std::size_t>(redundant.size(), 1), "set a penalty");
}

void IncompleteGaussian::check(Data data) const {
  if (data.empty()) throw InvalidData("nothing is observed");
  const auto& first = data.front();
  const std::size_t columns = first.observed.size() + first.missing.size();
  if (columns == dimension()) return;
  throw InvalidData(other_dimension(columns, dimension()));
}

// ---------------------------------------------------------------------------------------------------------------------
// What is missing, given what was observed.

namespace {

DegenerateFit observed_together_is_singular() {
  return DegenerateFit("the covariance of what is observed together is singular; leave columns out, or set a penalty");
}

// x_M | x_O ~ N(μ_M + B (x_O − μ_O), C) for a pattern.
struct Regression {
  Matrix coefficients;  // B = Σ_MO Σ_OO⁻¹, |M|×|O|
  Matrix residual;      // C = Σ_MM − B Σ_OM, |M|×|M|
};

Regression regression(const Matrix& covariance, const std::vector<Index>& observed, const std::vector<Index>& missing) {
  auto factor = cholesky_factor(covariance(observed, observed));
  if (!factor) throw observed_together_is_singular();
  if (observed.empty() || missing.empty()) {  // for which Eigen has no solve
    return {Matrix(missing.size(), observed.size()), covariance(missing, missing)};
  }
  const auto lower = factor->triangularView<Eigen::Lower>();
  // With W = L⁻¹ Σ_OM: B = Wᵀ L⁻¹ and C = Σ_MM − Wᵀ W.
  const Matrix whitened = lower.solve(Matrix(covariance(observed, missing)));
  Matrix coefficients = lower.adjoint().solve(whitened).transpose();
  Matrix residual = covariance(missing, missing) - whitened.transpose() * whitened;
  return {std::move(coefficients), std::move(residual)};
}

// What a pattern tells of the mean and the covariance, with work space that serves one pattern after another.
//
// With the rows of R̃ those of R and √n·(m − μ_O), R̃ᵀR̃ = Σ w (x_O − μ_O)(x_O − μ_O)ᵀ; with Y = L⁻¹·R̃ᵀ and
// W = L⁻¹·Σ_OM, the conditional means of what is missing are R̃·Bᵀ = Yᵀ·W, so that B need not be formed.
class PatternPosterior {
 public:
  // Of the mean μ, `mean` is what a double holds, and `remainder` the rest.
  PatternPosterior(const Vector& mean, const Vector& remainder, const Matrix& covariance)
      : mean_(mean),
        remainder_(remainder),
        covariance_(covariance),
        factor_(mean.size(), mean.size()),
        cross_(mean.size(), mean.size()),
        rows_(mean.size(), mean.size() + 1),
        whitened_(mean.size(), mean.size() + 1),
        completed_(mean.size(), mean.size() + 1) {}

  // Adds the expected moments of the completed data about μ, and log p(x_O).
  void add(const MissingnessPattern& pattern, IncompleteGaussianStatistics& statistics) {
    statistics.weight += pattern.weight;
    statistics.log_likelihood += log_density(pattern);
    complete(pattern);
    const auto completed = completed_.leftCols(pattern.root.rows() + 1);
    statistics.sum += std::sqrt(pattern.weight) * completed.rightCols(1);
    constexpr Index few = 32;  // columns: below this, half the work in blocks takes longer than all of it without
    if (completed.rows() <= few) {
      statistics.scatter.noalias() += completed.lazyProduct(completed.transpose());
    } else {
      statistics.scatter.selfadjointView<Eigen::Lower>().rankUpdate(completed);
    }
    add_residual(pattern, statistics.scatter);
  }

  // log p(x_O) of all observations of the pattern: −½ { n (|O| log 2π + log|Σ_OO|) + ‖Y‖² }.
  double log_density(const MissingnessPattern& pattern) {
    const std::vector<Index>& observed = pattern.observed;
    const auto size = static_cast<Index>(observed.size());
    auto factor = factor_.topLeftCorner(size, size);
    for (Index j = 0; j < size; ++j) {
      for (Index i = j; i < size; ++i) factor(i, j) = covariance_(at(observed, i), at(observed, j));
    }
    if (!factorise_in_place(factor)) throw observed_together_is_singular();

    const Index rows = pattern.root.rows();
    auto moment_rows = rows_.topLeftCorner(size, rows + 1);
    moment_rows.leftCols(rows) = pattern.root.transpose();
    const double root_of_weight = std::sqrt(pattern.weight);
    for (Index i = 0; i < size; ++i) {
      const Index column = at(observed, i);
      const double remainder = pattern.mean_remainder[i] - remainder_[column];
      moment_rows(i, rows) = root_of_weight * ((pattern.mean[i] - mean_[column]) + remainder);
    }
    auto whitened = whitened_.topLeftCorner(size, rows + 1);
    whitened = moment_rows;
    factor.triangularView<Eigen::Lower>().solveInPlace(whitened);
    const double log_two_pi = std::log(boost::math::constants::two_pi<double>());
    const double constant = static_cast<double>(size) * log_two_pi + log_determinant(factor);
    return -0.5 * (pattern.weight * constant + whitened.squaredNorm());
  }

 private:
  // Given Y: W, and R̃ with the conditional means of what is missing.
  void complete(const MissingnessPattern& pattern) {
    const std::vector<Index>& observed = pattern.observed;
    const std::vector<Index>& missing = pattern.missing;
    const auto size = static_cast<Index>(observed.size());
    const auto holes = static_cast<Index>(missing.size());
    const Index columns = pattern.root.rows() + 1;
    auto cross = cross_.topLeftCorner(size, holes);
    for (Index j = 0; j < holes; ++j) {
      for (Index i = 0; i < size; ++i) cross(i, j) = covariance_(at(observed, i), at(missing, j));
    }
    if (holes > 0) factor_.topLeftCorner(size, size).triangularView<Eigen::Lower>().solveInPlace(cross);

    const auto whitened = whitened_.topLeftCorner(size, columns);
    auto completed = completed_.leftCols(columns);
    for (Index i = 0; i < size; ++i) completed.row(at(observed, i)) = rows_.row(i).head(columns);
    for (Index j = 0; j < holes; ++j) {
      completed.row(at(missing, j)).noalias() = cross.col(j).transpose().lazyProduct(whitened);
    }
  }

  // Given W: n times the covariance of what is missing, Σ_MM − WᵀW, to the lower triangle.
  void add_residual(const MissingnessPattern& pattern, Matrix& scatter) const {
    const auto size = static_cast<Index>(pattern.observed.size());
    const auto holes = static_cast<Index>(pattern.missing.size());
    for (Index j = 0; j < holes; ++j) {
      for (Index i = j; i < holes; ++i) {
        const double explained = cross_.col(i).head(size).dot(cross_.col(j).head(size));
        const Index row = at(pattern.missing, i);
        const Index column = at(pattern.missing, j);
        scatter(row, column) += pattern.weight * (covariance_(row, column) - explained);
      }
    }
  }

  static Index at(const std::vector<Index>& columns, Index i) { return columns[static_cast<std::size_t>(i)]; }

  const Vector& mean_;
  const Vector& remainder_;
  const Matrix& covariance_;
  Matrix factor_;     // L, |O|×|O|
  Matrix cross_;      // W, |O|×|M|
  Matrix rows_;       // R̃ᵀ, |O|×(rows + 1)
  Matrix whitened_;   // Y, |O|×(rows + 1)
  Matrix completed_;  // R̃ᵀ and (Yᵀ·W)ᵀ, d×(rows + 1)
};

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------
// EM.

namespace {

// The scatter about another centre, μ = c + δ: S − s·δᵀ − δ·sᵀ + n·δ·δᵀ.
Matrix moved_scatter(const IncompleteGaussianStatistics& statistics, const Vector& shift) {
  const Matrix cross = statistics.sum * shift.transpose();
  return statistics.scatter - cross - cross.transpose() + statistics.weight * shift * shift.transpose();
}

// The statistics about another centre, which lies `shift` from the one that they were taken about.
IncompleteGaussianStatistics moved(const IncompleteGaussianStatistics& statistics, const Vector& shift,
                                   const Vector& centre) {
  return {.centre = centre,
          .weight = statistics.weight,
          .sum = statistics.sum - statistics.weight * shift,
          .scatter = moved_scatter(statistics, shift),
          .log_likelihood = statistics.log_likelihood};
}

}  // namespace

IncompleteGaussianStatistics& IncompleteGaussianStatistics::operator+=(const IncompleteGaussianStatistics& other) {
  std::optional<IncompleteGaussianStatistics> here;
  if (other.centre != centre) here = moved(other, centre - other.centre, centre);
  const IncompleteGaussianStatistics& added = here ? *here : other;
  weight += added.weight;
  sum += added.sum;
  scatter += added.scatter;
  log_likelihood += added.log_likelihood;
  return *this;
}

IncompleteGaussianStatistics& IncompleteGaussianStatistics::operator*=(double factor) {
  weight *= factor;
  sum *= factor;
  scatter *= factor;
  log_likelihood *= factor;
  return *this;
}

IncompleteGaussianStatistics IncompleteGaussian::e_step(Data data) const {
  // Taken about μ, and moved to the double next to it, so that the centre has no digits that it does not hold.
  Statistics statistics{.centre = mean_,
                        .weight = 0.0,
                        .sum = Vector::Zero(mean_.size()),
                        .scatter = Matrix::Zero(mean_.size(), mean_.size()),
                        .log_likelihood = 0.0};
  PatternPosterior posterior(mean_, remainder_, covariance_);
  for (const MissingnessPattern& pattern : data) posterior.add(pattern, statistics);
  statistics.scatter.triangularView<Eigen::StrictlyUpper>() = statistics.scatter.transpose();
  return moved(statistics, -remainder_, mean_);
}

void IncompleteGaussian::m_step(const Statistics& statistics) {
  const Vector shift = statistics.sum / statistics.weight;
  set_mean(statistics.centre, shift);
  Matrix scatter = statistics.scatter - statistics.weight * shift * shift.transpose();
  if (penalty_ > 0.0) scatter.diagonal() += 2.0 * penalty_ * scale_;
  Matrix covariance = scatter / (statistics.weight + 2.0 * penalty_);
  auto factor = cholesky_factor(covariance);
  if (!factor) {
    // Too few observations make any columns dependent: those at fault are then not to be told.
    if (statistics.weight > static_cast<double>(dimension())) refuse_dependent_columns(covariance);
    throw covariance_is_singular();
  }
  covariance_ = std::move(covariance);
  factor_ = std::move(*factor);
}

double IncompleteGaussian::log_likelihood(Data data) const {
  return sum_over_parts(
      data,
      [&](std::size_t /*first*/, Data part) {
        PatternPosterior posterior(mean_, remainder_, covariance_);
        double sum = 0.0;
        for (const MissingnessPattern& pattern : part) sum += posterior.log_density(pattern);
        return sum;
      },
      smallest_part());
}

double IncompleteGaussian::expected_log_joint(const Statistics& statistics) const {
  // Q = −½ { n (d log 2π + log|Σ|) + tr(Σ⁻¹ S) }, S being the scatter about μ.
  const Matrix scatter = moved_scatter(statistics, (mean_ - statistics.centre) + remainder_);
  const double log_two_pi = std::log(boost::math::constants::two_pi<double>());
  const double constant = static_cast<double>(mean_.size()) * log_two_pi + log_determinant(factor_);
  return -0.5 * (statistics.weight * constant + trace_of_solve(factor_, scatter));
}

double IncompleteGaussian::expected_log_joint_error(const Statistics& statistics) const {
  constexpr double units = 16.0 * std::numeric_limits<double>::epsilon();
  return units * static_cast<double>(mean_.size()) * statistics.weight * largest_variance_inflation(factor_);
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
  set_mean(parameters.head(mean_.size()), Vector::Zero(mean_.size()));
  const Matrix factor = from_log_cholesky(parameters.tail(log_cholesky_size(mean_.size())), mean_.size());
  set_covariance(factor * factor.transpose());
}

Vector IncompleteGaussian::complete_information(const Statistics& statistics) const {
  Vector all(mean_.size() + log_cholesky_size(mean_.size()));
  all << precision_diagonal(factor_), log_cholesky_information(factor_);
  return statistics.weight * all;
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
    throw InvalidData(other_dimension(data.dimension(), dimension()));
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
    const Vector given = (data[row](columns.observed) - mean_(columns.observed)) - remainder_(columns.observed);
    filled.row(static_cast<Index>(row))(columns.missing) =
        mean_(columns.missing) + (remainder_(columns.missing) + b * given);
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
    draws.row(row) = mean_ + (remainder_ + factor_ * z);
  }
  return draws;
}

namespace {

using Normal = boost::random::normal_distribution<double>;

Vector normal_draws(Index size, RandomEngine& rng) {
  Normal normal;
  return Vector::NullaryExpr(size, [&] { return normal(rng); });
}

// Rows Z with ZᵀZ ~ Wishart(ν, I): ν of them, or, if there are more than columns, those of the Bartlett decomposition
// (1933, Proc. Royal Soc. Edinburgh 53:260).
Matrix standard_wishart_root(double degrees, Index columns, RandomEngine& rng) {
  Normal normal;
  if (degrees <= static_cast<double>(columns)) {
    return Matrix::NullaryExpr(static_cast<Index>(degrees), columns, [&] { return normal(rng); });
  }
  Matrix root = Matrix::Zero(columns, columns);
  for (Index i = 0; i < columns; ++i) {
    root(i, i) = std::sqrt(boost::random::chi_squared_distribution<double>(degrees - static_cast<double>(i))(rng));
    for (Index j = i + 1; j < columns; ++j) root(i, j) = normal(rng);
  }
  return root;
}

// Adds an observation: n m' = (n − w) m + w x, and the scatter grows by (n − w) w/n · (x − m)(x − m)ᵀ.
void add_observation(MissingnessPattern& pattern, const Vector& x, double weight) {
  const double before = pattern.weight;
  pattern.weight += weight;
  const Vector distance = x - pattern.mean;
  pattern.mean += weight / pattern.weight * distance;
  pattern.root.conservativeResize(pattern.root.rows() + 1, Eigen::NoChange);
  pattern.root.bottomRows(1) = std::sqrt(before * weight / pattern.weight) * distance.transpose();
  if (pattern.root.rows() <= pattern.root.cols()) return;
  const Matrix triangle = Eigen::HouseholderQR<Matrix>(pattern.root).matrixQR().topRows(pattern.root.cols());
  pattern.root = triangle.triangularView<Eigen::Upper>();
}

}  // namespace

std::vector<MissingnessPattern> IncompleteGaussian::sample_like(Data data, RandomEngine& rng) const {
  std::vector<MissingnessPattern> drawn;
  drawn.reserve(data.size());
  for (const MissingnessPattern& given : data) {
    const auto factor = cholesky_factor(covariance_(given.observed, given.observed));
    if (!factor) throw observed_together_is_singular();
    const Index size = factor->rows();
    const double whole = std::floor(given.weight);
    // The mean is taken from μ on, and moved to its place at the end: there the doubles may lie far apart.
    MissingnessPattern pattern{.observed = given.observed,
                               .missing = given.missing,
                               .weight = whole,
                               .mean = Vector::Zero(size),
                               .mean_remainder = {},
                               .root = {}};
    pattern.root = standard_wishart_root(std::max(0.0, whole - 1.0), size, rng) * factor->transpose();
    if (whole > 0.0) pattern.mean = *factor * normal_draws(size, rng) / std::sqrt(whole);
    if (given.weight > whole) add_observation(pattern, *factor * normal_draws(size, rng), given.weight - whole);
    ExactSum mean(mean_(given.observed), remainder_(given.observed) + pattern.mean);
    pattern.mean = std::move(mean.rounded);
    pattern.mean_remainder = std::move(mean.remainder);
    drawn.push_back(std::move(pattern));
  }
  return drawn;
}

}  // namespace latent
