#include "latent/starts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/random/exponential_distribution.hpp>
#include <boost/random/uniform_real_distribution.hpp>
#include <limits>

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
  Vector weights(static_cast<Index>(data.size()));
  for (std::size_t row = 0; row < data.size(); ++row) weights[static_cast<Index>(row)] = data.weight(row);
  return weights;
}

// Lowers each observation's squared distance to the nearest centre to that of a new centre, where it is nearer.
void approach(const Observations& data, std::size_t centre, const Vector& inverse_scale, Vector& distances) {
  const Vector scaled_centre = data[centre].cwiseProduct(inverse_scale);
  for (std::size_t row = 0; row < data.size(); ++row) {
    const double distance = (data[row].cwiseProduct(inverse_scale) - scaled_centre).squaredNorm();
    double& nearest = distances[static_cast<Index>(row)];
    nearest = std::min(nearest, distance);
  }
}

InvalidData too_few(std::size_t there_are, std::size_t wanted) {
  return InvalidData(fmt::format("there are only {} distinct observations for {} components", there_are, wanted));
}

}  // namespace

std::vector<std::size_t> kmeans_plus_plus(const Observations& data, std::size_t count, const Vector& scale,
                                          RandomEngine& rng) {
  const Vector inverse_scale = scale.cwiseInverse();
  const Vector weights = weights_of(data);
  Vector distances = Vector::Constant(weights.size(), std::numeric_limits<double>::infinity());
  std::vector<std::size_t> picked;
  Vector mass = weights;
  while (picked.size() < count) {
    const double total = mass.sum();
    if (!(total > 0.0)) throw too_few(picked.size(), count);
    picked.push_back(draw_by_mass(mass, total, rng));
    approach(data, picked.back(), inverse_scale, distances);
    mass = (weights.array() > 0.0).select(weights.array() * distances.array(), 0.0);
  }
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

std::vector<std::size_t> nearest_centres(const Observations& data, const RowMatrix& centres, const Vector& scale) {
  const Vector inverse_scale = scale.cwiseInverse();
  const Matrix scaled_centres = inverse_scale.asDiagonal() * centres.transpose();
  std::vector<std::size_t> nearest(data.size());
  for (std::size_t row = 0; row < data.size(); ++row) {
    const Vector scaled = data[row].cwiseProduct(inverse_scale);
    Index best = 0;
    (scaled_centres.colwise() - scaled).colwise().squaredNorm().minCoeff(&best);
    nearest[row] = static_cast<std::size_t>(best);
  }
  return nearest;
}

}  // namespace latent
