/// @file
/// Draws by weight: of one item, and of many at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "latent/core/matrix.hpp"
#include "latent/core/random.hpp"

namespace latent {

/// Masses, one for each item: any vector of numbers, the row or the column of a matrix too (`row.transpose()`). They
/// need not sum to 1. One that is not positive, or is no number, counts as 0.
using Masses = Eigen::Ref<const Vector, 0, Eigen::InnerStride<>>;

/// An item (from 0), drawn with a chance proportional to its mass; nothing where no mass is positive. It takes one
/// number from the engine, and none where there is nothing to draw. Masses may be of any size: their sum may overflow,
/// and all of them may be below the smallest normal number. Infinite ones outweigh the others, and are alike. Cost
/// O(n).
[[nodiscard]] std::optional<std::size_t> draw_by_mass(const Masses& masses, RandomEngine& rng);

/// How often each item was drawn in so many independent draws of that kind (a multinomial draw); nothing where no mass
/// is positive. Cost O(n), whatever the number of draws.
/// @pre the number of draws is not negative.
[[nodiscard]] std::optional<std::vector<std::int64_t>> draw_counts_by_mass(const Masses& masses, std::int64_t draws,
                                                                           RandomEngine& rng);

}  // namespace latent
