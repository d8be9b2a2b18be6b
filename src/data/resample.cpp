#include "latent/data/resample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "latent/core/draw_by_mass.hpp"
#include "latent/core/errors.hpp"

namespace latent {

std::vector<double> resampled_weights(std::span<const double> weights, RandomEngine& rng) {
  double total = 0.0;
  for (const double weight : weights) total += weight;
  if (!(total > 0.0)) throw InvalidData("there is nothing to draw from: all observations have weight 0");
  constexpr double most = 1e15;
  if (total > most) {
    throw InvalidData(
        fmt::format("the weights sum to {}; a resample draws as many observations, and {} at most: rescale the weights",
                    total, most));
  }
  const auto positive = std::ranges::count_if(weights, [](double weight) { return weight > 0.0; });
  if (std::llround(total) <= 1 && positive > 1) {
    throw InvalidData(fmt::format(
        "the weights sum to {}; a resample draws as many observations: rescale them, to a mean of 1, say", total));
  }
  const auto draws = std::max<std::int64_t>(1, std::llround(total));
  const double unit = total / static_cast<double>(draws);
  const auto counts =
      draw_counts_by_mass(Eigen::Map<const Vector>(weights.data(), std::ssize(weights)), draws, rng).value();
  std::vector<double> drawn(weights.size());
  std::ranges::transform(counts, drawn.begin(), [&](std::int64_t count) { return static_cast<double>(count) * unit; });
  return drawn;
}

ResampledObservations::ResampledObservations(const Observations& rows, std::vector<double> weights)
    : rows_(rows), weights_(std::move(weights)) {}

ResampledObservations::operator Observations() const {
  return {rows_.matrix().data(), rows_.size(), rows_.dimension(), weights_};
}

ResampledObservations resample(const Observations& data, RandomEngine& rng) {
  detail::require_items(data.size());
  std::vector<double> weights(data.size(), 0.0);
  if (data.weighted()) {
    for (std::size_t row = 0; row < data.size(); ++row) weights[row] = data.weight(row);
    return {data, resampled_weights(weights, rng)};
  }
  const boost::random::uniform_int_distribution<std::size_t> row(0, data.size() - 1);
  for (std::size_t n = 0; n < data.size(); ++n) weights[row(rng)] += 1.0;
  return {data, std::move(weights)};
}

void detail::require_items(std::size_t count) {
  if (count == 0) throw InvalidData("there are no observations");
}

}  // namespace latent
