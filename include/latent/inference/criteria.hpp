/// @file
/// Information criteria: lower is better.
#pragma once

#include "latent/core/model.hpp"

namespace latent {

/// Akaike's criterion, −2 log L + 2p, with p free parameters (Akaike 1974).
[[nodiscard]] double aic(double log_likelihood, double free_parameters);

/// Schwarz's Bayesian criterion, −2 log L + p log n, with n observations, or their total weight (Schwarz 1978).
[[nodiscard]] double bic(double log_likelihood, double free_parameters, double observations);

/// The log of each row's largest posterior probability, weighted and summed: Σ_n w_n max_k log r_nk, at most 0. It is 0
/// where every observation is assigned with certainty. Cost O(N·K).
/// @pre as many weights as `posterior` (N×K) has rows.
[[nodiscard]] double classification_certainty(const Matrix& posterior, const Vector& weights);

/// The integrated completed likelihood in BIC's approximation, BIC − 2 Σ_n max_k log r_nk: a BIC that also asks for
/// components that don't overlap (Biernacki, Celeux & Govaert 2000, IEEE PAMI 22:719).
[[nodiscard]] double icl(double bic, double classification_certainty);

}  // namespace latent
