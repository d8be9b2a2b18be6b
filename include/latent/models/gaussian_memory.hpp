/// @file
/// What fits of Gaussian models take of memory: estimates from below, so that what can't be done is refused before it
/// is begun.
#pragma once

#include <cstddef>

#include "latent/models/gaussian_mixture.hpp"

namespace latent {

/// The bytes that a fit of a Gaussian mixture takes, at least, K = `components` and d = `dimension`: for each of the
/// restarts that run at once (by the threads at hand) its parameters, covariances and their factors, and its
/// statistics; and the parameters of the best restart so far. Cost O(1).
[[nodiscard]] double memory_of_gaussian_mixture(std::size_t components, std::size_t dimension, CovarianceKind kind,
                                                std::size_t restarts = 1);

/// Refuses a fit of a Gaussian mixture that needs more memory than there is (memory_at_hand()).
/// @throws TooLittleMemory, with what it needs and what to do. `check` throws it too, of one restart.
void require_memory_of_gaussian_mixture(std::size_t components, std::size_t dimension, CovarianceKind kind,
                                        std::size_t restarts = 1);

/// The bytes that a fit of an incomplete Gaussian takes, at least: the covariance, its factor, and the scatters of two
/// E-steps, each d×d.
[[nodiscard]] double memory_of_incomplete_gaussian(std::size_t dimension);

/// Refuses a fit of an incomplete Gaussian that needs more memory than there is.
/// @throws TooLittleMemory. The constructor from data throws it too.
void require_memory_of_incomplete_gaussian(std::size_t dimension);

}  // namespace latent
