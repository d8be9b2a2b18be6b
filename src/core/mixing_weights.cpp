#include "latent/core/mixing_weights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "latent/core/draw_by_mass.hpp"
#include "latent/core/errors.hpp"

namespace latent {

Vector mixing_weights(const Vector& weights) {
  constexpr double allowed = 1e-8;
  constexpr double rounding = 1e-15;
  const bool valid = weights.size() > 0 && weights.allFinite() && (weights.array() >= 0.0).all() &&
                     std::abs(weights.sum() - 1.0) <= allowed;
  if (valid) {
    // Weights that sum to 1 but for rounding stay as they are, so that what was saved comes back bit for bit.
    const double sum = weights.sum();
    return std::abs(sum - 1.0) <= rounding * static_cast<double>(weights.size()) ? weights : weights / sum;
  }
  throw InvalidOption("weights", fmt::format("{} of sum {}", weights.size(), weights.sum()),
                      "must be finite, not negative, and sum to 1");
}

Vector maximising_weights(const Vector& numbers) {
  const Vector weights = numbers / numbers.sum();
  constexpr double least = std::numeric_limits<double>::denorm_min();
  return (numbers.array() > 0.0).select(weights.cwiseMax(least), 0.0);
}

std::vector<std::string> remarks_on_small_components(const Vector& numbers) {
  constexpr double one = 1.0 - 1e-3;
  std::vector<std::string> remarks;
  for (Index k = 0; k < numbers.size(); ++k) {
    if (!(numbers[k] < one)) continue;
    remarks.push_back(
        fmt::format("component {} holds {:.3g} observations, less than one: the data do not determine its parameters; "
                    "use fewer components, or another start",
                    k + 1, numbers[k]));
  }
  return remarks;
}

Vector log_ratios(const Vector& weights) {
  const Vector logs = weights.cwiseMax(std::numeric_limits<double>::min()).array().log();
  return logs.head(weights.size() - 1).array() - logs[weights.size() - 1];
}

Vector log_ratios_information(const Vector& weights) {
  const auto first = weights.head(weights.size() - 1).array();
  return first * (1.0 - first);
}

Vector from_log_ratios(const Vector& ratios) {
  Vector weights(ratios.size() + 1);
  weights << ratios, 0.0;
  weights = (weights.array() - weights.maxCoeff()).exp();
  return weights / weights.sum();
}

Index draw_component(const Vector& weights, RandomEngine& rng) {
  return static_cast<Index>(draw_by_mass(weights, rng).value());
}

std::vector<Index> order_by_weight(const Vector& weights, const RowMatrix& locations) {
  const auto before = [&](Index a, Index b) {
    constexpr double steps = 1e6;
    const double difference = std::round(steps * weights[a]) - std::round(steps * weights[b]);
    if (difference != 0.0) return difference > 0.0;
    if (locations.row(a) != locations.row(b)) {
      return std::ranges::lexicographical_compare(locations.row(a), locations.row(b));
    }
    return a < b;
  };
  std::vector<Index> order(static_cast<std::size_t>(weights.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::ranges::sort(order, before);
  return order;
}

}  // namespace latent
