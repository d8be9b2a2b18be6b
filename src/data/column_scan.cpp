#include "data/column_scan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "core/ascii_text.hpp"
#include "core/in_quotes.hpp"
#include "core/listed.hpp"
#include "data/compressed_file.hpp"
#include "latent/core/errors.hpp"
#include "latent/core/parallel.hpp"

namespace latent {
namespace {

// The name of a column, in quotes; its position (from 1) if it has no name.
std::string column_in_quotes(const Table& table, std::size_t column) {
  const std::string& name = table.columns[column];
  return name.empty() ? fmt::format("{} (without a name)", column + 1) : in_quotes(name);
}

constexpr std::size_t most_texts = 4;  // that are remembered; a list of codes has fewer

void remember(std::vector<std::string>& texts, std::string_view text) {
  if (texts.size() == most_texts || std::ranges::find(texts, text) != texts.end()) return;
  texts.emplace_back(text);
}

bool is_refused(const ColumnScan& scan) { return scan.unusable > 0 || scan.mixes_truth_values(); }

bool is_text(const ColumnScan& scan) {
  return scan.unusable > 0 && scan.first_unusable->fault == CellFault::not_a_number;
}

// The codes that these columns seem to have for missing values: a few short ones, in columns that are mostly numbers.
std::string likely_codes(const std::vector<ColumnScan>& refused) {
  constexpr std::size_t longest = 12;
  std::vector<std::string> codes;
  for (const ColumnScan& scan : refused) {
    if (!is_text(scan)) continue;
    if (scan.unusable > scan.numbers) return {};
    for (const std::string& text : scan.texts) remember(codes, text);
  }
  const auto unfit = [](const std::string& code) {
    return code.size() > longest || code.find_first_of(",'\"\\\n\r") != std::string::npos;
  };
  if (codes.size() == most_texts || std::ranges::any_of(codes, unfit)) return {};
  return fmt::format("'{}'", fmt::join(codes, ","));
}

std::string how_missing_values_are_written(const Table& table, const std::vector<ColumnScan>& refused) {
  const std::string codes = likely_codes(refused);
  return fmt::format("if {} for a missing value, declare it{} (missing code {}; an empty cell, NA and NaN always do)",
                     codes.empty() ? "a text stands" : "that stands", table.missing.empty() ? "" : " as well",
                     codes.empty() ? "CODE" : codes);
}

bool has_comma(const ColumnScan& scan) { return scan.unusable > 0 && scan.first_unusable->fault == CellFault::comma; }

// What to do about a number with commas. Where commas don't separate cells, the stream editor can replace them.
std::string how_to_write_without_comma(const Table& table, const std::string& number) {
  const bool are_between_thousands = number.find('.') != std::string::npos || std::ranges::count(number, ',') > 1;
  if (are_between_thousands) return "remove commas between thousands";
  const bool is_plain_file = table.name != "standard input" && without_compression(table.name) == table.name;
  if (table.separator == ',' || !is_plain_file) {
    return "if it is a decimal comma, export the data with a decimal point (in R by write.csv, not write.csv2)";
  }
  return fmt::format("if it is a decimal comma, replace it by a point: sed 's/,/./g' {} >with-points.csv",
                     shell_word(table.name));
}

std::string without(const std::string& name) { return fmt::format("(choose {})", shell_word("-" + name)); }

[[noreturn]] void refuse_one(const Table& table, const ColumnScan& scan, ColumnRole role) {
  const std::string& name = table.columns[scan.column];
  const UnusableCell& cell = scan.unusable > 0 ? *scan.first_unusable : *scan.first_beyond_one;
  std::string text = fmt::format("{}: row {}, column {}: {} ", table.name, cell.row + 1,
                                 column_in_quotes(table, scan.column), in_quotes(cell.text));
  if (scan.unusable == 0) {
    throw InvalidData(text + "is neither true nor false, as other cells of the column are; write them as 1 and 0");
  }
  text += sentence(cell.fault);
  if (role == ColumnRole::weights) throw InvalidData(text + "; weights must be numbers");
  if (cell.fault == CellFault::inexact_integer) {
    throw InvalidData(fmt::format("{}; leave the column out {}", text, without(name)));
  }
  if (cell.fault == CellFault::comma)
    throw InvalidData(fmt::format("{}; {}", text, how_to_write_without_comma(table, cell.text)));
  if (cell.fault != CellFault::not_a_number) throw InvalidData(text);
  if (scan.unusable > 1) {
    text += fmt::format(", like {} other {} of the column", scan.unusable - 1, scan.unusable == 2 ? "cell" : "cells");
  }
  throw InvalidData(fmt::format("{}; leave the column out {}; {}", text, without(name),
                                how_missing_values_are_written(table, {scan})));
}

// "'chol' (3 of 270 cells, as '?' in row 7)".
std::string with_count(const Table& table, const ColumnScan& scan) {
  const UnusableCell& cell = scan.unusable > 0 ? *scan.first_unusable : *scan.first_beyond_one;
  const std::size_t count = std::max<std::size_t>(scan.unusable, 1);
  const std::size_t cells = scan.numbers + scan.unusable;
  return fmt::format("{} ({} of {} {}, as {} in row {})", column_in_quotes(table, scan.column), count, cells,
                     cells == 1 ? "cell" : "cells", in_quotes(cell.text), cell.row + 1);
}

// What is wrong with cells that nearly are numbers, an example of each fault; commas have words of their own.
std::string faults_of_numbers(const std::vector<ColumnScan>& refused) {
  std::string text;
  std::vector<CellFault> named = {CellFault::not_a_number, CellFault::comma};
  for (const ColumnScan& scan : refused) {
    if (scan.unusable == 0 || std::ranges::find(named, scan.first_unusable->fault) != named.end()) continue;
    named.push_back(scan.first_unusable->fault);
    text += fmt::format("; {} {}", in_quotes(scan.first_unusable->text), sentence(scan.first_unusable->fault));
  }
  return text;
}

[[noreturn]] void refuse_several(const Table& table, const std::vector<ColumnScan>& refused, bool others) {
  constexpr std::size_t most = 10;
  std::vector<std::string> shown;
  for (const ColumnScan& scan : refused) {
    if (shown.size() == most) {
      shown.push_back(fmt::format("and {} more", refused.size() - most));
      break;
    }
    shown.push_back(with_count(table, scan));
  }
  std::string text = fmt::format("{}: {} columns hold cells that are not usable as numbers: {}", table.name,
                                 refused.size(), fmt::join(shown, ", "));
  if (others) text += "; the other columns can be read without them (choose numeric)";
  if (const auto comma = std::ranges::find_if(refused, has_comma); comma != refused.end()) {
    text += "; numbers are read with a decimal point and nothing between thousands; " +
            how_to_write_without_comma(table, comma->first_unusable->text);
  }
  text += faults_of_numbers(refused);
  if (std::ranges::any_of(refused, is_text)) text += "; " + how_missing_values_are_written(table, refused);
  throw InvalidData(text);
}

}  // namespace

ColumnScan scan_column(const Table& table, std::size_t column) {
  ColumnScan scan{.column = column};
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (table.is_missing(row, column)) continue;
    const std::string_view text = without_blanks(table(row, column));
    const CellNumber cell = cell_to_number(text);
    if (cell.fault == CellFault::none) {
      ++scan.numbers;
      scan.truth_values += cell.is_truth_value ? 1 : 0;
      const bool beyond_one = cell.value != 0.0 && cell.value != 1.0;
      if (beyond_one && !scan.first_beyond_one) scan.first_beyond_one = {row, std::string(text), cell.fault};
      continue;
    }
    ++scan.unusable;
    if (!scan.first_unusable) scan.first_unusable = {row, std::string(text), cell.fault};
    remember(scan.texts, text);
  }
  return scan;
}

