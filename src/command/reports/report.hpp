// What a fit came to, whatever the model: as text for people, and as JSON for programs.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "command/plotting/figure.hpp"
#include "command/reports/cautions.hpp"
#include "command/reports/json.hpp"
#include "latent/inference/criteria.hpp"
#include "latent/solver/fit.hpp"

namespace latent::cli {

/// The data that a model was fitted to.
struct DataSummary {
  std::string name;
  std::vector<std::string> columns;
  std::size_t observations = 0;
  /// The sum of the observations' weights; as many as observations where there are none.
  double total_weight = 0.0;
  std::size_t dimension = 0;
  /// How many rows were left out as they have a missing value, if that was asked for.
  std::optional<std::size_t> left_out = {};
};

/// Parameters as a table for people.
struct ParameterTable {
  /// What it shows; may be empty.
  std::string title;
  std::vector<std::string> row_names;
  std::vector<std::string> column_names;
  RowMatrix values;
  /// The standard deviation that goes with each value, which says how many digits of it matter; empty for none.
  RowMatrix deviations = {};
};

struct Report {
  std::string model;
  /// How it was fitted, as "2 components, full covariance, maximum likelihood".
  std::string description;
  DataSummary data;
  double log_likelihood = 0.0;
  double objective = 0.0;
  std::string method;
  int iterations = 0;
  StopReason stop;
  /// The estimated rest, in nats, where it is known.
  std::optional<double> rest;
  double free_parameters = 0.0;
  double aic = 0.0;
  double bic = 0.0;
  std::optional<double> icl;
  /// Not null once the entry of the model has filled it in.
  std::shared_ptr<const Json> parameters;
  /// Of a model that keeps its covariances above a floor: the floor, and which components rest on it. Null for others.
  std::shared_ptr<const Json> floor;
  std::vector<ParameterTable> parameter_tables;
  /// What the tables leave out; may be empty.
  std::string left_out;
  std::uint64_t seed = 0;
  int best_restart = 1;
  std::vector<RestartOutcome> restarts;
  Trace trace;
  std::vector<std::string> warnings;
  /// Where it was asked for.
  std::optional<Figure> picture;
};

/// The report of a fit, but for description, parameters and ICL, which are the model's own.
template <CountableModel Model>
Report report_of(std::string model, const FitResult<Model>& result, DataSummary data, const FitOptions& options) {
  Report report;
  report.model = std::move(model);
  report.data = std::move(data);
  report.log_likelihood = result.log_likelihood;
  report.objective = result.objective;
  report.method = result.method;
  report.iterations = result.iterations;
  report.stop = result.stop;
  report.rest = result.rest;
  report.free_parameters = static_cast<double>(result.model.free_parameters());
  report.aic = aic(report.log_likelihood, report.free_parameters);
  report.bic = bic(report.log_likelihood, report.free_parameters, report.data.total_weight);
  report.seed = options.seed;
  report.best_restart = result.best_restart;
  report.restarts = result.restarts;
  report.trace = result.trace;
  report.warnings = result.warnings;
  warn_of_many_parameters(report.warnings, report.free_parameters, report.data.total_weight);
  return report;
}

/// One object, as `latent fit --json` prints and `--save` writes it. The same fit gives the same text: times are left
/// out.
Json to_json(const Report& report);

/// The same as text, indented.
std::string json_text(const Report& report);

/// The summary for people.
void print_summary(std::ostream& out, const Report& report);

/// A value with 6 significant digits, and with so many more that a `deviation` of which 3 digits count can be seen in
/// it.
std::string number_text(double value, double deviation = 0.0);

/// The values of a table as text, row after row.
std::vector<std::vector<std::string>> cells_of(const ParameterTable& table);

/// Data of more columns are shown in short.
constexpr std::size_t most_columns_in_full = 10;

/// Means and standard deviations of `names.size()` components, each K×d, in a table with a row for each of the first
/// columns.
std::vector<ParameterTable> tables_of_wide_data(const std::vector<std::string>& components,
                                                const std::vector<std::string>& columns, const RowMatrix& means,
                                                const RowMatrix& deviations);

/// What those tables leave out, a line; empty if nothing.
std::string left_out_of_wide_tables(std::size_t components, std::size_t columns);

/// Title, row names, column names and numbers, in columns that line up.
std::string text_of(ParameterTable table);

/// How the best run ended, as "EM, converged after 21 iterations (estimated rest 3e-07 nats < 1e-06), restart 5 of 10".
std::string how_it_ended(const Report& report);
/// "272 observations of eruptions, waiting".
std::string observed_as(const DataSummary& data);

}  // namespace latent::cli
