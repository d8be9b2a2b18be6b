// The options of fit, as they were given: what wasn't given is not set, so that a model can refuse what it doesn't
// take.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "latent/data/data_file.hpp"
#include "latent/solver/fit.hpp"

namespace latent::cli {

class Command;

struct FitArguments {
  std::string data;
  std::vector<std::string> columns;
  std::string weights;
  std::vector<std::string> missing;
  ReadingLimits limits;
  bool drop_missing = false;
  bool standardize = false;

  std::optional<std::int64_t> components;
  std::optional<std::string> covariance;
  bool fixed_weights = false;
  std::optional<double> floor;
  std::optional<double> penalty;
  std::optional<double> ridge;
  std::optional<std::string> order;
  std::string start;

  std::optional<int> restarts;
  std::uint64_t seed = 1;
  int threads = 0;
  int max_iterations = usual_iterations;
  std::optional<double> tolerance;
  std::string stop = "rest";
  std::optional<double> time_limit;
  std::string acceleration = "none";
  std::optional<int> short_runs;
  std::string on_decrease = "warn";
  std::string checkpoint;
  bool quiet = false;
  /// Whether the report is to have a picture, for --plot or --report.
  bool picture = false;
  /// Whether the summary has all covariances, however many columns there are.
  bool covariances = false;

  /// The file that DATA names, read as --missing says.
  /// @throws Error where a column's name is too long to be saved with a model.
  [[nodiscard]] DataFile open() const;
  /// The columns of a file that --columns and --weights name.
  [[nodiscard]] ColumnChoice column_choice(const DataFile& file) const { return file.choose(columns, weights); }
};

/// Adds the options that choose the data: DATA, --columns, --weights, --missing, --max-data, --max-row.
void add_data_options(Command& command, FitArguments& arguments);
/// Adds --columns, of which `usual` is what is taken without it.
void add_columns_option(Command& command, std::vector<std::string>& columns, const std::string& usual);
/// Adds --missing.
void add_missing_option(Command& command, std::vector<std::string>& codes);
/// Adds --max-data and --max-row.
void add_limit_options(Command& command, ReadingLimits& limits);
/// Reads a data file. Where memory runs out, the message names it.
DataFile read_data(const std::string& path, const ReadingOptions& options);
/// Adds --drop-missing, for models that need complete rows.
void add_drop_missing_option(Command& command, FitArguments& arguments);
/// Adds --covariances, for a command that prints a summary.
void add_covariances_option(Command& command, FitArguments& arguments);
/// Adds the options of models with components and random starts: --fixed-weights, --floor, --ridge,
/// --restarts, --seed.
void add_mixture_options(Command& command, FitArguments& arguments);
/// Adds --seed.
void add_seed_option(Command& command, std::uint64_t& seed);
/// Adds the options of a run: --threads, --max-iterations, --tolerance, --stop, --penalty, --quiet.
void add_run_options(Command& command, FitArguments& arguments);

/// Adds the options that only a fit has: --acceleration, --short-runs, --on-decrease, --time-limit, --checkpoint.
void add_solver_options(Command& command, FitArguments& arguments);

/// Adds --checkpoint, which keeps `what`, as "the fit".
void add_checkpoint_option(Command& command, std::string& checkpoint, const std::string& what);

/// Refuses --restarts and --short-runs where no start is drawn, and says why.
void refuse_random_starts(const FitArguments& arguments, const std::string& why);

/// The solver's options, for restarts from random starts or from a given one.
/// @throws InvalidOption if several runs are asked for from one --start.
FitOptions fit_options(const FitArguments& arguments);

/// K, from --components.
/// @throws InvalidOption if it isn't given.
std::size_t required_components(const FitArguments& arguments);

/// Refuses --components where it isn't the number of components that --start has.
void require_components_of_start(const FitArguments& arguments, std::size_t components);

/// Refuses a start in which a component has weight 0: EM can't give it any.
void require_positive_weights(const FitArguments& arguments, const Vector& weights);

/// Refuses an option that the model doesn't take.
void refuse(const std::string& model, const std::string& option, bool given);

}  // namespace latent::cli
