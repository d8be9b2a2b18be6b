#include "command/reports/report.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <range/v3/algorithm/max.hpp>
#include <range/v3/algorithm/transform.hpp>
#include <range/v3/view/take.hpp>
#include <range/v3/view/transform.hpp>

#include "command/options/option_hints.hpp"
#include "command/shell/printable.hpp"
#include "latent/solver/report.hpp"

namespace latent::cli {
namespace {

Json to_json(const RestartOutcome& outcome) {
  Json json;
  json["restart"] = outcome.number;
  if (outcome.failure) {
    json["failure"] = *outcome.failure;
    return json;
  }
  if (!outcome.begun) {
    json["not_begun"] = outcome.stop.rule;
    return json;
  }
  json["log_likelihood"] = outcome.log_likelihood;
  json["objective"] = outcome.objective;
  if (outcome.discount > 0.0) json["discount"] = outcome.discount;
  json["start_objective"] = outcome.start_objective;
  json["iterations"] = outcome.iterations;
  json["e_steps"] = outcome.effort.e_steps;
  json["converged"] = outcome.stop.converged;
  json["stop_reason"] = outcome.stop.rule;
  if (outcome.rest) json["rest"] = *outcome.rest;
  return json;
}

Json to_json(const Iteration& iteration) {
  Json json;
  json["iteration"] = iteration.number;
  json["log_likelihood"] = iteration.log_likelihood;
  json["objective"] = iteration.objective;
  if (iteration.elbo_after_m_step) json["elbo_after_m_step"] = *iteration.elbo_after_m_step;
  if (iteration.parameter_change && std::isfinite(*iteration.parameter_change)) {
    json["parameter_change"] = *iteration.parameter_change;
  }
  json["e_steps"] = iteration.e_steps;
  return json;
}

template <class Items>
Json array_of(const Items& items) {
  Json array = Json::array();
  for (const auto& item : items) array.push_back(to_json(item));
  return array;
}

std::string weighted_as(const DataSummary& data) {
  if (data.total_weight == static_cast<double>(data.observations)) return {};
  return fmt::format(" of total weight {:.10g}", data.total_weight);
}

}  // namespace

std::string how_it_ended(const Report& report) {
  std::string text =
      fmt::format("{}, {} after {} {} ({})", report.method, report.stop.converged ? "converged" : "not converged",
                  report.iterations, report.iterations == 1 ? "iteration" : "iterations", report.stop.rule);
  if (report.restarts.size() > 1) {
    text += fmt::format(", restart {} of {}", report.best_restart, report.restarts.size());
  }
  return text;
}

std::string observed_as(const DataSummary& data) {
  constexpr std::size_t shown = 3;  // of many columns
  const bool all = data.columns.size() <= most_columns_in_full;
  std::string columns =
      fmt::format("{}", fmt::join(data.columns | ranges::views::take(all ? data.columns.size() : shown) |
                                      ranges::views::transform([](const auto& name) { return head(name); }),
                                  ", "));
  if (!all) columns += fmt::format(", … ({} columns)", data.columns.size());
  std::string text = fmt::format("{} {}{} of {}", data.observations,
                                 data.observations == 1 ? "observation" : "observations", weighted_as(data), columns);
  if (data.left_out) {
    text += fmt::format("; {} {} with missing values left out", *data.left_out, *data.left_out == 1 ? "row" : "rows");
  }
  return text;
}

Json to_json(const Report& report) {
  Json json;
  json["model"] = report.model;
  json["columns"] = report.data.columns;
  json["observations"] = report.data.observations;
  json["total_weight"] = report.data.total_weight;
  json["dimension"] = report.data.dimension;
  if (report.data.left_out) json["rows_left_out"] = *report.data.left_out;
  json["log_likelihood"] = report.log_likelihood;
  json["objective"] = report.objective;
  json["method"] = report.method;
  json["iterations"] = report.iterations;
  json["converged"] = report.stop.converged;
  json["stop_reason"] = report.stop.rule;
  if (report.rest) json["rest"] = *report.rest;
  json["free_parameters"] = static_cast<std::int64_t>(report.free_parameters);
  json["aic"] = report.aic;
  json["bic"] = report.bic;
  if (report.icl) json["icl"] = *report.icl;
  json["parameters"] = *report.parameters;
  if (report.floor) json["floor"] = *report.floor;
  json["seed"] = report.seed;
  json["best_restart"] = report.best_restart;
  const Optima optima = optima_of(report.restarts);
  json["distinct_maxima"] = optima.distinct;
  json["best_reached"] = optima.best_reached;
  json["restarts"] = array_of(report.restarts);
  json["trace_every"] = spacing(report.trace);
  json["trace"] = array_of(report.trace);
  json["warnings"] = with_options(report.warnings);
  return json;
}

std::string json_text(const Report& report) { return dumped(to_json(report)); }

void print_summary(std::ostream& out, const Report& report) {
  const auto line = [&](std::string_view name, const std::string& text) { fmt::print(out, "{:<21}{}\n", name, text); };
  line(report.model, report.description);
  line("data", fmt::format("{}: {}", printable(report.data.name), observed_as(report.data)));
  line("log-likelihood", fmt::format("{:.6f}", report.log_likelihood));
  if (report.objective != report.log_likelihood) line("objective", fmt::format("{:.6f}", report.objective));
  std::string criteria = fmt::format("{:.3f}, BIC {:.3f}", report.aic, report.bic);
  if (report.icl) criteria += fmt::format(", ICL {:.3f}", *report.icl);
  line("AIC", criteria + fmt::format(" ({} free {})", report.free_parameters,
                                     report.free_parameters == 1.0 ? "parameter" : "parameters"));
  line("run", how_it_ended(report));
  if (report.restarts.size() > 1) line("restarts", sentence(optima_of(report.restarts)));
  for (const ParameterTable& table : report.parameter_tables) fmt::print(out, "\n{}", text_of(table));
  if (!report.left_out.empty()) fmt::print(out, "\n{}\n", report.left_out);
}

std::string number_text(double value, double deviation) {
  constexpr int usual = 6;
  constexpr int of_deviation = 3;
  constexpr int most = 17;
  int digits = usual;
  if (deviation > 0.0 && value != 0.0 && std::isfinite(value / deviation)) {
    const auto magnitude = [](double x) { return static_cast<int>(std::floor(std::log10(std::abs(x)))); };
    digits = std::clamp(magnitude(value) - magnitude(deviation) + of_deviation, usual, most);
  }
  return fmt::format("{:.{}g}", value, digits);
}

std::vector<std::vector<std::string>> cells_of(const ParameterTable& table) {
  std::vector<std::vector<std::string>> rows;
  for (Index row = 0; row < table.values.rows(); ++row) {
    auto& cells = rows.emplace_back();
    for (Index column = 0; column < table.values.cols(); ++column) {
      cells.push_back(
          number_text(table.values(row, column), table.deviations.size() == 0 ? 0.0 : table.deviations(row, column)));
    }
  }
  return rows;
}

namespace {

constexpr std::size_t most_rows_of_wide_data = 10;
constexpr std::size_t most_components_of_wide_data = 5;

}  // namespace

std::vector<ParameterTable> tables_of_wide_data(const std::vector<std::string>& components,
                                                const std::vector<std::string>& columns, const RowMatrix& means,
                                                const RowMatrix& deviations) {
  const std::size_t rows = std::min(columns.size(), most_rows_of_wide_data);
  const std::size_t shown = std::min(components.size(), most_components_of_wide_data);
  const auto part = [&](const RowMatrix& values) {
    return RowMatrix(values.topLeftCorner(static_cast<Index>(shown), static_cast<Index>(rows)).transpose());
  };
  const std::vector<std::string> row_names(columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(rows));
  const std::vector<std::string> names(components.begin(), components.begin() + static_cast<std::ptrdiff_t>(shown));
  return {{"means", row_names, names, part(means), part(deviations)},
          {"standard deviations", row_names, names, part(deviations)}};
}

std::string left_out_of_wide_tables(std::size_t components, std::size_t columns) {
  std::vector<std::string> parts = {fmt::format("covariances")};
  const auto add = [&](std::size_t all, std::size_t shown, std::string_view name) {
    if (all > shown) parts.push_back(fmt::format("{} of {} {}", all - shown, all, name));
  };
  add(columns, most_rows_of_wide_data, "columns");
  add(components, most_components_of_wide_data, "components");
  return fmt::format("not shown: {}; --json and --save have all, and --covariances prints all", fmt::join(parts, ", "));
}

std::string text_of(ParameterTable table) {
  constexpr std::size_t narrowest = 11;
  ranges::transform(table.row_names, table.row_names.begin(), head);
  ranges::transform(table.column_names, table.column_names.begin(), head);
  const auto cells = cells_of(table);
  const std::size_t first = ranges::max(table.row_names | ranges::views::transform(&std::string::size));
  const auto width = [&](std::size_t column) {
    std::size_t widest = std::max(narrowest, table.column_names[column].size());
    for (const auto& row : cells) widest = std::max(widest, row[column].size());
    return widest + 2;
  };
  std::string text = table.title.empty() ? std::string() : table.title + '\n';
  text += std::string(first, ' ');
  for (std::size_t column = 0; column < table.column_names.size(); ++column) {
    text += fmt::format("{:>{}}", table.column_names[column], width(column));
  }
  text += '\n';
  for (std::size_t row = 0; row < cells.size(); ++row) {
    text += fmt::format("{:<{}}", table.row_names[row], first);
    for (std::size_t column = 0; column < cells[row].size(); ++column) {
      text += fmt::format("{:>{}}", cells[row][column], width(column));
    }
    text += '\n';
  }
  return text;
}

}  // namespace latent::cli
