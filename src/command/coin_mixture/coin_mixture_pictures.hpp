// Pictures of a coin mixture.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "command/plotting/figure.hpp"
#include "command/reports/report.hpp"
#include "latent/models/coin_mixture.hpp"

namespace latent::cli {

/// The responsibilities of the sets of tosses, the biases by iteration, and the run.
/// @param biases those of each iteration in the report's trace, each K; none where they are not known.
[[nodiscard]] Figure picture_of_fit(const CoinMixture& model, std::span<const TossSet> sets, const Report& report,
                                    const std::vector<Vector>& biases);

/// The responsibilities of the sets in a file of that name.
[[nodiscard]] Figure picture_of_prediction(const CoinMixture& model, std::span<const TossSet> sets,
                                           const std::string& file);

}  // namespace latent::cli
