#include "latent/data/data_set.hpp"

#include <fmt/format.h>

#include <boost/random/uniform_int_distribution.hpp>
#include <cmath>

#include "core/counted.hpp"
#include "latent/core/errors.hpp"
#include "latent/core/random.hpp"

namespace latent {
namespace {

// Fisher and Yates; std::shuffle draws otherwise on other platforms.
void shuffle(Rows& items, std::uint64_t seed) {
  RandomEngine rng = random_stream(seed, 0);
  for (std::size_t last = items.size(); last > 1; --last) {
    const boost::random::uniform_int_distribution<std::size_t> any(0, last - 1);
    std::swap(items[last - 1], items[any(rng)]);
  }
}

}  // namespace

ObservationSubset::ObservationSubset(const Observations& data, const Rows& rows)
    : values_(static_cast<Index>(rows.size()), static_cast<Index>(data.dimension())) {
  for (std::size_t i = 0; i < rows.size(); ++i) values_.row(static_cast<Index>(i)) = data[rows[i]].transpose();
  if (!data.weighted()) return;
  weights_.reserve(rows.size());
  for (const std::size_t row : rows) weights_.push_back(data.weight(row));
}

ObservationSubset subset(const Observations& data, const Rows& rows) { return {data, rows}; }

Folds Folds::balanced(std::size_t size, int folds, std::uint64_t seed) {
  if (folds < 2 || static_cast<std::size_t>(folds) > size) {
    throw InvalidOption("folds", fmt::to_string(folds),
                        fmt::format("must be at least 2, and at most the {}", counted(size, "observation")));
  }
  const auto count = static_cast<std::size_t>(folds);
  Rows fold_of(size);
  for (std::size_t row = 0; row < size; ++row) fold_of[row] = row % count;
  shuffle(fold_of, seed);
  return {std::move(fold_of), count};
}

Folds Folds::single(std::size_t size, double fraction, std::uint64_t seed) {
  if (!(fraction > 0.0 && fraction < 1.0)) {
    throw InvalidOption("held-out", fmt::to_string(fraction), "must be more than 0 and less than 1");
  }
  const auto rounded = static_cast<std::size_t>(std::llround(fraction * static_cast<double>(size)));
  const std::size_t held_out = std::max<std::size_t>(1, rounded);
  if (held_out >= size) {
    throw InvalidOption(
        "held-out", fmt::to_string(fraction),
        fmt::format("must leave some of the data to fit to, which have {}", counted(size, "observation")));
  }
  Rows fold_of(size, 1);
  for (std::size_t row = 0; row < held_out; ++row) fold_of[row] = 0;
  shuffle(fold_of, seed);
  return {std::move(fold_of), 1};
}

Split Folds::split(std::size_t fold) const {
  Split split;
  for (std::size_t row = 0; row < fold_of_.size(); ++row) {
    (fold_of_[row] == fold ? split.held_out : split.training).push_back(row);
  }
  return split;
}

}  // namespace latent
