#include "latent/data_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <optional>

#include "compressed_file.hpp"
#include "in_quotes.hpp"

namespace latent {
namespace {

// The names, in quotes: all of a few, or the first of many.
std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t most = 20;
  std::vector<std::string> shown;
  std::ranges::transform(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), most)),
                         std::back_inserter(shown), in_quotes);
  if (names.size() > most) shown.push_back(fmt::format("and {} more", names.size() - most));
  return fmt::format("{}", fmt::join(shown, ", "));
}

// The columns of data by position, in the order of the choice.
std::vector<std::size_t> data_positions(const DataFile& file, const ColumnChoice& choice,
                                        std::optional<std::size_t> weights) {
  std::vector<std::size_t> positions;
  if (choice.columns.empty()) {
    for (std::size_t i = 0; i < file.columns().size(); ++i) {
      if (i != weights) positions.push_back(i);
    }
  }
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
  if (positions.empty()) {
    throw InvalidData(fmt::format("{}: no column but the weights {}", file.name(), in_quotes(choice.weights)));
  }
  return positions;
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
  return NumericTable(name_, std::move(names), matrix()(Eigen::all, positions)).with_weights(weights_);
}

NumericTable NumericTable::with_weights(std::vector<double> weights) const {
  NumericTable result = *this;
  result.weights_ = std::move(weights);
  return result;
}

std::string NumericTable::sentence(const InvalidData& error) const {
  const auto row = error.row();
  const auto column = error.column();
  std::string place = name_;
  if (row) place += fmt::format(": row {}", *row);
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
  if (found == columns().end()) {
    throw InvalidData(fmt::format("{}: no column {}; it has {}", name(), in_quotes(column), listed(columns())));
  }
  return static_cast<std::size_t>(found - columns().begin());
}

NumericTable DataFile::numbers(const ColumnChoice& choice) const {
  std::optional<std::size_t> weights;
  if (!choice.weights.empty()) weights = position(choice.weights);
  const std::vector<std::size_t> positions = data_positions(*this, choice, weights);

  const NumericTable data = numbers_at(positions);
  return weights ? data.with_weights(checked_weights(numbers_at(std::span(&*weights, 1)))) : data;
}

NumericTable DataFile::numbers_at(std::span<const std::size_t> positions) const {
  if (const auto* table = std::get_if<NumericTable>(&content_)) return table->select(positions);

  const auto& table = std::get<Table>(content_);
  std::vector<std::string> names;
  for (const std::size_t i : positions) names.push_back(table.columns[i]);
  return {table.name, std::move(names), to_numbers(table, positions)};
}

DataFile open_data(const std::string& path) {
  return without_compression(path).ends_with(".npy") ? DataFile(read_npy(path)) : DataFile(read_csv(path));
}

}  // namespace latent
