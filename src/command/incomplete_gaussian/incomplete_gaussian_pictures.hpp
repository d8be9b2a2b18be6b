// Pictures of an incomplete Gaussian.
#pragma once

#include <vector>

#include "command/plotting/figure.hpp"
#include "latent/data/data_file.hpp"
#include "latent/models/incomplete_gaussian.hpp"

namespace latent::cli {

/// Where values are missing, what was imputed beside what was observed, and the two columns with the most missing
/// values against each other; `others`, as the run, follow.
[[nodiscard]] Figure picture_of_imputation(const IncompleteGaussian& model, const NumericTable& data,
                                           std::vector<Panel> others = {});

}  // namespace latent::cli
