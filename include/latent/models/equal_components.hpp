/// @file
/// Whether components of a fitted mixture are equal, as they are at a saddle point that EM does not leave.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"

namespace latent {

/// Numbers of two components, from 0.
using ComponentPair = std::pair<std::size_t, std::size_t>;

/// The first two components whose parameters differ by less than 10⁻⁶ of their standard errors, as those would be if
/// the components of all observations were known. EM started with equal components keeps them equal: at most it finds
/// the maximum with one component less. Cost O(K²·d²).
/// @param model with parameters; so below.
/// @param total_weight n, the total weight of the data.
[[nodiscard]] std::optional<ComponentPair> equal_components(const GaussianMixture& model, double total_weight);
/// The same for coins.
/// @param model with parameters.
/// @param tosses the number of tosses in the data, each counted by the weight of its set.
[[nodiscard]] std::optional<ComponentPair> equal_components(const CoinMixture& model, double tosses);

}  // namespace latent
