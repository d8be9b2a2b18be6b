/// @file
/// Where a run may begin: observations picked as centres, and responsibilities drawn at random.
#pragma once

#include <cstddef>
#include <vector>

#include "latent/core/random.hpp"
#include "latent/data/observations.hpp"

namespace latent {

/// The observations with these row numbers (from 0), a row each.
[[nodiscard]] RowMatrix rows_of(const Observations& data, const std::vector<std::size_t>& rows);

/// Some rows of a data set (numbers from 0), and the weight that each stands for.
struct RowSample {
  /// Row numbers, ascending or nearly so.
  std::vector<std::size_t> rows;
  /// As many; they sum to the total weight of the data.
  std::vector<double> weights;
};

/// About `size` rows that stand for all: the rows that are as heavy as their share, and of the others one drawn by
/// weight from each of strata of equal weight, in the order of the data. All rows, if there are no more than `size`.
/// Cost O(size), with weights O(N).
[[nodiscard]] RowSample stratified_sample(const Observations& data, std::size_t size, RandomEngine& rng);

/// `count` observations (row numbers from 0), spread by k-means++: the first is drawn by weight, each other by weight
/// times the squared distance to the nearest one picked so far (Arthur & Vassilvitskii 2007, SODA 1027). Distances are
/// taken after division of each column by `scale` (length d).
///
/// Of many observations a sample is looked at: of more than 2¹⁸/d, but of 4,096 at least, 16,384 at most, and 64 for
/// each centre. It has all rows that are as heavy as their share of it, and of the others one drawn by weight from each
/// of strata of equal weight. Where too few of it are distinct, all observations are looked at.
///
/// Observations count as distinct however near they are to each other, and weights and distances may be of any size:
/// what they multiply to may overflow or underflow.
/// Cost O(S·d·count) time and O(S·d) memory for a sample of S ≤ N; O(N·d·count) and O(N) for all.
/// @pre complete data, positive scales.
/// @throws InvalidData where there are fewer than `count` distinct observations of positive weight.
[[nodiscard]] std::vector<std::size_t> kmeans_plus_plus(const Observations& data, std::size_t count,
                                                        const Vector& scale, RandomEngine& rng);

/// `count` different observations (row numbers from 0), drawn by weight without replacement.
/// @throws InvalidData where there are fewer than `count` of positive weight.
[[nodiscard]] std::vector<std::size_t> random_observations(const Observations& data, std::size_t count,
                                                           RandomEngine& rng);

/// One observation's responsibilities for K components, drawn uniformly from the simplex; each is positive.
[[nodiscard]] Vector random_responsibilities(std::size_t components, RandomEngine& rng);

}  // namespace latent
