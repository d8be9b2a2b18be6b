// coin-mixture, from and to files.
#include "latent/models/coin_mixture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <range/v3/algorithm/find.hpp>
#include <range/v3/numeric/accumulate.hpp>
#include <range/v3/view/transform.hpp>
#include <string_view>

#include "command/coin_mixture/coin_mixture_pictures.hpp"
#include "command/commands/run_fit.hpp"
#include "command/model_entry.hpp"
#include "command/reports/cautions.hpp"
#include "command/shell/printable.hpp"
#include "command/shell/shortage.hpp"
#include "core/ascii_text.hpp"
#include "latent/core/mixing_weights.hpp"
#include "latent/data/effective_size.hpp"
#include "latent/models/equal_components.hpp"

namespace latent::cli {
namespace {

constexpr auto name = "coin-mixture";

// What a draw has.
const std::vector<std::string> count_columns = {"heads", "tosses"};

struct TossSets {
  std::vector<TossSet> sets;
  std::vector<std::string> columns;
  std::vector<std::string> notes = {};
  std::size_t left_out = 0;
};

// What a column of counts holds, by its name.
enum class Count { heads, tails, tosses, unknown };

Count count_in(const std::string& column) {
  const std::string lower = lower_case(column);
  for (const char* heads : {"heads", "head", "successes", "success"}) {
    if (lower == heads) return Count::heads;
  }
  for (const char* tails : {"tails", "tail", "failures", "failure"}) {
    if (lower == tails) return Count::tails;
  }
  for (const char* tosses : {"tosses", "flips", "trials", "throws"}) {
    if (lower == tosses) return Count::tosses;
  }
  return Count::unknown;
}

// The first column of the file that holds such a count, or has the name, in any case.
std::optional<std::string> column_of(const DataFile& file, Count count) {
  for (const std::string& column : file.columns()) {
    if (count_in(column) == count) return column;
  }
  return std::nullopt;
}

std::optional<std::string> column_of_sequences(const DataFile& file) {
  for (const std::string& column : file.columns()) {
    if (equal_in_any_case(column, "sequence")) return column;
  }
  return std::nullopt;
}

// Heads and tosses of a row, from two counts of which the names say what they are.
struct HeadsAndTosses {
  double heads;
  double tosses;
};

HeadsAndTosses heads_and_tosses(Count first, double a, Count second, double b) {
  if (first == Count::tails || (first == Count::tosses && second != Count::tails)) {
    return heads_and_tosses(second, b, first, a);
  }
  if (first == Count::tosses) return {.heads = a - b, .tosses = a};  // tosses, tails
  return {.heads = a, .tosses = second == Count::tails ? a + b : b};
}

// Refuses two columns of which the names don't say what they are.
void require_two_counts(const DataFile& file, const std::vector<std::string>& columns) {
  if (columns.size() != 2) {
    throw Error(
        fmt::format("{}: {} data {}; {} takes two of heads, tails and tosses, or one, sequence; choose them with "
                    "--columns",
                    file.name(), columns.size(), columns.size() == 1 ? "column" : "columns", name));
  }
  const Count first = count_in(columns[0]);
  const Count second = count_in(columns[1]);
  const bool by_position = first == Count::unknown && second == Count::unknown;
  const bool half_by_position =
      (first == Count::heads && second == Count::unknown) || (first == Count::unknown && second == Count::tosses);
  if (by_position || half_by_position) return;
  if (first != Count::unknown && second != Count::unknown && first != second) return;
  throw Error(
      fmt::format("{}: columns {} and {} don't say which holds heads and which tosses; name them heads, tails "
                  "or tosses",
                  file.name(), name_in_quotes(columns[0]), name_in_quotes(columns[1])));
}

bool has_column(const DataFile& file, const std::string& column) {
  return ranges::find(file.columns(), column) != file.columns().end();
}

TossSets read_sequences(const DataFile& file, const std::string& weights, const std::string& column,
                        bool drop_missing) {
  const Table& text = *file.text();
  const std::size_t position = file.position(column);
  std::vector<double> weight(file.rows(), 1.0);
  if (!weights.empty()) {
    const auto values = file.numbers({.columns = {weights}, .weights = {}}).matrix().col(0).eval();
    weight.assign(values.begin(), values.end());
  }
  TossSets result{.sets = {}, .columns = {column}};
  result.sets.reserve(file.rows());
  for (std::size_t row = 0; row < file.rows(); ++row) {
    const bool is_missing = text.is_missing(row, position);
    if (is_missing && (weight[row] == 0.0 || drop_missing)) {
      result.left_out += weight[row] == 0.0 ? 0 : 1;
      continue;
    }
    try {
      if (is_missing) throw InvalidData(fmt::format("column {}: the sequence is missing", name_in_quotes(column)));
      TossSet set = TossSet::sequence(text(row, position), weight[row]);
      if (weight[row] > 0.0) result.sets.push_back(set);
    } catch (const InvalidData& error) {
      throw Error(fmt::format("{}: row {}: {}", file.name(), row + 1, error.what()));
    }
  }
  return result;
}

TossSets read_counts(const DataFile& file, const ColumnChoice& choice, bool drop_missing) {
  const NumericTable table = file.numbers(choice).counted_rows(drop_missing);
  require_two_counts(file, table.columns());
  const Observations rows = table.observations();
  const Count first = count_in(table.columns()[0]);
  const Count second = count_in(table.columns()[1]);
  std::vector<TossSet> sets;
  sets.reserve(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    try {
      for (const std::size_t column : {0U, 1U}) {
        if (std::isnan(rows(row, column))) throw InvalidData("the value is missing", row + 1, column + 1);
      }
      const auto counts = heads_and_tosses(first, rows(row, 0), second, rows(row, 1));
      sets.emplace_back(counts.heads, counts.tosses, rows.weight(row));
    } catch (const InvalidData& error) {
      throw Error(table.sentence(InvalidData(error.reason(), row + 1, error.column())));
    }
  }
  return {std::move(sets), table.columns(), reading_warnings(table), table.rows_left_out()};
}

// The columns of counts or of a sequence by their names; otherwise those chosen, one of text or two of numbers.
TossSets read_tosses(const DataFile& file, ColumnChoice choice, bool drop_missing = false) {
  const bool by_name = choice.columns.empty() && file.text() != nullptr;
  if (by_name) {
    const auto heads = column_of(file, Count::heads);
    const auto tails = column_of(file, Count::tails);
    const auto tosses = column_of(file, Count::tosses);
    const auto sequence = column_of_sequences(file);
    if (heads && tosses) {
      choice.columns = {*heads, *tosses};
    } else if (heads && tails) {
      choice.columns = {*heads, *tails};
    } else if (tails && tosses) {
      choice.columns = {*tails, *tosses};
    } else if (sequence) {
      choice.columns = {*sequence};
    }
  }
  if (choice.columns.size() == 1 && file.text() != nullptr && has_column(file, choice.columns.front())) {
    return read_sequences(file, choice.weights, choice.columns.front(), drop_missing);
  }
  const TossSets tosses = read_counts(file, choice, drop_missing);
  if (by_name && choice.columns.empty()) {
    throw Error(
        fmt::format("{}: no columns heads and tosses, heads and tails, or sequence; say which they are with "
                    "--columns HEADS,TOSSES",
                    file.name()));
  }
  return tosses;
}

Json parameters_json(const CoinMixture& model) {
  Json json;
  json["weights"] = to_json(model.weights());
  json["biases"] = to_json(model.biases());
  return json;
}

CoinMixture model_from(const Json& parameters, const CoinMixtureOptions& options = {}) {
  return {vector_at(parameters, "weights"), vector_at(parameters, "biases"), options};
}

CoinMixture unfitted(const FitArguments& arguments, const std::optional<ModelFile>& start) {
  const CoinMixtureOptions options{.fixed_weights = arguments.fixed_weights};
  if (!start) return CoinMixture(required_components(arguments), options);
  auto model = from_file(*start, [&](const Json& parameters) { return model_from(parameters, options); });
  require_components_of_start(arguments, model.components());
  require_positive_weights(arguments, model.weights());
  return model;
}

void refuse_what_it_does_not_take(const FitArguments& arguments) {
  refuse(name, "floor", arguments.floor.has_value());
  refuse(name, "ridge", arguments.ridge.has_value());
  if (arguments.penalty.value_or(0.0) != 0.0) {
    throw InvalidOption("penalty", fmt::to_string(*arguments.penalty),
                        fmt::format("{} has no penalty; only 0 is allowed", name));
  }
}

FitOptions solver_options(const FitArguments& arguments, const Observer& observer) {
  FitOptions options = fit_options(arguments);
  options.observers = {observer};
  return options;
}

// Runs `work` on the sets of a file: what it refuses is said with the file's name.
template <class Work>
auto naming_file(const DataFile& file, const Work& work) {
  try {
    return work();
  } catch (const InvalidData& error) {
    throw Error(fmt::format("{}: {}", file.name(), error.what()));
  }
}

// The biases at each iteration that the trace of the best run has; none where the run can't be followed.
std::vector<Vector> biases_by_iteration(const CoinMixture& start, const TossSets& data, const FitArguments& arguments,
                                        const FitOptions& options, const FitResult<CoinMixture>& fitted) {
  std::vector<Vector> biases;
  Vector weights;
  int number = 0;
  const bool followed = follow_best_run(start, data.sets, arguments, options, fitted, [&](const CoinMixture& model) {
    if (biases.size() < fitted.trace.size() && number++ == fitted.trace[biases.size()].number) {
      biases.push_back(model.biases());
    }
    weights = model.weights();
  });
  if (!followed || biases.size() != fitted.trace.size()) return {};
  // The run has its own order of the coins, and the result that of their weights.
  const std::vector<Index> order = order_by_weight(weights, biases.back());
  if (Vector(biases.back()(order)) == fitted.model.biases()) {
    for (Vector& each : biases) each = Vector(each(order));
  }
  return biases;
}

double tosses_in(const std::vector<TossSet>& sets) {
  double tosses = 0.0;
  for (const TossSet& set : sets) tosses += set.weight() * set.tosses();
  return tosses;
}

Report report_of_fit(const DataFile& file, const TossSets& data, const CoinMixture& start,
                     const FitResult<CoinMixture>& result, const FitArguments& arguments, const FitOptions& options) {
  const double total_weight = ranges::accumulate(data.sets | ranges::views::transform(&TossSet::weight), 0.0);
  Report report = report_of(name, result,
                            {.name = file.name(),
                             .columns = data.columns,
                             .observations = data.sets.size(),
                             .total_weight = total_weight,
                             .dimension = 1,
                             .left_out = arguments.drop_missing ? std::optional(data.left_out) : std::nullopt},
                            options);
  report.description = fmt::format("{} coin{}, maximum likelihood{}", result.model.components(),
                                   result.model.components() == 1 ? "" : "s",
                                   result.model.options().fixed_weights ? ", fixed weights" : "");
  report.icl = icl(report.bic, result.model.certainty(data.sets));
  if (const auto note = note_on_weights(weights_of(CoinMixture::Data(data.sets)))) report.warnings.push_back(*note);
  reword_decreases(report.warnings);
  warn_of_equal_components(report.warnings, equal_components(result.model, tosses_in(data.sets)));
  report.warnings.insert(report.warnings.end(), data.notes.begin(), data.notes.end());
  report.parameters = std::make_shared<const Json>(parameters_json(result.model));
  RowMatrix values(result.model.biases().size(), 2);
  values << result.model.weights(), result.model.biases();
  report.parameter_tables = {{"", component_names(result.model.components()), {"weight", "bias"}, values}};
  if (arguments.picture) {
    report.picture =
        picture_of_fit(result.model, data.sets, report, biases_by_iteration(start, data, arguments, options, result));
  }
  return report;
}

Report fit_file(const DataFile& file, const FitArguments& arguments, const Observer& observer) {
  refuse(name, "covariance", arguments.covariance.has_value());
  refuse_what_it_does_not_take(arguments);
  const std::optional<ModelFile> start = read_start(arguments, name);
  const CoinMixture model = unfitted(arguments, start);
  const TossSets data = read_tosses(file, columns_of_fit(arguments, start, file), arguments.drop_missing);
  const FitOptions options = solver_options(arguments, observer);
  const auto result = naming_file(file, [&] { return run_fit(model, data.sets, arguments, options); });
  return report_of_fit(file, data, model, result, arguments, options);
}

SelectionReport select_file(const DataFile& file, const SelectArguments& arguments, const Observer& observer) {
  refuse(name, "covariance", !arguments.covariances.empty());
  refuse_what_it_does_not_take(arguments.fit);
  std::vector<Candidate<CoinMixture>> candidates;
  for (const std::size_t coins : component_counts(arguments)) {
    candidates.push_back({fmt::format("{} coin{}", coins, coins == 1 ? "" : "s"),
                          CoinMixture(coins, {.fixed_weights = arguments.fit.fixed_weights})});
  }
  const TossSets data = read_tosses(file, arguments.fit.column_choice(file), arguments.fit.drop_missing);
  const FitOptions options = solver_options(arguments.fit, observer);
  const auto selection =
      naming_file(file, [&] { return select_by_criterion(arguments, candidates, data.sets, options); });
  const CoinMixture& start = candidates[selection.best].model;
  return selection_report_of(selection, report_of_fit(file, data, start, selection.fit, arguments.fit, options));
}

Matrix predict_file(const ModelFile& file, const DataFile& data, const std::vector<std::string>& columns) {
  const CoinMixture model = from_file(file, [](const Json& parameters) { return model_from(parameters); });
  const TossSets tosses = read_tosses(data, columns_for(file, data, columns));
  return naming_file(data, [&] { return model.posterior(tosses.sets); });
}

Figure picture_prediction(const ModelFile& file, const DataFile& data, const std::vector<std::string>& columns) {
  const CoinMixture model = from_file(file, [](const Json& parameters) { return model_from(parameters); });
  return picture_of_prediction(model, read_tosses(data, columns_for(file, data, columns)).sets, data.name());
}

NumberTable sample_file(const ModelFile& file, const SampleArguments& arguments, RandomEngine& rng) {
  if (!arguments.tosses) throw InvalidOption("tosses", "not given", "say how many tosses a set has");
  const CoinMixture model = from_file(file, [](const Json& parameters) { return model_from(parameters); });
  require_room_for_draws(arguments.count, count_columns.size());
  const auto sets = model.sample(arguments.count, rng, static_cast<unsigned>(*arguments.tosses));
  RowMatrix counts(static_cast<Index>(sets.size()), 2);
  for (std::size_t row = 0; row < sets.size(); ++row) {
    counts.row(static_cast<Index>(row)) << sets[row].heads(), sets[row].tosses();
  }
  return {count_columns, std::move(counts)};
}

}  // namespace

const ModelEntry coin_mixture = {.name = name,
                                 .what = "K coins of unknown bias, which one made a set of tosses is not known",
                                 .data = "columns heads,tosses or heads,tails, or one column sequence of H and T",
                                 .options = "--components, --fixed-weights, --restarts, --start",
                                 .fit = fit_file,
                                 .select = select_file,
                                 .predict = predict_file,
                                 .picture_prediction = picture_prediction,
                                 .sample = sample_file};

}  // namespace latent::cli
