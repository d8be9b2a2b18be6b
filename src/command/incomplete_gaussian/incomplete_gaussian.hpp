// What fit and impute share of incomplete-gaussian.
#pragma once

#include "command/options/fit_arguments.hpp"
#include "command/reports/json.hpp"
#include "latent/models/incomplete_gaussian.hpp"
#include "latent/solver/fit.hpp"

namespace latent::cli {

/// Fits to a table's rows, from the usual start.
/// @throws Error with the names of file and column, where the data can't be used.
FitResult<IncompleteGaussian> fit_incomplete_gaussian(const NumericTable& table, const IncompleteObservations& data,
                                                      const FitArguments& arguments, const FitOptions& options);

/// Groups a table's rows by missingness pattern.
/// @throws Error with the names of file and column, where the data can't be used.
IncompleteObservations incomplete_observations(const NumericTable& table);

/// Adds what the reader of a fit should know, and words what the monitor says for those who use the model.
void add_cautions(std::vector<std::string>& warnings, const NumericTable& table, const IncompleteObservations& data,
                  const IncompleteGaussian& model);

/// The model in a file.
/// @throws Error with the file's name, where its parameters are none.
IncompleteGaussian incomplete_gaussian_from(const ModelFile& file);

}  // namespace latent::cli
