// What a component owes to being narrower than the data can vouch for.
#pragma once

#include <optional>

#include "latent/models/gaussian_mixture.hpp"

namespace latent {

/// Whether so many observations are too few to vouch for a covariance of their own: fewer than 4, or than d + 2 if it
/// is dense (d + 1 lie in no plane, and may come near one by chance).
[[nodiscard]] bool holds_few(CovarianceKind kind, double observations, Index dimension);

/// The factor of the narrowest covariance that the data can vouch for: ⪰ R, and ⪰ c W, or ⪰ W where a component holds
/// few observations. In the shape of the kind; nothing if it has no factor. Cost O(d³), else O(d).
[[nodiscard]] std::optional<Matrix> factor_of_believable(CovarianceKind kind, const CovarianceFloor& floor, bool few);

/// By how many nats a component of so many observations with covariance `held` is likelier with `covariance` than with
/// the likeliest that is ⪰ the believable one. Cost O(d³), else O(d).
[[nodiscard]] double nats_of_narrowness(CovarianceKind kind, const Matrix& held, const Matrix& covariance,
                                        const Matrix& believable, double observations, Index dimension);

}  // namespace latent
