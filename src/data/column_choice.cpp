// Lists of columns as users write them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <string_view>

#include "core/ascii_text.hpp"
#include "core/in_quotes.hpp"
#include "data/cell.hpp"
#include "data/column_scan.hpp"
#include "latent/data/data_file.hpp"
#include "latent/data/invalid_columns.hpp"

namespace latent {
namespace {

constexpr std::string_view all_numeric = "numeric";
constexpr std::string_view all_constant = "constant";

using Positions = std::vector<std::size_t>;

bool contains(const Positions& positions, std::size_t position) {
  return std::ranges::find(positions, position) != positions.end();
}

// The columns whose values, where they are not missing, are all equal.
std::vector<std::size_t> columns_of_equal_values(const NumericTable& table) {
  const Observations data = table.observations();
  const auto dimension = static_cast<Index>(data.dimension());
  Vector weights = Vector::Zero(dimension);
  Vector means = Vector::Zero(dimension);
  Vector variances = Vector::Zero(dimension);  // times the weights, until all rows were seen
  for (std::size_t row = 0; row < data.size(); ++row) {
    for (Index j = 0; j < dimension; ++j) {
      const double value = data(row, static_cast<std::size_t>(j));
      const double weight = data.weight(row);
      if (std::isnan(value) || !(weight > 0.0)) continue;
      // Welford's updates: equal values leave a variance of exactly 0.
      weights[j] += weight;
      const double distance = value - means[j];
      means[j] += distance * weight / weights[j];
      variances[j] += weight * distance * (value - means[j]);
    }
  }
  return columns_without_spread(means, variances.cwiseQuotient(weights));
}

// Reads a list item after item. The list was cut at commas, which a name may have: the longest name is taken.
class ListReader {
 public:
  ListReader(const DataFile& file, const std::vector<std::string>& items, std::string weights)
      : file_(file), items_(items) {
    choice_.weights = std::move(weights);
    if (!choice_.weights.empty()) weights_ = file.position(choice_.weights);
  }

  ColumnChoice read() {
    while (next_ < items_.size()) read_item();
    if (chosen_.empty()) throw InvalidData(fmt::format("{}: the choice leaves no column", file_.name()));
    for (const std::size_t i : chosen_) choice_.columns.push_back(file_.columns()[i]);
    return std::move(choice_);
  }

 private:
  void read_item() {
    if (const auto position = take_name("")) return choose(*position);
    const std::string_view item = without_blanks(items_[next_]);
    if (item.starts_with('-')) {
      if (const auto position = take_name("-")) return leave_out({*position});
      ++next_;
      const std::string name(without_blanks(item.substr(1)));
      return leave_out(name == all_constant ? constant() : Positions{file_.position(name)});
    }
    ++next_;
    if (item == all_numeric) return choose_numeric();
    choose(file_.position(std::string(item)));
  }

  // The column that the next items name, after a prefix; the items are then passed over.
  std::optional<std::size_t> take_name(std::string_view prefix) {
    std::string text;
    std::optional<std::size_t> found;
    std::size_t end = next_;
    for (std::size_t i = next_; i < items_.size(); ++i) {
      text += (i == next_ ? "" : ",") + items_[i];
      std::string_view name = without_blanks(text);
      if (!name.starts_with(prefix)) break;
      name = without_blanks(name.substr(prefix.size()));
      const auto column = std::ranges::find(file_.columns(), name);
      if (name.empty() || column == file_.columns().end()) continue;
      found = static_cast<std::size_t>(column - file_.columns().begin());
      end = i + 1;
    }
    next_ = end;
    return found;
  }

  void choose(std::size_t position) {
    const bool is_new = !contains(chosen_, position);
    if (!is_new && contains(named_, position)) {
      throw InvalidData(
          fmt::format("{}: column {} is chosen twice", file_.name(), in_quotes(file_.columns()[position])));
    }
    named_.push_back(position);
    if (is_new) chosen_.push_back(position);
    begun_ = true;
  }

  void choose_numeric() {
    for (const ColumnScan& scan : scans_of(all())) {
      if (scan.is_numeric()) {
        if (!contains(chosen_, scan.column)) chosen_.push_back(scan.column);
      } else if (scan.numbers > 0) {
        note_left_out(scan);
      }
    }
    begun_ = true;
  }

  void note_left_out(const ColumnScan& scan) {
    const UnusableCell& cell = scan.unusable > 0 ? *scan.first_unusable : *scan.first_beyond_one;
    choice_.notes.push_back(fmt::format("column {} is not numeric and is left out: {} in row {}, and {} {} in all",
                                        in_quotes(file_.columns()[scan.column]), in_quotes(cell.text), cell.row + 1,
                                        scan.numbers, scan.numbers == 1 ? "number" : "numbers"));
  }

  // Before anything was chosen, columns are left out of all.
  void leave_out(const Positions& positions) {
    if (!begun_) chosen_ = all();
    begun_ = true;
    std::erase_if(chosen_, [&](std::size_t i) { return contains(positions, i); });
  }

  // Those of the columns chosen so far that have no two different values.
  Positions constant() {
    Positions numeric;
    for (const ColumnScan& scan : scans_of(begun_ ? chosen_ : all())) {
      const bool is_empty = scan.numbers == 0 && scan.unusable == 0;
      if (scan.is_numeric() || is_empty) numeric.push_back(scan.column);
    }
    if (numeric.empty()) return {};
    ColumnChoice of_numbers{.weights = choice_.weights};
    for (const std::size_t i : numeric) of_numbers.columns.push_back(file_.columns()[i]);
    Positions constant;
    for (const std::size_t i : columns_of_equal_values(file_.numbers(of_numbers))) constant.push_back(numeric[i]);
    return constant;
  }

  // All columns that may be data: with a name, and without the weights.
  [[nodiscard]] Positions all() const {
    Positions positions;
    for (std::size_t i = 0; i < file_.columns().size(); ++i) {
      if (i != weights_ && !file_.columns()[i].empty()) positions.push_back(i);
    }
    return positions;
  }

  // An array has nothing but numbers.
  [[nodiscard]] std::vector<ColumnScan> scans_of(const Positions& positions) const {
    if (const Table* table = file_.text()) return scan_columns(*table, positions);
    std::vector<ColumnScan> scans;
    for (const std::size_t i : positions) scans.push_back({.column = i, .numbers = file_.rows()});
    return scans;
  }

  const DataFile& file_;
  const std::vector<std::string>& items_;
  std::optional<std::size_t> weights_;
  std::size_t next_ = 0;
  bool begun_ = false;
  Positions chosen_;
  Positions named_;
  ColumnChoice choice_;
};

}  // namespace

ColumnChoice DataFile::choose(const std::vector<std::string>& list, std::string weights) const {
  if (list.empty()) return {.weights = std::move(weights)};
  return ListReader(*this, list, std::move(weights)).read();
}

}  // namespace latent
