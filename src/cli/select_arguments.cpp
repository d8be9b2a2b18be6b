#include "select_arguments.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <range/v3/action/sort.hpp>
#include <range/v3/action/unique.hpp>
#include <range/v3/algorithm/contains.hpp>
#include <range/v3/range/conversion.hpp>
#include <range/v3/view/split.hpp>
#include <string_view>

namespace latent::cli {
namespace {

[[noreturn]] void refuse_components(const std::string& given) {
  constexpr std::size_t most = 1000;
  throw InvalidOption("components", given,
                      fmt::format("must be numbers from 1 to {}, or ranges of them, as 1..6 or 1,2,4", most));
}

std::size_t count_in(std::string_view text, const std::string& given) {
  constexpr std::size_t most = 1000;
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count < 1 || count > most) refuse_components(given);
  return count;
}

// "4", or "1..6".
void add_range(std::string_view text, const std::string& given, std::vector<std::size_t>& counts) {
  constexpr std::string_view dots = "..";
  const std::size_t middle = text.find(dots);
  const std::size_t first = count_in(text.substr(0, middle), given);
  const std::size_t last =
      middle == std::string_view::npos ? first : count_in(text.substr(middle + dots.size()), given);
  if (last < first) refuse_components(given);
  for (std::size_t count = first; count <= last; ++count) counts.push_back(count);
}

void require_only_with(const std::string& option, bool given, const std::vector<std::string_view>& criteria,
                       const SelectArguments& arguments) {
  if (!given || ranges::contains(criteria, std::string_view(arguments.criterion))) return;
  throw InvalidOption(
      option, "given",
      fmt::format("goes with --criterion {}, and not with {}", fmt::join(criteria, " or "), arguments.criterion));
}

}  // namespace

void add_selection_options(CLI::App& command, SelectArguments& arguments) {
  command.add_option("--components", arguments.components, "the numbers of components, as 1..6 or 1,2,4")
      ->type_name("LIST");
  command
      .add_option("--covariance", arguments.covariances, "full (default), tied, diagonal, spherical; full,tied; all")
      ->delimiter(',')
      ->type_name("KINDS")
      ->allow_extra_args(false);
  command.add_option("--criterion", arguments.criterion, "bic (default), aic, icl, cv, mccv, heldout or lrt")
      ->type_name("NAME");
  command.add_option("--folds", arguments.folds, "of cv (default: 10)")->type_name("V");
  command.add_option("--held-out", arguments.held_out, "the part that heldout (default: 0.2) and mccv (0.5) hold out")
      ->type_name("FRACTION");
  command.add_option("--splits", arguments.splits, "random divisions of mccv (default: 20)")->type_name("S");
  command.add_flag("--one-standard-error", arguments.one_standard_error,
                   "with cv, mccv, heldout: take the simplest within one standard error of the best");
  command.add_option("--replicates", arguments.replicates, "of each bootstrap test of lrt (default: 99)")
      ->type_name("B");
  command.add_option("--level", arguments.level, "of the tests of lrt (default: 0.05)")->type_name("A");
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
  const std::string& given = arguments.components;
  if (given.empty()) throw InvalidOption("components", "not given", "say which to compare, as 1..6 or 1,2,4");
  std::vector<std::size_t> counts;
  std::size_t begin = 0;
  while (begin <= given.size()) {
    const std::size_t end = std::min(given.find(',', begin), given.size());
    add_range(std::string_view(given).substr(begin, end - begin), given, counts);
    begin = end + 1;
  }
  return std::move(counts) | ranges::actions::sort | ranges::actions::unique;
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
