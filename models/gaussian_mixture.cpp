#include "latent/models/gaussian_mixture.hpp"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <array>
#include <boost/math/constants/constants.hpp>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <range/v3/view/enumerate.hpp>
#include <string>
#include <utility>

#include "covariance_floor.hpp"
#include "covariance_units.hpp"
#include "gaussian_kernels.hpp"
#include "gaussian_mixture_floor.hpp"
#include "gaussian_moments.hpp"
#include "latent/core/cholesky.hpp"
#include "latent/core/errors.hpp"
#include "latent/core/mixing_weights.hpp"
#include "latent/core/parallel.hpp"
#include "latent/data/invalid_columns.hpp"
#include "latent/expectation/packed_block.hpp"
#include "latent/expectation/parts.hpp"
#include "latent/expectation/responsibilities.hpp"
#include "latent/models/gaussian_memory.hpp"
#include "latent/starts/starts.hpp"

namespace latent {

// ---------------------------------------------------------------------------------------------------------------------
// Covariances by kind. A covariance, its factor and its scatter (the sum of outer products it is estimated from) share
// one shape: d×d, d×1 (the diagonal) or 1×1 (a variance, and a trace).

using enum CovarianceKind;

bool is_dense(CovarianceKind kind) { return kind == full || kind == tied; }

namespace {

constexpr std::array kinds = {full, tied, diagonal, spherical};

Index covariance_rows(CovarianceKind kind, Index dimension) { return kind == spherical ? 1 : dimension; }

Index covariance_columns(CovarianceKind kind, Index dimension) { return is_dense(kind) ? dimension : 1; }

std::size_t covariance_count(CovarianceKind kind, std::size_t components) { return kind == tied ? 1 : components; }

// Which of the stored covariances is that of component k.
std::size_t covariance_of(CovarianceKind kind, Index k) { return kind == tied ? 0 : static_cast<std::size_t>(k); }

// How many variances one entry of the shape stands for.
double variances_per_entry(CovarianceKind kind, Index dimension) {
  return kind == spherical ? static_cast<double>(dimension) : 1.0;
}

// a·bᵀ in the shape of the kind.
Matrix outer(CovarianceKind kind, const Vector& a, const Vector& b) {
  if (is_dense(kind)) return a * b.transpose();
  if (kind == diagonal) return a.cwiseProduct(b);
  return Matrix::Constant(1, 1, a.dot(b));
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

// Copies the lower triangle of a dense one to its upper.
void symmetrise(CovarianceKind kind, Matrix& covariance) {
  if (is_dense(kind)) covariance.triangularView<Eigen::StrictlyUpper>() = covariance.transpose();
}

// Calls `visit(c)` for every covariance, in any order: by the threads at hand where there is much to do for each.
template <class Visit>
void for_each_covariance(std::size_t count, Index dimension, const Visit& visit) {
  constexpr Index much = 32;
  if (dimension >= much) {
    parallel_for(count, visit);
  } else {
    for (std::size_t c = 0; c < count; ++c) visit(c);
  }
}

// y ← L·y, with Lᵀ given.
void colour(CovarianceKind kind, const Matrix& transposed, Vector& y) {
  if (is_dense(kind)) {
    for (Index i = y.size() - 1; i >= 0; --i) y[i] = transposed.col(i).head(i + 1).dot(y.head(i + 1));
  } else if (kind == diagonal) {
    y.array() *= transposed.row(0).transpose().array();
  } else {
    y *= transposed(0, 0);
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
// Statistics: what the kernels sum up.

namespace {

double log_two_pi() { return std::log(boost::math::constants::two_pi<double>()); }

// log N(x | μ, L·Lᵀ) without the quadratic term.
double log_normaliser(CovarianceKind kind, const Matrix& factor, Index dimension) {
  return -0.5 * (static_cast<double>(dimension) * log_two_pi() + log_determinant_of(kind, factor, dimension));
}

// Adds up statistics about the centres, with the responsibilities that `responsibilities(block, r)` sets for each
// block, and the log-likelihood that it returns. `kernels` are of components with the centres as means.
template <class Responsibilities>
GaussianMixtureStatistics sum_statistics(CovarianceKind kind, const Observations& data, const RowMatrix& centres,
                                         std::size_t scatters, NormalKernels& kernels,
                                         const Responsibilities& responsibilities) {
  const Index components = centres.rows();
  const Index dimension = centres.cols();
  GaussianMixtureStatistics statistics = {.centres = centres,
                                          .weights = Vector::Zero(components),
                                          .sums = RowMatrix::Zero(components, dimension),
                                          .scatters = std::vector<Matrix>(scatters),
                                          .log_likelihood = 0.0};
  for (Matrix& scatter : statistics.scatters) scatter.setZero(dimension, covariance_columns(kind, dimension));
  PackedBlock block(data.dimension());
  LaneRows r(static_cast<std::size_t>(components), block.capacity());
  for_each_block(data, block, [&](std::size_t /*first*/) {
    statistics.log_likelihood += responsibilities(block, r);
    kernels.add_moments(block, r, statistics);
  });
  if (kind == spherical) {
    for (Matrix& scatter : statistics.scatters) scatter = Matrix::Constant(1, 1, scatter.sum());
  }
  return statistics;
}

}  // namespace

namespace {

// The scatter about another centre, μ = c + δ: S − s·δᵀ − δ·sᵀ + n·δ·δᵀ.
void move_scatter(CovarianceKind kind, Matrix& scatter, const Vector& sum, double weight, const Vector& shift) {
  const Vector both = weight * shift - 2.0 * sum;
  if (is_dense(kind)) {
    scatter.selfadjointView<Eigen::Lower>().rankUpdate(shift, 0.5 * both);
  } else {
    scatter += outer(kind, shift, both);
  }
}

// A kind whose scatters have this shape; in one dimension all are one.
CovarianceKind kind_of(const Matrix& scatter, Index dimension) {
  if (scatter.cols() == dimension) return full;
  return scatter.rows() == dimension ? diagonal : spherical;
}

GaussianMixtureStatistics moved(GaussianMixtureStatistics statistics, const RowMatrix& centres) {
  const RowMatrix shifts = centres - statistics.centres;
  const CovarianceKind kind = kind_of(statistics.scatters.front(), shifts.cols());
  const bool in_one = statistics.scatters.size() == 1;
  for (Index k = 0; k < shifts.rows(); ++k) {
    Matrix& scatter = statistics.scatters[in_one ? 0 : static_cast<std::size_t>(k)];
    move_scatter(kind, scatter, statistics.sums.row(k), statistics.weights[k], shifts.row(k));
    statistics.sums.row(k) -= statistics.weights[k] * shifts.row(k);
  }
  statistics.centres = centres;
  return statistics;
}

}  // namespace

GaussianMixtureStatistics& GaussianMixtureStatistics::operator+=(const GaussianMixtureStatistics& other) {
  std::optional<GaussianMixtureStatistics> here;
  if (other.centres != centres) here = moved(other, centres);
  const GaussianMixtureStatistics& added = here ? *here : other;
  weights += added.weights;
  sums += added.sums;
  for (std::size_t c = 0; c < scatters.size(); ++c) {
    const Index rows = scatters[c].rows();
    for (Index j = 0; j < scatters[c].cols(); ++j)
      scatters[c].col(j).tail(rows - j) += added.scatters[c].col(j).tail(rows - j);
  }
  log_likelihood += added.log_likelihood;
  return *this;
}

GaussianMixtureStatistics& GaussianMixtureStatistics::operator*=(double factor) {
  weights *= factor;
  sums *= factor;
  for (Matrix& scatter : scatters) scatter *= factor;
  log_likelihood *= factor;
  return *this;
}

namespace {

// δ_k = μ_k − c_k, from the centres to the means, K×d.
RowMatrix shifts_of(const GaussianMixtureStatistics& statistics) {
  return statistics.sums.array().colwise() / statistics.weights.array().max(std::numeric_limits<double>::min());
}

Matrix with_ridge(CovarianceKind kind, Matrix covariance, double ridge) {
  if (is_dense(kind)) {
    covariance.diagonal().array() += ridge;
  } else {
    covariance.array() += ridge;
  }
  return covariance;
}

// (S + 2a S_x) / (n + 2a) for the scatter S about the means of each component, or of all components in one; a ridge is
// added after that.
std::vector<Matrix> maximising_covariances(CovarianceKind kind, const GaussianMixtureStatistics& statistics,
                                           const RowMatrix& shifts, const CovariancePenalty& penalty, double ridge) {
  std::vector<Matrix> covariances = statistics.scatters;
  const bool in_one = covariances.size() == 1;
  for (Index k = 0; k < shifts.rows(); ++k) {
    covariances[in_one ? 0 : static_cast<std::size_t>(k)] -= outer(kind, statistics.sums.row(k), shifts.row(k));
  }
  const double pull = 2.0 * penalty.strength;
  for (std::size_t c = 0; c < covariances.size(); ++c) {
    const double weight = in_one ? statistics.weights.sum() : statistics.weights[static_cast<Index>(c)];
    covariances[c] /= variances_per_entry(kind, shifts.cols());
    if (pull > 0.0) covariances[c] += pull * penalty.scale;
    covariances[c] /= weight + pull;
    symmetrise(kind, covariances[c]);
    covariances[c] = with_ridge(kind, std::move(covariances[c]), ridge);
  }
  return covariances;
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------
// Construction and its refusals.

namespace {

void require_not_negative(std::string_view option, double value) {
  if (!(value >= 0.0) || std::isinf(value)) {
    throw InvalidOption(std::string(option), fmt::to_string(value), "must be finite and not negative");
  }
}

void require_valid(const GaussianMixtureOptions& options) {
  if (options.floor && !(*options.floor >= 0.0 && *options.floor <= 1.0)) {
    throw InvalidOption("floor", fmt::to_string(*options.floor), "must be from 0, which is no floor, to 1");
  }
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

void require_shape_of_floor(CovarianceKind kind, const Matrix& floor, Index dimension) {
  const Index rows = covariance_rows(kind, dimension);
  const Index columns = covariance_columns(kind, dimension);
  if (floor.size() == 0 || (floor.rows() == rows && floor.cols() == columns)) return;
  throw InvalidOption("floor", fmt::format("{} x {}", floor.rows(), floor.cols()),
                      fmt::format("must be {} x {} for covariance {}", rows, columns, to_string(kind)));
}

// Of less certain definiteness than a covariance may be: directions of far groups and of coarse values meet in it.
Matrix factor_of_floor(CovarianceKind kind, const Matrix& floor) {
  const bool of_shape = is_dense(kind) ? floor.rows() == floor.cols() : floor.cols() == 1;
  if (of_shape && floor.allFinite()) {
    if (is_dense(kind)) {
      const Eigen::LLT<Matrix> factor(floor);
      if (factor.info() == Eigen::Success) return factor.matrixL();
    } else if ((floor.array() > 0.0).all()) {
      return floor.cwiseSqrt();
    }
  }
  throw InvalidOption("floor", fmt::format("{} x {}", floor.rows(), floor.cols()), "must be positive definite");
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
  set_covariances(std::move(covariances), BelowFloor::refuse);
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

void GaussianMixture::set_floor(CovarianceFloor floor) {
  require_not_negative("floor", floor.share);
  Matrix factor;
  if (floor.least.size() != 0) {
    if (means_.size() != 0) require_shape_of_floor(options_.covariance, floor.least, means_.cols());
    factor = factor_of_floor(options_.covariance, floor.least);
  }
  floor_ = std::move(floor);
  floor_factor_ = std::move(factor);
  if (floor_factor_.size() != 0 && means_.size() != 0) set_covariances(covariances_, BelowFloor::raise);
}

namespace {

// As a multiple of the floor, what still rests on it.
constexpr double touching = 1.0 + 1e-6;

}  // namespace

std::vector<std::size_t> GaussianMixture::components_on_floor() const {
  std::vector<std::size_t> on_floor;
  // The floor is never above the covariance of all the data, so that a single component is free of it.
  if (floor_factor_.size() == 0 || components_ == 1) return on_floor;
  for (std::size_t k = 0; k < components_; ++k) {
    const Matrix& covariance = covariances_[covariance_of(options_.covariance, static_cast<Index>(k))];
    if (clearly_above_floor(options_.covariance, factors_[covariance_of(options_.covariance, static_cast<Index>(k))],
                            floor_factor_ * std::sqrt(touching))) {
      continue;
    }
    if (height_above_floor(options_.covariance, covariance, floor_factor_) <= touching) on_floor.push_back(k);
  }
  return on_floor;
}

namespace {

std::string counted(double observations) {
  return fmt::format("{:.4g} observation{}", observations, observations == 1.0 ? "" : "s");
}

// What a floor allows where its share c of W is the higher part of it, and not the spacing of recorded values.
std::string least_by_share(double share) {
  return fmt::format(
      "in some direction its variance is {:.3g} times that within groups, the least that the floor allows", share);
}

// Why a component that holds so many observations is as narrow as it may be; `share` where that of the floor holds it.
std::string why_on_floor(double observations, std::size_t dimension, std::optional<double> share) {
  const double few = 2.0 * static_cast<double>(dimension + 1);
  // From here on, groups themselves may be as narrow as the floor, however many observations they hold.
  constexpr double high = 0.05;
  const std::string held = counted(std::round(10.0 * observations) / 10.0);
  if (observations <= few && !(share && *share > high)) return "it holds " + held;
  if (share) return fmt::format("{}; it holds {}", least_by_share(*share), held);
  return "its " + held + " lie closer together in some direction than the data can resolve";
}

// The floor's share c if a covariance rests on c·W.
std::optional<double> share_that_holds(CovarianceKind kind, const Matrix& covariance, const CovarianceFloor& floor) {
  if (floor.within.size() == 0) return std::nullopt;
  const auto factor = factor_in_shape(kind, floor.share * floor.within);
  const bool holds = factor && height_above_floor(kind, covariance, *factor) <= touching;
  return holds ? std::optional(floor.share) : std::nullopt;
}

}  // namespace

Vector GaussianMixture::observations_held(const Observations& data) const {
  // At a maximum of free weights π_k = Σ_n r_nk / N.
  return options_.fixed_weights ? e_step(data).weights : Vector(data.total_weight() * weights_);
}

std::vector<std::string> GaussianMixture::remarks(const Observations& data) const {
  const Vector held = observations_held(data);
  std::vector<std::string> sentences = remarks_on_small_components(held);
  const auto on_floor = components_on_floor();
  if (options_.covariance == tied && !on_floor.empty()) {
    const auto share = share_that_holds(tied, covariances_.front(), floor_);
    sentences.push_back(
        "the covariance of all components rests on the floor: " +
        (share ? least_by_share(*share) : "the groups are narrower in some direction than the data can resolve"));
    return sentences;
  }
  for (const std::size_t k : on_floor) {
    const Matrix& covariance = covariances_[covariance_of(options_.covariance, static_cast<Index>(k))];
    const auto share = share_that_holds(options_.covariance, covariance, floor_);
    sentences.push_back(fmt::format("component {} rests on the floor: {}", k + 1,
                                    why_on_floor(held[static_cast<Index>(k)], dimension(), share)));
  }
  return sentences;
}

double GaussianMixture::discount(const Observations& data) const {
  if (components_ == 1 || floor_.within.size() == 0) return 0.0;
  const CovarianceKind kind = options_.covariance;
  const Index dimension = means_.cols();
  const auto believable = factor_of_believable(kind, floor_, false);
  const auto believable_of_few = factor_of_believable(kind, floor_, true);
  if (!believable || !believable_of_few) return 0.0;
  const Vector expected = observations_held(data);
  const auto believable_of = [&](std::size_t c) -> const Matrix& {
    return kind != tied && holds_few(kind, expected[static_cast<Index>(c)], dimension) ? *believable_of_few
                                                                                       : *believable;
  };
  std::vector<std::size_t> narrow;
  for (std::size_t c = 0; c < covariances_.size(); ++c) {
    if (clearly_above_floor(kind, factors_[c], believable_of(c))) continue;
    if (raised_to_floor(kind, covariances_[c], believable_of(c))) narrow.push_back(c);
  }
  if (narrow.empty()) return 0.0;

  const Statistics statistics = e_step(data);
  const auto held = maximising_covariances(kind, statistics, shifts_of(statistics), {}, 0.0);
  double nats = 0.0;
  for (const std::size_t c : narrow) {
    const double observations = kind == tied ? statistics.weights.sum() : statistics.weights[static_cast<Index>(c)];
    nats += nats_of_narrowness(kind, held[c], covariances_[c], believable_of(c), observations, dimension);
  }
  // A single component may be narrower than R too; what it owes to that is no gain of having several.
  const Matrix all = in_shape(kind, total_moments(data, is_dense(kind)));
  nats -= nats_of_narrowness(kind, all, all, *believable, data.total_weight(), dimension);
  return std::max(0.0, nats);
}

void GaussianMixture::set_covariances(std::vector<Matrix> covariances, BelowFloor below) {
  const CovarianceKind kind = options_.covariance;
  std::vector<std::optional<Matrix>> factored(covariances.size());
  std::vector<char> refused(covariances.size(), 0);
  for_each_covariance(covariances.size(), means_.cols(), [&](std::size_t c) {
    factored[c] = factor_of(kind, covariances[c]);
    if (floor_factor_.size() == 0) return;
    if (factored[c] && clearly_above_floor(kind, *factored[c], floor_factor_)) return;
    auto raised = raised_to_floor(kind, covariances[c], floor_factor_);
    if (!raised) return;
    if (below == BelowFloor::refuse) {
      refused[c] = 1;
      return;
    }
    covariances[c] = std::move(*raised);
    factored[c] = factor_of(kind, covariances[c]);
  });
  std::vector<Matrix> factors;
  for (auto&& [c, factor] : ranges::views::enumerate(factored)) {
    const auto component = kind == tied ? std::nullopt : std::optional(c + 1);
    if (refused[c] != 0) throw DegenerateFit("the covariance is below the floor", component);
    if (!factor) {
      throw DegenerateFit(
          "the covariance is singular: too few observations hold it; set a floor, use fewer components, or a simpler "
          "covariance",
          component);
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
  throw InvalidData(fmt::format("the data have {} {}, and the mixture {}", data.dimension(),
                                data.dimension() == 1 ? "column" : "columns", dimension()));
}

// ---------------------------------------------------------------------------------------------------------------------
// What the data must be like, and random starts.

namespace {

// Kernels for moments about the centres: only the shape of the kind matters.
NormalKernels kernels_about(CovarianceKind kind, const RowMatrix& centres) {
  const Index dimension = centres.cols();
  const Matrix unit = is_dense(kind) ? Matrix(Matrix::Identity(dimension, dimension)) : Matrix::Ones(dimension, 1);
  return NormalKernels(NormalComponents(Vector::Ones(centres.rows()), centres, {unit}));
}

}  // namespace

Moments total_moments(const Observations& data, bool dense) {
  const CovarianceKind kind = dense ? full : diagonal;
  const RowMatrix centre = column_means(data).transpose();
  const auto statistics = sum_over_parts(data, [&](std::size_t /*first*/, const Observations& part) {
    NormalKernels kernels = kernels_about(kind, centre);
    return sum_statistics(kind, part, centre, 1, kernels, [](const PackedBlock& block, LaneRows& r) {
      std::copy_n(block.weights(), block.padded_size(), r.row(0));
      return 0.0;
    });
  });
  const double total = statistics.weights[0];
  const Vector sum = statistics.sums.row(0);
  Matrix covariance = (statistics.scatters[0] - outer(kind, sum, sum / total)) / total;
  symmetrise(kind, covariance);
  return {.mean = centre.row(0).transpose() + sum / total, .covariance = std::move(covariance)};
}

Matrix in_shape(CovarianceKind kind, const Moments& total) {
  if (is_dense(kind)) return total.covariance;
  return kind == diagonal ? Matrix(total.variances()) : Matrix::Constant(1, 1, total.variances().mean());
}

namespace {

// Statistics of the observations assigned to their nearest centre, after division of each column by `scale`; with the
// scatters of all clusters in one.
GaussianMixtureStatistics clusters_around(CovarianceKind kind, const Observations& data, const RowMatrix& centres,
                                          const Vector& scale) {
  NormalComponents components(Vector::Ones(centres.rows()), centres, {scale});
  std::ranges::fill(components.offsets, 0.0);  // of the density only the distance is wanted
  return sum_over_parts(data, [&](std::size_t /*first*/, const Observations& part) {
    NormalKernels distances(components);
    NormalKernels kernels = kernels_about(kind, centres);
    return sum_statistics(kind, part, centres, 1, kernels, [&](const PackedBlock& block, LaneRows& r) {
      distances.log_joint(block, r);
      to_assignments(block, r);
      return 0.0;
    });
  });
}

GaussianMixtureStatistics randomly_assigned(CovarianceKind kind, const Observations& data, std::size_t components,
                                            RandomEngine& rng) {
  const RowMatrix centres = column_means(data).transpose().replicate(static_cast<Index>(components), 1);
  const std::uint64_t seed = rng();
  return sum_over_parts(data, [&](std::size_t first, const Observations& part) {
    RandomEngine stream = random_stream(seed, first);  // a stream of its own for each part
    NormalKernels kernels = kernels_about(kind, centres);
    const std::size_t scatters = covariance_count(kind, components);
    return sum_statistics(kind, part, centres, scatters, kernels, [&](const PackedBlock& block, LaneRows& r) {
      const double* const weights = block.weights();
      for (std::size_t n = 0; n < block.padded_size(); ++n) {
        const Vector drawn = weights[n] * random_responsibilities(components, stream);
        for (std::size_t k = 0; k < components; ++k) r.row(k)[n] = drawn[static_cast<Index>(k)];
      }
      return 0.0;
    });
  });
}

// Where the covariance of all the data is singular, so is that of every component, with any penalty.
void require_independent_columns(const Matrix& covariance, std::size_t observations) {
  const auto dimension = static_cast<std::size_t>(covariance.rows());
  if (observations <= dimension && !cholesky_factor(covariance)) {
    throw InvalidData(
        fmt::format("{} {} of {} {} have a singular covariance; leave columns out, or use covariance diagonal or "
                    "spherical",
                    observations, observations == 1 ? "observation" : "observations", dimension,
                    dimension == 1 ? "column" : "columns"));
  }
  require_independent(covariance, "use covariance diagonal or spherical, or a ridge");
}

}  // namespace

void GaussianMixture::check(const Observations& data) const {
  require_memory_of_gaussian_mixture(components_, data.dimension(), options_.covariance);
  require_complete(data);
  if (means_.size() != 0) require_dimension(data);
  require_scale(options_.covariance, penalty_, static_cast<Index>(data.dimension()));
  require_shape_of_floor(options_.covariance, floor_.least, static_cast<Index>(data.dimension()));
  if (data.size() < components_) {
    throw InvalidData(fmt::format("there {} {} {} for {} {}", data.size() == 1 ? "is" : "are", data.size(),
                                  data.size() == 1 ? "observation" : "observations", components_,
                                  components_ == 1 ? "component" : "components"));
  }
  const bool dense = is_dense(options_.covariance);
  const bool singular_allowed = options_.ridge > 0.0;
  const Moments total = total_moments(data, dense);
  if (!singular_allowed) require_spread(total.mean, total.variances());
  require_total_weight(data.total_weight(), static_cast<double>(std::max(components_, std::size_t{2})));
  if (dense && !singular_allowed) require_independent_columns(total.covariance, data.size());
}

CovariancePenalty covariance_penalty(const Observations& data, CovarianceKind kind, double strength) {
  require_complete(data);
  require_total_weight(data.total_weight(), 1.0);
  if (strength == 0.0) return {};
  return {.strength = strength, .scale = in_shape(kind, total_moments(data, is_dense(kind)))};
}

// By default the floor protects; a penalty or a ridge that is asked for does so in its place.
double GaussianMixture::floor_share(double total_weight) const {
  if (options_.floor) return *options_.floor;
  return options_.penalty || options_.ridge > 0.0 ? 0.0 : usual_floor_share(total_weight);
}

void GaussianMixture::prepare(const Observations& data) {
  if (penalty_.scale.size() == 0 && options_.penalty.value_or(0.0) > 0.0) {
    set_penalty(covariance_penalty(data, options_.covariance, *options_.penalty));
  }
  const double share = floor_share(data.total_weight());
  if (floor_.least.size() == 0 && share > 0.0) set_floor(covariance_floor(data, options_.covariance, share));
}

void GaussianMixture::initialize(const Observations& data, RandomEngine& rng) {
  prepare(data);
  const CovarianceKind kind = options_.covariance;
  const auto components = static_cast<Index>(components_);
  const Moments total = total_moments(data, is_dense(kind) && options_.start == MixtureStart::random_observations);

  weights_ = Vector::Constant(components, 1.0 / static_cast<double>(components_));
  switch (options_.start) {
    case MixtureStart::kmeans_plus_plus: {
      // Distances in standard deviations, so that no column's unit matters more than another's.
      const Vector variances = total.variances();
      const Vector scale = (variances.array() > 0.0).select(variances.array().sqrt(), 1.0);
      const RowMatrix centres = rows_of(data, kmeans_plus_plus(data, components_, scale, rng));
      const Statistics clusters = clusters_around(kind, data, centres, scale);
      if (!options_.fixed_weights) weights_ = clusters.weights / clusters.weights.sum();
      const RowMatrix shifts = shifts_of(clusters);
      means_ = centres + shifts;
      set_covariances({covariance_count(kind, components_),
                       maximising_covariances(kind, clusters, shifts, penalty_, options_.ridge)[0]},
                      BelowFloor::raise);
      break;
    }
    case MixtureStart::random_observations:
      means_ = rows_of(data, random_observations(data, components_, rng));
      set_covariances({covariance_count(kind, components_), with_ridge(kind, in_shape(kind, total), options_.ridge)},
                      BelowFloor::raise);
      break;
    case MixtureStart::random_responsibilities:
      m_step(randomly_assigned(kind, data, components_, rng));
      break;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// EM.

std::size_t GaussianMixture::smallest_part() const {
  return is_dense(options_.covariance) ? std::max(latent::smallest_part, 24 * dimension()) : latent::smallest_part;
}

GaussianMixtureStatistics GaussianMixture::e_step(const Observations& data) const {
  require_dimension(data);
  NormalKernels kernels(NormalComponents(weights_, means_, factors_));
  return sum_statistics(options_.covariance, data, means_, factors_.size(), kernels,
                        [&](const PackedBlock& block, LaneRows& r) {
                          kernels.log_joint(block, r);
                          return to_responsibilities(block, r).log_likelihood;
                        });
}

GaussianMixtureStatistics GaussianMixture::complete_statistics(const Observations& data,
                                                               const Matrix& responsibilities) const {
  require_dimension(data);
  require_responsibilities(responsibilities, data.size(), components_);
  NormalKernels kernels = kernels_about(options_.covariance, means_);
  std::size_t first = 0;
  const auto weigh = [&](const PackedBlock& block, LaneRows& r) {
    const std::size_t begin = std::exchange(first, first + block.size());
    return weigh_responsibilities(responsibilities, begin, {block.weights(), block.padded_size()}, block.size(), r);
  };
  Statistics statistics = sum_statistics(options_.covariance, data, means_, factors_.size(), kernels, weigh);
  statistics.log_likelihood += expected_log_joint(statistics);  // to the entropy of the responsibilities
  statistics.assigned = true;
  return statistics;
}

namespace {

// What a sum over the observations may hold by rounding.
double nothing_of(const Vector& weights) { return std::numeric_limits<double>::epsilon() * weights.sum(); }

void require_observations(const Vector& weights) {
  for (Index k = 0; k < weights.size(); ++k) {
    if (weights[k] > nothing_of(weights)) continue;
    throw DegenerateFit("no observations are left to it; use fewer components, or another start",
                        static_cast<std::size_t>(k) + 1);
  }
}

// A variance that rounding of the observations could have made: the component sits on a single point.
void require_no_collapse(const Vector& variances, const Vector& mean, std::size_t k) {
  const auto resolution = 8.0 * std::numeric_limits<double>::epsilon() * mean.array().abs();
  if ((variances.array() > resolution.square()).all()) return;
  // A spread of more than the rounding of one value is that of several: they lie too far from 0.
  const auto rounding = resolution / 8.0;
  if ((variances.array() > rounding.square()).all()) {
    throw DegenerateFit(
        "its values are so far from 0 that they are rounded to a part of their spread; subtract a constant from the "
        "column, or standardise it",
        k + 1);
  }
  throw DegenerateFit(
      "it has collapsed onto a single value, where the likelihood is unbounded; set a floor, or use "
      "fewer components",
      k + 1);
}

}  // namespace

void GaussianMixture::m_step(const Statistics& statistics) {
  const CovarianceKind kind = options_.covariance;
  if (statistics.assigned) require_observations(statistics.weights);
  if (!options_.fixed_weights) weights_ = maximising_weights(statistics.weights);
  const RowMatrix shifts = shifts_of(statistics);
  RowMatrix means = statistics.centres + shifts;
  std::vector<Matrix> covariances = maximising_covariances(kind, statistics, shifts, penalty_, options_.ridge);
  for (Index k = 0; k < means.rows(); ++k) {
    if (means_.size() == 0 || statistics.weights[k] > nothing_of(statistics.weights)) continue;
    means.row(k) = means_.row(k);
    // A penalty has a say in a covariance that no observation has.
    if (kind != tied && penalty_.strength == 0.0)
      covariances[static_cast<std::size_t>(k)] = covariances_[static_cast<std::size_t>(k)];
  }
  means_ = std::move(means);
  set_covariances(std::move(covariances), BelowFloor::raise);
  for (std::size_t k = 0; k < components_; ++k) {
    require_no_collapse(covariance(k).diagonal(), means_.row(static_cast<Index>(k)), k);
  }
}

namespace {

Evidence evidence_of(const NormalComponents& components, const Observations& data) {
  return sum_over_parts(data, [&](std::size_t /*first*/, const Observations& part) {
    NormalKernels kernels(components);
    PackedBlock block(part.dimension());
    LaneRows r(components.components, block.capacity());
    Evidence sum;
    for_each_block(part, block, [&](std::size_t /*first*/) {
      kernels.log_joint(block, r);
      sum += to_responsibilities(block, r);
    });
    return sum;
  });
}

}  // namespace

double GaussianMixture::log_likelihood(const Observations& data) const {
  require_dimension(data);
  return evidence_of(NormalComponents(weights_, means_, factors_), data).log_likelihood;
}

double GaussianMixture::certainty(const Observations& data) const {
  require_dimension(data);
  return evidence_of(NormalComponents(weights_, means_, factors_), data).certainty;
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
    move_scatter(kind, scatters[c], statistics.sums.row(k), weight, shift);
    q += weight * (std::log(weights_[k]) + log_normaliser(kind, factors_[c], means_.cols()));
  }
  Vector traces(static_cast<Index>(scatters.size()));
  for_each_covariance(scatters.size(), means_.cols(), [&](std::size_t c) {
    traces[static_cast<Index>(c)] = trace_of_solve_of(kind, factors_[c], scatters[c]);
  });
  return q - 0.5 * traces.sum();
}

double GaussianMixture::expected_log_joint_error(const Statistics& statistics) const {
  if (!is_dense(options_.covariance)) return 0.0;
  constexpr double units = 16.0 * std::numeric_limits<double>::epsilon();
  double inflation = 0.0;
  for (const Matrix& factor : factors_) inflation = std::max(inflation, largest_variance_inflation(factor));
  return units * static_cast<double>(means_.cols()) * statistics.weights.sum() * inflation;
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
  set_covariances(std::move(covariances), BelowFloor::refuse);
}

double GaussianMixture::free_parameters() const {
  const Index free_weights = options_.fixed_weights ? 0 : weights_.size() - 1;
  const Index each = parameters_of_covariance(options_.covariance, means_.cols());
  return static_cast<double>(free_weights + means_.size() + each * static_cast<Index>(factors_.size()));
}

namespace {

// The diagonal of Σ⁻¹, from the factor of a covariance of the kind.
Vector precisions_of(CovarianceKind kind, const Matrix& factor, Index dimension) {
  if (is_dense(kind)) return precision_diagonal(factor);
  if (kind == diagonal) return factor.col(0).array().square().inverse();
  return Vector::Constant(dimension, 1.0 / (factor(0, 0) * factor(0, 0)));
}

// The information on a covariance in one observation, in the order of `unconstrained`: 2 for the log of a standard
// deviation, which a spherical covariance has d observations of.
Vector information_on_covariance(CovarianceKind kind, const Matrix& factor, Index dimension) {
  if (is_dense(kind)) return log_cholesky_information(factor);
  return Vector::Constant(factor.rows(), 2.0 * variances_per_entry(kind, dimension));
}

}  // namespace

Vector GaussianMixture::complete_information(const Statistics& statistics) const {
  const CovarianceKind kind = options_.covariance;
  const double total = statistics.weights.sum();
  const Index free_weights = options_.fixed_weights ? 0 : weights_.size() - 1;
  const Index each = parameters_of_covariance(kind, means_.cols());
  const bool shared = static_cast<Index>(factors_.size()) < means_.rows();
  Vector all(free_weights + means_.size() + each * static_cast<Index>(factors_.size()));
  if (free_weights > 0) all.head(free_weights) = total * log_ratios_information(weights_);
  Vector precisions;
  for (Index k = 0; k < means_.rows(); ++k) {
    const Matrix& factor = factors_[shared ? 0 : static_cast<std::size_t>(k)];
    if (k == 0 || !shared) precisions = precisions_of(kind, factor, means_.cols());
    all.segment(free_weights + k * means_.cols(), means_.cols()) = statistics.weights[k] * precisions;
  }
  Index next = free_weights + means_.size();
  for (std::size_t c = 0; c < factors_.size(); ++c) {
    const double observations = shared ? total : statistics.weights[static_cast<Index>(c)];
    all.segment(next, each) = observations * information_on_covariance(kind, factors_[c], means_.cols());
    next += each;
  }
  return all;
}

// ---------------------------------------------------------------------------------------------------------------------
// The order of the components.

void GaussianMixture::sort_components() {
  const std::vector<Index> order = order_by_weight(weights_, means_);
  weights_ = Vector(weights_(order));
  means_ = RowMatrix(means_(order, Eigen::all));
  if (factors_.size() == 1) return;
  const auto ordered = [&](const std::vector<Matrix>& all) {
    std::vector<Matrix> sorted;
    sorted.reserve(order.size());
    for (const Index k : order) sorted.push_back(all[static_cast<std::size_t>(k)]);
    return sorted;
  };
  covariances_ = ordered(covariances_);
  factors_ = ordered(factors_);
}

// ---------------------------------------------------------------------------------------------------------------------
// Prediction and simulation.

namespace {

Observations without_weights(const Observations& data) { return {data.matrix().data(), data.size(), data.dimension()}; }

// The first observation (from 0) that no component reaches.
struct Unreached {
  std::optional<std::size_t> first = {};

  Unreached& operator+=(const Unreached& later) {
    if (!first) first = later.first;
    return *this;
  }
};

}  // namespace

Matrix GaussianMixture::posterior(const Observations& data) const {
  require_dimension(data);
  const NormalComponents components(weights_, means_, factors_);
  Matrix all(static_cast<Index>(data.size()), means_.rows());
  const Observations equal = without_weights(data);
  const auto unreached = sum_over_parts(equal, [&](std::size_t begin, const Observations& part) {
    NormalKernels kernels(components);
    PackedBlock block(part.dimension());
    LaneRows r(components_, block.capacity());
    Unreached unreached_here;
    for_each_block(part, block, [&](std::size_t first) {
      kernels.log_joint(block, r);
      to_responsibilities(block, r);
      const auto size = static_cast<Index>(block.size());
      const auto here = static_cast<Index>(begin + first);
      Vector sums = Vector::Zero(size);
      for (std::size_t k = 0; k < components_; ++k) {
        const Eigen::Map<const Vector> row(r.row(k), size);
        all.col(static_cast<Index>(k)).segment(here, size) = row;
        sums += row;
      }
      Index lowest = 0;
      if (!(sums.minCoeff(&lowest) > 0.0))
        unreached_here += {.first = begin + first + static_cast<std::size_t>(lowest)};
    });
    return unreached_here;
  });
  if (unreached.first) {
    throw InvalidData("the observation is too far from every component, or missing", *unreached.first + 1);
  }
  return all;
}

Vector GaussianMixture::log_densities(const Observations& data) const {
  require_dimension(data);
  const NormalComponents components(weights_, means_, factors_);
  Vector all(static_cast<Index>(data.size()));
  for_each_part(data.size(), [&](std::size_t begin, std::size_t count) {
    NormalKernels kernels(components);
    PackedBlock block(data.dimension());
    LaneRows joint(components_, block.capacity());
    LaneRows log_densities(1, block.capacity());
    for_each_block(data.subspan(begin, count), block, [&](std::size_t first) {
      kernels.log_joint(block, joint);
      log_sum_exp(block, joint, log_densities.row(0));
      std::copy_n(log_densities.row(0), block.size(), &all[static_cast<Index>(begin + first)]);
    });
  });
  return all;
}

RowMatrix GaussianMixture::sample(std::size_t count, RandomEngine& rng) const {
  require_parameters();
  const std::uint64_t seed = rng();
  std::vector<Matrix> transposed;  // the rows of L lie together in its transpose
  transposed.reserve(factors_.size());
  for (const Matrix& factor : factors_) transposed.emplace_back(factor.transpose());
  RowMatrix draws(static_cast<Index>(count), means_.cols());
  for_each_part(count, [&](std::size_t begin, std::size_t part) {
    RandomEngine stream = random_stream(seed, begin);  // a stream of its own for each part
    boost::random::normal_distribution<double> normal;
    Vector z(means_.cols());
    for (std::size_t n = begin; n < begin + part; ++n) {
      const Index k = draw_component(weights_, stream);
      for (double& value : z) value = normal(stream);
      colour(options_.covariance, transposed[covariance_of(options_.covariance, k)], z);
      draws.row(static_cast<Index>(n)) = means_.row(k) + z.transpose();
    }
  });
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
