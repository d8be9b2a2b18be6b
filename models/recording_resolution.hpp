// How finely the values of each column were recorded.
#pragma once

#include "latent/data/observations.hpp"

namespace latent {

/// δ, d: the spacing of the values of each column, as far as they were rounded, counted or coded. 0 for a column of
/// which fewer than a tenth of the observations share their value with another.
///
/// δ_j is the median, over the observations that share their value, of the distance from it to the nearest other value.
/// A median, because a single odd value must not make the spacing of all others look fine. An observation of weight 2
/// or more shares its value with itself.
///
/// Cost O(N·d) memory traffic if a sample of 16,384 observations shows no ties: values that are recorded so finely
/// cannot hold a component. Otherwise O(N·log N) per column; the columns are divided among the threads at hand.
/// @pre complete data.
[[nodiscard]] Vector recording_resolution(const Observations& data);

}  // namespace latent
