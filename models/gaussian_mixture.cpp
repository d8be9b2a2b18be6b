#include "latent/models/gaussian_mixture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/math/constants/constants.hpp>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <limits>
#include <range/v3/view/enumerate.hpp>
#include <string>
#include <utility>

#include "latent/cholesky.hpp"
#include "latent/errors.hpp"
#include "latent/mixing_weights.hpp"
#include "latent/starts.hpp"

namespace latent {

// ---------------------------------------------------------------------------------------------------------------------
// Covariances by kind. A covariance, its factor and its scatter (the sum of outer products it is estimated from) share
// one shape: d×d, d×1 (the diagonal) or 1×1 (a variance, and a trace).

namespace {

using enum CovarianceKind;

constexpr std::array kinds = {full, tied, diagonal, spherical};

bool is_dense(CovarianceKind kind) { return kind == full || kind == tied; }

Index covariance_rows(CovarianceKind kind, Index dimension) { return kind == spherical ? 1 : dimension; }

Index covariance_columns(CovarianceKind kind, Index dimension) { return is_dense(kind) ? dimension : 1; }

std::size_t covariance_count(CovarianceKind kind, std::size_t components) { return kind == tied ? 1 : components; }

// Which of the stored covariances is that of component k.
std::size_t covariance_of(CovarianceKind kind, Index k) { return kind == tied ? 0 : static_cast<std::size_t>(k); }

// How many variances one entry of the shape stands for.
double variances_per_entry(CovarianceKind kind, Index dimension) {
  return kind == spherical ? static_cast<double>(dimension) : 1.0;
}

Matrix zero_scatter(CovarianceKind kind, Index dimension) {
  return Matrix::Zero(covariance_rows(kind, dimension), covariance_columns(kind, dimension));
}

// a·bᵀ in the shape of the kind.
Matrix outer(CovarianceKind kind, const Vector& a, const Vector& b) {
  if (is_dense(kind)) return a * b.transpose();
  if (kind == diagonal) return a.cwiseProduct(b);
  return Matrix::Constant(1, 1, a.dot(b));
}

// Adds Σ_b r_b·y_b·y_bᵀ, with the y_b in the columns of `centred`.
void add_scatter(CovarianceKind kind, const Matrix& centred, const Vector& r, Matrix& scatter) {
  if (is_dense(kind)) {
    scatter.noalias() += (centred * r.asDiagonal()) * centred.transpose();
  } else if (kind == diagonal) {
    scatter.noalias() += centred.cwiseAbs2() * r;
  } else {
    scatter(0, 0) += centred.colwise().squaredNorm().dot(r);
  }
}

// The factor L with L·Lᵀ = Σ; nothing where Σ is not positive definite.
std::optional<Matrix> factor_of(CovarianceKind kind, const Matrix& covariance) {
  if (is_dense(kind)) return cholesky_factor(covariance);
  if (!covariance.allFinite() || !(covariance.array() > 0.0).all()) return std::nullopt;
  return covariance.cwiseSqrt();
}

double log_determinant_of(CovarianceKind kind, const Matrix& factor, Index dimension) {
  if (is_dense(kind)) return log_determinant(factor);
  return 2.0 * variances_per_entry(kind, dimension) * factor.array().log().sum();
}

// tr(Σ⁻¹·S) for a scatter S in the shape of the kind.
double trace_of_solve_of(CovarianceKind kind, const Matrix& factor, const Matrix& scatter) {
  if (is_dense(kind)) return trace_of_solve(factor, scatter);
  return scatter.cwiseQuotient(factor.cwiseAbs2()).sum();
}

// y ← L⁻¹·y for each column.
void whiten(CovarianceKind kind, const Matrix& factor, Matrix& columns) {
  if (is_dense(kind)) {
    factor.triangularView<Eigen::Lower>().solveInPlace(columns);
  } else if (kind == diagonal) {
    columns.array().colwise() /= factor.col(0).array();
  } else {
    columns /= factor(0, 0);
  }
}

// y ← L·y, the inverse of whiten.
void colour(CovarianceKind kind, const Matrix& factor, Vector& y) {
  if (is_dense(kind)) {
    y = factor.triangularView<Eigen::Lower>() * y;
  } else if (kind == diagonal) {
    y = factor.cwiseProduct(y);
  } else {
    y *= factor(0, 0);
  }
}

}  // namespace

std::string_view to_string(CovarianceKind kind) {
  switch (kind) {
    case full:
      return "full";
    case tied:
      return "tied";
    case diagonal:
      return "diagonal";
    case spherical:
      return "spherical";
  }
  return {};
}

CovarianceKind covariance_kind(std::string_view name) {
  for (const CovarianceKind kind : kinds) {
    if (name == to_string(kind)) return kind;
  }
  throw InvalidOption("covariance", std::string(name), "must be full, tied, diagonal or spherical");
}

// ---------------------------------------------------------------------------------------------------------------------
// The density, block by block: the one place where responsibilities are computed.

namespace {

// Observations in a block: enough to spread the cost of a call, few enough to stay in the cache.
constexpr std::size_t block_size = 256;

template <class Visit>
void for_each_block(const Observations& data, const Visit& visit) {
  for (std::size_t first = 0; first < data.size(); first += block_size) {
    visit(data.subspan(first, std::min(block_size, data.size() - first)), static_cast<Index>(first));
  }
}

double log_two_pi() { return std::log(boost::math::constants::two_pi<double>()); }

// log N(x | μ, L·Lᵀ) without the quadratic term.
double log_normaliser(CovarianceKind kind, const Matrix& factor, Index dimension) {
  return -0.5 * (static_cast<double>(dimension) * log_two_pi() + log_determinant_of(kind, factor, dimension));
}

// The posterior of a block of observations under given parameters, with its work space.
class BlockPosterior {
 public:
  BlockPosterior(CovarianceKind kind, const Vector& weights, const RowMatrix& means, const std::vector<Matrix>& factors)
      : kind_(kind), means_(means.transpose()), factors_(factors), log_scale_(weights.array().log()) {
    for (Index k = 0; k < means_.cols(); ++k) log_scale_[k] += log_normaliser(kind, factor(k), means_.rows());
  }

