#include "latent/starts/starts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/random/exponential_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <cmath>
#include <limits>

#include "core/counted.hpp"
#include "latent/core/draw_by_mass.hpp"
#include "latent/core/errors.hpp"

namespace latent {
namespace {

Vector weights_of(const Observations& data) {
  if (!data.weighted()) return Vector::Ones(static_cast<Index>(data.size()));
  Vector weights(static_cast<Index>(data.size()));
  for (std::size_t row = 0; row < data.size(); ++row) weights[static_cast<Index>(row)] = data.weight(row);
  return weights;
}

InvalidData too_few(std::size_t there_are, std::size_t wanted) {
  return InvalidData(fmt::format("there {} only {} for {}", there_are == 1 ? "is" : "are",
                                 counted(there_are, "distinct observation"), counted(wanted, "component")));
}

// Lowers each observation's squared distance to the nearest centre to that of a new centre, where it is nearer.
void approach(const Observations& data, std::size_t centre, const Vector& inverse_scale, Vector& distances) {
  const Vector at = data[centre];
  for (std::size_t row = 0; row < data.size(); ++row) {
    const double distance = (data[row] - at).cwiseProduct(inverse_scale).squaredNorm();
    double& nearest = distances[static_cast<Index>(row)];
    nearest = std::min(nearest, distance);
  }
}

// The squared distances of observations to their nearest centre, times their weights, in a unit of their own: where
// these products overflow or underflow, and so can't tell which observations lie at a centre. By their logarithms.
Vector relative_mass(const Observations& data, const Vector& weights, const std::vector<std::size_t>& picked,
                     const Vector& scale) {
  constexpr double none = -std::numeric_limits<double>::infinity();
  // Of halves, as the difference of two numbers may overflow.
  const auto distance = [&](std::size_t row, std::size_t centre) {
    return (0.5 * data[row] - 0.5 * data[centre]).cwiseQuotient(scale).stableNorm();
  };
  Vector logs = Vector::Constant(weights.size(), none);
  for (std::size_t row = 0; row < data.size(); ++row) {
    const double weight = weights[static_cast<Index>(row)];
    if (!(weight > 0.0)) continue;
    double nearest = std::numeric_limits<double>::max();
    for (const std::size_t centre : picked) nearest = std::min(nearest, distance(row, centre));
    logs[static_cast<Index>(row)] = std::log(weight) + 2.0 * std::log(nearest);
  }
  const double largest = logs.maxCoeff();
  if (largest == none) return Vector::Zero(logs.size());
  return (logs.array() - largest).exp();
}

// At most `count` observations by k-means++; fewer where fewer are distinct.
std::vector<std::size_t> picked_from(const Observations& data, std::size_t count, const Vector& scale,
                                     RandomEngine& rng) {
  const Vector inverse_scale = scale.cwiseInverse();
  const Vector weights = weights_of(data);
  Vector distances = Vector::Constant(weights.size(), std::numeric_limits<double>::infinity());
  std::vector<std::size_t> picked;
  Vector mass = weights;
  while (picked.size() < count) {
    const auto drawn = draw_by_mass(mass, rng);
    if (!drawn) break;
    picked.push_back(*drawn);
    approach(data, *drawn, inverse_scale, distances);
    mass = (weights.array() > 0.0).select(weights.array() * distances.array(), 0.0);
    if (!std::isnormal(mass.sum())) mass = relative_mass(data, weights, picked, scale);
  }
  return picked;
}

// One row drawn from each of `size` strata of as many rows each.
RowSample stratified_rows(const Observations& data, std::size_t size, RandomEngine& rng) {
  const double stratum = static_cast<double>(data.size()) / static_cast<double>(size);
  boost::random::uniform_01<double> uniform;
  RowSample sample{.rows = {}, .weights = std::vector<double>(size, stratum)};
  for (std::size_t i = 0; i < size; ++i) {
    const auto row = static_cast<std::size_t>((static_cast<double>(i) + uniform(rng)) * stratum);
    sample.rows.push_back(std::min(row, data.size() - 1));
  }
  return sample;
}

// About `size` rows: those that weigh as much as a stratum or more, and of the others one drawn by weight from each of
// as many strata of equal weight, in the order of the data.
RowSample stratified_by_weight(const Observations& data, std::size_t size, RandomEngine& rng) {
  const double heavy = data.total_weight() / static_cast<double>(size);
  RowSample sample;
  double light_weight = 0.0;
  for (std::size_t row = 0; row < data.size(); ++row) {
    if (data.weight(row) < heavy) {
      light_weight += data.weight(row);
    } else {
      sample.rows.push_back(row);
      sample.weights.push_back(data.weight(row));
    }
  }
  const std::size_t strata = size - std::min(size, sample.rows.size());
  const double stratum = light_weight / static_cast<double>(std::max<std::size_t>(strata, 1));
  boost::random::uniform_01<double> uniform;
  double passed = 0.0;  // the weight of the light rows so far
  std::size_t drawn = 0;
  double position = uniform(rng) * stratum;  // where in that weight the next row is drawn
  for (std::size_t row = 0; drawn < strata && row < data.size(); ++row) {
    if (data.weight(row) >= heavy) continue;
    passed += data.weight(row);
    while (drawn < strata && position < passed) {
      sample.rows.push_back(row);
      sample.weights.push_back(stratum);
      ++drawn;
      position = (static_cast<double>(drawn) + uniform(rng)) * stratum;
    }
  }
  return sample;
}

// So many that what makes up a hundredth of the data is surely among them, and so few that picking costs less than a
// pass over all.
std::size_t sample_size(std::size_t dimension, std::size_t count) {
  constexpr std::size_t numbers = 1U << 18U;
  constexpr std::size_t least = 1U << 12U;
  constexpr std::size_t most = 1U << 14U;
  return std::max(std::clamp(numbers / dimension, least, most), 64 * count);
}

}  // namespace

RowSample stratified_sample(const Observations& data, std::size_t size, RandomEngine& rng) {
  // Of weights whose sum overflows there are no strata.
  if (data.size() > size && std::isnormal(data.total_weight()))
    return data.weighted() ? stratified_by_weight(data, size, rng) : stratified_rows(data, size, rng);
  RowSample all;
  for (std::size_t row = 0; row < data.size(); ++row) {
    if (!(data.weight(row) > 0.0)) continue;
    all.rows.push_back(row);
    all.weights.push_back(data.weight(row));
  }
  return all;
}

RowMatrix rows_of(const Observations& data, const std::vector<std::size_t>& rows) {
  RowMatrix picked(static_cast<Index>(rows.size()), static_cast<Index>(data.dimension()));
  for (std::size_t n = 0; n < rows.size(); ++n) picked.row(static_cast<Index>(n)) = data[rows[n]];
  return picked;
}

std::vector<std::size_t> kmeans_plus_plus(const Observations& data, std::size_t count, const Vector& scale,
                                          RandomEngine& rng) {
  const std::size_t size = sample_size(data.dimension(), count);
  if (data.size() > size) {
    const RowSample sample = stratified_sample(data, size, rng);
    const RowMatrix values = rows_of(data, sample.rows);
    auto picked = picked_from(Observations(values, sample.weights), count, scale, rng);
    for (std::size_t& row : picked) row = sample.rows[row];
    if (picked.size() == count) return picked;
  }
  auto picked = picked_from(data, count, scale, rng);
  if (picked.size() < count) throw too_few(picked.size(), count);
  return picked;
}

std::vector<std::size_t> random_observations(const Observations& data, std::size_t count, RandomEngine& rng) {
  Vector mass = weights_of(data);
  std::vector<std::size_t> picked;
  while (picked.size() < count) {
    const auto drawn = draw_by_mass(mass, rng);
    if (!drawn) throw too_few(picked.size(), count);
    picked.push_back(*drawn);
    mass[static_cast<Index>(*drawn)] = 0.0;
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
