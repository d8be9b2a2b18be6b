// gaussian-mixture, from and to files.
#include "latent/models/gaussian_mixture.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <range/v3/algorithm/find.hpp>

#include "command/commands/run_fit.hpp"
#include "command/gaussian_mixture/gaussian_mixture_pictures.hpp"
#include "command/model_entry.hpp"
#include "command/options/standardize.hpp"
#include "command/reports/cautions.hpp"
#include "command/shell/printable.hpp"
#include "command/shell/shortage.hpp"
#include "latent/data/effective_size.hpp"
#include "latent/models/equal_components.hpp"
#include "latent/models/gaussian_memory.hpp"
#include "latent/models/gaussian_mixture_candidates.hpp"

namespace latent::cli {
namespace {

constexpr auto name = "gaussian-mixture";

Json parameters_json(const GaussianMixture& model) {
  const CovarianceKind kind = model.options().covariance;
  Json covariances = Json::array();
  for (const Matrix& covariance : model.covariances()) {
    switch (kind) {
      case CovarianceKind::full:
        covariances.push_back(to_json(RowMatrix(covariance)));
        break;
      case CovarianceKind::tied:
        covariances = to_json(RowMatrix(covariance));
        break;
      case CovarianceKind::diagonal:
        covariances.push_back(to_json(Vector(covariance.col(0))));
        break;
      case CovarianceKind::spherical:
        covariances.push_back(covariance(0, 0));
        break;
    }
  }
  Json json;
  json["covariance"] = std::string(to_string(kind));
  json["weights"] = to_json(model.weights());
  json["means"] = to_json(model.means());
  json["covariances"] = std::move(covariances);
  return json;
}

// The floor's share and the components that rest on it, counted from 1.
Json floor_json(const GaussianMixture& model) {
  Json components = Json::array();
  for (const std::size_t k : model.components_on_floor()) components.push_back(k + 1);
  Json json;
  json["share"] = model.floor().share;
  json["components_on_floor"] = std::move(components);
  return json;
}

std::vector<Matrix> covariances_from(const Json& parameters, CovarianceKind kind) {
  std::vector<Matrix> covariances;
  switch (kind) {
    case CovarianceKind::full:
      return matrices_at(parameters, "covariances");
    case CovarianceKind::tied:
      return {Matrix(matrix_at(parameters, "covariances"))};
    case CovarianceKind::diagonal: {
      const RowMatrix variances = matrix_at(parameters, "covariances");
      for (Index k = 0; k < variances.rows(); ++k) covariances.emplace_back(variances.row(k).transpose());
      return covariances;
    }
    case CovarianceKind::spherical:
      for (const double variance : vector_at(parameters, "covariances")) {
        covariances.emplace_back(Matrix::Constant(1, 1, variance));
      }
      return covariances;
  }
  return covariances;
}

// The kind that a file names, which must be the one asked for, where one is.
CovarianceKind kind_in(const Json& parameters, const std::optional<std::string>& asked_for) {
  const auto named = parameters.find("covariance");
  if (named == parameters.end()) return covariance_kind(asked_for.value_or("full"));
  if (!named->is_string()) throw Error("parameters: 'covariance' must be full, tied, diagonal or spherical");
  const std::string kind = head(named->get<std::string>());
  if (asked_for && *asked_for != kind) {
    throw Error(fmt::format("the covariance in it is {}, and --covariance {} was asked for", kind, *asked_for));
  }
  return covariance_kind(kind);
}

GaussianMixture model_from(const Json& parameters, GaussianMixtureOptions options,
                           const std::optional<std::string>& asked_for = {}) {
  options.covariance = kind_in(parameters, asked_for);
  return {vector_at(parameters, "weights"), matrix_at(parameters, "means"),
          covariances_from(parameters, options.covariance), options};
}

GaussianMixtureOptions options_from(const FitArguments& arguments) {
  GaussianMixtureOptions options;
  options.covariance = covariance_kind(arguments.covariance.value_or("full"));
  options.fixed_weights = arguments.fixed_weights;
  options.floor = arguments.floor;
  options.penalty = arguments.penalty;
  options.ridge = arguments.ridge.value_or(0.0);
  return options;
}

// One for each kind asked for; the likelihood-ratio test compares mixtures of one.
std::vector<CovarianceKind> covariance_kinds(const SelectArguments& arguments) {
  std::vector<CovarianceKind> kinds;
  for (const std::string& kind : arguments.covariances) {
    if (kind == "all") {
      kinds = {CovarianceKind::full, CovarianceKind::tied, CovarianceKind::diagonal, CovarianceKind::spherical};
      break;
    }
    const CovarianceKind one = covariance_kind(kind);
    if (ranges::find(kinds, one) == kinds.end()) kinds.push_back(one);
  }
  if (kinds.empty()) kinds = {CovarianceKind::full};
  if (kinds.size() > 1 && arguments.criterion == "lrt") {
    throw InvalidOption("covariance", fmt::format("{}", fmt::join(arguments.covariances, ",")),
                        "must be one kind with --criterion lrt, which tests K components against K + 1");
  }
  return kinds;
}

GaussianMixture unfitted(const FitArguments& arguments, const std::optional<ModelFile>& start) {
  const GaussianMixtureOptions options = options_from(arguments);
  if (!start) return GaussianMixture(required_components(arguments), options);
  auto model =
      from_file(*start, [&](const Json& parameters) { return model_from(parameters, options, arguments.covariance); });
  require_components_of_start(arguments, model.components());
  require_positive_weights(arguments, model.weights());
  return model;
}

std::string description_of(const GaussianMixture& model) {
  std::string text = fmt::format("{} component{}, {} covariance", model.components(),
                                 model.components() == 1 ? "" : "s", to_string(model.options().covariance));
  if (model.options().fixed_weights) text += ", fixed weights";
  text += model.penalty().strength > 0.0 ? fmt::format(", penalised (a = {:.3g})", model.penalty().strength)
                                         : ", maximum likelihood";
  if (model.floor().share > 0.0) text += fmt::format(" above a floor (c = {:.3g})", model.floor().share);
  if (model.options().ridge > 0.0) text += fmt::format(", ridge {:.3g}", model.options().ridge);
  return text;
}

std::vector<std::string> prefixed(const std::string& first, const std::vector<std::string>& names) {
  std::vector<std::string> all = {first};
  all.insert(all.end(), names.begin(), names.end());
  return all;
}

// The standard deviation of each column in each component, K×d.
RowMatrix deviations_of(const GaussianMixture& model) {
  RowMatrix deviations(model.means().rows(), model.means().cols());
  for (std::size_t k = 0; k < model.components(); ++k) {
    deviations.row(static_cast<Index>(k)) = model.covariance(k).diagonal().cwiseSqrt();
  }
  return deviations;
}

std::vector<ParameterTable> wide_tables_of(const GaussianMixture& model, const std::vector<std::string>& columns) {
  const auto components = component_names(model.components());
  std::vector<ParameterTable> tables = {{"", components, {"weight"}, RowMatrix(model.weights())}};
  for (ParameterTable& table : tables_of_wide_data(components, columns, model.means(), deviations_of(model))) {
    tables.push_back(std::move(table));
  }
  return tables;
}

std::vector<ParameterTable> tables_of(const GaussianMixture& model, const std::vector<std::string>& columns) {
  const auto components = component_names(model.components());
  RowMatrix deviations = RowMatrix::Zero(model.means().rows(), model.means().cols() + 1);
  deviations.rightCols(model.means().cols()) = deviations_of(model);
  RowMatrix weights_and_means(model.means().rows(), model.means().cols() + 1);
  weights_and_means << model.weights(), model.means();
  std::vector<ParameterTable> tables = {
      {"weights and means", components, prefixed("weight", columns), weights_and_means, deviations}};
  switch (model.options().covariance) {
    case CovarianceKind::full:
      for (std::size_t k = 0; k < model.components(); ++k) {
        tables.push_back({"covariance of " + components[k], columns, columns, model.covariance(k)});
      }
      break;
    case CovarianceKind::tied:
      tables.push_back({"covariance of all components", columns, columns, model.covariance(0)});
      break;
    case CovarianceKind::diagonal:
    case CovarianceKind::spherical: {
      RowMatrix variances(model.means().rows(), model.means().cols());
      for (std::size_t k = 0; k < model.components(); ++k) {
        variances.row(static_cast<Index>(k)) = model.covariance(k).diagonal();
      }
      tables.push_back({"variances", components, columns, variances});
      break;
    }
  }
  return tables;
}

void require_dimension_of_start(const FitArguments& arguments, const GaussianMixture& model,
                                const NumericTable& table) {
  if (arguments.start.empty() || model.dimension() == table.columns().size()) return;
  throw Error(fmt::format("{}: the data have {} {}, and the start in {} has {}", table.name(), table.columns().size(),
                          table.columns().size() == 1 ? "column" : "columns", arguments.start, model.dimension()));
}

// The data of a fit, which must be complete.
NumericTable complete_table(const DataFile& file, const ColumnChoice& choice, const FitArguments& arguments) {
  NumericTable table = table_of_fit(file, choice, arguments);
  const auto values = table.matrix();
  for (Index row = 0; row < values.rows(); ++row) {
    for (Index column = 0; column < values.cols(); ++column) {
      if (!std::isnan(values(row, column))) continue;
      const InvalidData missing(
          "the value is missing; leave such rows out with --drop-missing, or use a model for "
          "incomplete data",
          static_cast<std::size_t>(row) + 1, static_cast<std::size_t>(column) + 1);
      throw Error(table.sentence(missing));
    }
  }
  return table;
}

// Refuses restarts of a fit that memory can't hold.
void require_memory_of_mixture(const GaussianMixture& model, const NumericTable& table, std::size_t restarts,
                               const FitOptions& options) {
  with_threads(options.threads, [&] {
    require_memory_of_gaussian_mixture(model.components(), table.columns().size(), model.options().covariance,
                                       restarts);
  });
}

FitOptions solver_options(const FitArguments& arguments, const Observer& observer) {
  FitOptions options = fit_options(arguments);
  options.observers = {observer};
  // A ridge is no maximisation, so a decrease is to be expected, and is said once in the report.
  if (arguments.ridge.value_or(0.0) > 0.0) options.on_decrease = OnDecrease::ignore;
  return options;
}

std::vector<Matrix> covariances_of(const GaussianMixture& model) {
  std::vector<Matrix> covariances;
  covariances.reserve(model.components());
  for (std::size_t k = 0; k < model.components(); ++k) covariances.push_back(model.covariance(k));
  return covariances;
}

Report report_of_fit(const NumericTable& table, const FitResult<GaussianMixture>& result, const FitArguments& arguments,
                     const FitOptions& options) {
  const Observations data = table.observations();
  Report report = report_of(name, result,
                            {.name = table.name(),
                             .columns = table.columns(),
                             .observations = data.size(),
                             .total_weight = data.total_weight(),
                             .dimension = data.dimension(),
                             .left_out = rows_left_out(table, arguments)},
                            options);
  report.description = description_of(result.model) + (arguments.standardize ? ", standardised columns" : "");
  with_threads(options.threads, [&] { report.icl = icl(report.bic, result.model.certainty(data)); });
  report.parameters = std::make_shared<const Json>(parameters_json(result.model));
  if (result.model.floor().share > 0.0) report.floor = std::make_shared<const Json>(floor_json(result.model));
  if (data.dimension() > most_columns_in_full && !arguments.covariances) {
    report.parameter_tables = wide_tables_of(result.model, table.columns());
    report.left_out = left_out_of_wide_tables(result.model.components(), data.dimension());
  } else {
    report.parameter_tables = tables_of(result.model, table.columns());
  }
  for (std::string& warning : reading_warnings(table)) report.warnings.push_back(std::move(warning));
  if (const auto note = note_on_weights(weights_of(data))) report.warnings.push_back(*note);
  reword_decreases(report.warnings, table.columns(), covariances_of(result.model));
  warn_of_equal_components(report.warnings, equal_components(result.model, data.total_weight()));
  warn_of_nearly_collinear_columns(report.warnings, table.columns(), covariances_of(result.model));
  warn_of_two_valued_columns(report.warnings, table);
  if (result.model.options().ridge > 0.0)
    report.warnings.emplace_back(
        "with a ridge the updates do not maximise the objective: it may decrease, and the result may not be a maximum");
  if (arguments.picture) {
    with_threads(options.threads, [&] { report.picture = picture_of_fit(result.model, table, report); });
  }
  return report;
}

FitResult<GaussianMixture> fit_table(const GaussianMixture& model, const NumericTable& table,
                                     const FitArguments& arguments, const FitOptions& options) {
  const Observations data = table.observations();
  return naming_columns(table, [&] { return run_fit(model, data, arguments, options); });
}

FitResult<GaussianMixture> fit_standardized(const GaussianMixture& model, const NumericTable& table,
                                            const FitArguments& arguments, FitOptions options) {
  require_standardizable(model.options().covariance);
  const StandardizedTable standard = standardized_table(table);
  const double change = standard.log_likelihood_change;
  const double prior_change = log_prior_change(model, standard.units, table.columns().size());
  for (Observer& observer : options.observers) observer = told_in_data_units(observer, change, change + prior_change);
  auto result = fit_table(arguments.start.empty() ? model : standardized(model, standard.units), standard.table,
                          arguments, options);
  GaussianMixture fitted = in_data_units(result.model, standard.units);
  return in_data_units(std::move(result), std::move(fitted), standard);
}

Report fit_file(const DataFile& file, const FitArguments& arguments, const Observer& observer) {
  const std::optional<ModelFile> start = read_start(arguments, name);
  const GaussianMixture model = unfitted(arguments, start);
  const NumericTable table = complete_table(file, columns_of_fit(arguments, start, file), arguments);
  const FitOptions options = solver_options(arguments, observer);

  require_dimension_of_start(arguments, model, table);
  const auto restarts = static_cast<std::size_t>(detail::number_of_restarts(options, arguments.start.empty()));
  require_memory_of_mixture(model, table, restarts, options);
  const auto result = arguments.standardize ? fit_standardized(model, table, arguments, options)
                                            : fit_table(model, table, arguments, options);
  return report_of_fit(table, result, arguments, options);
}

Selection<GaussianMixture> select_table(const NumericTable& table, const SelectArguments& arguments,
                                        const std::vector<Candidate<GaussianMixture>>& candidates,
                                        const FitOptions& options) {
  return naming_columns(table,
                        [&] { return select_by_criterion(arguments, candidates, table.observations(), options); });
}

Selection<GaussianMixture> select_standardized(const NumericTable& table, const SelectArguments& arguments,
                                               const std::vector<Candidate<GaussianMixture>>& candidates,
                                               const FitOptions& options) {
  for (const auto& candidate : candidates) require_standardizable(candidate.model.options().covariance);
  if (arguments.criterion == HeldOut::name || arguments.criterion == MonteCarloCrossValidation::name) {
    throw InvalidOption("standardize", "given",
                        fmt::format("not with --criterion {}, whose figure would not be in the data's units; use cv",
                                    arguments.criterion));
  }
  const StandardizedTable standard = standardized_table(table);
  return in_data_units(select_table(standard.table, arguments, candidates, options), standard);
}

SelectionReport select_file(const DataFile& file, const SelectArguments& arguments, const Observer& observer) {
  const auto candidates = gaussian_mixture_candidates(component_counts(arguments), covariance_kinds(arguments),
                                                      options_from(arguments.fit));
  const NumericTable table = complete_table(file, arguments.fit.column_choice(file), arguments.fit);
  const FitOptions options = solver_options(arguments.fit, observer);
  const auto restarts = static_cast<std::size_t>(detail::number_of_restarts(options, true));
  for (const auto& candidate : candidates) require_memory_of_mixture(candidate.model, table, restarts, options);
  const auto selection = arguments.fit.standardize ? select_standardized(table, arguments, candidates, options)
                                                   : select_table(table, arguments, candidates, options);
  SelectionReport report = selection_report_of(selection, report_of_fit(table, selection.fit, arguments.fit, options));
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    report.candidates[i].covariance = to_string(candidates[i].model.options().covariance);
  }
  return report;
}

Matrix predict_file(const ModelFile& file, const DataFile& data, const std::vector<std::string>& columns) {
  const auto model = from_file(file, [](const Json& parameters) { return model_from(parameters, {}); });
  const NumericTable table = data.numbers(columns_for(file, data, columns));
  return naming_columns(table, [&] {
    require_complete(table.observations());
    return model.posterior(table.observations());
  });
}

Figure picture_prediction(const ModelFile& file, const DataFile& data, const std::vector<std::string>& columns) {
  const auto model = from_file(file, [](const Json& parameters) { return model_from(parameters, {}); });
  return picture_of_prediction(model, data.numbers(columns_for(file, data, columns)));
}

NumberTable sample_file(const ModelFile& file, const SampleArguments& arguments, RandomEngine& rng) {
  refuse(name, "tosses", arguments.tosses.has_value());
  const auto model = from_file(file, [](const Json& parameters) { return model_from(parameters, {}); });
  require_room_for_draws(arguments.count, model.dimension());
  return {column_names(file, model.dimension()), model.sample(arguments.count, rng)};
}

}  // namespace

const ModelEntry gaussian_mixture = {
    .name = name,
    .what = "K normal distributions in d dimensions, which one made an observation is not known",
    .data = "numeric columns without missing values",
    .options =
        "--components, --covariance, --fixed-weights, --floor (default 1/n²), --penalty, --ridge, --restarts, --start",
    .standardizes = true,
    .fit = fit_file,
    .select = select_file,
    .predict = predict_file,
    .picture_prediction = picture_prediction,
    .sample = sample_file};

}  // namespace latent::cli
