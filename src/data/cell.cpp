#include "data/cell.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <locale>
#include <sstream>

#include "core/ascii_text.hpp"
#include "latent/data/data_file.hpp"

namespace latent {
namespace {

constexpr std::string_view digits = "0123456789";

std::string_view without_sign(std::string_view text) {
  text.remove_prefix(text.starts_with('+') || text.starts_with('-') ? 1 : 0);
  return text;
}

// std::from_chars does not say on which side a number is out of range; a stream rounds what is too small and fails on
// what is too large.
CellNumber rounded_to_zero_or_too_large(std::string_view text) {
  std::istringstream in{std::string(text)};
  in.imbue(std::locale::classic());
  double value = 0.0;
  if (in >> value) return {.value = value};
  return {.value = value, .fault = CellFault::too_large};
}

bool has_digits_and_only(std::string_view text, std::string_view allowed) {
  return text.find_first_of(digits) != std::string_view::npos &&
         text.find_first_not_of(allowed) == std::string_view::npos;
}

// "1.5D+03", as Fortran writes double precision.
bool has_exponent_letter_d(std::string_view text) {
  const std::size_t letter = text.find_first_of("dD");
  if (letter == std::string_view::npos || letter + 1 == text.size()) return false;
  return has_digits_and_only(without_sign(text.substr(0, letter)), "0123456789.") &&
         has_digits_and_only(without_sign(text.substr(letter + 1)), digits);
}

CellNumber not_a_number(std::string_view text) {
  if (text.find(',') != std::string_view::npos && has_digits_and_only(text, "0123456789.,+-eE")) {
    return {.fault = CellFault::comma};
  }
  if (text.find_first_of(" \t") != std::string_view::npos && has_digits_and_only(text, "0123456789.+-eE \t")) {
    return {.fault = CellFault::blanks};
  }
  return {.fault = has_exponent_letter_d(text) ? CellFault::exponent_letter : CellFault::not_a_number};
}

// Whether the text is a whole number, without point or exponent, other than the value that it was rounded to.
bool is_rounded_integer(std::string_view text, double value) {
  text = without_sign(text);
  if (std::abs(value) < largest_exact_integer || text.find_first_not_of(digits) != std::string_view::npos) return false;
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
  return text != fmt::format("{:.0f}", std::abs(value));
}

}  // namespace

bool is_missing(std::string_view cell) {
  const std::string_view text = without_blanks(cell);
  return text.empty() || text == "NA" || equal_in_any_case(without_sign(text), "nan");
}

CellNumber unusual_cell_to_number(std::string_view cell) {
  if (is_missing(cell)) return {.value = std::numeric_limits<double>::quiet_NaN()};
  const std::string_view trimmed = without_blanks(cell);
  if (equal_in_any_case(trimmed, "true")) return {.value = 1.0, .is_truth_value = true};
  if (equal_in_any_case(trimmed, "false")) return {.value = 0.0, .is_truth_value = true};

  std::string_view text = trimmed;
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return not_a_number(trimmed);
  }
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::invalid_argument || end != text.data() + text.size() || std::isnan(value)) {
    return not_a_number(trimmed);
  }
  if (error == std::errc::result_out_of_range) return rounded_to_zero_or_too_large(text);
  if (std::isinf(value)) return {.value = value, .fault = CellFault::not_finite};
  if (is_rounded_integer(text, value)) return {.value = value, .fault = CellFault::inexact_integer};
  return {.value = value};
}

std::string_view sentence(CellFault fault) {
  switch (fault) {
    case CellFault::none:
      break;
    case CellFault::not_a_number:
      return "is not a number";
    case CellFault::comma:
      return "is not a number: it has a comma, and numbers are read with a decimal point and nothing between thousands";
    case CellFault::blanks:
      return "is not a number: it has blanks in it; between cells there must be commas, semicolons or tabs, and "
             "between thousands nothing";
    case CellFault::exponent_letter:
      return "is not a number: the letter of its exponent is D, as Fortran writes it; numbers are read with E, as "
             "1.0E+03";
    case CellFault::not_finite:
      return "is not finite";
    case CellFault::too_large:
      return "is too large for a double";
    case CellFault::inexact_integer:
      return "is a whole number beyond 2^53, which a double does not hold";
  }
  return {};
}

bool may_be_decimal(std::string_view whole, std::string_view decimals) {
  constexpr std::string_view decimal_digits = "0123456789";
  if (whole.starts_with('-') || whole.starts_with('+')) whole.remove_prefix(1);
  const auto has_digits_only = [&](std::string_view text) {
    return !text.empty() && text.find_first_not_of(decimal_digits) == std::string_view::npos;
  };
  return has_digits_only(whole) && has_digits_only(decimals);
}

}  // namespace latent
