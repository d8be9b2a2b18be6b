#include "latent/starts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/random/exponential_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <boost/random/uniform_real_distribution.hpp>
#include <limits>
#include <numeric>

#include "latent/errors.hpp"

namespace latent {
namespace {

// Draws a row with a chance proportional to its mass; nothing is drawn from a mass of 0.
std::size_t draw_by_mass(const Vector& mass, double total, RandomEngine& rng) {
  double left = boost::random::uniform_real_distribution<double>(0.0, total)(rng);
  Index last_possible = 0;
  for (Index row = 0; row < mass.size(); ++row) {
    if (!(mass[row] > 0.0)) continue;
    last_possible = row;
    left -= mass[row];
    if (left < 0.0) break;
  }
  return static_cast<std::size_t>(last_possible);
}

Vector weights_of(const Observations& data) {
  if (!data.weighted()) return Vector::Ones(static_cast<Index>(data.size()));
  Vector weights(static_cast<Index>(data.size()));
  for (std::size_t row = 0; row < data.size(); ++row) weights[static_cast<Index>(row)] = data.weight(row);
  return weights;
}

InvalidData too_few(std::size_t there_are, std::size_t wanted) {
  return InvalidData(fmt::format("there are only {} distinct observations for {} components", there_are, wanted));
}

}  // namespace

namespace {

// Rows of the data, and how much each counts for.
struct Sample {
  std::vector<std::size_t> rows;
  Vector weights;
};

Sample all_rows(const Observations& data) {
  Sample sample{.rows = std::vector<std::size_t>(data.size()), .weights = weights_of(data)};
  std::iota(sample.rows.begin(), sample.rows.end(), std::size_t{0});
  return sample;
}

// `size` rows, one drawn by weight from each of as many strata of equal weight: an observation that is heavy is drawn
// more than once.
Sample stratified_sample(const Observations& data, std::size_t size, RandomEngine& rng) {
  Sample sample{.rows = {}, .weights = Vector::Ones(static_cast<Index>(size))};
  const double stratum = data.total_weight() / static_cast<double>(size);
  boost::random::uniform_01<double> uniform;
  std::size_t row = 0;    // the first not passed
  std::size_t heavy = 0;  // the last passed of positive weight
  double passed = 0.0;    // the weight of all passed
  for (std::size_t i = 0; i < size; ++i) {
    const double position = (static_cast<double>(i) + uniform(rng)) * stratum;
    if (!data.weighted()) {
      sample.rows.push_back(std::min(static_cast<std::size_t>(position), data.size() - 1));
      continue;
    }
    for (; passed <= position && row < data.size(); ++row) {
      if (data.weight(row) > 0.0) heavy = row;
      passed += data.weight(row);
    }
    sample.rows.push_back(heavy);
  }
  return sample;
}

// At most `count` rows of the sample by k-means++; fewer where it has fewer distinct observations.
std::vector<std::size_t> picked_from(const Sample& sample, const Observations& data, std::size_t count,
                                     const Vector& scale, RandomEngine& rng) {
  Matrix columns(static_cast<Index>(sample.rows.size()), scale.size());
  for (Index n = 0; n < columns.rows(); ++n) columns.row(n) = data[sample.rows[static_cast<std::size_t>(n)]];
  columns.array().rowwise() /= scale.transpose().array();
  Vector nearest = Vector::Constant(columns.rows(), std::numeric_limits<double>::infinity());
  Vector distances(columns.rows());
  Vector mass = sample.weights;
  std::vector<std::size_t> picked;
  while (picked.size() < count) {
    const double total = mass.sum();
    if (!(total > 0.0)) break;
    const std::size_t centre = draw_by_mass(mass, total, rng);
    picked.push_back(sample.rows[centre]);
    distances.setZero();
    for (Index j = 0; j < columns.cols(); ++j) {
      distances.array() += (columns.col(j).array() - columns(static_cast<Index>(centre), j)).square();
    }
    nearest = nearest.cwiseMin(distances);
    mass = sample.weights.cwiseProduct(nearest);
  }
  return picked;
}

// So many that clusters of a thousandth of the data are in the sample, and so few that picking costs less than a pass.
std::size_t sample_size(std::size_t dimension, std::size_t count) {
  constexpr std::size_t numbers = 1U << 18U;
  constexpr std::size_t least = 1U << 12U;
  constexpr std::size_t most = 1U << 14U;
  return std::max(std::clamp(numbers / dimension, least, most), 64 * count);
}

}  // namespace

std::vector<std::size_t> kmeans_plus_plus(const Observations& data, std::size_t count, const Vector& scale,
                                          RandomEngine& rng) {
  const std::size_t size = sample_size(data.dimension(), count);
  if (data.size() > size) {
    auto picked = picked_from(stratified_sample(data, size, rng), data, count, scale, rng);
    if (picked.size() == count) return picked;
  }
  auto picked = picked_from(all_rows(data), data, count, scale, rng);
  if (picked.size() < count) throw too_few(picked.size(), count);
  return picked;
}

std::vector<std::size_t> random_observations(const Observations& data, std::size_t count, RandomEngine& rng) {
  Vector mass = weights_of(data);
  std::vector<std::size_t> picked;
  while (picked.size() < count) {
    const double total = mass.sum();
    if (!(total > 0.0)) throw too_few(picked.size(), count);
    picked.push_back(draw_by_mass(mass, total, rng));
    mass[static_cast<Index>(picked.back())] = 0.0;
  }
  return picked;
}

Vector random_responsibilities(std::size_t components, RandomEngine& rng) {
  // Exponential draws over their sum are uniform on the simplex (Devroye 1986, ch. V.2).
  boost::random::exponential_distribution<double> exponential;
  Vector draws(static_cast<Index>(components));
  for (double& draw : draws) draw = std::max(exponential(rng), std::numeric_limits<double>::min());
  return draws / draws.sum();
}

}  // namespace latent
