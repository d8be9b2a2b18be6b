// incomplete-gaussian, from and to files.
#include "command/incomplete_gaussian/incomplete_gaussian.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "command/commands/run_fit.hpp"
#include "command/incomplete_gaussian/incomplete_gaussian_pictures.hpp"
#include "command/model_entry.hpp"
#include "command/options/standardize.hpp"
#include "command/plotting/pictures.hpp"
#include "command/reports/cautions.hpp"
#include "command/shell/shortage.hpp"
#include "latent/data/data_set.hpp"
#include "latent/data/effective_size.hpp"
#include "latent/models/gaussian_memory.hpp"

namespace latent::cli {
namespace {

constexpr auto name = "incomplete-gaussian";

Json parameters_json(const IncompleteGaussian& model) {
  Json json;
  json["mean"] = to_json(model.mean());
  json["covariance"] = to_json(RowMatrix(model.covariance()));
  return json;
}

void refuse_what_it_does_not_take(const FitArguments& arguments) {
  refuse(name, "components", arguments.components.has_value());
  refuse(name, "covariance", arguments.covariance.has_value());
  refuse(name, "fixed-weights", arguments.fixed_weights);
  refuse(name, "ridge", arguments.ridge.has_value());
  refuse(name, "floor", arguments.floor.has_value());
  refuse(name, "order", arguments.order.has_value());
  refuse_random_starts(arguments, fmt::format("{} has one start, and no random ones; leave the option out", name));
  refuse(name, "drop-missing", arguments.drop_missing);
}

IncompleteGaussian unfitted(const IncompleteObservations& data, const std::optional<ModelFile>& start) {
  return start ? incomplete_gaussian_from(*start) : IncompleteGaussian(data);
}

FitResult<IncompleteGaussian> fit_model(IncompleteGaussian model, const NumericTable& table,
                                        const IncompleteObservations& data, const FitArguments& arguments,
                                        const FitOptions& options) {
  model.set_penalty(data, arguments.penalty.value_or(0.0));
  return naming_columns(table, [&] { return run_fit(model, data, arguments, options); });
}

std::string description_of(const IncompleteGaussian& model, const IncompleteObservations& data) {
  const std::string patterns =
      fmt::format("{} missingness pattern{}", data.patterns().size(), data.patterns().size() == 1 ? "" : "s");
  if (model.penalty() == 0.0) return patterns + ", maximum likelihood";
  return fmt::format("{}, penalised (a = {:.3g})", patterns, model.penalty());
}

std::vector<ParameterTable> tables_of(const IncompleteGaussian& model, const std::vector<std::string>& columns) {
  const RowMatrix deviations = model.covariance().diagonal().cwiseSqrt().transpose();
  return {{"mean", {"mean"}, columns, model.mean().transpose(), deviations},
          {"covariance", columns, columns, model.covariance()}};
}

std::vector<ParameterTable> wide_tables_of(const IncompleteGaussian& model, const std::vector<std::string>& columns) {
  const RowMatrix deviations = model.covariance().diagonal().cwiseSqrt().transpose();
  return tables_of_wide_data({"all"}, columns, model.mean().transpose(), deviations);
}

// What a log-prior in the units of the data has more than one of the standardised columns, whatever the parameters.
double log_prior_change(const IncompleteObservations& standard_data, const IncompleteObservations& data,
                        const Standardization& units, double penalty) {
  const auto dimension = static_cast<Index>(data.dimension());
  IncompleteGaussian any(Vector::Zero(dimension), Matrix::Identity(dimension, dimension));
  IncompleteGaussian in_units_of_data = in_data_units(any, units);
  any.set_penalty(standard_data, penalty);
  in_units_of_data.set_penalty(data, penalty);
  return in_units_of_data.log_prior() - any.log_prior();
}

FitResult<IncompleteGaussian> fit_standardized(const NumericTable& table, const IncompleteObservations& data,
                                               const std::optional<ModelFile>& start, const FitArguments& arguments,
                                               FitOptions options) {
  const StandardizedTable standard = standardized_table(table);
  const IncompleteObservations standard_data = incomplete_observations(standard.table);
  IncompleteGaussian model = unfitted(standard_data, start);
  if (start) model = standardized(model, standard.units);
  const double change = standard.log_likelihood_change;
  const double prior_change = log_prior_change(standard_data, data, standard.units, arguments.penalty.value_or(0.0));
  for (Observer& observer : options.observers) observer = told_in_data_units(observer, change, change + prior_change);
  auto result = fit_model(std::move(model), standard.table, standard_data, arguments, options);
  IncompleteGaussian fitted = in_data_units(result.model, standard.units);
  fitted.set_penalty(data, result.model.penalty());
  return in_data_units(std::move(result), std::move(fitted), standard);
}

Report fit_file(const DataFile& file, const FitArguments& arguments, const Observer& observer) {
  refuse_what_it_does_not_take(arguments);
  FitOptions options = fit_options(arguments);
  options.observers = {observer};
  const std::optional<ModelFile> start = read_start(arguments, name);
  const NumericTable table = table_of_fit(file, columns_of_fit(arguments, start, file), arguments);
  const IncompleteObservations data = incomplete_observations(table);
  const auto result = arguments.standardize ? fit_standardized(table, data, start, arguments, options)
                                            : fit_model(unfitted(data, start), table, data, arguments, options);
  Report report = report_of(name, result,
                            {.name = table.name(),
                             .columns = table.columns(),
                             .observations = data.observations(),
                             .total_weight = data.total_weight(),
                             .dimension = data.dimension()},
                            options);
  report.description = description_of(result.model, data) + (arguments.standardize ? ", standardised columns" : "");
  if (const auto note = note_on_weights(weights_of(table.observations()))) report.warnings.push_back(*note);
  add_cautions(report.warnings, table, data, result.model);
  report.parameters = std::make_shared<const Json>(parameters_json(result.model));
  if (data.dimension() > most_columns_in_full && !arguments.covariances) {
    report.parameter_tables = wide_tables_of(result.model, table.columns());
    report.left_out = left_out_of_wide_tables(1, data.dimension());
  } else {
    report.parameter_tables = tables_of(result.model, table.columns());
  }
  for (std::string& warning : reading_warnings(table)) report.warnings.push_back(std::move(warning));
  if (arguments.picture) report.picture = picture_of_imputation(result.model, table, run_panels(report));
  return report;
}

NumberTable sample_file(const ModelFile& file, const SampleArguments& arguments, RandomEngine& rng) {
  refuse(name, "tosses", arguments.tosses.has_value());
  const IncompleteGaussian model = incomplete_gaussian_from(file);
  require_room_for_draws(arguments.count, model.dimension());
  return {column_names(file, model.dimension()), model.sample(arguments.count, rng)};
}

}  // namespace

void add_cautions(std::vector<std::string>& warnings, const NumericTable& table, const IncompleteObservations& data,
                  const IncompleteGaussian& model) {
  reword_decreases(warnings, table.columns(), {model.covariance()});
  warn_of_columns_never_together(warnings, data, table.columns());
}

IncompleteObservations incomplete_observations(const NumericTable& table) {
  require_memory_of_incomplete_gaussian(table.columns().size());
  return naming_columns(table, [&] { return IncompleteObservations(table.observations()); });
}

IncompleteGaussian incomplete_gaussian_from(const ModelFile& file) {
  return from_file(file, [](const Json& parameters) {
    return IncompleteGaussian(vector_at(parameters, "mean"), matrix_at(parameters, "covariance"));
  });
}

FitResult<IncompleteGaussian> fit_incomplete_gaussian(const NumericTable& table, const IncompleteObservations& data,
                                                      const FitArguments& arguments, const FitOptions& options) {
  return fit_model(IncompleteGaussian(data), table, data, arguments, options);
}

const ModelEntry incomplete_gaussian = {
    .name = name,
    .what = "one normal distribution in d dimensions, with values missing at random",
    .data = "numeric columns; a missing value is an empty cell, NA or NaN",
    .options = "--penalty (default 0), --start",
    .standardizes = true,
    .fit = fit_file,
    .select = nullptr,
    .predict = nullptr,
    .picture_prediction = nullptr,
    .sample = sample_file};

}  // namespace latent::cli
