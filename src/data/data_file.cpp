#include "latent/data/data_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <numeric>
#include <optional>
#include <set>

#include "core/in_quotes.hpp"
#include "core/listed.hpp"
#include "data/cell.hpp"
#include "data/column_scan.hpp"
#include "data/compressed_file.hpp"
#include "data/npy_array.hpp"
#include "latent/data/invalid_columns.hpp"

namespace latent {
namespace {

// Whether the cells are whole numbers that all differ: what is left of 0, 1, 2, … when rows were picked or shuffled.
bool holds_distinct_integers(const Table& table, std::size_t column) {
  std::set<double> seen;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const CellNumber cell = cell_to_number(table(row, column));
    const bool is_integer = cell.fault == CellFault::none && cell.value == std::floor(cell.value);
    if (!is_integer || !seen.insert(cell.value).second) return false;
  }
  return true;
}

// What else a cell more than the header has names may come from: a few rows that happen to begin with 1, 2, … tell no
// row names from numbers that a decimal comma has cut in two.
std::string unless_decimal_comma(const Table& table) {
  constexpr std::size_t few = 10;
  if (!table.header_lacks_first || table.separator != ',' || table.rows() >= few) return {};
  for (std::size_t column = 0; column + 1 < table.columns.size(); ++column) {
    const std::string_view whole = table(0, column);
    const std::string_view decimals = table(0, column + 1);
    if (!may_be_decimal(whole, decimals)) continue;
    return fmt::format("; if {0},{1} is one number with a decimal comma, write it as {0}.{1}, with a point", whole,
                       decimals);
  }
  return {};
}

// Why a column without a name is not data; refuses one that may be.
std::string why_left_out(const Table& table, std::size_t column) {
  const ColumnScan scan = scan_column(table, column);
  if (scan.numbers == 0 && scan.unusable == 0) {
    return fmt::format("column {} has no name and is empty, and is left out", column + 1);
  }
  if (column == 0 && (scan.unusable > 0 || holds_distinct_integers(table, column))) {
    return "the first column has no name: it is taken for row names, and left out" + unless_decimal_comma(table);
  }
  throw InvalidData(
      fmt::format("{}: column {} has no name in the header; name it, or choose other columns", table.name, column + 1));
}

struct DefaultColumns {
  std::vector<std::size_t> positions;
  std::vector<std::string> notes;
};

// All columns but weights and row names.
DefaultColumns default_columns(const DataFile& file, std::optional<std::size_t> weights) {
  DefaultColumns all;
  for (std::size_t i = 0; i < file.columns().size(); ++i) {
    if (i == weights) continue;
    if (file.columns()[i].empty() && file.text() != nullptr) {
      all.notes.push_back(why_left_out(*file.text(), i));
    } else {
      all.positions.push_back(i);
    }
  }
  return all;
}

// The columns of data by position, in the order of the choice.
std::vector<std::size_t> chosen_positions(const DataFile& file, const ColumnChoice& choice,
                                          std::optional<std::size_t> weights) {
  std::vector<std::size_t> positions;
  for (const std::string& name : choice.columns) {
    const std::size_t chosen = file.position(name);
    if (chosen == weights) {
      throw InvalidData(fmt::format("{}: column {} can't be both data and weights", file.name(), in_quotes(name)));
    }
    if (std::ranges::find(positions, chosen) != positions.end()) {
      throw InvalidData(fmt::format("{}: column {} is chosen twice", file.name(), in_quotes(name)));
    }
    positions.push_back(chosen);
  }
  return positions;
}

// Whether a column is 0, 1, 2, … or 1, 2, 3, …: then it most likely numbers the rows.
bool numbers_the_rows(const NumericTable& table, std::size_t column) {
  constexpr std::size_t fewest = 10;  // as few values may be anything
  const auto values = table.matrix();
  if (table.rows() < fewest) return false;
  const double first = values(0, static_cast<Index>(column));
  if (first != 0.0 && first != 1.0) return false;
  for (Index row = 0; row < values.rows(); ++row) {
    if (values(row, static_cast<Index>(column)) != first + static_cast<double>(row)) return false;
  }
  return true;
}

std::vector<double> checked_weights(const NumericTable& column) {
  const auto values = column.matrix();
  std::vector<double> weights(values.data(), values.data() + values.size());
  for (std::size_t row = 0; row < weights.size(); ++row) {
    if (weights[row] >= 0.0 && !std::isinf(weights[row])) continue;
    const std::string fault =
        std::isnan(weights[row])
            ? "the weight is missing"
            : fmt::format("the weight is {}; weights must be finite and not negative", weights[row]);
    throw InvalidData(column.sentence(InvalidData(fault, row + 1, 1)));
  }
  return weights;
}

// "column 'x' lacks 90 of 100 values": of the column that lacks most.
std::string most_missing(const NumericTable& table) {
  const Eigen::Matrix<Index, 1, Eigen::Dynamic> missing = table.matrix().array().isNaN().cast<Index>().colwise().sum();
  Index column = 0;
  const Index most = missing.maxCoeff(&column);
  return fmt::format("column {} lacks {} of {} values", in_quotes(table.columns()[static_cast<std::size_t>(column)]),
                     most, table.rows());
}

}  // namespace

