// What a component owes to being narrower than the data can vouch for.
#pragma once

#include "latent/models/gaussian_mixture.hpp"

namespace latent {

/// Whether so many observations are too few to vouch for a covariance of their own: fewer than 4, or than d + 2 if it
/// is dense (d + 1 lie in no plane, and may come near one by chance).
[[nodiscard]] bool holds_few(CovarianceKind kind, double observations, Index dimension);

/// By how many nats a component of so many observations with covariance `held` is likelier with `covariance` than with
/// one that the data can vouch for: ⪰ R, and ⪰ W where it holds few observations. Cost O(d³), else O(d).
[[nodiscard]] double nats_of_narrowness(CovarianceKind kind, const Matrix& held, const Matrix& covariance,
                                        const CovarianceFloor& floor, double observations, Index dimension);

}  // namespace latent
