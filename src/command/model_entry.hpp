// The models that the command knows, and what each does with files: one entry a model.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "command/model_names.hpp"
#include "command/options/fit_arguments.hpp"
#include "command/options/number_table.hpp"
#include "command/options/select_arguments.hpp"
#include "command/plotting/figure.hpp"
#include "command/reports/json.hpp"
#include "command/reports/report.hpp"
#include "command/reports/selection_report.hpp"
#include "latent/core/random.hpp"

namespace latent::cli {

struct SampleArguments {
  std::size_t count = 0;
  /// Tosses in each set, where that was given.
  std::optional<std::size_t> tosses;
};

struct ModelEntry {
  std::string name;
  /// What it is, in a line.
  std::string what;
  /// The data it takes, in a line.
  std::string data;
  /// The options of fit that it takes beside those that all models do, in a line.
  std::string options;

  /// Whether it takes --standardize.
  bool standardizes = false;

  Report (*fit)(const DataFile& file, const FitArguments& arguments, const Observer& observer);
  /// Null for a model without components.
  SelectionReport (*select)(const DataFile& file, const SelectArguments& arguments, const Observer& observer);
  /// The responsibilities, N×K; null for a model without components.
  Matrix (*predict)(const ModelFile& model, const DataFile& file, const std::vector<std::string>& columns);
  /// A picture of the observations and their responsibilities; null for a model without components.
  Figure (*picture_prediction)(const ModelFile& model, const DataFile& file, const std::vector<std::string>& columns);
  NumberTable (*sample)(const ModelFile& model, const SampleArguments& arguments, RandomEngine& rng);
};

extern const ModelEntry gaussian_mixture;
extern const ModelEntry coin_mixture;
extern const ModelEntry incomplete_gaussian;

/// All models, in the order in which `latent models` lists them.
const std::array<const ModelEntry*, 3>& all_models();

/// The model of that name.
/// @throws InvalidOption for any other name, naming those that there are.
const ModelEntry& model_named(const std::string& name);

/// The model of a model file.
/// @throws Error where the file names none, or another.
const ModelEntry& model_of(const ModelFile& file);

/// The file that an option names, as `--start` does.
/// @throws Error as `read_model_file` does, with the option before it.
ModelFile read_model_option(const std::string& option, const std::string& path);

/// The file that --start names; nothing without one.
/// @throws Error where it can't be read, or is another model's.
std::optional<ModelFile> read_start(const FitArguments& arguments, const std::string& model);

/// The data columns and weights of a fit: those asked for; with a start, by default the columns that it names.
ColumnChoice columns_of_fit(const FitArguments& arguments, const std::optional<ModelFile>& start, const DataFile& file);

/// The data columns for a fitted model: those asked for, else those that it was fitted to, by their names; all where
/// the model's file names none, or the data are .npy, whose columns have no names.
/// @throws Error where the data lack one of the names.
ColumnChoice columns_for(const ModelFile& model, const DataFile& file, const std::vector<std::string>& asked_for);

/// The data of a fit: without the rows of weight 0, and with --drop-missing without those that have a missing value.
NumericTable table_of_fit(const DataFile& file, const ColumnChoice& choice, const FitArguments& arguments);

/// How many rows that left out, for the report; nothing without --drop-missing.
std::optional<std::size_t> rows_left_out(const NumericTable& table, const FitArguments& arguments);

/// What the reader of a file has to tell its user: notes, and codes that seem to stand for missing values.
std::vector<std::string> reading_warnings(const NumericTable& table);

/// Runs `work` on the rows of a table: what it refuses is said with the names of file and column.
template <class Work>
auto naming_columns(const NumericTable& table, const Work& work) {
  try {
    return work();
  } catch (const InvalidData& error) {
    throw Error(table.sentence(error));
  }
}

/// The names of a model's d columns: those in its file, or else x1 … xd.
std::vector<std::string> column_names(const ModelFile& model, std::size_t dimension);

/// "component 1", … "component K".
std::vector<std::string> component_names(std::size_t components);

}  // namespace latent::cli
