#include "command/options/standardize.hpp"

#include "command/model_entry.hpp"
#include "command/options/options.hpp"

namespace latent::cli {
namespace {

// A mixture whose means and covariances, the floor and the penalty's scale are mapped.
template <class MapMeans, class MapCovariance>
GaussianMixture mapped(const GaussianMixture& model, const MapMeans& map_means, const MapCovariance& map_covariance) {
  std::vector<Matrix> covariances;
  for (const Matrix& covariance : model.covariances()) covariances.push_back(map_covariance(covariance));
  GaussianMixture result(model.weights(), map_means(model.means()), std::move(covariances), model.options());
  if (model.floor().share > 0.0) {
    result.set_floor({.share = model.floor().share,
                      .least = map_covariance(model.floor().least),
                      .within = map_covariance(model.floor().within),
                      .resolution = map_covariance(model.floor().resolution)});
  }
  if (model.penalty().strength > 0.0) {
    result.set_penalty({.strength = model.penalty().strength, .scale = map_covariance(model.penalty().scale)});
  }
  return result;
}

}  // namespace

void add_standardize_option(Command& command, FitArguments& arguments) {
  command.add_flag("--standardize", arguments.standardize,
                   "fit to columns of mean 0 and deviation 1, report in the units of the data");
}

StandardizedTable standardized_table(const NumericTable& table) {
  return naming_columns(table, [&] {
    const Observations data = table.observations();
    const Standardization units = standardization(data);
    NumericTable standard(table.name(), table.columns(), latent::standardized(data, units));
    if (data.weighted()) {
      std::vector<double> weights(data.size());
      for (std::size_t row = 0; row < weights.size(); ++row) weights[row] = data.weight(row);
      standard = standard.with_weights(std::move(weights));
    }
    return StandardizedTable{std::move(standard), units, latent::log_likelihood_change(data, units)};
  });
}

void require_standardizable(CovarianceKind kind) {
  if (kind != CovarianceKind::spherical) return;
  throw InvalidOption("standardize", "given",
                      "not with spherical covariances, which are not spherical in the units of the data; use diagonal "
                      "ones, or data that are standardised already");
}

GaussianMixture standardized(const GaussianMixture& model, const Standardization& units) {
  return mapped(
      model, [&](const RowMatrix& means) { return units.standardized_means(means); },
      [&](const Matrix& covariance) { return units.standardized_covariance(covariance); });
}

GaussianMixture in_data_units(const GaussianMixture& model, const Standardization& units) {
  return mapped(
      model, [&](const RowMatrix& means) { return units.means_in_data_units(means); },
      [&](const Matrix& covariance) { return units.covariance_in_data_units(covariance); });
}

IncompleteGaussian standardized(const IncompleteGaussian& model, const Standardization& units) {
  const Vector distance = (model.mean() - units.mean) + model.mean_remainder();
  return {distance.cwiseQuotient(units.scale), units.standardized_covariance(model.covariance())};
}

IncompleteGaussian in_data_units(const IncompleteGaussian& model, const Standardization& units) {
  // The mean of columns that lie far from 0 has digits that no double holds.
  const Vector distance = units.scale.cwiseProduct(model.mean() + model.mean_remainder());
  return {units.mean, distance, units.covariance_in_data_units(model.covariance())};
}

namespace {

void change_log_likelihoods(Iteration& iteration, double log_likelihood, double objective) {
  iteration.log_likelihood += log_likelihood;
  iteration.objective += objective;
  if (iteration.elbo_after_m_step) *iteration.elbo_after_m_step += objective;
}

void change_log_likelihoods(RestartOutcome& restart, double log_likelihood, double objective) {
  if (restart.failure || !restart.begun) return;
  restart.log_likelihood += log_likelihood;
  restart.objective += objective;
  restart.start_objective += objective;
}

}  // namespace

double log_prior_change(const GaussianMixture& model, const Standardization& units, std::size_t dimension) {
  const double strength = model.options().penalty.value_or(0.0);
  if (strength == 0.0) return 0.0;
  const auto components = static_cast<Index>(model.components());
  const auto columns = static_cast<Index>(dimension);
  const CovarianceKind kind = model.options().covariance;
  const Matrix unit =
      kind == CovarianceKind::diagonal ? Matrix(Matrix::Ones(columns, 1)) : Matrix(Matrix::Identity(columns, columns));
  const std::size_t count = kind == CovarianceKind::tied ? 1 : model.components();
  GaussianMixture any(Vector::Constant(components, 1.0 / static_cast<double>(components)),
                      RowMatrix::Zero(components, columns), std::vector<Matrix>(count, unit), model.options());
  any.set_penalty({.strength = strength, .scale = unit});
  return in_data_units(any, units).log_prior() - any.log_prior();
}

Observer told_in_data_units(const Observer& observer, double log_likelihood, double objective) {
  Observer told;
  if (observer.on_iteration) {
    told.on_iteration = [=](int restart, Iteration iteration) {
      change_log_likelihoods(iteration, log_likelihood, objective);
      observer.on_iteration(restart, iteration);
    };
  }
  if (observer.on_restart_end) {
    told.on_restart_end = [=](RestartOutcome outcome) {
      change_log_likelihoods(outcome, log_likelihood, objective);
      observer.on_restart_end(outcome);
    };
  }
  if (observer.on_recall) {
    told.on_recall = [=](int restart, Trace trace) {
      for (Iteration& iteration : trace) change_log_likelihoods(iteration, log_likelihood, objective);
      observer.on_recall(restart, trace);
    };
  }
  return told;
}

void change_log_likelihoods(FitSummary& fit, double log_likelihood, double objective) {
  fit.log_likelihood += log_likelihood;
  fit.objective += objective;
  for (Iteration& iteration : fit.trace) change_log_likelihoods(iteration, log_likelihood, objective);
  for (RestartOutcome& restart : fit.restarts) change_log_likelihoods(restart, log_likelihood, objective);
}

}  // namespace latent::cli
