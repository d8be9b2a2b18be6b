/// @file
/// What weights count for: criteria and standard errors take a weight of 2 for an observation that was made twice.
#pragma once

#include <optional>
#include <string>

#include "latent/data/observations.hpp"

namespace latent {

/// Kish's effective size of a weighted sample, (Σw)²/Σw²: as many equally weighted observations say as much about a
/// mean (Kish 1965, Survey Sampling, section 11.7). 0 if all weights are 0.
[[nodiscard]] double effective_size(const Vector& weights);

/// One line for the reader of BIC or of standard errors if weights are not whole numbers, and so hardly counts of
/// observations; it names their sum and the effective size. Nothing otherwise.
[[nodiscard]] std::optional<std::string> note_on_weights(const Vector& weights);

}  // namespace latent
