// What the cells of one column of a CSV file are, as far as they are to be numbers.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/cell.hpp"
#include "latent/data/data_file.hpp"

namespace latent {

struct UnusableCell {
  std::size_t row;  // from 0
  std::string text;
  CellFault fault;
};

struct ColumnScan {
  std::size_t column = 0;   // from 0
  std::size_t numbers = 0;  // truth values included
  std::size_t truth_values = 0;
  std::size_t unusable = 0;  // neither a number nor missing
  std::optional<UnusableCell> first_unusable = {};
  std::optional<UnusableCell> first_beyond_one = {};  // a number other than 0 and 1, which can't be a truth value
  std::vector<std::string> texts = {};                // that are unusable, each once; the first few of them

  // Whether the cells that are not missing are all numbers, or all truth values, and there is one.
  [[nodiscard]] bool is_numeric() const { return numbers > 0 && unusable == 0 && !mixes_truth_values(); }
  [[nodiscard]] bool mixes_truth_values() const { return truth_values > 0 && first_beyond_one.has_value(); }
};

// Cost O(N) for each column.
ColumnScan scan_column(const Table& table, std::size_t column);
std::vector<ColumnScan> scan_columns(const Table& table, std::span<const std::size_t> columns);

// What columns of numbers are for, which says how a bad one can be mended.
enum class ColumnRole { data, weights };

// The columns as numbers, as latent::to_numbers.
RowMatrix to_numbers(const Table& table, std::span<const std::size_t> columns, ColumnRole role);

}  // namespace latent
