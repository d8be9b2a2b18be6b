/// @file
/// Data whose weights can be changed, to see whether an observation of weight 2 counts as two.
#pragma once

#include <concepts>
#include <span>
#include <utility>
#include <vector>

#include "latent/data/observations.hpp"
#include "latent/data/resample.hpp"

namespace latent {

/// The same observations, the weight of each multiplied by its factor, N; the rows must outlive them.
[[nodiscard]] ResampledObservations reweighted(const Observations& data, const Vector& factors);

/// Items with `weight()` and `with_weight(weight)`.
template <class Item>
  requires requires(const Item& item, double weight) {
    { item.with_weight(weight) } -> std::convertible_to<Item>;
    { item.weight() } -> std::convertible_to<double>;
  }
[[nodiscard]] std::vector<Item> reweighted(std::span<const Item> data, const Vector& factors) {
  std::vector<Item> changed;
  changed.reserve(data.size());
  for (const Item& item : data) {
    changed.push_back(item.with_weight(item.weight() * factors[static_cast<Index>(changed.size())]));
  }
  return changed;
}

/// Items with a number `weight`.
template <class Item>
  requires requires(Item& item) {
    { item.weight } -> std::same_as<double&>;
  }
[[nodiscard]] std::vector<Item> reweighted(std::span<const Item> data, const Vector& factors) {
  std::vector<Item> changed(data.begin(), data.end());
  for (std::size_t i = 0; i < changed.size(); ++i) changed[i].weight *= factors[static_cast<Index>(i)];
  return changed;
}

/// Data with `reweighted(data, factors)`, which returns something that converts to `Data`; a type of data of one's own
/// has such a function beside it.
template <class Data>
concept ReweightableData = requires(const Data& data, const Vector& factors) {
  { reweighted(data, factors) } -> std::convertible_to<Data>;
};

}  // namespace latent
