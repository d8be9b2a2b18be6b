#include "command/options/select_arguments.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <limits>
#include <range/v3/algorithm/contains.hpp>
#include <string_view>

#include "command/options/option_values.hpp"
#include "command/options/options.hpp"

namespace latent::cli {
namespace {

void require_only_with(const std::string& option, bool given, const std::vector<std::string_view>& criteria,
                       const SelectArguments& arguments) {
  if (!given || ranges::contains(criteria, std::string_view(arguments.criterion))) return;
  throw InvalidOption(
      option, "given",
      fmt::format("goes with --criterion {}, and not with {}", fmt::join(criteria, " or "), arguments.criterion));
}

}  // namespace

void add_selection_options(Command& command, SelectArguments& arguments) {
  takes_component_counts(
      command.add_option("--components", arguments.components, "numbers of components, as 1..6, 1:6, 1-6 or 1,2,4"))
      ->type_name("LIST");
  takes_name(command.add_option("--covariance", arguments.covariances,
                                "full (default), tied, diagonal, spherical; full,tied; all"),
             {"full", "tied", "diagonal", "spherical", "all"})
      ->delimiter(',')
      ->type_name("KINDS")
      ->allow_extra_args(false);
  takes_name(
      command.add_option("--criterion", arguments.criterion, "bic (default), aic, icl, cv, mccv, heldout or lrt"),
      {"bic", "aic", "icl", "cv", "mccv", "heldout", "lrt"})
      ->type_name("NAME");
  takes_whole_number(command.add_option("--folds", arguments.folds, "number of folds of cv (default: 10)"), 2,
                     std::numeric_limits<int>::max())
      ->type_name("V");
  takes_number(command.add_option("--held-out", arguments.held_out,
                                  "the part that heldout (default: 0.2) and mccv (0.5) hold out"),
               {.lowest = 0.0, .highest = 1.0, .with_ends = false})
      ->type_name("FRACTION");
  takes_whole_number(command.add_option("--splits", arguments.splits, "random divisions of mccv (default: 20)"), 2,
                     std::numeric_limits<int>::max())
      ->type_name("S");
  command.add_flag("--one-standard-error", arguments.one_standard_error,
                   "with cv, mccv, heldout: take the simplest within one standard error of the best");
  constexpr std::uint64_t most_replicates = 1'000'000;
  takes_whole_number(
      command.add_option("--replicates", arguments.replicates, "of each bootstrap test of lrt (default: 99)"), 1,
      most_replicates)
      ->type_name("B");
  takes_number(command.add_option("--level", arguments.level, "significance level of the tests of lrt (default: 0.05)"),
               {.lowest = 0.0, .highest = 1.0, .with_ends = false})
      ->type_name("A");
}

void require_criterion(const SelectArguments& arguments) {
  if (arguments.criterion != "lrt") (void)criterion_of(arguments);
  require_only_with("folds", arguments.folds.has_value(), {"cv"}, arguments);
  require_only_with("held-out", arguments.held_out.has_value(), {"heldout", "mccv"}, arguments);
  require_only_with("splits", arguments.splits.has_value(), {"mccv"}, arguments);
  require_only_with("one-standard-error", arguments.one_standard_error, {"cv", "mccv", "heldout"}, arguments);
  require_only_with("replicates", arguments.replicates.has_value(), {"lrt"}, arguments);
  require_only_with("level", arguments.level.has_value(), {"lrt"}, arguments);
}

std::vector<std::size_t> component_counts(const SelectArguments& arguments) {
  if (arguments.components.empty()) {
    throw InvalidOption("components", "not given", "say which to compare, as 1..6 or 1,2,4");
  }
  auto counts = component_counts(arguments.components);
  if (arguments.criterion == "lrt" && counts.size() < 2) {
    throw InvalidOption("components", arguments.components,
                        "must be at least two numbers with --criterion lrt, which tests each against the next");
  }
  return counts;
}

// The level of a test and the number of its replicates may be others: they are finished by themselves.
std::string settings_of(const SelectArguments& arguments) {
  const FitArguments& fit = arguments.fit;
  const auto number = [](const auto& value) { return value ? fmt::to_string(*value) : std::string("usual"); };
  return fmt::format("stop {} {}, iterations {}, folds {}, held out {}, splits {}, standardize {}", fit.stop,
                     number(fit.tolerance), fit.max_iterations, number(arguments.folds), number(arguments.held_out),
                     number(arguments.splits), fit.standardize);
}

AnyCriterion criterion_of(const SelectArguments& arguments) {
  const std::string& name = arguments.criterion;
  if (name == Bic::name) return Bic{};
  if (name == Aic::name) return Aic{};
  if (name == Icl::name) return Icl{};
  if (name == CrossValidation::name) {
    CrossValidation criterion;
    if (arguments.folds) criterion.folds = *arguments.folds;
    criterion.one_standard_error = arguments.one_standard_error;
    return criterion;
  }
  if (name == MonteCarloCrossValidation::name) {
    MonteCarloCrossValidation criterion;
    if (arguments.splits) criterion.splits = *arguments.splits;
    if (arguments.held_out) criterion.fraction = *arguments.held_out;
    criterion.one_standard_error = arguments.one_standard_error;
    return criterion;
  }
  if (name == HeldOut::name) {
    HeldOut criterion;
    if (arguments.held_out) criterion.fraction = *arguments.held_out;
    criterion.one_standard_error = arguments.one_standard_error;
    return criterion;
  }
  throw InvalidOption("criterion", name, "must be bic, aic, icl, cv, mccv, heldout or lrt");
}

}  // namespace latent::cli
