#include "covariance_within_groups.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "covariance_units.hpp"
#include "gaussian_moments.hpp"
#include "latent/core/cholesky.hpp"
#include "latent/core/errors.hpp"
#include "latent/core/parallel.hpp"
#include "latent/expectation/expectation.hpp"
#include "latent/inference/criteria.hpp"
#include "latent/starts/starts.hpp"

namespace latent {
namespace {

// The shape of the covariances of a mixture that has one for all its components.
CovarianceKind kind_of_pooled(CovarianceKind kind) { return is_dense(kind) ? CovarianceKind::tied : kind; }

Matrix pooled(const GaussianMixture& mixture) {
  const auto& covariances = mixture.covariances();
  if (covariances.size() == 1) return covariances.front();
  Matrix sum = Matrix::Zero(covariances.front().rows(), 1);
  for (std::size_t k = 0; k < covariances.size(); ++k) sum += mixture.weights()[static_cast<Index>(k)] * covariances[k];
  return sum;
}

GaussianMixture with_one_covariance(const GaussianMixture& mixture, const CovarianceFloor& floor) {
  if (mixture.covariances().size() == 1) return mixture;
  GaussianMixture shared(mixture.weights(), mixture.means(), std::vector<Matrix>(mixture.components(), pooled(mixture)),
                         mixture.options());
  shared.set_floor(floor);
  return shared;
}

// A covariance within groups, and how likely the mixture is that has it.
struct WithinGroups {
  Matrix covariance;
  double log_likelihood = -std::numeric_limits<double>::infinity();
};

// EM for a mixture with one covariance, from one start.
WithinGroups fitted_from(GaussianMixture mixture, const Observations& data, const CovarianceFloor& floor,
                         RandomEngine& rng) {
  constexpr int most_iterations = 50;
  constexpr double tolerance = 1e-5;  // relative to the sum: the floor takes a small share of W, so W may be rough
  mixture.initialize(data, rng);
  double before = -std::numeric_limits<double>::infinity();
  for (int iteration = 0; iteration < most_iterations; ++iteration) {
    const auto expected = expect(mixture, data);
    if (!std::isfinite(expected.log_likelihood)) return {};
    const double gain = expected.log_likelihood - before;
    before = expected.log_likelihood;
    if (gain < tolerance * std::max(1.0, std::abs(before))) break;
    mixture.m_step(expected.statistics);
    mixture = with_one_covariance(mixture, floor);
  }
  return {.covariance = pooled(mixture), .log_likelihood = before};
}

// The likeliest of a few mixtures of so many components; nothing if none could be fitted.
WithinGroups best_fit(std::size_t components, const Observations& data, CovarianceKind kind, const Matrix& resolution,
                      std::size_t starts) {
  constexpr std::uint64_t seed = 1;  // the floor belongs to the data, not to the seed of the fit
  CovarianceFloor floor = {.share = 0.0, .least = resolution};
  GaussianMixture mixture(components, {.covariance = kind_of_pooled(kind), .floor = 0.0});
  mixture.set_floor(floor);
  std::vector<WithinGroups> fits(starts);
  parallel_for(fits.size(), [&](std::size_t start) {
    RandomEngine rng = random_stream(seed, start);
    try {
      fits[start] = fitted_from(mixture, data, floor, rng);
    } catch (const DegenerateFit&) {
      fits[start] = {};  // a start that leads nowhere leaves the others
    } catch (const InvalidData&) {
      fits[start] = {};  // too few observations are distinct for so many components: fewer will do
    }
  });
  return *std::ranges::max_element(fits, {}, &WithinGroups::log_likelihood);
}

// K − 1 weights, K·d means, and one covariance.
double free_parameters(std::size_t components, Index dimension, Index in_covariance) {
  return static_cast<double>(components) * (1.0 + static_cast<double>(dimension)) - 1.0 +
         static_cast<double>(in_covariance);
}

// Rows picked by k-means++, half as many where fewer are distinct, and so on.
RowMatrix distinct_centres(const Observations& data, std::size_t count, RandomEngine& rng) {
  const Vector unit = Vector::Ones(static_cast<Index>(data.dimension()));
  while (count > 1) {
    try {
      return rows_of(data, kmeans_plus_plus(data, count, unit, rng));
    } catch (const InvalidData&) {
      count /= 2;
    }
  }
  return rows_of(data, kmeans_plus_plus(data, 1, unit, rng));
}

// How many groups k-means++ sees: the number of centres for which n·d·log φ + p·log n is least, φ being the sum of
// squared distances to the nearest centre, and p the number of parameters. Far groups show in φ, at the cost of a pass
// per centre.
std::size_t visible_groups(const Observations& data, std::size_t most) {
  constexpr std::uint64_t seed = 2;
  RandomEngine rng = random_stream(seed, 0);
  const auto dimension = static_cast<Index>(data.dimension());
  const RowMatrix centres = distinct_centres(data, std::min(most, std::size_t{64}), rng);
  const double n = data.total_weight();
  Vector nearest = Vector::Constant(static_cast<Index>(data.size()), std::numeric_limits<double>::infinity());
  std::size_t best = 1;
  double lowest = std::numeric_limits<double>::infinity();
  for (Index k = 0; k < centres.rows(); ++k) {
    double sum = 0.0;
    for (std::size_t row = 0; row < data.size(); ++row) {
      double& distance = nearest[static_cast<Index>(row)];
      distance = std::min(distance, (data[row].transpose() - centres.row(k)).squaredNorm());
      sum += data.weight(row) * distance;
    }
    const double value =
        n * static_cast<double>(dimension) * std::log(std::max(sum, std::numeric_limits<double>::min())) +
        free_parameters(static_cast<std::size_t>(k) + 1, dimension, 1) * std::log(n);
    if (value >= lowest) continue;
    lowest = value;
    best = static_cast<std::size_t>(k) + 1;
  }
  return best;
}

// A floor for the mixtures from which W is taken: R, but positive definite, as far as a Cholesky factor needs it.
Matrix positive_definite(CovarianceKind kind, const Matrix& resolution, Index dimension) {
  constexpr double narrowest = 1e-24;  // deviations of 10⁻¹² of the spread of all the data
  constexpr double rounding_of_factor = 1e-14;
  const double largest = static_cast<double>(dimension) * resolution.cwiseAbs().maxCoeff();
  return resolution + std::max(narrowest, rounding_of_factor * largest) * identity_of(kind, dimension);
}

// The covariance of the mixture that BIC prefers, and that BIC. W is the identity if nothing could be fitted.
struct Preferred {
  Matrix covariance;
  double bic = std::numeric_limits<double>::infinity();
};

// How many numbers of components and how many starts to try.
enum class Search { quick, thorough };

// Mixtures of one number of components after another.
class Choice {
  // Few observations cost little, and say little about where a start should be.
  static constexpr std::size_t few = 256;

