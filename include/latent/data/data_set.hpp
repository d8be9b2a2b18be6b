/// @file
/// What model selection asks of a data set: what its observations weigh, and some of them as a data set of their own.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "latent/data/observations.hpp"

namespace latent {

/// Row numbers, from 0.
using Rows = std::vector<std::size_t>;

/// Some rows of `Observations` with their weights, copied: it owns what the view looks at.
class ObservationSubset {
 public:
  /// @pre each row is below `data.size()`. Cost O(rows · d) time and memory.
  ObservationSubset(const Observations& data, const Rows& rows);

  /// The view of the rows, as a model takes them; it lives as long as this object.
  operator Observations() const { return {values_, weights_}; }  // NOLINT(google-explicit-constructor)

 private:
  RowMatrix values_;
  std::vector<double> weights_;  // empty where the data have none
};

/// These rows of the data, as something that owns them and converts to the data's type. A type of data of one's own is
/// a `SubsettableData` with such a function in its namespace; one whose items are no single observations deletes it.
[[nodiscard]] ObservationSubset subset(const Observations& data, const Rows& rows);
/// The same for the items of a span, copied.
/// @pre each row is below `data.size()`. Cost O(rows).
template <class Item>
[[nodiscard]] std::vector<Item> subset(std::span<const Item> data, const Rows& rows) {
  std::vector<Item> chosen;
  chosen.reserve(rows.size());
  for (const std::size_t row : rows) chosen.push_back(data[row]);
  return chosen;
}

/// Data whose observations can be held out: `size()`, and `subset(data, rows)`.
template <class Data>
concept SubsettableData = requires(const Data& data, const Rows& rows) {
  { data.size() } -> std::convertible_to<std::size_t>;
  { subset(data, rows) } -> std::convertible_to<Data>;
};

namespace detail {

template <class Item>
double weight_of_item(const Item& item) {
  if constexpr (requires {
                  { item.weight() } -> std::convertible_to<double>;
                }) {
    return item.weight();
  } else if constexpr (requires {
                         { item.weight } -> std::convertible_to<double>;
                       }) {
    return item.weight;
  } else {
    return 1.0;
  }
}

}  // namespace detail

/// The weight of each observation, N: `data.weight(i)`, or `data[i].weight()` or `data[i].weight`, or else 1.
template <class Data>
  requires requires(const Data& data) { data.size(); }
[[nodiscard]] Vector weights_of(const Data& data) {
  Vector weights = Vector::Ones(static_cast<Index>(data.size()));
  for (std::size_t i = 0; i < data.size(); ++i) {
    if constexpr (requires {
                    { data.weight(i) } -> std::convertible_to<double>;
                  }) {
      weights[static_cast<Index>(i)] = data.weight(i);
    } else if constexpr (requires { data[i]; }) {
      weights[static_cast<Index>(i)] = detail::weight_of_item(data[i]);
    }
  }
  return weights;
}

/// Which observations a model is fitted to, and on which it is judged; both ascending.
struct Split {
  /// The rows to fit to.
  Rows training;
  /// The rows to judge by.
  Rows held_out;
};

/// Observations divided at random, each into one of several folds.
class Folds {
 public:
  /// `folds` folds whose sizes differ by one at most. The same seed gives the same folds.
  /// @throws InvalidOption unless 2 ≤ folds ≤ size.
  [[nodiscard]] static Folds balanced(std::size_t size, int folds, std::uint64_t seed);

  /// One fold, which has the fraction of the observations, rounded, and one at least.
  /// @throws InvalidOption unless 0 < fraction < 1, and something is left to fit to.
  [[nodiscard]] static Folds single(std::size_t size, double fraction, std::uint64_t seed);

  /// The number of folds.
  [[nodiscard]] std::size_t count() const { return count_; }
  /// Fold number `fold` (from 0) held out, and all other observations to train on. Cost O(N).
  [[nodiscard]] Split split(std::size_t fold) const;

 private:
  Folds(Rows fold_of, std::size_t count) : fold_of_(std::move(fold_of)), count_(count) {}

  Rows fold_of_;  // of each observation; count_ where it is in none
  std::size_t count_;
};

}  // namespace latent
