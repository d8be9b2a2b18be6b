#include "command/options/fit_arguments.hpp"

#include <fmt/format.h>

#include <limits>

#include "command/options/option_values.hpp"
#include "command/options/options.hpp"
#include "command/reports/json.hpp"
#include "command/shell/interrupt.hpp"
#include "command/shell/shortage.hpp"

namespace latent::cli {
namespace {

constexpr std::uint64_t most_runs = 1'000'000;

StoppingRule convergence_rule(const FitArguments& arguments) {
  const auto tolerance = [&](double usual) { return arguments.tolerance.value_or(usual); };
  if (arguments.stop == "rest") return estimated_rest(tolerance(usual_rest));
  if (arguments.stop == "relative") return relative_gain(tolerance(1e-10));
  if (arguments.stop == "absolute") return absolute_gain(tolerance(1e-6));
  if (arguments.stop == "aitken") return aitken_gain(tolerance(1e-6));
  if (arguments.stop == "parameters") return parameter_change(tolerance(1e-6));
  throw InvalidOption("stop", arguments.stop, "must be rest, relative, absolute, aitken or parameters");
}

std::optional<ComponentOrder> component_order(const FitArguments& arguments) {
  if (!arguments.order) return std::nullopt;
  if (*arguments.order == "weight") return ComponentOrder::sorted;
  if (*arguments.order == "start") {
    if (arguments.start.empty()) {
      throw InvalidOption("order", *arguments.order,
                          "is the order of --start FILE.json, which is not given; give it, or leave --order out");
    }
    return ComponentOrder::as_started;
  }
  throw InvalidOption("order", *arguments.order, "must be weight or start");
}

OnDecrease on_decrease(const FitArguments& arguments) {
  if (arguments.on_decrease == "warn") return OnDecrease::warn;
  if (arguments.on_decrease == "throw") return OnDecrease::raise;
  if (arguments.on_decrease == "ignore") return OnDecrease::ignore;
  throw InvalidOption("on-decrease", arguments.on_decrease, "must be warn, throw or ignore");
}

}  // namespace

DataFile FitArguments::open() const {
  DataFile file = read_data(data, {.missing = missing, .limits = limits});
  for (std::size_t i = 0; i < file.columns().size(); ++i) {
    const auto fault = fault_of_name(file.columns()[i]);
    if (fault) throw Error(fmt::format("{}: the name of column {} {}", file.name(), i + 1, *fault));
  }
  return file;
}

void add_data_options(Command& command, FitArguments& arguments) {
  command.add_option("DATA", arguments.data, "CSV with a header, or .npy; - is standard input (CSV)")->required();
  add_columns_option(command, arguments.columns, "all but weights");
  command.add_option("--weights", arguments.weights, "the column of observation weights")->type_name("NAME");
  add_missing_option(command, arguments.missing);
  add_limit_options(command, arguments.limits);
}

DataFile read_data(const std::string& path, const ReadingOptions& options) {
  return naming_shortage([&] { return fmt::format("reading {}", path == "-" ? "standard input" : path); },
                         [&] { return open_data(path, options); });
}

void add_limit_options(Command& command, ReadingLimits& limits) {
  takes_size(command.add_option("--max-data", limits.data,
                                "memory that DATA may take (default: 4G if compressed or from a pipe, else all)"))
      ->type_name("SIZE");
  takes_size(command.add_option("--max-row", limits.row, "bytes that a row of CSV may have (default: 64M)"))
      ->type_name("SIZE");
}

void add_columns_option(Command& command, std::vector<std::string>& columns, const std::string& usual) {
  command
      .add_option(
          "--columns", columns,
          fmt::format("the data columns, as a,b; numeric for all of numbers; -a for all but a (default: {})", usual))
      ->delimiter(',')
      ->type_name("NAMES")
      ->allow_extra_args(false);
}

void add_missing_option(Command& command, std::vector<std::string>& codes) {
  command.add_option("--missing", codes, "what stands for a missing value beside NA, NaN and nothing, as -999,?")
      ->delimiter(',')
      ->type_name("CODES")
      ->allow_extra_args(false);
}

void add_drop_missing_option(Command& command, FitArguments& arguments) {
  command.add_flag("--drop-missing", arguments.drop_missing, "leave rows out that have a missing value");
}

void add_covariances_option(Command& command, FitArguments& arguments) {
  command.add_flag("--covariances", arguments.covariances, "print covariances and all columns, however many");
}

void add_mixture_options(Command& command, FitArguments& arguments) {
  command.add_flag("--fixed-weights", arguments.fixed_weights, "keep the mixing weights of the start (random: equal)");
  takes_number(command.add_option("--floor", arguments.floor, "the narrowest a component may be (default: 1/n²)"),
               {.lowest = 0.0, .highest = 1.0})
      ->type_name("C");
  takes_number(command.add_option("--ridge", arguments.ridge, "add E to each variance, as some other software does"))
      ->type_name("E");
  takes_whole_number(
      command.add_option("--restarts", arguments.restarts, "random starts; the best is kept (default: 10)"), 1,
      most_runs)
      ->type_name("R");
  add_seed_option(command, arguments.seed);
}

void add_seed_option(Command& command, std::uint64_t& seed) {
  takes_whole_number(command.add_option("--seed", seed, "seed of the random numbers (default: 1)"), 0,
                     std::numeric_limits<std::uint64_t>::max())
      ->type_name("S");
}

void add_run_options(Command& command, FitArguments& arguments) {
  takes_number(command.add_option("--penalty", arguments.penalty, "strength of a penalty (default: none)"))
      ->type_name("A");
  constexpr std::uint64_t most_threads = 1024;
  takes_whole_number(command.add_option("--threads", arguments.threads, "threads (default: one for each core)"), 0,
                     most_threads)
      ->type_name("T");
  takes_whole_number(
      command.add_option("--max-iterations", arguments.max_iterations, "iterations at most (default: 10000)"), 0,
      std::numeric_limits<int>::max())
      ->type_name("N");
  takes_number(command.add_option("--tolerance", arguments.tolerance, "of --stop (rest: 1e-10 nats)"))->type_name("E");
  takes_name(command.add_option("--stop", arguments.stop, "rest (default), relative, absolute, aitken or parameters"),
             {"rest", "relative", "absolute", "aitken", "parameters"})
      ->type_name("RULE");
  command.add_flag("--quiet", arguments.quiet, "print no summary, progress or warnings");
}

void add_solver_options(Command& command, FitArguments& arguments) {
  takes_name(
      command.add_option("--acceleration", arguments.acceleration, "none (default), squarem, anderson or parabolic"),
      {"none", "squarem", "anderson", "parabolic"})
      ->type_name("METHOD");
  takes_whole_number(command.add_option("--short-runs", arguments.short_runs,
                                        "begin each restart at the best of R short runs (em-EM)"),
                     1, most_runs)
      ->type_name("R");
  takes_name(command.add_option("--on-decrease", arguments.on_decrease,
                                "if the objective decreases: warn (default), throw, ignore"),
             {"warn", "throw", "ignore"})
      ->type_name("POLICY");
  takes_number(command.add_option("--time-limit", arguments.time_limit, "stop each run after this many seconds"),
               {.unit = " of seconds"})
      ->type_name("SECONDS");
  add_checkpoint_option(command, arguments.checkpoint, "the fit");
}

void add_checkpoint_option(Command& command, std::string& checkpoint, const std::string& what) {
  command.add_option("--checkpoint", checkpoint, fmt::format("keep {} in this file, and resume from it", what))
      ->type_name("FILE");
}

void refuse_random_starts(const FitArguments& arguments, const std::string& why) {
  if (arguments.restarts.value_or(1) > 1) throw InvalidOption("restarts", fmt::to_string(*arguments.restarts), why);
  if (arguments.short_runs) throw InvalidOption("short-runs", fmt::to_string(*arguments.short_runs), why);
}

FitOptions fit_options(const FitArguments& arguments) {
  if (!arguments.start.empty()) refuse_random_starts(arguments, "a fit from --start is one run; leave the option out");
  FitOptions options;
  options.restarts = arguments.restarts;
  options.seed = arguments.seed;
  options.threads = arguments.threads;
  options.stop = convergence_rule(arguments) || iteration_limit(arguments.max_iterations) || stop_on_interrupt();
  if (arguments.time_limit) options.stop = options.stop || time_limit(*arguments.time_limit);
  if (arguments.short_runs) options.short_runs = ShortRuns{.runs = *arguments.short_runs};
  options.on_decrease = on_decrease(arguments);
  options.order = component_order(arguments);
  return options;
}

std::size_t required_components(const FitArguments& arguments) {
  if (!arguments.components) throw InvalidOption("components", "not given", "say how many, or give a --start");
  return static_cast<std::size_t>(*arguments.components);
}

void require_components_of_start(const FitArguments& arguments, std::size_t components) {
  if (!arguments.components || *arguments.components == static_cast<std::int64_t>(components)) return;
  throw InvalidOption("components", fmt::to_string(*arguments.components),
                      fmt::format("the start in {} has {}", arguments.start, components));
}

void require_positive_weights(const FitArguments& arguments, const Vector& weights) {
  for (Index k = 0; k < weights.size(); ++k) {
    if (weights[k] > 0.0) continue;
    throw Error(fmt::format("{}: component {} has weight 0, and EM would leave it so", arguments.start, k + 1));
  }
}

void refuse(const std::string& model, const std::string& option, bool given) {
  if (given) throw InvalidOption(option, "given", fmt::format("{} has no such option", model));
}

}  // namespace latent::cli