  // Sets responsibilities() and log_densities() to those of the block.
  void evaluate(const Observations& block) {
    responsibilities_.resize(static_cast<Index>(block.size()), means_.cols());
    for (Index k = 0; k < means_.cols(); ++k) {
      centre(block, k);
      whiten(kind_, factor(k), centred_);
      responsibilities_.col(k) = log_scale_[k] - 0.5 * centred_.colwise().squaredNorm().transpose().array();
    }
    normalise();
  }

  // x − μ_k for the block, one observation a column.
  const Matrix& centre(const Observations& block, Index k) {
    centred_ = block.matrix().transpose().colwise() - means_.col(k);
    return centred_;
  }

  // r_nk, a row an observation.
  [[nodiscard]] const Matrix& responsibilities() const { return responsibilities_; }
  // log p(x_n).
  [[nodiscard]] const Vector& log_densities() const { return log_densities_; }

 private:
  [[nodiscard]] const Matrix& factor(Index k) const { return factors_[covariance_of(kind_, k)]; }

  // From log π_k N(x_n | μ_k, Σ_k) to r_nk and log p(x_n): log-sum-exp with the largest term taken out.
  void normalise() {
    // The largest term is −∞ only where every density underflows; then all r_nk are 0, and log p(x_n) is −∞.
    const Vector largest = responsibilities_.rowwise().maxCoeff().cwiseMax(std::numeric_limits<double>::lowest());
    responsibilities_ = (responsibilities_.colwise() - largest).array().exp();
    const Vector sum = responsibilities_.rowwise().sum();
    log_densities_ = largest.array() + sum.array().log();
    responsibilities_.array().colwise() /= sum.array().max(1.0);
  }