 public:
  Choice(const Observations& data, CovarianceKind kind, const Matrix& resolution, Search search)
      : data_(data),
        kind_(kind),
        resolution_(resolution),
        starts_(search == Search::thorough && data.size() <= few ? 12 : 3),
        preferred_{.covariance = identity_of(kind, static_cast<Index>(data.dimension()))} {}

  // Whether a mixture of so many components is better than those before.
  bool improves(std::size_t components) {
    const auto dimension = static_cast<Index>(data_.dimension());
    const Index in_covariance = is_dense(kind_) ? log_cholesky_size(dimension) : resolution_.rows();
    const WithinGroups fit = best_fit(components, data_, kind_, resolution_, starts_);
    const double value =
        bic(fit.log_likelihood, free_parameters(components, dimension, in_covariance), data_.total_weight());
    if (!(value < preferred_.bic)) return false;
    preferred_ = {.covariance = fit.covariance, .bic = value};
    return true;
  }

  [[nodiscard]] const Preferred& preferred() const { return preferred_; }

 private:
  const Observations& data_;
  CovarianceKind kind_;
  const Matrix& resolution_;
  std::size_t starts_;
  Preferred preferred_;
};

// Of the number of components that BIC prefers: of a few (quick: until three in turn are no better), and of as many as
// far groups show, or half as many again, as k-means++ puts two centres into some groups.
Preferred best_number_of_components(const Observations& data, CovarianceKind kind, const Matrix& resolution,
                                    Search search) {
  // Groups of four observations; a covariance that is dense needs one more for each further column.
  const std::size_t spent = is_dense(kind) ? data.dimension() - 1 : 0;
  const std::size_t most = std::max<std::size_t>(1, (data.size() - std::min(data.size(), spent)) / 4);
  Choice choice(data, kind, resolution, search);
  int in_vain = 0;
  for (const std::size_t components : {1U, 2U, 3U, 4U, 6U, 8U}) {
    if (components > most || (search == Search::quick && in_vain == 3)) break;
    in_vain = choice.improves(components) ? 0 : in_vain + 1;
  }
  const std::size_t visible = visible_groups(data, most);
  for (const std::size_t components : {visible, visible + visible / 2}) {
    if (components > 4 && components <= most) choice.improves(components);
  }
  return choice.preferred();
}

// At most so many rows, evenly chosen.
RowMatrix thinned(const RowMatrix& rows, Index most) {
  if (rows.rows() <= most) return rows;
  RowMatrix chosen(most, rows.cols());
  for (Index i = 0; i < most; ++i) chosen.row(i) = rows.row(i * rows.rows() / most);
  return chosen;
}

// A row, and how far its nearest neighbour is that differs from it.
struct Neighbour {
  Index row;
  Index nearest;
  double distance;
};

// The nearer half of all pairs of nearest neighbours by `metric`: a pair of two groups is not among them as long as a
// group has others that are nearer. More than half where columns are many for the rows.
std::vector<Neighbour> nearer_half(const RowMatrix& metric) {
  std::vector<Neighbour> pairs;
  for (Index i = 0; i < metric.rows(); ++i) {
    Neighbour pair = {.row = i, .nearest = i, .distance = std::numeric_limits<double>::infinity()};
    for (Index j = 0; j < metric.rows(); ++j) {
      const double distance = (metric.row(i) - metric.row(j)).squaredNorm();
      if (distance > 0.0 && distance < pair.distance) pair = {.row = i, .nearest = j, .distance = distance};
    }
    pairs.push_back(pair);
  }
  std::ranges::sort(pairs, [](const Neighbour& a, const Neighbour& b) {
    return std::tie(a.distance, a.row) < std::tie(b.distance, b.row);
  });
  const auto least = static_cast<std::size_t>(2 * (metric.cols() + 1));
  pairs.resize(std::min(pairs.size(), std::max(least, pairs.size() / 2)));
  return pairs;
}

// The covariance of the differences of such pairs, in the shape of a kind.
Matrix covariance_of_pairs(CovarianceKind kind, const RowMatrix& rows, const RowMatrix& metric) {
  const std::vector<Neighbour> pairs = nearer_half(metric);
  Matrix scatter = 0.0 * identity_of(kind, rows.cols());
  for (const Neighbour& pair : pairs) {
    const Vector difference = rows.row(pair.row) - rows.row(pair.nearest);
    if (is_dense(kind)) {
      scatter += difference * difference.transpose();
    } else {
      scatter += difference.cwiseAbs2();
    }
  }
  return scatter / static_cast<double>(pairs.size());
}

// A covariance whose units show groups that are far apart in a few directions of many: that of the differences between
// nearest neighbours, which are the more often of one group the better the units are (Art, Gnanadesikan & Kettenring
// 1982, Utilitas Mathematica 21A).
Matrix covariance_of_neighbours(CovarianceKind kind, const RowMatrix& rows) {
  constexpr Index most_rows = 128;
  constexpr int rounds = 20;
  const RowMatrix chosen = thinned(rows, most_rows);
  Matrix covariance = identity_of(kind, rows.cols());
  for (int round = 0; round < rounds; ++round) {
    const auto factor = factor_in_shape(kind, covariance);
    if (!factor) break;
    const Matrix next = covariance_of_pairs(kind, chosen, rows_in_units_of(kind, chosen, *factor));
    if (!factor_in_shape(kind, next)) break;
    covariance = next;
  }
  return covariance;
}

// The variance in the widest direction as a multiple of that in the narrowest.
double stretch(CovarianceKind kind, const Matrix& covariance) {
  if (!is_dense(kind)) return covariance.maxCoeff() / covariance.minCoeff();
  const Vector values = Eigen::SelfAdjointEigenSolver<Matrix>(covariance, Eigen::EigenvaluesOnly).eigenvalues();
  return values.maxCoeff() / values.minCoeff();
}

}  // namespace

Matrix covariance_within_groups(const RowMatrix& rows, std::span<const double> weights, CovarianceKind kind,
                                const Matrix& resolution) {
  constexpr int most_rounds = 10;
  constexpr double better = 1.0;
  constexpr double much = 30.0;
  const double n = Observations(rows, weights).total_weight();
  const auto preferred_in_units_of = [&](const Matrix& factor, Search search) -> Preferred {
    const RowMatrix scaled = rows_in_units_of(kind, rows, factor);
    const Matrix least = positive_definite(kind, covariance_in_units_of(kind, resolution, factor), rows.cols());
    const Preferred found = best_number_of_components(Observations(scaled, weights), kind, least, search);
    return {.covariance = covariance_out_of_units_of(kind, found.covariance, factor),
            .bic = found.bic + 2.0 * n * log_determinant(kind, factor, rows.cols())};
  };

  Preferred best = preferred_in_units_of(identity_of(kind, rows.cols()), Search::quick);
  if (rows.cols() == 1 || kind == CovarianceKind::spherical) return best.covariance;  // no direction to hide in
  Matrix units = covariance_of_neighbours(kind, rows);
  if (stretch(kind, units) < much) return best.covariance;
  for (int round = 0; round < most_rounds; ++round) {
    const auto factor = factor_in_shape(kind, units);
    if (!factor) break;
    Preferred found = preferred_in_units_of(*factor, Search::thorough);
    const bool is_better = found.bic < best.bic - better;
    if (is_better) best = std::move(found);
    if (!is_better && round > 0) break;
    units = best.covariance;
  }
  return best.covariance;
}

}  // namespace latent
