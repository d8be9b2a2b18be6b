/// @file
/// Resampling: a data set drawn from a data set, with replacement, as the nonparametric bootstrap takes it (Efron 1979,
/// Annals of Statistics 7:1).
#pragma once

#include <boost/random/uniform_int_distribution.hpp>
#include <concepts>
#include <cstddef>
#include <span>
#include <vector>

#include "latent/core/random.hpp"
#include "latent/data/observations.hpp"

namespace latent {

/// How often each of N items is drawn, when as many are drawn as the weights sum to (rounded, but at least 1), with
/// replacement, and with probabilities in proportion to the weights. Scaled so that the counts have the sum of the
/// weights. Cost O(N).
/// @pre finite weights that are not negative.
/// @throws InvalidData where the weights sum to 0, to less than 1.5 where several are positive, or to more than 1e15,
/// which are too many to draw.
[[nodiscard]] std::vector<double> resampled_weights(std::span<const double> weights, RandomEngine& rng);

/// Observations drawn from others: the same rows, which must outlive them, with weights that say how often each was
/// drawn.
class ResampledObservations {
 public:
  /// @pre as many weights as there are observations.
  ResampledObservations(const Observations& rows, std::vector<double> weights);

  /// How often each row was drawn, N.
  [[nodiscard]] const std::vector<double>& weights() const { return weights_; }
  /// The observations, as a model takes them.
  operator Observations() const;  // NOLINT(google-explicit-constructor)

 private:
  Observations rows_;
  std::vector<double> weights_;
};

/// As many observations as there are, or as the weights sum to: a weight counts how often an observation was made.
/// Cost O(N), whatever the dimension.
/// @throws InvalidData as `resampled_weights`.
[[nodiscard]] ResampledObservations resample(const Observations& data, RandomEngine& rng);

/// N items drawn from N, with replacement. Items that carry a `weight` of their own need an overload of their own, and
/// those that stand for several observations want one.
/// @throws InvalidData where there are none.
template <class T>
  requires(
      !requires(const T& item) { item.weight; } && !requires(const T& item) { item.weight(); })
[[nodiscard]] std::vector<T> resample(std::span<const T> data, RandomEngine& rng);

/// Data with `resample(data, rng)`, which returns something that owns what it has drawn and converts to `Data`. An
/// overload for data of your own is found beside their type.
template <class Data>
concept ResampleableData = requires(const Data& data, RandomEngine& rng) {
  { resample(data, rng) } -> std::convertible_to<Data>;
};

namespace detail {

void require_items(std::size_t count);

}  // namespace detail

template <class T>
  requires(
      !requires(const T& item) { item.weight; } && !requires(const T& item) { item.weight(); })
std::vector<T> resample(std::span<const T> data, RandomEngine& rng) {
  detail::require_items(data.size());
  const boost::random::uniform_int_distribution<std::size_t> item(0, data.size() - 1);
  std::vector<T> drawn;
  drawn.reserve(data.size());
  for (std::size_t n = 0; n < data.size(); ++n) drawn.push_back(data[item(rng)]);
  return drawn;
}

}  // namespace latent