  CovarianceKind kind_;
  Matrix means_;  // d×K
  const std::vector<Matrix>& factors_;
  Vector log_scale_;  // log π_k plus the log-normaliser
  Matrix centred_;    // d×B
  Matrix responsibilities_;
  Vector log_densities_;
};

Vector weights_of(const Observations& block) {
  Vector weights(static_cast<Index>(block.size()));
  for (std::size_t row = 0; row < block.size(); ++row) weights[static_cast<Index>(row)] = block.weight(row);
  return weights;
}

// Σ_n w_n log p(x_n). A weight of 0 is no observation, even where log p(x_n) is −∞.
double weighted_sum(const Vector& weights, const Vector& log_densities) {
  return (weights.array() > 0.0).select(weights.array() * log_densities.array(), 0.0).sum();
}

GaussianMixtureStatistics empty_statistics(CovarianceKind kind, const RowMatrix& centres) {
  const Index components = centres.rows();
  const Index dimension = centres.cols();
  return {.centres = centres,
          .weights = Vector::Zero(components),
          .sums = RowMatrix::Zero(components, dimension),
          .scatters = std::vector<Matrix>(covariance_count(kind, static_cast<std::size_t>(components)),
                                          zero_scatter(kind, dimension)),
          .log_likelihood = 0.0};
}

// Adds observations to component k, with `centred` their distance from its centre, and r_nk for each.
void add_to_component(CovarianceKind kind, Index k, const Matrix& centred, const Vector& r,
                      GaussianMixtureStatistics& statistics) {
  const double weight = r.sum();
  if (weight == 0.0) return;
  statistics.weights[k] += weight;
  statistics.sums.row(k).noalias() += (centred * r).transpose();
  add_scatter(kind, centred, r, statistics.scatters[covariance_of(kind, k)]);
}

}  // namespace

GaussianMixtureStatistics& GaussianMixtureStatistics::operator+=(const GaussianMixtureStatistics& other) {
  weights += other.weights;
  sums += other.sums;
  for (std::size_t c = 0; c < scatters.size(); ++c) scatters[c] += other.scatters[c];
  log_likelihood += other.log_likelihood;
  return *this;
}

// ---------------------------------------------------------------------------------------------------------------------
// Construction and its refusals.

namespace {

void require_not_negative(std::string_view option, double value) {
  if (!(value >= 0.0) || std::isinf(value)) {
    throw InvalidOption(std::string(option), fmt::to_string(value), "must be finite and not negative");
  }
}

void require_valid(const GaussianMixtureOptions& options) {
  if (options.penalty) require_not_negative("penalty", *options.penalty);
  require_not_negative("ridge", options.ridge);
}

void require_means(const RowMatrix& means, Index components) {
  if (means.rows() != components || means.cols() == 0) {
    throw InvalidOption("means", fmt::format("{} x {}", means.rows(), means.cols()),
                        fmt::format("must be {} rows, one for each weight, of at least one column", components));
  }
  if (!means.allFinite()) throw InvalidOption("means", "a value that is not finite", "must be finite");
}

void require_shapes(CovarianceKind kind, const std::vector<Matrix>& covariances, std::size_t components,
                    Index dimension) {
  const std::size_t count = covariance_count(kind, components);
  const Index rows = covariance_rows(kind, dimension);
  const Index columns = covariance_columns(kind, dimension);
  for (const Matrix& covariance : covariances) {
    if (covariances.size() == count && covariance.rows() == rows && covariance.cols() == columns) continue;
    throw InvalidOption("covariances",
                        fmt::format("{} of {} x {}", covariances.size(), covariance.rows(), covariance.cols()),
                        fmt::format("must be {} of {} x {} for covariance {}", count, rows, columns, to_string(kind)));
  }
  if (covariances.empty()) throw InvalidOption("covariances", "none", fmt::format("must be {}", count));
}

void require_scale(CovarianceKind kind, const CovariancePenalty& penalty, Index dimension) {
  if (penalty.strength == 0.0) return;
  const Index rows = covariance_rows(kind, dimension);
  const Index columns = covariance_columns(kind, dimension);
  const Matrix& scale = penalty.scale;
  if (scale.rows() == rows && scale.cols() == columns && scale.allFinite()) return;
  throw InvalidOption("penalty scale", fmt::format("{} x {}", scale.rows(), scale.cols()),
                      fmt::format("must be finite, of {} x {} for covariance {}", rows, columns, to_string(kind)));
}

void require_positive_definite(CovarianceKind kind, const std::vector<Matrix>& covariances) {
  for (const auto& [c, covariance] : ranges::views::enumerate(covariances)) {
    const bool symmetric = !is_dense(kind) || is_symmetric(covariance);
    if (symmetric && factor_of(kind, covariance)) continue;
    throw InvalidOption("covariances", fmt::format("number {}", c + 1), "must be symmetric and positive definite");
  }
}

}  // namespace

GaussianMixture::GaussianMixture(std::size_t components, const GaussianMixtureOptions& options)
    : components_(components), options_(options) {
  if (components == 0) throw InvalidOption("components", "0", "must be at least 1");
  require_valid(options);
}

GaussianMixture::GaussianMixture(Vector weights, RowMatrix means, std::vector<Matrix> covariances,
                                 const GaussianMixtureOptions& options)
    : components_(static_cast<std::size_t>(weights.size())),
      options_(options),
      weights_(std::move(weights)),
      means_(std::move(means)) {
  require_valid(options);
  weights_ = mixing_weights(weights_);
  require_means(means_, weights_.size());
  require_shapes(options.covariance, covariances, components_, means_.cols());
  require_positive_definite(options.covariance, covariances);
  set_covariances(std::move(covariances));
}

Matrix GaussianMixture::covariance(std::size_t component) const {
  const CovarianceKind kind = options_.covariance;
  const Matrix& stored = covariances_[covariance_of(kind, static_cast<Index>(component))];
  if (is_dense(kind)) return stored;
  if (kind == diagonal) return stored.col(0).asDiagonal();
  return stored(0, 0) * Matrix::Identity(means_.cols(), means_.cols());
}

void GaussianMixture::set_penalty(CovariancePenalty penalty) {
  require_not_negative("penalty", penalty.strength);
  if (means_.size() != 0) require_scale(options_.covariance, penalty, means_.cols());
  penalty_ = std::move(penalty);
}

void GaussianMixture::set_covariances(std::vector<Matrix> covariances) {
  std::vector<Matrix> factors;
  for (const auto& [c, covariance] : ranges::views::enumerate(covariances)) {
    auto factor = factor_of(options_.covariance, covariance);
    if (!factor) {
      const bool shared = options_.covariance == tied;
      throw DegenerateFit(
          "the covariance is singular: too few observations hold it; set a penalty, use fewer components, or a simpler "
          "covariance",
          shared ? std::nullopt : std::optional(c + 1));
    }
    factors.push_back(std::move(*factor));
  }
  covariances_ = std::move(covariances);
  factors_ = std::move(factors);
}

void GaussianMixture::require_parameters() const {
  if (means_.size() == 0) throw Error("the Gaussian mixture has no parameters yet: fit it, or call initialize");
}

void GaussianMixture::require_dimension(const Observations& data) const {
  require_parameters();
  if (data.dimension() == dimension()) return;
  throw InvalidData(fmt::format("the data have {} columns, and the mixture {}", data.dimension(), dimension()));
}

// ---------------------------------------------------------------------------------------------------------------------
// What the data must be like, and random starts.

namespace {

// Σ_n w_n (x_n − m)(x_n − m)ᵀ with m the mean (a row of `means`) that each observation is assigned to.
Matrix pooled_scatter(CovarianceKind kind, const Observations& data, const RowMatrix& means,
                      const std::vector<std::size_t>& assignment) {
  Matrix scatter = zero_scatter(kind, means.cols());
  for_each_block(data, [&](const Observations& block, Index first) {
    Matrix centred = block.matrix().transpose();
    for (Index column = 0; column < centred.cols(); ++column) {
      centred.col(column) -= means.row(static_cast<Index>(assignment[static_cast<std::size_t>(first + column)]));
    }
    add_scatter(kind, centred, weights_of(block), scatter);
  });
  return scatter;
}

// The covariance of all the data, in the shape of the kind.
Matrix total_covariance(const Observations& data, CovarianceKind kind) {
  const RowMatrix mean = column_means(data).transpose();
  const Matrix scatter = pooled_scatter(kind, data, mean, std::vector<std::size_t>(data.size(), 0));
  return scatter / (data.total_weight() * variances_per_entry(kind, mean.cols()));
}

RowMatrix rows_of(const Observations& data, const std::vector<std::size_t>& rows) {
  RowMatrix picked(static_cast<Index>(rows.size()), static_cast<Index>(data.dimension()));
  for (const auto& [k, row] : ranges::views::enumerate(rows)) picked.row(static_cast<Index>(k)) = data[row];
  return picked;
}

struct Clusters {
  Vector weights;  // total weight of each
  RowMatrix means;
  std::vector<std::size_t> assignment;
};

Clusters clusters_around(const Observations& data, const RowMatrix& centres, const Vector& scale) {
  Clusters clusters{.weights = Vector::Zero(centres.rows()),
                    .means = RowMatrix::Zero(centres.rows(), centres.cols()),
                    .assignment = nearest_centres(data, centres, scale)};
  for (std::size_t row = 0; row < data.size(); ++row) {
    const auto k = static_cast<Index>(clusters.assignment[row]);
    clusters.weights[k] += data.weight(row);
    clusters.means.row(k) += data.weight(row) * data[row];
  }
  clusters.means.array().colwise() /= clusters.weights.array();
  return clusters;
}

GaussianMixtureStatistics randomly_assigned(CovarianceKind kind, const Observations& data, std::size_t components,
                                            RandomEngine& rng) {
  const Vector mean = column_means(data);
  auto statistics = empty_statistics(kind, mean.transpose().replicate(static_cast<Index>(components), 1));
  for_each_block(data, [&](const Observations& block, Index /*first*/) {
    Matrix responsibilities(static_cast<Index>(block.size()), static_cast<Index>(components));
    for (std::size_t row = 0; row < block.size(); ++row) {
      responsibilities.row(static_cast<Index>(row)) = block.weight(row) * random_responsibilities(components, rng);
    }
    const Matrix centred = block.matrix().transpose().colwise() - mean;
    for (Index k = 0; k < responsibilities.cols(); ++k) {
      add_to_component(kind, k, centred, responsibilities.col(k), statistics);
    }
  });
  return statistics;
}

// Where the covariance of all the data is singular, so is that of every component, with any penalty.
void require_independent_columns(const Matrix& covariance, std::size_t observations) {
  if (cholesky_factor(covariance)) return;
  const auto dimension = static_cast<std::size_t>(covariance.rows());
  if (observations <= dimension) {
    throw InvalidData(
        fmt::format("{} observations of {} columns have a singular covariance; leave columns out, or use "
                    "covariance diagonal or spherical",
                    observations, dimension));
  }
  Index size = 1;
  while (size < covariance.rows() && cholesky_factor(covariance.topLeftCorner(size, size))) ++size;
  throw InvalidData(
      "it is a combination of the columns before it; leave it out, or use covariance diagonal or spherical",
      std::nullopt, static_cast<std::size_t>(size));
}

}  // namespace

void GaussianMixture::check(const Observations& data) const {
  require_complete(data);
  if (means_.size() != 0) require_dimension(data);
  require_scale(options_.covariance, penalty_, static_cast<Index>(data.dimension()));
  if (data.size() < components_) {
    throw InvalidData(fmt::format("there are {} observations for {} components", data.size(), components_));
  }
  require_spread(column_means(data), column_variances(data));
  require_total_weight(data.total_weight(), static_cast<double>(std::max(components_, std::size_t{2})));
  if (is_dense(options_.covariance)) {
    require_independent_columns(total_covariance(data, options_.covariance), data.size());
  }
}

CovariancePenalty covariance_penalty(const Observations& data, CovarianceKind kind, std::optional<double> strength) {
  const double a = strength.value_or(1.0 / data.total_weight());
  if (a == 0.0) return {};
  return {.strength = a, .scale = total_covariance(data, kind)};
}

void GaussianMixture::initialize(const Observations& data, RandomEngine& rng) {
  const CovarianceKind kind = options_.covariance;
  const auto components = static_cast<Index>(components_);
  if (penalty_.scale.size() == 0) set_penalty(covariance_penalty(data, kind, options_.penalty));

  weights_ = Vector::Constant(components, 1.0 / static_cast<double>(components_));
  switch (options_.start) {
    case MixtureStart::kmeans_plus_plus: {
      // Distances in standard deviations, so that no column's unit matters more than another's.
      const Vector scale = column_variances(data).cwiseSqrt();
      const RowMatrix centres = rows_of(data, kmeans_plus_plus(data, components_, scale, rng));
      const Clusters clusters = clusters_around(data, centres, scale);
      const double total = clusters.weights.sum();
      if (!options_.fixed_weights) weights_ = clusters.weights / total;
      means_ = clusters.means;
      Matrix pooled =
          pooled_scatter(kind, data, means_, clusters.assignment) / variances_per_entry(kind, means_.cols());
      if (penalty_.strength > 0.0) pooled += 2.0 * penalty_.strength * penalty_.scale;
      set_covariances({covariance_count(kind, components_), pooled / (total + 2.0 * penalty_.strength)});
      break;
    }
    case MixtureStart::random_observations:
      means_ = rows_of(data, random_observations(data, components_, rng));
      set_covariances({covariance_count(kind, components_), total_covariance(data, kind)});
      break;
    case MixtureStart::random_responsibilities:
      m_step(randomly_assigned(kind, data, components_, rng));
      break;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// EM.

GaussianMixtureStatistics GaussianMixture::e_step(const Observations& data) const {
  require_dimension(data);
  Statistics statistics = empty_statistics(options_.covariance, means_);
  BlockPosterior posterior(options_.covariance, weights_, means_, factors_);
  for_each_block(data, [&](const Observations& block, Index /*first*/) {
    posterior.evaluate(block);
    const Vector weights = weights_of(block);
    statistics.log_likelihood += weighted_sum(weights, posterior.log_densities());
    for (Index k = 0; k < means_.rows(); ++k) {
      const Vector r = posterior.responsibilities().col(k).cwiseProduct(weights);
      add_to_component(options_.covariance, k, posterior.centre(block, k), r, statistics);
    }
  });
  return statistics;
}

namespace {

void require_observations(const Vector& weights) {
  const double least = std::numeric_limits<double>::epsilon() * weights.sum();
  for (Index k = 0; k < weights.size(); ++k) {
    if (weights[k] > least) continue;
    throw DegenerateFit("no observations are left to it; use fewer components, or another start",
                        static_cast<std::size_t>(k) + 1);
  }
}

// A variance that rounding of the observations could have made: the component sits on a single point.
void require_no_collapse(const Vector& variances, const Vector& mean, std::size_t k) {
  const auto resolution = 8.0 * std::numeric_limits<double>::epsilon() * mean.array().abs();
  if ((variances.array() > resolution.square()).all()) return;
  throw DegenerateFit(
      "it has collapsed onto a single value, where the likelihood has no bound; set a penalty, or use "
      "fewer components",
      k + 1);
}

// The scatter about another centre, μ = c + δ: S − s·δᵀ − δ·sᵀ + n·δ·δᵀ.
Matrix moved_scatter(CovarianceKind kind, const Matrix& scatter, const Vector& sum, double weight,
                     const Vector& shift) {
  return scatter - outer(kind, sum, shift) - outer(kind, shift, sum) + weight * outer(kind, shift, shift);
}

}  // namespace

void GaussianMixture::m_step(const Statistics& statistics) {
  const CovarianceKind kind = options_.covariance;
  require_observations(statistics.weights);
  const double total = statistics.weights.sum();
  if (!options_.fixed_weights) weights_ = statistics.weights / total;
  const RowMatrix shifts = statistics.sums.array().colwise() / statistics.weights.array();
  means_ = statistics.centres + shifts;

  std::vector<Matrix> covariances = statistics.scatters;
  for (Index k = 0; k < means_.rows(); ++k) {
    covariances[covariance_of(kind, k)] -= outer(kind, statistics.sums.row(k), shifts.row(k));
  }
  const double pull = 2.0 * penalty_.strength;
  for (const auto& [c, covariance] : ranges::views::enumerate(covariances)) {
    const double weight = kind == tied ? total : statistics.weights[static_cast<Index>(c)];
    covariance /= variances_per_entry(kind, means_.cols());
    if (pull > 0.0) covariance += pull * penalty_.scale;
    covariance /= weight + pull;
    if (is_dense(kind)) {
      covariance.diagonal().array() += options_.ridge;
    } else {
      covariance.array() += options_.ridge;
    }
  }
  set_covariances(std::move(covariances));
  for (std::size_t k = 0; k < components_; ++k) {
    require_no_collapse(covariance(k).diagonal(), means_.row(static_cast<Index>(k)), k);
  }
}

double GaussianMixture::log_likelihood(const Observations& data) const {
  require_dimension(data);
  double sum = 0.0;
  BlockPosterior posterior(options_.covariance, weights_, means_, factors_);
  for_each_block(data, [&](const Observations& block, Index /*first*/) {
    posterior.evaluate(block);
    sum += weighted_sum(weights_of(block), posterior.log_densities());
  });
  return sum;
}

double GaussianMixture::expected_log_joint(const Statistics& statistics) const {
  // Q = Σ_k n_k (log π_k − d/2 log 2π − ½ log|Σ_k|) − ½ tr(Σ_k⁻¹ S_k), S_k being the scatter about μ_k.
  const CovarianceKind kind = options_.covariance;
  std::vector<Matrix> scatters = statistics.scatters;
  double q = 0.0;
  for (Index k = 0; k < means_.rows(); ++k) {
    const double weight = statistics.weights[k];
    if (weight == 0.0) continue;
    const std::size_t c = covariance_of(kind, k);
    const Vector shift = means_.row(k) - statistics.centres.row(k);
    scatters[c] = moved_scatter(kind, scatters[c], statistics.sums.row(k), weight, shift);
    q += weight * (std::log(weights_[k]) + log_normaliser(kind, factors_[c], means_.cols()));
  }
  for (std::size_t c = 0; c < scatters.size(); ++c) q -= 0.5 * trace_of_solve_of(kind, factors_[c], scatters[c]);
  return q;
}

double GaussianMixture::log_prior() const {
  if (penalty_.strength == 0.0) return 0.0;
  const CovarianceKind kind = options_.covariance;
  const Matrix scale = penalty_.scale * variances_per_entry(kind, means_.cols());
  double sum = 0.0;
  for (const Matrix& factor : factors_) {
    sum += trace_of_solve_of(kind, factor, scale) + log_determinant_of(kind, factor, means_.cols());
  }
  return -penalty_.strength * sum;
}

// ---------------------------------------------------------------------------------------------------------------------
// Parameters as a vector.

namespace {

Index parameters_of_covariance(CovarianceKind kind, Index dimension) {
  return is_dense(kind) ? log_cholesky_size(dimension) : covariance_rows(kind, dimension);
}

Vector unconstrained(CovarianceKind kind, const Matrix& factor) {
  if (is_dense(kind)) return log_cholesky(factor);
  return factor.col(0).array().log();
}

Matrix covariance_from(CovarianceKind kind, const Vector& entries, Index dimension) {
  if (!is_dense(kind)) return (2.0 * entries.array()).exp();
  const Matrix factor = from_log_cholesky(entries, dimension);
  return factor * factor.transpose();
}

}  // namespace

Vector GaussianMixture::parameters() const {
  const Index free_weights = options_.fixed_weights ? 0 : weights_.size() - 1;
  const Index each = parameters_of_covariance(options_.covariance, means_.cols());
  Vector all(free_weights + means_.size() + each * static_cast<Index>(factors_.size()));
  if (free_weights > 0) all.head(free_weights) = log_ratios(weights_);
  all.segment(free_weights, means_.size()) = means_.reshaped<Eigen::RowMajor>();
  Index next = free_weights + means_.size();
  for (const Matrix& factor : factors_) {
    all.segment(next, each) = unconstrained(options_.covariance, factor);
    next += each;
  }
  return all;
}

void GaussianMixture::set_parameters(const Vector& parameters) {
  const Index free_weights = options_.fixed_weights ? 0 : weights_.size() - 1;
  if (free_weights > 0) weights_ = from_log_ratios(parameters.head(free_weights));
  means_.reshaped<Eigen::RowMajor>() = parameters.segment(free_weights, means_.size());
  Index next = free_weights + means_.size();
  const Index each = parameters_of_covariance(options_.covariance, means_.cols());
  std::vector<Matrix> covariances;
  for (std::size_t c = 0; c < factors_.size(); ++c) {
    covariances.push_back(covariance_from(options_.covariance, parameters.segment(next, each), means_.cols()));
    next += each;
  }
  set_covariances(std::move(covariances));
}

double GaussianMixture::free_parameters() const {
  const Index free_weights = options_.fixed_weights ? 0 : weights_.size() - 1;
  const Index each = parameters_of_covariance(options_.covariance, means_.cols());
  return static_cast<double>(free_weights + means_.size() + each * static_cast<Index>(factors_.size()));
}

// ---------------------------------------------------------------------------------------------------------------------
// Prediction and simulation.

Matrix GaussianMixture::posterior(const Observations& data) const {
  require_dimension(data);
  Matrix all(static_cast<Index>(data.size()), means_.rows());
  BlockPosterior posterior(options_.covariance, weights_, means_, factors_);
  for_each_block(data, [&](const Observations& block, Index first) {
    posterior.evaluate(block);
    for (Index row = 0; row < posterior.log_densities().size(); ++row) {
      if (std::isfinite(posterior.log_densities()[row])) continue;
      throw InvalidData("the observation is too far from every component, or missing",
                        static_cast<std::size_t>(first + row) + 1);
    }
    all.middleRows(first, static_cast<Index>(block.size())) = posterior.responsibilities();
  });
  return all;
}

Vector GaussianMixture::log_densities(const Observations& data) const {
  require_dimension(data);
  Vector all(static_cast<Index>(data.size()));
  BlockPosterior posterior(options_.covariance, weights_, means_, factors_);
  for_each_block(data, [&](const Observations& block, Index first) {
    posterior.evaluate(block);
    all.segment(first, static_cast<Index>(block.size())) = posterior.log_densities();
  });
  return all;
}

RowMatrix GaussianMixture::sample(std::size_t count, RandomEngine& rng) const {
  require_parameters();
  boost::random::normal_distribution<double> normal;
  RowMatrix draws(static_cast<Index>(count), means_.cols());
  for (Index row = 0; row < draws.rows(); ++row) {
    const Index k = draw_component(weights_, rng);
    Vector z(means_.cols());
    for (double& value : z) value = normal(rng);
    colour(options_.covariance, factors_[covariance_of(options_.covariance, k)], z);
    draws.row(row) = means_.row(k) + z.transpose();
  }
  return draws;
}

std::vector<std::size_t> labels(const Matrix& posterior) {
  std::vector<std::size_t> best(static_cast<std::size_t>(posterior.rows()));
  for (Index row = 0; row < posterior.rows(); ++row) {
    Index k = 0;
    posterior.row(row).maxCoeff(&k);
    best[static_cast<std::size_t>(row)] = static_cast<std::size_t>(k);
  }
  return best;
}

}  // namespace latent
