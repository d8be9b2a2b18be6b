// What a statistician would ask about a fit, in one line each, in words for those who use a model, not for its author.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "latent/data/observations.hpp"

namespace latent {
class IncompleteObservations;
class NumericTable;
}  // namespace latent

namespace latent::cli {

using Warnings = std::vector<std::string>;

/// Where there are more free parameters than a third of the observations.
void warn_of_many_parameters(Warnings& warnings, double free_parameters, double total_weight);

/// Where two components, numbered from 0, are equal.
void warn_of_equal_components(Warnings& warnings, const std::optional<std::pair<std::size_t, std::size_t>>& equal);

/// Where columns have only two values each, which no normal distribution describes; not for fewer than 10 observations.
void warn_of_two_valued_columns(Warnings& warnings, const NumericTable& table);

/// Where two columns are never observed together, so that their covariance cannot be estimated.
void warn_of_columns_never_together(Warnings& warnings, const IncompleteObservations& data,
                                    const std::vector<std::string>& columns);

/// Where the others leave less than a ten-thousandth of a column's variance unexplained within a component.
void warn_of_nearly_collinear_columns(Warnings& warnings, const std::vector<std::string>& columns,
                                      const std::vector<Matrix>& covariances);

/// The monitor's words about a decrease, which are for the author of a model, become a sentence that names the columns
/// that are nearly linear combinations of others within a component.
/// @param covariances of the components, d×d; none for a model without them.
void reword_decreases(Warnings& warnings, const std::vector<std::string>& columns = {},
                      const std::vector<Matrix>& covariances = {});

}  // namespace latent::cli
