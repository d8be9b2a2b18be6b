#include "recording_resolution.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "latent/core/parallel.hpp"

namespace latent {
namespace {

// A value that was recorded once or more.
struct RecordedValue {
  double value = 0.0;
  double weight = 0.0;
  std::size_t times = 0;

  [[nodiscard]] bool shared() const { return times >= 2 || weight >= 2.0; }
};

// The same number, written down twice and computed with in between.
bool same_value(double a, double b) {
  return std::abs(a - b) <= 8.0 * std::numeric_limits<double>::epsilon() * std::max(std::abs(a), std::abs(b));
}

// The distinct values of every `stride`-th observation in one column, ascending.
std::vector<RecordedValue> recorded_values(const Observations& data, std::size_t column, std::size_t stride) {
  std::vector<RecordedValue> all;
  all.reserve(data.size() / stride + 1);
  for (std::size_t row = 0; row < data.size(); row += stride) {
    if (data.weight(row) > 0.0) all.push_back({.value = data(row, column), .weight = data.weight(row), .times = 1});
  }
  std::ranges::sort(all, {}, &RecordedValue::value);
  std::vector<RecordedValue> distinct;
  for (const RecordedValue& next : all) {
    if (!distinct.empty() && same_value(distinct.back().value, next.value)) {
      distinct.back().weight += next.weight;
      ++distinct.back().times;
    } else {
      distinct.push_back(next);
    }
  }
  return distinct;
}

// The part of the weight that lies on values which observations share.
double shared_part(const std::vector<RecordedValue>& values) {
  double shared = 0.0;
  double total = 0.0;
  for (const RecordedValue& value : values) {
    total += value.weight;
    if (value.shared()) shared += value.weight;
  }
  return shared / total;
}

struct WeightedDistance {
  double distance = 0.0;
  double weight = 0.0;
};

// The distance from each shared value to the nearest other one, with the weight that lies on the value.
std::vector<WeightedDistance> distances_of_shared(const std::vector<RecordedValue>& values) {
  std::vector<WeightedDistance> distances;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i].shared()) continue;
    double nearest = std::numeric_limits<double>::infinity();
    if (i > 0) nearest = values[i].value - values[i - 1].value;
    if (i + 1 < values.size()) nearest = std::min(nearest, values[i + 1].value - values[i].value);
    distances.push_back({.distance = nearest, .weight = values[i].weight});
  }
  return distances;
}

double median(std::vector<WeightedDistance> distances) {
  std::ranges::sort(distances, {}, &WeightedDistance::distance);
  double half = 0.0;
  for (const WeightedDistance& each : distances) half += 0.5 * each.weight;
  for (const WeightedDistance& each : distances) {
    half -= each.weight;
    if (half <= 0.0) return each.distance;
  }
  return 0.0;
}

double resolution_of(const Observations& data, std::size_t column) {
  // If values lie closer than 2e-4 standard deviations, the floor's other bound is higher. If they lie further apart, a
  // sample of this size shows ties.
  constexpr std::size_t sample = 1U << 14U;
  constexpr double no_ties = 0.01;
  const std::size_t stride = data.size() / sample + 1;
  if (stride > 1 && shared_part(recorded_values(data, column, stride)) < no_ties) return 0.0;

  constexpr double least_shared = 0.1;
  const std::vector<RecordedValue> values = recorded_values(data, column, 1);
  if (values.size() < 2 || shared_part(values) < least_shared) return 0.0;
  return median(distances_of_shared(values));
}

}  // namespace

Vector recording_resolution(const Observations& data) {
  Vector resolution(static_cast<Index>(data.dimension()));
  parallel_for(data.dimension(),
               [&](std::size_t column) { resolution[static_cast<Index>(column)] = resolution_of(data, column); });
  return resolution;
}

}  // namespace latent
