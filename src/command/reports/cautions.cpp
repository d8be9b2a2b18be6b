#include "command/reports/cautions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>

#include "command/shell/printable.hpp"
#include "core/counted.hpp"
#include "latent/core/cholesky.hpp"
#include "latent/data/data_file.hpp"
#include "latent/models/incomplete_gaussian.hpp"

namespace latent::cli {
namespace {

// "'a', 'b', 'c' and 4 more".
std::string named(const std::vector<std::string>& columns) {
  constexpr std::size_t most = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(most, columns.size()); ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : ", ", name_in_quotes(columns[i]));
  }
  return columns.size() > most ? text + fmt::format(" and {} more", columns.size() - most) : text;
}

bool is_two_valued(const Observations& data, std::size_t column) {
  std::array<double, 2> values = {};
  std::size_t count = 0;
  for (std::size_t row = 0; row < data.size(); ++row) {
    const double value = data(row, column);
    if (std::isnan(value) || data.weight(row) == 0.0) continue;
    if (std::find(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(count), value) !=
        values.begin() + static_cast<std::ptrdiff_t>(count)) {
      continue;
    }
    if (count == values.size()) return false;
    values[count++] = value;
  }
  return count == 2;
}

// Whether columns were observed together in some row, d×d.
using Together = Eigen::Matrix<bool, Eigen::Dynamic, Eigen::Dynamic>;
Together observed_together(const IncompleteObservations& data) {
  const auto dimension = static_cast<Index>(data.dimension());
  Together together = Together::Constant(dimension, dimension, false);
  for (const MissingnessPattern& pattern : data.patterns()) {
    for (const Index a : pattern.observed) {
      for (const Index b : pattern.observed) together(a, b) = true;
    }
  }
  return together;
}

// Marks the columns of which the others leave less than a ten-thousandth of the variance unexplained: 1 − R² is
// 1/(Σ_jj (Σ⁻¹)_jj).
void mark_nearly_collinear(const Matrix& covariance, std::vector<bool>& marks) {
  constexpr double nearly = 1e-4;
  const auto factor = cholesky_factor(covariance);
  if (!factor) return;
  const Matrix inverse_factor =
      factor->triangularView<Eigen::Lower>().solve(Matrix::Identity(covariance.rows(), covariance.cols()));
  for (Index j = 0; j < covariance.rows(); ++j) {
    const double unexplained = 1.0 / (covariance(j, j) * inverse_factor.col(j).squaredNorm());
    if (unexplained < nearly) marks[static_cast<std::size_t>(j)] = true;
  }
}

std::vector<std::string> nearly_collinear(const std::vector<std::string>& columns,
                                          const std::vector<Matrix>& covariances) {
  std::vector<bool> marks(columns.size());
  for (const Matrix& covariance : covariances) mark_nearly_collinear(covariance, marks);
  std::vector<std::string> marked;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (marks[i]) marked.push_back(columns[i]);
  }
  return marked;
}

// What the monitor says before it turns to the author's functions; empty for a warning that is not the monitor's.
std::string event_of(const std::string& warning) {
  for (const std::string_view advice : {": m_step ", ": e_step "}) {
    const std::size_t end = warning.find(advice);
    if (end != std::string::npos && warning.starts_with("iteration ")) return warning.substr(0, end);
  }
  return {};
}

}  // namespace

void warn_of_many_parameters(Warnings& warnings, double free_parameters, double total_weight) {
  constexpr double most = 1.0 / 3.0;
  if (!(free_parameters > most * total_weight)) return;
  warnings.push_back(fmt::format(
      "{} {} more than a third of the {:.6g} observation{}: the estimates are uncertain, and criteria unreliable; "
      "prefer a simpler model",
      counted(free_parameters, "free parameter"), free_parameters == 1.0 ? "is" : "are", total_weight,
      total_weight == 1.0 ? "" : "s"));
}

void warn_of_equal_components(Warnings& warnings, const std::optional<std::pair<std::size_t, std::size_t>>& equal) {
  if (!equal) return;
  warnings.push_back(fmt::format(
      "components {} and {} are equal: the fit ended at a saddle point, or there is one component too many; "
      "start from components that differ, or use fewer",
      equal->first + 1, equal->second + 1));
}

void warn_of_two_valued_columns(Warnings& warnings, const NumericTable& table) {
  constexpr std::size_t fewest = 10;
  const Observations data = table.observations();
  if (data.size() < fewest) return;
  std::vector<std::string> columns;
  for (std::size_t column = 0; column < data.dimension(); ++column) {
    if (is_two_valued(data, column)) columns.push_back(table.columns()[column]);
  }
  if (columns.empty()) return;
  const bool one = columns.size() == 1;
  warnings.push_back(fmt::format(
      "column{} {} {} only two values{}: a normal distribution does not describe {}; use a model for categories, or "
      "leave {} out",
      one ? "" : "s", named(columns), one ? "has" : "have", one ? "" : " each", one ? "it" : "them",
      one ? "it" : "them"));
}

void warn_of_columns_never_together(Warnings& warnings, const IncompleteObservations& data,
                                    const std::vector<std::string>& columns) {
  constexpr std::size_t most = 3;
  const Together together = observed_together(data);
  std::vector<std::string> pairs;
  for (std::size_t a = 0; a < columns.size(); ++a) {
    for (std::size_t b = a + 1; b < columns.size(); ++b) {
      if (!together(static_cast<Index>(a), static_cast<Index>(b)))
        pairs.push_back(fmt::format("{} and {}", name_in_quotes(columns[a]), name_in_quotes(columns[b])));
    }
  }
  if (pairs.empty()) return;
  const std::vector<std::string> shown(pairs.begin(),
                                       pairs.begin() + static_cast<std::ptrdiff_t>(std::min(most, pairs.size())));
  const std::string others =
      pairs.size() > most ? fmt::format(", and {},", counted(pairs.size() - most, "more pair")) : "";
  warnings.push_back(
      fmt::format("columns {}{} are never observed together: the data do not determine their covariance, and the one "
                  "reported comes "
                  "from the start",
                  fmt::join(shown, ", "), others));
}

void warn_of_nearly_collinear_columns(Warnings& warnings, const std::vector<std::string>& columns,
                                      const std::vector<Matrix>& covariances) {
  const auto collinear = nearly_collinear(columns, covariances);
  if (collinear.empty()) return;
  warnings.push_back(fmt::format(
      "columns {} are nearly linear combinations of others within a component: such covariances rest on few "
      "digits of the data; leave one of them out",
      named(collinear)));
}

void reword_decreases(Warnings& warnings, const std::vector<std::string>& columns,
                      const std::vector<Matrix>& covariances) {
  for (std::string& warning : warnings) {
    const std::string event = event_of(warning);
    if (event.empty()) continue;
    const auto collinear = nearly_collinear(columns, covariances);
    warning = collinear.empty() ? event +
                                      ": rounding can do this at extreme parameters; check the result with another "
                                      "seed or start"
                                : fmt::format(
                                      "{}: rounding can do this, as columns {} are nearly linear combinations "
                                      "of others; leave one of them out",
                                      event, named(collinear));
  }
}

}  // namespace latent::cli
