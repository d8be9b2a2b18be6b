// What the values of options may be. Each function attaches a check to an option, so that a value is refused
// in one form: the option as it is typed, the value, and what is allowed.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace latent::cli {

class Option;

/// A whole number, written in decimal digits.
/// @returns the option.
Option* takes_whole_number(Option* option, std::uint64_t lowest, std::uint64_t highest);

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
Option* takes_number(Option* option, const NumberRange& range = {});

/// A number of bytes, as 500M or 4G: with the units k, M, G and T, each 1000 of the one before. The option gets the
/// bytes.
/// @returns the option.
Option* takes_size(Option* option);

/// One of the names, in any case, or the beginning of only one of them. The option gets the whole name.
/// @returns the option.
Option* takes_name(Option* option, const std::vector<std::string>& names);
/// The names that `takes_name` has given the option; empty for other options.
std::vector<std::string> names_taken_by(const Option& option);

/// One number of components, from 1 to a million. A list of them is refused with a word about `latent select`.
/// @returns the option.
Option* takes_component_count(Option* option);

/// A list of numbers of components: see `component_counts`.
/// @returns the option.
Option* takes_component_counts(Option* option);

/// The numbers of a list as "1..6", "1:6", "1-6", "1,2,4" or "1,2,5..8": ascending, each once.
/// @throws InvalidOption, of --components, for anything else, and for numbers outside of 1 to 1000.
std::vector<std::size_t> component_counts(const std::string& list);

/// The option's name as it is typed, with hyphens; a positional's is in capitals.
std::string typed_name(const Option& option);

}  // namespace latent::cli
