#include "latent/data/observations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/counted.hpp"
#include "latent/core/errors.hpp"
#include "latent/expectation/packed_block.hpp"
#include "latent/expectation/parts.hpp"

namespace latent {
namespace {

// Squares, and sums of up to 1e8 of them, stay below the largest double; so do weights times distances.
constexpr double largest_value = 1e150;

void require_usable(double value, std::size_t row, std::size_t column) {
  if (std::isinf(value)) throw InvalidData("the value is infinite", row + 1, column + 1);
  if (std::abs(value) > largest_value) {
    throw InvalidData(fmt::format("{} is too large: its square overflows; rescale the column", value), row + 1,
                      column + 1);
  }
}

}  // namespace

Observations::Observations(const double* values, std::size_t size, std::size_t dimension,
                           std::span<const double> weights)
    : values_(values), weights_(weights.empty() ? nullptr : weights.data()), size_(size), dimension_(dimension) {
  if (!weights.empty() && weights.size() != size) {
    throw InvalidData(fmt::format("{} for {}", counted(weights.size(), "weight"), counted(size, "observation")));
  }
  for (std::size_t row = 0; row < weights.size(); ++row) {
    if (!(weights[row] >= 0.0) || std::isinf(weights[row])) {
      throw InvalidData(fmt::format("the weight is {}; weights must be finite and not negative", weights[row]),
                        row + 1);
    }
  }
}

double Observations::total_weight() const {
  if (!weighted()) return static_cast<double>(size_);
  return Eigen::Map<const Vector>(weights_, static_cast<Index>(size_)).sum();
}

Observations Observations::subspan(std::size_t first, std::size_t count) const {
  Observations part = *this;
  part.values_ = values_ + first * dimension_;
  part.weights_ = weighted() ? weights_ + first : nullptr;
  part.size_ = count;
  return part;
}

namespace {

// Whether all values, or all that are not NaN, are usable. By the largest, as a look at each is slower than memory.
template <int NaNPropagation>
bool all_usable(const Observations& data) {
  struct Unusable {
    bool any = false;
    Unusable& operator+=(const Unusable& other) {
      any = any || other.any;
      return *this;
    }
  };
  const auto in_part = [](std::size_t /*first*/, const Observations& part) {
    const double largest = part.matrix().cwiseAbs().template maxCoeff<NaNPropagation>();
    return Unusable{.any = !(largest <= largest_value) &&
                           !(NaNPropagation == Eigen::PropagateNumbers && std::isnan(largest))};
  };
  return !sum_over_parts(data, in_part).any;
}

void require_some_weight(const Observations& data) {
  const double total = data.total_weight();
  if (!(total > 0.0)) throw InvalidData("all observations have weight 0");
  if (total > largest_value) {
    throw InvalidData(fmt::format("the sum of the weights, {}, is too large; rescale them", total));
  }
}

}  // namespace

void require_complete(const Observations& data) {
  if (data.empty() || data.dimension() == 0 || !all_usable<Eigen::PropagateNaN>(data)) {
    require_usable_or_missing(data);
    for (std::size_t row = 0; row < data.size(); ++row) {
      for (std::size_t column = 0; column < data.dimension(); ++column) {
        if (!std::isnan(data(row, column))) continue;
        throw InvalidData("the value is missing; leave the row out, or use a model for incomplete data", row + 1,
                          column + 1);
      }
    }
  }
  require_some_weight(data);
}

void require_usable_or_missing(const Observations& data) {
  if (data.empty() || data.dimension() == 0) throw InvalidData("there are no observations");
  if (!all_usable<Eigen::PropagateNumbers>(data)) {
    for (std::size_t row = 0; row < data.size(); ++row) {
      for (std::size_t column = 0; column < data.dimension(); ++column) require_usable(data(row, column), row, column);
    }
  }
  require_some_weight(data);
}

void require_total_weight(double total, double least) {
  constexpr double rounding = 1e-9;  // of weights that were divided by something
  if (total >= least * (1.0 - rounding)) return;
  throw InvalidData(
      fmt::format("the weights sum to {:.6g}, and must sum to at least {}, as they count observations; multiply them "
                  "so that their mean is 1",
                  total, least));
}

namespace {

// The first row of the largest weight.
std::size_t heaviest(const Observations& data) {
  std::size_t best = 0;
  for (std::size_t row = 1; data.weighted() && row < data.size(); ++row) {
    if (data.weight(row) > data.weight(best)) best = row;
  }
  return best;
}

// Σ_n w_n f(x_nj − c_j) for each column.
template <class Function>
Vector sums_about(const Observations& data, const Vector& centre, const Function& function) {
  return sum_over_parts(data, [&](std::size_t /*first*/, const Observations& part) {
    Vector sums = Vector::Zero(centre.size());
    PackedBlock block(part.dimension());
    for_each_block(part, block, [&](std::size_t /*first*/) {
      const auto size = static_cast<Index>(block.size());
      for (Index j = 0; j < sums.size(); ++j) {
        const Eigen::Map<const Vector> column(block.column(static_cast<std::size_t>(j)), size);
        const auto values = function((column.array() - centre[j]));
        if (block.plain()) {
          sums[j] += values.sum();
        } else {
          sums[j] += (values * Eigen::Map<const Vector>(block.weights(), size).array()).sum();
        }
      }
    });
    return sums;
  });
}

}  // namespace

Vector column_means(const Observations& data) {
  // About an observation, so that nothing is lost where the spread is small beside the mean; one that counts for at
  // least the N-th part, and so lies within √N standard deviations of it.
  const Vector pivot = data[heaviest(data)];
  const auto distance = [](const auto& y) { return y; };
  return pivot + sums_about(data, pivot, distance) / data.total_weight();
}

Vector column_variances(const Observations& data) {
  const auto square = [](const auto& y) { return y.square(); };
  return sums_about(data, column_means(data), square) / data.total_weight();
}

}  // namespace latent
