#include "report.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <range/v3/algorithm/max.hpp>
#include <range/v3/view/transform.hpp>

#include "latent/observers.hpp"
#include "latent/report.hpp"

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
  if (iteration.parameter_change) json["parameter_change"] = *iteration.parameter_change;
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
      fmt::format("{}, {} after {} iterations ({})", report.method,
                  report.stop.converged ? "converged" : "not converged", report.iterations, report.stop.rule);
  if (report.restarts.size() > 1) {
    text += fmt::format(", restart {} of {}", report.best_restart, report.restarts.size());
  }
  return text;
}

std::string observed_as(const DataSummary& data) {
  return fmt::format("{} observations{} of {}", data.observations, weighted_as(data), fmt::join(data.columns, ", "));
}

Json to_json(const Report& report) {
  Json json;
  json["model"] = report.model;
  json["columns"] = report.data.columns;
  json["observations"] = report.data.observations;
  json["total_weight"] = report.data.total_weight;
  json["dimension"] = report.data.dimension;
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
  json["parameters"] = report.parameters;
  if (report.floor) json["floor"] = *report.floor;
  json["seed"] = report.seed;
  json["best_restart"] = report.best_restart;
  const Optima optima = optima_of(report.restarts);
  json["distinct_maxima"] = optima.distinct;
  json["best_reached"] = optima.best_reached;
  json["restarts"] = array_of(report.restarts);
  json["trace"] = array_of(report.trace);
  json["warnings"] = report.warnings;
  return json;
}

void print_summary(std::ostream& out, const Report& report) {
  const auto line = [&](std::string_view name, const std::string& text) { fmt::print(out, "{:<21}{}\n", name, text); };
  line(report.model, report.description);
  line("data", fmt::format("{}: {}", report.data.name, observed_as(report.data)));
  line("log-likelihood", fmt::format("{:.6f}", report.log_likelihood));
  if (report.objective != report.log_likelihood) line("objective", fmt::format("{:.6f}", report.objective));
  std::string criteria = fmt::format("{:.3f}, BIC {:.3f}", report.aic, report.bic);
  if (report.icl) criteria += fmt::format(", ICL {:.3f}", *report.icl);
  line("AIC", criteria + fmt::format(" ({} free parameters)", report.free_parameters));
  line("run", how_it_ended(report));
  if (report.restarts.size() > 1) line("restarts", sentence(optima_of(report.restarts)));
  for (const ParameterTable& table : report.parameter_tables) fmt::print(out, "\n{}", text_of(table));
}

void write_trace(std::ostream& out, const Trace& trace) {
  out << trace_header() << '\n';
  for (const Iteration& iteration : trace) out << trace_row(iteration) << '\n';
}

std::string text_of(const ParameterTable& table) {
  constexpr std::size_t narrowest = 11;
  const std::size_t first = ranges::max(table.row_names | ranges::views::transform(&std::string::size));
  const auto width = [&](Index column) {
    return std::max(narrowest, table.column_names[static_cast<std::size_t>(column)].size()) + 2;
  };
  std::string text = table.title.empty() ? std::string() : table.title + '\n';
  text += std::string(first, ' ');
  for (Index column = 0; column < table.values.cols(); ++column) {
    text += fmt::format("{:>{}}", table.column_names[static_cast<std::size_t>(column)], width(column));
  }
  text += '\n';
  for (Index row = 0; row < table.values.rows(); ++row) {
    text += fmt::format("{:<{}}", table.row_names[static_cast<std::size_t>(row)], first);
    for (Index column = 0; column < table.values.cols(); ++column) {
      text += fmt::format("{:>{}.6g}", table.values(row, column), width(column));
    }
    text += '\n';
  }
  return text;
}

}  // namespace latent::cli