std::vector<ColumnScan> scan_columns(const Table& table, std::span<const std::size_t> columns) {
  std::vector<ColumnScan> scans(columns.size());
  parallel_for(columns.size(), [&](std::size_t i) { scans[i] = scan_column(table, columns[i]); });
  return scans;
}

namespace {

// Refuses columns that are not numeric, all in one message, with what to do.
void require_numeric(const Table& table, const std::vector<ColumnScan>& columns, ColumnRole role) {
  std::vector<ColumnScan> refused;
  std::ranges::copy_if(columns, std::back_inserter(refused), is_refused);
  if (refused.empty()) return;
  if (refused.size() == 1) refuse_one(table, refused.front(), role);
  refuse_several(table, refused, refused.size() < columns.size());
}

// Whether a cell is a code for a missing value, as text or as a number; true and false are no numbers there.
bool is_code(const MissingCodes& codes, std::string_view cell, const CellNumber& number) {
  const bool is_number = number.fault == CellFault::none && !number.is_truth_value;
  return codes.contain(cell) || (is_number && codes.contain(number.value));
}

// Whether some cells of a part of the rows need a closer look.
struct PartOutcome {
  bool has_unusable = false;
  bool has_truth_values = false;
};

// Reads rows first, …, last − 1, up to the first cell that can't be used.
PartOutcome read_rows(const Table& table, std::span<const std::size_t> columns, std::size_t first, std::size_t last,
                      RowMatrix& numbers) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const MissingCodes& codes = table.missing;
  const bool has_codes = !codes.empty();
  PartOutcome outcome;
  double* next = numbers.data() + first * columns.size();
  for (std::size_t row = first; row < last; ++row) {
    for (const std::size_t column : columns) {
      const std::string_view cell = table(row, column);
      CellNumber number = cell_to_number(cell);
      if (has_codes && is_code(codes, cell, number)) number = {.value = nan};
      if (number.fault != CellFault::none) return {.has_unusable = true};
      outcome.has_truth_values = outcome.has_truth_values || number.is_truth_value;
      *next++ = number.value;
    }
  }
  return outcome;
}

}  // namespace

