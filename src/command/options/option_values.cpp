#include "command/options/option_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <optional>
#include <range/v3/action/sort.hpp>
#include <range/v3/action/unique.hpp>
#include <sstream>
#include <system_error>

#include "command/options/options.hpp"
#include "command/reports/nearest.hpp"
#include "core/ascii_text.hpp"
#include "latent/core/errors.hpp"

namespace latent::cli {
namespace {

// The number that the whole text is; nothing for any other text. A sign + is as good as none.
template <class Number>
std::optional<Number> number_in(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Puts what `canonical(text)` returns in place of each value, or refuses it if that is nothing.
using Canonical = std::function<std::optional<std::string>(std::string_view text)>;
Option* takes(Option* option, const Canonical& canonical,
              const std::function<std::string(const std::string& text)>& allowed, const std::string& shown = {}) {
  const auto check = [option, canonical, allowed](std::string& text) {
    auto value = canonical(without_blanks(text));
    if (!value) throw Error(fmt::format("{}: {}: {}", typed_name(*option), text, allowed(text)));
    text = std::move(*value);
  };
  return option->transform(check, shown);
}

std::string allowed_by(const NumberRange& range) {
  const std::string what = "must be a finite number" + range.unit;
  if (std::isinf(range.highest))
    return fmt::format("{}, {} {}", what, range.with_ends ? "at least" : "more than", range.lowest);
  return range.with_ends ? fmt::format("{} from {} to {}", what, range.lowest, range.highest)
                         : fmt::format("{} more than {} and less than {}", what, range.lowest, range.highest);
}

bool contains(const NumberRange& range, double value) {
  if (!std::isfinite(value)) return false;
  return range.with_ends ? value >= range.lowest && value <= range.highest
                         : value > range.lowest && value < range.highest;
}

// "full, tied, diagonal or spherical".
std::string alternatives(const std::vector<std::string>& names) {
  std::string all = names.front();
  for (std::size_t i = 1; i < names.size(); ++i) all += (i + 1 < names.size() ? ", " : " or ") + names[i];
  return all;
}

// As names are compared: whatever the case, and whether words are joined by a hyphen or an underscore.
std::string letters_of(std::string_view text) {
  std::string letters = lower_case(text);
  std::erase_if(letters, [](char c) { return c == '-' || c == '_'; });
  return letters;
}

// The names that the text may be short for; only the one that it is in full, if it is one.
std::vector<std::string> names_meant(std::string_view text, const std::vector<std::string>& names) {
  const std::string letters = letters_of(text);
  std::vector<std::string> meant;
  if (letters.empty()) return meant;
  for (const std::string& name : names) {
    const std::string whole = letters_of(name);
    if (whole == letters) return {name};
    if (whole.starts_with(letters)) meant.push_back(name);
  }
  return meant;
}

// The bytes of a size such as "500M" or "1.5 GB".
std::optional<std::uint64_t> bytes_in(std::string_view text) {
  constexpr std::string_view units = "kMGT";
  if (text.ends_with('B') || text.ends_with('b')) text.remove_suffix(1);
  double unit = 1.0;
  if (!text.empty()) {
    const std::size_t power = units.find(text.back() == 'K' ? 'k' : text.back());
    if (power != std::string_view::npos) {
      unit = std::pow(1000.0, static_cast<double>(power + 1));
      text.remove_suffix(1);
    }
  }
  const auto count = number_in<double>(without_blanks(text));
  constexpr double most = 1e18;
  if (!count || !(*count * unit >= 1.0 && *count * unit <= most)) return std::nullopt;
  return static_cast<std::uint64_t>(*count * unit);
}

constexpr std::size_t most_components = 1000;

// "4", "1..6", "1:6" or "1-6"; nothing for anything else.
std::optional<std::pair<std::size_t, std::size_t>> range_in(std::string_view text) {
  const auto count = [](std::string_view number) { return number_in<std::size_t>(without_blanks(number)); };
  std::size_t middle = text.find_first_of(".:-");
  std::optional<std::size_t> first = count(text.substr(0, middle));
  std::optional<std::size_t> last = first;
  if (middle != std::string_view::npos)
    last = count(text.substr(middle + (text.substr(middle).starts_with("..") ? 2 : 1)));
  const bool dot = middle != std::string_view::npos && text[middle] == '.' && !text.substr(middle).starts_with("..");
  if (dot || !first || !last || *first < 1 || *last > most_components || *last < *first) return std::nullopt;
  return std::pair(*first, *last);
}

std::optional<std::vector<std::size_t>> counts_in(std::string_view list) {
  std::vector<std::size_t> counts;
  while (true) {
    const std::size_t comma = list.find(',');
    const auto range = range_in(list.substr(0, comma));
    if (!range) return std::nullopt;
    for (std::size_t count = range->first; count <= range->second; ++count) counts.push_back(count);
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return std::move(counts) | ranges::actions::sort | ranges::actions::unique;
}

std::string allowed_counts() {
  return fmt::format("must be numbers from 1 to {}, or ranges of them, as 1..6, 1:6, 1-6 or 1,2,4", most_components);
}

// The number from lowest to highest that the text is, in plain digits; nothing for any other text.
std::optional<std::string> whole_number(std::string_view text, std::uint64_t lowest, std::uint64_t highest) {
  const auto value = number_in<std::uint64_t>(text);
  if (!value || *value < lowest || *value > highest) return std::nullopt;
  return fmt::to_string(*value);
}

std::string allowed_whole_numbers(std::uint64_t lowest, std::uint64_t highest) {
  return fmt::format("must be a whole number from {} to {}", lowest, highest);
}

}  // namespace

Option* takes_whole_number(Option* option, std::uint64_t lowest, std::uint64_t highest) {
  return takes(
      option, [=](std::string_view text) { return whole_number(text, lowest, highest); },
      [=](const std::string&) { return allowed_whole_numbers(lowest, highest); });
}

Option* takes_component_count(Option* option) {
  constexpr std::uint64_t most = 1'000'000;
  const auto allowed = [](const std::string& text) {
    const bool is_list = counts_in(without_blanks(text)).has_value();
    return allowed_whole_numbers(1, most) + (is_list ? "; latent select compares several" : "");
  };
  return takes(option, [](std::string_view text) { return whole_number(text, 1, most); }, allowed);
}

Option* takes_number(Option* option, const NumberRange& range) {
  const auto canonical = [=](std::string_view text) -> std::optional<std::string> {
    const auto value = number_in<double>(text);
    if (!value || !contains(range, *value)) return std::nullopt;
    return std::string(text);
  };
  return takes(option, canonical, [=](const std::string&) { return allowed_by(range); });
}

Option* takes_size(Option* option) {
  const auto canonical = [](std::string_view text) -> std::optional<std::string> {
    const auto bytes = bytes_in(text);
    if (!bytes) return std::nullopt;
    return fmt::to_string(*bytes);
  };
  return takes(option, canonical, [](const std::string&) { return "must be a size in bytes, as 500M or 4G"; });
}

Option* takes_name(Option* option, const std::vector<std::string>& names) {
  const auto canonical = [=](std::string_view text) -> std::optional<std::string> {
    const auto meant = names_meant(text, names);
    if (meant.size() != 1) return std::nullopt;
    return meant.front();
  };
  const auto allowed = [=](const std::string& text) {
    const auto meant = names_meant(text, names);
    if (meant.size() > 1) return fmt::format("may be {}; must be {}", alternatives(meant), alternatives(names));
    const std::string near = nearest(text, names);
    return fmt::format("must be {}{}", alternatives(names), near.empty() ? "" : "; " + suggestion(near, ""));
  };
  return takes(option, canonical, allowed, fmt::format("{}", fmt::join(names, "|")));
}

std::vector<std::string> names_taken_by(const Option& option) {
  const std::string type = option.type_name();
  const std::size_t colon = type.find(':');
  std::vector<std::string> names;
  if (colon == std::string::npos) return names;
  std::istringstream text(type.substr(colon + 1));
  for (std::string name; std::getline(text, name, '|');) names.push_back(name);
  return names;
}

Option* takes_component_counts(Option* option) {
  const auto canonical = [](std::string_view text) -> std::optional<std::string> {
    if (!counts_in(text)) return std::nullopt;
    return std::string(text);
  };
  return takes(option, canonical, [](const std::string&) { return allowed_counts(); });
}

std::vector<std::size_t> component_counts(const std::string& list) {
  auto counts = counts_in(list);
  if (!counts) throw InvalidOption("components", list, allowed_counts());
  return std::move(*counts);
}

std::string typed_name(const Option& option) {
  return option.is_argument() ? option.argument_name() : "--" + option.long_names().front();
}

}  // namespace latent::cli
