// One cell of a CSV file as a number.
#pragma once

#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

namespace latent {

// What is wrong with a cell that can't be used as a number.
enum class CellFault { none, not_a_number, comma, blanks, exponent_letter, not_finite, too_large, inexact_integer };

struct CellNumber {
  double value = 0.0;  // NaN where it is missing
  CellFault fault = CellFault::none;
  bool is_truth_value = false;  // written as true or false
};

// Above it not every whole number is a double.
constexpr double largest_exact_integer = 9007199254740992.0;  // 2^53

// A cell that isn't just the digits of a finite number, or is a large one.
CellNumber unusual_cell_to_number(std::string_view cell);

inline CellNumber cell_to_number(std::string_view cell) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  // False for NaN as well.
  const bool is_exact = std::abs(value) < largest_exact_integer;
  if (error == std::errc() && end == cell.data() + cell.size() && is_exact) return {.value = value};
  return unusual_cell_to_number(cell);
}

// What the fault is, to be said after the cell: "is not a number".
std::string_view sentence(CellFault fault);

// Whether two cells may be the parts of a number that a decimal comma has cut in two: "-1" and "5".
bool may_be_decimal(std::string_view whole, std::string_view decimals);

}  // namespace latent
