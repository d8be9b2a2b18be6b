// Values that seem to stand for missing ones.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "core/in_quotes.hpp"
#include "latent/data/data_file.hpp"

namespace latent {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// 9, 99, 999, …, or 99.9, 99.99, 999.9, …
bool is_of_nines(double value) {
  constexpr int most_digits = 8;
  constexpr int most_decimals = 3;
  double nines = 0.0;
  double scale = 1.0;
  for (int digit = 1; digit <= most_digits; ++digit) {
    nines = 10.0 * nines + 9.0;
    scale = 1.0;
    for (int decimals = 0; decimals <= most_decimals && decimals < digit; ++decimals, scale *= 10.0) {
      if (value == nines / scale) return true;
    }
  }
  return false;
}

// The least numbers of 16 and 32 bits, which programs write where they have no value.
bool is_least_integer(double value) { return value == -32768.0 || value == -2147483648.0; }

// What people write in place of a value; 9 may well be one, as may 99.9.
bool is_code(double value) {
  constexpr double least_positive = 99.0;
  return is_least_integer(value) || (value < 0.0 ? is_of_nines(-value) : value >= least_positive && is_of_nines(value));
}

// -88, -77, 888 and the like, which accompany codes of nines.
bool accompanies_codes(double value) {
  const double size = std::abs(value);
  for (const double digit : {7.0, 8.0}) {
    for (double number = digit; number < 1e6; number = 10.0 * number + digit) {
      if (size == number) return true;
    }
  }
  return is_code(value);
}

struct Code {
  double value;
  std::size_t count;
};

// The values at one end of a column, and those beside them.
using Counts = std::map<double, std::size_t>;

// The codes at the lower end of a column, of which `counts` has the smallest values; -x for the upper end.
std::vector<Code> codes_at_end(const Counts& counts, double sign, double other_end) {
  std::vector<Code> codes;
  auto next = counts.begin();
  while (next != counts.end() && accompanies_codes(sign * next->first)) {
    codes.push_back({sign * next->first, next->second});
    ++next;
  }
  if (codes.empty() || next == counts.end() || !is_code(codes.front().value)) return {};
  const double gap = next->first - sign * codes.back().value;
  const double range = other_end - next->first;
  constexpr double far = 0.5;  // of the range of the other values
  return gap > far * range ? codes : std::vector<Code>{};
}

// The few smallest values of a column times `sign`, with how often each is there.
Counts smallest_values(const NumericTable& table, Index column, double sign) {
  constexpr std::size_t most = 8;
  const auto values = table.matrix();
  Counts counts;
  for (Index row = 0; row < values.rows(); ++row) {
    const double value = sign * values(row, column);
    if (std::isnan(value)) continue;
    if (counts.size() == most && value > counts.rbegin()->first) continue;
    ++counts[value];
    if (counts.size() > most) counts.erase(std::prev(counts.end()));
  }
  return counts;
}

struct Range {
  Eigen::Array<double, 1, Eigen::Dynamic> least;
  Eigen::Array<double, 1, Eigen::Dynamic> greatest;
};

Range range_of(const NumericTable& table) {
  const auto values = table.matrix();
  Range range{.least = Eigen::Array<double, 1, Eigen::Dynamic>::Constant(values.cols(), infinity),
              .greatest = Eigen::Array<double, 1, Eigen::Dynamic>::Constant(values.cols(), -infinity)};
  for (Index row = 0; row < values.rows(); ++row) {
    // A NaN in the second place is passed over.
    for (Index j = 0; j < values.cols(); ++j) {
      range.least[j] = std::min(range.least[j], values(row, j));
      range.greatest[j] = std::max(range.greatest[j], values(row, j));
    }
  }
  return range;
}

// Where a code is, in all columns.
struct Finding {
  std::vector<std::string> columns;
  std::size_t count = 0;
};

std::string hint(double code, const Finding& finding) {
  constexpr std::size_t most = 3;
  std::vector<std::string> names;
  for (const std::string& name : finding.columns) {
    if (names.size() == most) break;
    names.push_back(in_quotes(name));
  }
  std::string columns =
      fmt::format("{} {}", finding.columns.size() == 1 ? "column" : "columns", fmt::join(names, ", "));
  if (finding.columns.size() > most) columns += fmt::format(" and {} more", finding.columns.size() - most);
  return fmt::format("{}: {} values are {}; if that means missing, declare it (missing code {})", columns,
                     finding.count, code, code);
}

}  // namespace

std::vector<std::string> hints_of_missing_codes(const NumericTable& table) {
  std::map<double, Finding> findings;
  const Range range = range_of(table);
  for (Index j = 0; j < range.least.size(); ++j) {
    for (const double sign : {1.0, -1.0}) {
      const double end = sign > 0.0 ? range.least[j] : range.greatest[j];
      if (!is_code(end)) continue;
      const double other_end = sign * (sign > 0.0 ? range.greatest[j] : range.least[j]);
      for (const Code& code : codes_at_end(smallest_values(table, j, sign), sign, other_end)) {
        findings[code.value].columns.push_back(table.columns()[static_cast<std::size_t>(j)]);
        findings[code.value].count += code.count;
      }
    }
  }
  std::vector<std::string> hints;
  for (const auto& [code, finding] : findings) {
    if (finding.count > 1) hints.push_back(hint(code, finding));
  }
  return hints;
}

}  // namespace latent