NumericTable::NumericTable(std::string name, std::vector<std::string> columns, RowMatrix values)
    : name_(std::move(name)), columns_(std::move(columns)), rows_(static_cast<std::size_t>(values.rows())) {
  const auto owner = std::make_shared<const RowMatrix>(std::move(values));
  values_ = {owner, owner->data()};
}

NumericTable::NumericTable(std::string name, std::vector<std::string> columns, std::shared_ptr<const double> values,
                           std::size_t rows)
    : name_(std::move(name)), columns_(std::move(columns)), values_(std::move(values)), rows_(rows) {}

NumericTable NumericTable::select(std::span<const std::size_t> positions) const {
  std::vector<std::size_t> all(columns_.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  if (std::ranges::equal(positions, all)) return *this;

  std::vector<std::string> names;
  for (const std::size_t i : positions) names.push_back(columns_[i]);
  return with_values(NumericTable(name_, std::move(names), matrix()(Eigen::all, positions)));
}

NumericTable NumericTable::with_values(const NumericTable& other) const {
  NumericTable result = *this;
  result.columns_ = other.columns_;
  result.values_ = other.values_;
  result.rows_ = other.rows_;
  return result;
}

NumericTable NumericTable::with_weights(std::vector<double> weights) const {
  NumericTable result = *this;
  result.weights_ = std::move(weights);
  return result;
}

NumericTable NumericTable::with_notes(std::vector<std::string> notes) const {
  NumericTable result = *this;
  std::ranges::move(notes, std::back_inserter(result.notes_));
  return result;
}

NumericTable NumericTable::counted_rows(bool without_missing) const {
  const auto values = matrix();
  const auto counts = [&](std::size_t row) { return weights_.empty() || weights_[row] > 0.0; };
  const auto is_left_out = [&](std::size_t row) {
    return without_missing && values.row(static_cast<Index>(row)).array().isNaN().any();
  };
  std::vector<std::size_t> kept;
  std::size_t left_out = 0;
  for (std::size_t row = 0; row < rows_; ++row) {
    if (!counts(row)) continue;
    if (is_left_out(row)) {
      ++left_out;
    } else {
      kept.push_back(row);
    }
  }
  if (kept.size() == rows_) return *this;
  if (kept.empty() && left_out > 0)
    throw InvalidData(fmt::format("{}: no row is left without a missing value; {}", name_, most_missing(*this)));
  if (kept.empty()) throw InvalidData(fmt::format("{}: all observations have weight 0", name_));

  NumericTable result = with_values(NumericTable(name_, columns_, values(kept, Eigen::all)));
  result.rows_left_out_ = rows_left_out_ + left_out;
  result.row_numbers_.clear();
  result.weights_.clear();
  for (const std::size_t row : kept) {
    result.row_numbers_.push_back(row_number(row));
    if (!weights_.empty()) result.weights_.push_back(weights_[row]);
  }
  return result;
}

std::size_t NumericTable::row_number(std::size_t row) const {
  return row_numbers_.empty() ? row + 1 : row_numbers_[row];
}

std::string NumericTable::sentence(const InvalidData& error) const {
  if (const auto* of_columns = dynamic_cast<const InvalidColumns*>(&error);
      of_columns != nullptr && of_columns->columns().size() > 1) {
    std::vector<std::string> names;
    for (const std::size_t column : of_columns->columns()) names.push_back(columns_.at(column - 1));
    return fmt::format("{}: {} of {} columns, {}: {}", name_, names.size(), columns_.size(), listed(names),
                       of_columns->problem());
  }
  const auto row = error.row();
  const auto column = error.column();
  std::string place = name_;
  if (row) place += fmt::format(": row {}", row_number(*row - 1));
  if (column) place += fmt::format("{} column {}", row ? "," : ":", in_quotes(columns_.at(*column - 1)));
  return fmt::format("{}: {}", place, error.reason());
}

const std::string& DataFile::name() const {
  return std::holds_alternative<Table>(content_) ? std::get<Table>(content_).name
                                                 : std::get<NumericTable>(content_).name();
}

const std::vector<std::string>& DataFile::columns() const {
  return std::holds_alternative<Table>(content_) ? std::get<Table>(content_).columns
                                                 : std::get<NumericTable>(content_).columns();
}

std::size_t DataFile::rows() const {
  return std::visit([](const auto& content) { return content.rows(); }, content_);
}

std::size_t DataFile::position(const std::string& column) const {
  const auto found = std::ranges::find(columns(), column);
  if (found == columns().end() || column.empty()) {
    std::vector<std::string> named;
    std::ranges::copy_if(columns(), std::back_inserter(named), [](const std::string& name) { return !name.empty(); });
    throw InvalidData(fmt::format("{}: no column {}; it has {}", name(), in_quotes(column), listed(named)));
  }
  return static_cast<std::size_t>(found - columns().begin());
}

NumericTable DataFile::numbers(const ColumnChoice& choice) const {
  std::optional<std::size_t> weights;
  if (!choice.weights.empty()) weights = position(choice.weights);
  const bool all = choice.columns.empty();
  const DefaultColumns columns =
      all ? default_columns(*this, weights) : DefaultColumns{chosen_positions(*this, choice, weights), choice.notes};
  if (columns.positions.empty()) {
    throw InvalidData(fmt::format("{}: no column{}", name(),
                                  weights ? " but the weights " + in_quotes(choice.weights) : " has a name"));
  }

  NumericTable data = numbers_at(columns.positions).with_notes(columns.notes);
  if (all && columns.positions.size() > 1 && columns.positions.front() == 0 && numbers_the_rows(data, 0)) {
    const std::string& first = data.columns().front();
    data = data.with_notes({fmt::format("column {} only numbers the rows; unless it is data, leave it out (choose {})",
                                        in_quotes(first), shell_word("-" + first))});
  }
  return weights ? data.with_weights(weights_at(*weights)) : data;
}

std::vector<double> DataFile::weights_at(std::size_t position) const {
  if (const Table* table = text()) {
    const std::array<std::size_t, 1> positions = {position};
    return checked_weights(
        {table->name, {table->columns[position]}, to_numbers(*table, positions, ColumnRole::weights)});
  }
  return checked_weights(numbers_at(std::span(&position, 1)));
}

NumericTable DataFile::numbers_at(std::span<const std::size_t> positions) const {
  if (const auto* table = std::get_if<NumericTable>(&content_)) {
    for (const std::size_t i : positions) {
      const bool is_faulty = i < column_faults_.size() && !column_faults_[i].empty();
      if (is_faulty) throw InvalidData(fmt::format("{}: {}", name(), column_faults_[i]));
    }
    return table->select(positions);
  }

  const auto& table = std::get<Table>(content_);
  std::vector<std::string> names;
  for (const std::size_t i : positions) names.push_back(table.columns[i]);
  return {table.name, std::move(names), to_numbers(table, positions)};
}

DataFile open_data(const std::string& path, ReadingOptions options) {
  if (without_compression(path).ends_with(".npy")) {
    NpyArray array = read_npy_array(path, options);
    return {std::move(array.table), std::move(array.faults)};
  }
  Table table = read_csv(path, options.limits);
  table.missing = std::move(options.missing);
  return DataFile(std::move(table));
}

}  // namespace latent
