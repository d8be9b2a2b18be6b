#include "fit_arguments.hpp"

#include <fmt/format.h>

#include "interrupt.hpp"

namespace latent::cli {
namespace {

StoppingRule convergence_rule(const FitArguments& arguments) {
  const auto tolerance = [&](double usual) { return arguments.tolerance.value_or(usual); };
  if (arguments.stop == "relative") return relative_gain(tolerance(1e-10));
  if (arguments.stop == "absolute") return absolute_gain(tolerance(1e-6));
  if (arguments.stop == "aitken") return aitken_gain(tolerance(1e-6));
  if (arguments.stop == "parameters") return parameter_change(tolerance(1e-8));
  throw InvalidOption("stop", arguments.stop, "must be relative, absolute, aitken or parameters");
}

OnFall on_fall(const FitArguments& arguments) {
  if (arguments.on_fall == "warn") return OnFall::warn;
  if (arguments.on_fall == "throw") return OnFall::raise;
  if (arguments.on_fall == "ignore") return OnFall::ignore;
  throw InvalidOption("on-fall", arguments.on_fall, "must be warn, throw or ignore");
}

}  // namespace

void add_data_options(CLI::App& command, FitArguments& arguments) {
  command.add_option("DATA", arguments.data, "CSV with a header, or .npy; - is standard input (CSV)")->required();
  add_columns_option(command, arguments.columns, "all but weights");
  command.add_option("--weights", arguments.weights, "the column of observation weights")->type_name("NAME");
  add_missing_option(command, arguments.missing);
}

void add_columns_option(CLI::App& command, std::vector<std::string>& columns, const std::string& usual) {
  command
      .add_option(
          "--columns", columns,
          fmt::format("the data columns, as a,b; numeric for all of numbers; -a for all but a (default: {})", usual))
      ->delimiter(',')
      ->type_name("NAMES")
      ->allow_extra_args(false);
}

void add_missing_option(CLI::App& command, std::vector<std::string>& codes) {
  command.add_option("--missing", codes, "what stands for a missing value beside NA, NaN and nothing, as -999,?")
      ->delimiter(',')
      ->type_name("CODES")
      ->allow_extra_args(false);
}

void add_drop_missing_option(CLI::App& command, FitArguments& arguments) {
  command.add_flag("--drop-missing", arguments.drop_missing, "leave rows out that have a missing value");
}

void add_covariances_option(CLI::App& command, FitArguments& arguments) {
  command.add_flag("--covariances", arguments.covariances, "print covariances and all columns, however many");
}

void add_mixture_options(CLI::App& command, FitArguments& arguments) {
  command.add_flag("--fixed-weights", arguments.fixed_weights, "keep the mixing weights of the start (random: equal)");
  command.add_option("--ridge", arguments.ridge, "add E to each variance, as some other software does")->type_name("E");
  command.add_option("--restarts", arguments.restarts, "random starts; the best is kept (default: 10)")->type_name("R");
  command.add_option("--seed", arguments.seed, "of all random numbers (default: 1)")
      ->type_name("S")
      ->check(CLI::NonNegativeNumber);
}

void add_run_options(CLI::App& command, FitArguments& arguments) {
  command.add_option("--penalty", arguments.penalty, "strength of the penalty; 0 is maximum likelihood")
      ->type_name("A");
  command.add_option("--threads", arguments.threads, "threads (default: one for each core)")->type_name("T");
  command.add_option("--max-iterations", arguments.max_iterations, "M-steps at most (default: 1000)")->type_name("N");
  command.add_option("--tolerance", arguments.tolerance, "of --stop (default: 1e-10, 1e-6, 1e-6, 1e-8)")
      ->type_name("E");
  command.add_option("--stop", arguments.stop, "relative (default), absolute, aitken or parameters")->type_name("RULE");
  command.add_flag("--quiet", arguments.quiet, "print no summary, progress or warnings");
}

void add_solver_options(CLI::App& command, FitArguments& arguments) {
  command.add_option("--acceleration", arguments.acceleration, "none (default), squarem, anderson or parabolic")
      ->type_name("METHOD");
  command.add_option("--short-runs", arguments.short_runs, "begin each restart at the best of R short runs (em-EM)")
      ->type_name("R");
  command.add_option("--on-fall", arguments.on_fall, "where the objective falls: warn (default), throw, ignore")
      ->type_name("POLICY");
  command.add_option("--time-limit", arguments.time_limit, "stop each run after so long")->type_name("SECONDS");
  command.add_option("--checkpoint", arguments.checkpoint, "keep the fit in this file, and go on from it")
      ->type_name("FILE");
}

FitOptions fit_options(const FitArguments& arguments) {
  FitOptions options;
  options.restarts = arguments.restarts;
  options.seed = arguments.seed;
  options.threads = arguments.threads;
  options.stop = convergence_rule(arguments) || iteration_limit(arguments.max_iterations) || stop_on_interrupt();
  if (arguments.time_limit) options.stop = options.stop || time_limit(*arguments.time_limit);
  if (arguments.short_runs) options.short_runs = ShortRuns{.runs = *arguments.short_runs};
  options.on_fall = on_fall(arguments);
  return options;
}

std::size_t required_components(const FitArguments& arguments) {
  if (!arguments.components) throw InvalidOption("components", "not given", "say how many, or give a --start");
  if (*arguments.components < 1) {
    throw InvalidOption("components", fmt::to_string(*arguments.components), "must be at least 1");
  }
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
