// W, the covariance within groups, found without knowing the groups.
#pragma once

#include <span>

#include "latent/models/gaussian_mixture.hpp"

namespace latent {

/// W in the shape of the kind: the covariance of the mixture with one covariance, of a number of components that BIC
/// chooses; no component is narrower than `resolution` (R, in the shape of the kind).
///
/// BIC chooses in units of the covariance of all the data. If neighbours differ much less in some directions than in
/// others, it chooses also in units of near neighbours, and then of each W found until it is no better: among
/// directions in which nothing is to be seen, groups that are far apart in one are hidden in the first units, and found
/// in the others. W depends on no seed.
/// @param rows N×d, in units in which the covariance of all the data is the identity: then k-means++ sees no column's
/// unit, and (full, tied) no direction's.
/// Cost: some hundred E-steps, of O(N·d²) each, and the distances among 128 rows.
[[nodiscard]] Matrix covariance_within_groups(const RowMatrix& rows, std::span<const double> weights,
                                              CovarianceKind kind, const Matrix& resolution);

}  // namespace latent