RowMatrix to_numbers(const Table& table, std::span<const std::size_t> columns, ColumnRole role) {
  constexpr std::size_t rows_of_part = 4096;
  const std::size_t parts = (table.rows() + rows_of_part - 1) / rows_of_part;
  RowMatrix numbers(static_cast<Index>(table.rows()), static_cast<Index>(columns.size()));
  std::vector<PartOutcome> outcomes(parts);
  parallel_for(parts, [&](std::size_t part) {
    const std::size_t first = part * rows_of_part;
    const std::size_t last = std::min(first + rows_of_part, table.rows());
    outcomes[part] = read_rows(table, columns, first, last, numbers);
  });
  const bool needs_a_closer_look =
      std::ranges::any_of(outcomes, [](const PartOutcome& part) { return part.has_unusable || part.has_truth_values; });
  if (needs_a_closer_look) require_numeric(table, scan_columns(table, columns), role);
  return numbers;
}

RowMatrix to_numbers(const Table& table, std::span<const std::size_t> columns) {
  return to_numbers(table, columns, ColumnRole::data);
}

bool Table::is_missing(std::size_t row, std::size_t column) const {
  const std::string_view cell = (*this)(row, column);
  if (latent::is_missing(cell)) return true;
  return !missing.empty() && is_code(missing, cell, cell_to_number(cell));
}

MissingCodes::MissingCodes(const std::vector<std::string>& codes) {
  for (const std::string& code : codes) {
    const std::string_view text = without_blanks(code);
    texts_.emplace_back(text);
    const CellNumber number = cell_to_number(text);
    const bool is_number = number.fault == CellFault::none && !number.is_truth_value && !std::isnan(number.value);
    if (is_number) values_.push_back(number.value);
  }
}

bool MissingCodes::contain(std::string_view cell) const {
  return std::ranges::find(texts_, without_blanks(cell)) != texts_.end();
}

bool MissingCodes::contain(double value) const { return std::ranges::find(values_, value) != values_.end(); }

}  // namespace latent
