// --standardize: the fit is of columns in units of their spread, and all that is reported in those of the data.
#pragma once

#include "command/options/select_arguments.hpp"
#include "latent/data/data_file.hpp"
#include "latent/data/standardization.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/models/incomplete_gaussian.hpp"
#include "latent/solver/fit.hpp"

namespace latent::cli {

/// Adds --standardize.
void add_standardize_option(Command& command, FitArguments& arguments);

struct StandardizedTable {
  NumericTable table;
  Standardization units;
  /// What a log-likelihood of the data has more than one of the table.
  double log_likelihood_change = 0.0;
};

/// @throws Error with the names of file and column, where a column can't be standardised.
StandardizedTable standardized_table(const NumericTable& table);

/// Spherical covariances are not spherical any more in other units.
/// @throws InvalidOption for those.
void require_standardizable(CovarianceKind kind);

/// The model of the standardised columns for that of the data, and the other way round. A mixture's penalty goes with
/// it, and its ridge stays one on standardised columns; the incomplete Gaussian comes without its penalty.
GaussianMixture standardized(const GaussianMixture& model, const Standardization& units);
GaussianMixture in_data_units(const GaussianMixture& model, const Standardization& units);
IncompleteGaussian standardized(const IncompleteGaussian& model, const Standardization& units);
IncompleteGaussian in_data_units(const IncompleteGaussian& model, const Standardization& units);

/// A fit's figures with so much added to the log-likelihoods, and to the objectives.
void change_log_likelihoods(FitSummary& fit, double log_likelihood, double objective);

/// What a log-prior in the units of the data has more than one of the standardised columns, whatever the parameters.
/// @param model with the options of the fit, of so many columns.
double log_prior_change(const GaussianMixture& model, const Standardization& units, std::size_t dimension);

/// Tells an observer of a fit to the standardised columns what so much is added to: log-likelihoods, and objectives.
Observer told_in_data_units(const Observer& observer, double log_likelihood, double objective);

/// A fit of the standardised columns as one of the data, to which `model` is its model: log-likelihoods, objectives,
/// and the trace.
template <class Model>
FitResult<Model> in_data_units(FitResult<Model> fit, Model model, const StandardizedTable& standard) {
  const double prior_change = model.log_prior() - fit.model.log_prior();
  change_log_likelihoods(fit, standard.log_likelihood_change, standard.log_likelihood_change + prior_change);
  fit.model = std::move(model);
  return fit;
}

/// A selection among models of the standardised columns as one among models of the data.
template <class Model>
Selection<Model> in_data_units(Selection<Model> selection, const StandardizedTable& standard) {
  const double change = standard.log_likelihood_change;
  const auto change_by = [](std::optional<double>& value, double by) {
    if (value) *value += by;
  };
  for (CandidateOutcome& outcome : selection.candidates) {
    if (outcome.scores) {
      outcome.scores->log_likelihood += change;
      outcome.scores->aic -= 2.0 * change;
      outcome.scores->bic -= 2.0 * change;
      change_by(outcome.scores->icl, -2.0 * change);
    }
    const bool on_deviance_scale =
        selection.criterion == Aic::name || selection.criterion == Bic::name || selection.criterion == Icl::name;
    if (on_deviance_scale) change_by(outcome.value, -2.0 * change);
    if (selection.criterion == CrossValidation::name) change_by(outcome.value, change);
  }
  Model model = in_data_units(selection.fit.model, standard.units);
  selection.fit = in_data_units(std::move(selection.fit), std::move(model), standard);
  return selection;
}

}  // namespace latent::cli
