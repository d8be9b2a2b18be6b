// Pictures of a Gaussian mixture.
#pragma once

#include "command/plotting/figure.hpp"
#include "command/reports/report.hpp"
#include "latent/data/data_file.hpp"
#include "latent/models/gaussian_mixture.hpp"

namespace latent::cli {

/// In one dimension the histogram under the densities, the observations by component, the run, and responsibilities; in
/// two the observations under the components' ellipses of 1, 2 and 3 standard deviations, and the run; in more the same
/// for pairs of principal axes.
[[nodiscard]] Figure picture_of_fit(const GaussianMixture& model, const NumericTable& data, const Report& report);

/// The same for the observations that were predicted, with those marked whose component is uncertain, and no run.
[[nodiscard]] Figure picture_of_prediction(const GaussianMixture& model, const NumericTable& data);

}  // namespace latent::cli
