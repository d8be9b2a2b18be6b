/// @file
/// The mixing weights π of a mixture: K probabilities that sum to 1.
#pragma once

#include <string>
#include <vector>

#include "latent/core/matrix.hpp"
#include "latent/core/random.hpp"

namespace latent {

/// The weights, scaled to sum to 1 to rounding where they do so to 1e-8.
/// @throws InvalidOption unless there is at least one weight, and all are finite, not negative, and sum to 1 within
/// 1e-8.
[[nodiscard]] Vector mixing_weights(const Vector& weights);

/// The proportions that maximise Σ_k n_k log π_k: π_k = n_k / n. Positive where n_k is, however small.
/// @pre numbers that are finite, not negative, and not all 0.
[[nodiscard]] Vector maximising_weights(const Vector& numbers);

/// A sentence for each component (counted from 1) that holds less than one observation, by more than a thousandth: what
/// the others hold hardly changes without it, so the data do not determine its parameters.
/// @param numbers n_k, the expected number of observations of each component: n π_k.
[[nodiscard]] std::vector<std::string> remarks_on_small_components(const Vector& numbers);

/// Weights without constraints: log π_k/π_K for k < K, so K − 1 numbers; a weight of 0 counts as the
/// smallest normal number, so that all are finite.
[[nodiscard]] Vector log_ratios(const Vector& weights);

/// The K weights back from their K − 1 log ratios: they sum to 1 to rounding, and no ratio overflows.
[[nodiscard]] Vector from_log_ratios(const Vector& ratios);

/// The diagonal of the information on `log_ratios` in one draw of a component: π_k (1 − π_k) for k < K.
[[nodiscard]] Vector log_ratios_information(const Vector& weights);

/// A component (from 0), drawn with the weights as probabilities. Cost O(K).
/// @pre weights that sum to 1.
[[nodiscard]] Index draw_component(const Vector& weights, RandomEngine& rng);

/// The components' numbers (from 0), the heaviest first; of equal weight (to 1e-6, what a stopping rule may leave) the
/// one first whose row of `locations`, K×any, is smaller, column by column.
/// @pre as many rows as weights.
[[nodiscard]] std::vector<Index> order_by_weight(const Vector& weights, const RowMatrix& locations);

}  // namespace latent
