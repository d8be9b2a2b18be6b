/// @file
/// Gaussian mixtures to select from: of each number of components, with each kind of covariance.
#pragma once

#include <cstddef>
#include <vector>

#include "latent/inference/select.hpp"
#include "latent/models/gaussian_mixture.hpp"

namespace latent {

/// One candidate for each kind and number of components, kind after kind, labelled as "2 components, tied covariance".
/// The covariance in `options` is not looked at.
/// @throws InvalidOption where a number is 0, or an option is out of its range.
[[nodiscard]] std::vector<Candidate<GaussianMixture>> gaussian_mixture_candidates(
    const std::vector<std::size_t>& components, const std::vector<CovarianceKind>& kinds = {CovarianceKind::full},
    const GaussianMixtureOptions& options = {});

}  // namespace latent
