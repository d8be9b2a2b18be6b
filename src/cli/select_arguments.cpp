#include "select_arguments.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <limits>

#include "option_values.hpp"

namespace latent::cli {
namespace {

void require_only_with(const std::string& option, bool given, const std::string& criterion,
                       const SelectArguments& arguments) {
  if (given && arguments.criterion != criterion) {
    throw InvalidOption(option, "given",
                        fmt::format("goes with --criterion {}, and not with {}", criterion, arguments.criterion));
  }
}

}  // namespace

void add_selection_options(CLI::App& command, SelectArguments& arguments) {
  takes_component_counts(
      command.add_option("--components", arguments.components, "numbers of components, as 1..6, 1:6, 1-6 or 1,2,4"))
      ->type_name("LIST");
  takes_name(command.add_option("--covariance", arguments.covariances,
                                "full (default), tied, diagonal, spherical; full,tied; all"),
             {"full", "tied", "diagonal", "spherical", "all"})
      ->delimiter(',')
      ->type_name("KINDS")
      ->allow_extra_args(false);
  takes_name(command.add_option("--criterion", arguments.criterion, "bic (default), aic, icl, cv, heldout or lrt"),
             {"bic", "aic", "icl", "cv", "heldout", "lrt"})
      ->type_name("NAME");
  takes_whole_number(command.add_option("--folds", arguments.folds, "number of folds of cv (default: 10)"), 2,
                     std::numeric_limits<int>::max())
      ->type_name("V");
  takes_number(command.add_option("--held-out", arguments.held_out, "the part that heldout holds out (default: 0.2)"),
               {.lowest = 0.0, .highest = 1.0, .with_ends = false})
      ->type_name("FRACTION");
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
  require_only_with("folds", arguments.folds.has_value(), "cv", arguments);
  require_only_with("held-out", arguments.held_out.has_value(), "heldout", arguments);
  require_only_with("replicates", arguments.replicates.has_value(), "lrt", arguments);
  require_only_with("level", arguments.level.has_value(), "lrt", arguments);
}

std::vector<std::size_t> component_counts(const SelectArguments& arguments) {
  if (arguments.components.empty()) {
    throw InvalidOption("components", "not given", "say which to compare, as 1..6 or 1,2,4");
  }
  return component_counts(arguments.components);
}

AnyCriterion criterion_of(const SelectArguments& arguments) {
  const std::string& name = arguments.criterion;
  if (name == Bic::name) return Bic{};
  if (name == Aic::name) return Aic{};
  if (name == Icl::name) return Icl{};
  if (name == CrossValidation::name) {
    CrossValidation criterion;
    if (arguments.folds) criterion.folds = *arguments.folds;
    return criterion;
  }
  if (name == HeldOut::name) {
    HeldOut criterion;
    if (arguments.held_out) criterion.fraction = *arguments.held_out;
    return criterion;
  }
  throw InvalidOption("criterion", name, "must be bic, aic, icl, cv, heldout or lrt");
}

}  // namespace latent::cli
