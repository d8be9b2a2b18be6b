// What the values of options may be. Each function attaches a check to an option of CLI11, so that a value is refused
// in one form: the option as it is typed, the value, and what is allowed.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace latent::cli {

/// A whole number, written in decimal digits.
/// @returns the option.
CLI::Option* takes_whole_number(CLI::Option* option, std::uint64_t lowest, std::uint64_t highest);

/// Which numbers are allowed: finite ones between the ends.
struct NumberRange {
  double lowest = 0.0;
  double highest = std::numeric_limits<double>::infinity();
  /// Whether the ends themselves are allowed.
  bool with_ends = true;
  /// What is counted, as " of seconds"; may be empty.
  std::string unit = {};
};

/// A number, in decimal or scientific notation.
/// @returns the option.
CLI::Option* takes_number(CLI::Option* option, const NumberRange& range = {});

/// A number of bytes, as 500M or 4G: with the units k, M, G and T, each 1000 of the one before. The option gets the
/// bytes.
/// @returns the option.
CLI::Option* takes_size(CLI::Option* option);

/// One of the names, in any case, or the beginning of only one of them. The option gets the whole name.
/// @returns the option.
CLI::Option* takes_name(CLI::Option* option, const std::vector<std::string>& names);
/// The names that `takes_name` has given the option; empty for other options.
std::vector<std::string> names_taken_by(const CLI::Option& option);

/// One number of components, from 1 to a million. A list of them is refused with a word about `latent select`.
/// @returns the option.
CLI::Option* takes_component_count(CLI::Option* option);

/// A list of numbers of components: see `component_counts`.
/// @returns the option.
CLI::Option* takes_component_counts(CLI::Option* option);

/// The numbers of a list as "1..6", "1:6", "1-6", "1,2,4" or "1,2,5..8": ascending, each once.
/// @throws InvalidOption, of --components, for anything else, and for numbers outside of 1 to 1000.
std::vector<std::size_t> component_counts(const std::string& list);

/// The option's name as it is typed, with hyphens; a positional's is in capitals.
std::string typed_name(const CLI::Option& option);

}  // namespace latent::cli
