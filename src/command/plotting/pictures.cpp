#include "command/plotting/pictures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <utility>

#include "command/shell/printable.hpp"

namespace latent::cli {
namespace {

constexpr auto grey = "#777777";

constexpr int cross = 2;
constexpr int open_circle = 6;
constexpr int filled_circle = 7;

// With more, the points of an iteration are a thick line.
constexpr std::size_t most_marked_iterations = 60;

std::string ordinal(std::size_t number) {
  const std::size_t last_two = number % 100;
  if (last_two / 10 != 1) {
    if (number % 10 == 1) return fmt::format("{}st", number);
    if (number % 10 == 2) return fmt::format("{}nd", number);
    if (number % 10 == 3) return fmt::format("{}rd", number);
  }
  return fmt::format("{}th", number);
}

// The ELBO at each half-step of those iterations that followed an M-step.
Series elbo_by_half_step(const Trace& trace) {
  constexpr double half = 0.5;
  Series series{.title = "ELBO, each half-step",
                .style = {.colour = vermillion, .shape = open_circle, .size = 0.7, .width = 1.0, .dash = Dash::dashed},
                .mark = trace.size() > most_marked_iterations ? Mark::line : Mark::line_of_points};
  for (const Iteration& iteration : trace) {
    if (iteration.elbo_after_m_step) {
      series.x.push_back(iteration.number - half);
      series.y.push_back(*iteration.elbo_after_m_step);
    }
    series.x.push_back(iteration.number);
    series.y.push_back(iteration.objective);
  }
  return series;
}

std::vector<std::string> covariances_of(const SelectionReport& report) {
  std::vector<std::string> kinds;
  for (const CandidateReport& candidate : report.candidates) {
    if (std::ranges::find(kinds, candidate.covariance) == kinds.end()) kinds.push_back(candidate.covariance);
  }
  return kinds;
}

// Log-likelihoods that differ by less than this part of their size are those of one maximum, and are drawn as one.
Interval at_least_so_wide(const Interval& range) {
  constexpr double narrowest = 1e-5;
  const double middle = range.low / 2.0 + range.high / 2.0;
  const double half = std::max(range.high - range.low, narrowest * std::abs(middle)) / 2.0;
  return {.low = middle - half, .high = middle + half};
}

using Criterion = std::function<std::optional<double>(const CandidateOutcome&)>;

struct NamedCriterion {
  std::string name;
  std::string title;
  Criterion value;
};

template <class Member>
Criterion score(Member member) {
  return [member](const CandidateOutcome& outcome) -> std::optional<double> {
    if (!outcome.scores) return std::nullopt;
    return (*outcome.scores).*member;
  };
}

// A criterion by the number of components, for one kind of covariance.
Series criterion_series(const SelectionReport& report, const NamedCriterion& criterion, const std::string& covariance) {
  Series series{.mark = Mark::line_of_points};
  for (const CandidateReport& candidate : report.candidates) {
    const CandidateOutcome& outcome = candidate.outcome;
    const std::optional<double> value = criterion.value(outcome);
    if (candidate.covariance != covariance || !value || !outcome.components) continue;
    series.x.push_back(static_cast<double>(*outcome.components));
    series.y.push_back(*value);
  }
  return series;
}

void mark_best(Panel& panel, const SelectionReport& report, const NamedCriterion& criterion) {
  const CandidateOutcome& best = report.candidates[report.best].outcome;
  const std::optional<double> value = criterion.value(best);
  if (criterion.name != report.criterion || !value || !best.components) return;
  Series mark;
  mark.title = "best";
  mark.style.colour = "#000000";
  mark.style.shape = open_circle;
  mark.style.size = 2.2;
  mark.style.width = 2.0;
  mark.x.push_back(static_cast<double>(*best.components));
  mark.y.push_back(*value);
  panel.series.push_back(std::move(mark));
}

// All criteria of one scale, for the one kind of covariance that there is.
Panel one_kind_panel(const SelectionReport& report, const std::vector<NamedCriterion>& criteria) {
  Panel panel{.title = "Information criteria: lower is better", .legend = Legend::right};
  const std::string covariance = report.candidates.front().covariance;
  for (std::size_t i = 0; i < criteria.size(); ++i) {
    Series series = criterion_series(report, criteria[i], covariance);
    if (series.x.empty()) continue;
    series.title = criteria[i].title;
    series.style = component_style(i);
    panel.series.push_back(std::move(series));
  }
  for (const NamedCriterion& criterion : criteria) mark_best(panel, report, criterion);
  return panel;
}

// One criterion, with a line for each kind of covariance.
Panel one_criterion_panel(const SelectionReport& report, const NamedCriterion& criterion) {
  Panel panel{.title = criterion.title, .legend = Legend::right};
  const auto kinds = covariances_of(report);
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    Series series = criterion_series(report, criterion, kinds[i]);
    if (series.x.empty()) continue;
    series.title = kinds.size() > 1 ? kinds[i] : std::string();
    series.style = component_style(i);
    panel.series.push_back(std::move(series));
  }
  mark_best(panel, report, criterion);
  return panel;
}

Interval range_of_components(const SelectionReport& report) {
  constexpr double margin = 0.3;
  std::vector<std::size_t> numbers;
  for (const CandidateReport& candidate : report.candidates) {
    if (candidate.outcome.components) numbers.push_back(*candidate.outcome.components);
  }
  const auto [least, most] = std::ranges::minmax(numbers);
  return {.low = static_cast<double>(least) - margin, .high = static_cast<double>(most) + margin};
}

std::string own_title(const std::string& criterion) {
  if (criterion == "cv") return "Cross-validated log-likelihood: higher is better";
  if (criterion == "mccv") return "Monte-Carlo cross-validated log-likelihood: higher is better";
  if (criterion == "heldout") return "Held-out log-likelihood: higher is better";
  return "p-value of the test against the candidate before";
}

}  // namespace

Style component_style(std::size_t component) {
  // Blue, vermillion, bluish green, reddish purple, orange, sky blue and black; yellow is hard to see on white.
  static constexpr std::array<const char*, 7> colours = {blue,      vermillion, "#009E73", "#CC79A7",
                                                         "#E69F00", "#56B4E9",  "#000000"};
  // Circle, triangle, square, inverted triangle, diamond and pentagon, filled and then open; that seven and twelve have
  // no common divisor keeps 84 components apart.
  static constexpr std::array<int, 12> shapes = {7, 9, 5, 11, 13, 15, 6, 8, 4, 10, 12, 14};
  static constexpr std::array<Dash, 3> dashes = {Dash::solid, Dash::dashed, Dash::dotted};
  return {.colour = colours[component % colours.size()],
          .shape = shapes[component % shapes.size()],
          .dash = dashes[component % dashes.size()],
          .hatched = component / colours.size() % 2 == 1};
}

std::string legend_name(std::size_t component, std::size_t components, const std::string& what) {
  constexpr std::size_t most_names = 12;
  if (component < most_names) return fmt::format("{} {}", what, component + 1);
  return component == most_names ? fmt::format("… and {} more", components - most_names) : std::string();
}

Rows drawn_rows(std::size_t size, std::size_t most) {
  const std::size_t step = (size + most - 1) / most;
  Rows rows;
  for (std::size_t row = 0; row < size; row += step) rows.push_back(row);
  return rows;
}

std::string thinning_note(const Rows& drawn, std::size_t size) {
  if (drawn.size() == size) return {};
  return fmt::format("every {} of {} observations is drawn", ordinal(drawn[1] - drawn[0]), size);
}

std::string joined(const std::string& first, const std::string& second) {
  return first + (first.empty() || second.empty() ? "" : "; ") + second;
}

std::string figure_title(const std::string& path, const std::string& what) {
  constexpr std::size_t longest = 120;
  return printable(fmt::format("{}: {}", file_name(path), what), longest);
}

std::string figure_title(const Report& report) {
  constexpr std::size_t longest_file = 40;
  return figure_title(printable(file_name(report.data.name), longest_file),
                      fmt::format("{}, {}", report.model, report.description));
}

Panel convergence_panel(const Trace& trace) {
  const bool has_elbo =
      std::ranges::any_of(trace, [](const Iteration& iteration) { return iteration.elbo_after_m_step.has_value(); });
  Series log_likelihood{.title = "log-likelihood",
                        .style = {.colour = blue, .size = 0.7, .width = 2.0},
                        .mark = trace.size() == 1 ? Mark::points : Mark::line};
  Series objective = elbo_by_half_step(trace);
  bool penalised = false;
  for (const Iteration& iteration : trace) {
    log_likelihood.x.push_back(iteration.number);
    log_likelihood.y.push_back(iteration.log_likelihood);
    penalised = penalised || iteration.objective != iteration.log_likelihood;
  }
  Panel panel{.title = "Convergence of the best run",
              .x = {.label = "iteration", .whole = true},
              .y = {},
              .series = {std::move(log_likelihood)},
              .legend = Legend::bottom_right};
  if (penalised) objective.title = has_elbo ? "ELBO + log-prior" : "log-likelihood + log-prior";
  if (has_elbo || penalised) panel.series.push_back(std::move(objective));
  constexpr std::size_t few_iterations = 3;
  if (trace.size() <= few_iterations) {
    // The lines may be level, and the legend needs room below them.
    panel.y.range = vertical_range(panel);
    panel.y.range->low -= 0.3 * (panel.y.range->high - panel.y.range->low);
  }
  if (panel.series.size() == 1) {
    panel.y.label = panel.series.front().title;
    panel.series.front().title.clear();
  }
  return panel;
}

Panel restarts_panel(const std::vector<RestartOutcome>& restarts, int best) {
  Series converged{.title = "converged", .style = {.colour = blue, .shape = filled_circle}};
  Series unfinished{.title = "not converged", .style = {.colour = vermillion, .shape = open_circle}};
  Series failed{.title = "failed", .style = {.colour = grey, .shape = cross}};
  Series kept{.style = {.colour = "#000000", .shape = open_circle, .size = 2.0, .width = 2.0}};
  std::vector<double> failures;
  for (const RestartOutcome& restart : restarts) {
    if (!restart.begun) continue;
    if (restart.failure) {
      failures.push_back(restart.number);
      continue;
    }
    Series& series = restart.stop.converged ? converged : unfinished;
    series.x.push_back(restart.number);
    series.y.push_back(restart.log_likelihood);
    if (restart.number != best) continue;
    kept.x = {static_cast<double>(restart.number)};
    kept.y = {restart.log_likelihood};
  }
  const bool penalised = std::ranges::any_of(
      restarts, [](const RestartOutcome& restart) { return restart.objective != restart.log_likelihood; });
  Panel panel{
      .title = "Log-likelihood of every restart",
      .x = {.label = penalised ? "restart (ring: kept, of the highest objective)" : "restart (ring: the one kept)",
            .whole = true},
      .series = {std::move(converged), std::move(unfinished), std::move(kept)},
      .legend = Legend::none};
  panel.y.range = at_least_so_wide(vertical_range(panel));
  // Failures have no log-likelihood: they stand on the axis.
  failed.x = std::move(failures);
  failed.y.assign(failed.x.size(), panel.y.range->low);
  panel.series.push_back(std::move(failed));
  std::erase_if(panel.series, [](const Series& series) { return series.x.empty(); });
  if (panel.series.size() > 2) panel.legend = Legend::right;
  return panel;
}

std::vector<Panel> run_panels(const Report& report) {
  std::vector<Panel> panels = {convergence_panel(report.trace)};
  if (report.restarts.size() > 1) panels.push_back(restarts_panel(report.restarts, report.best_restart));
  return panels;
}

Panel responsibilities_panel(const Matrix& responsibilities, const std::vector<std::string>& labels,
                             const std::string& axis, const std::string& what) {
  constexpr double half_width = 0.4;
  constexpr std::size_t most_labels = 12;
  const auto components = static_cast<std::size_t>(responsibilities.cols());
  Panel panel{.title = "Responsibilities",
              .x = {.label = axis,
                    .range = Interval{0.4, static_cast<double>(responsibilities.rows()) + 0.6},
                    .slanted = std::ranges::any_of(labels, [](const std::string& label) { return label.size() > 2; })},
              .y = {.label = {}, .range = Interval{0.0, 1.0}},
              .legend = Legend::right};
  Vector floor = Vector::Zero(responsibilities.rows());
  for (std::size_t k = 0; k < components; ++k) {
    Series series{.title = legend_name(k, components, what), .style = component_style(k)};
    for (Index row = 0; row < responsibilities.rows(); ++row) {
      const double top = floor[row] + responsibilities(row, static_cast<Index>(k));
      const auto place = static_cast<double>(row + 1);
      series.boxes.push_back(
          {.left = place - half_width, .right = place + half_width, .bottom = floor[row], .top = top});
      floor[row] = top;
    }
    panel.series.push_back(std::move(series));
  }
  for (const std::size_t row : drawn_rows(labels.size(), most_labels)) {
    panel.x.ticks.push_back({.at = static_cast<double>(row + 1), .label = labels[row]});
  }
  return panel;
}

Rows spread_rows(std::size_t size, std::size_t most) {
  const std::size_t count = std::min(size, most);
  Rows rows;
  for (std::size_t i = 0; i < count; ++i) rows.push_back(count == 1 ? 0 : i * (size - 1) / (count - 1));
  return rows;
}

std::vector<std::string> row_numbers(const Rows& rows) {
  std::vector<std::string> numbers;
  numbers.reserve(rows.size());
  for (const std::size_t row : rows) numbers.push_back(fmt::to_string(row + 1));
  return numbers;
}

Figure picture_of_selection(const SelectionReport& report) {
  const std::vector<NamedCriterion> information = {
      {.name = "bic", .title = "BIC", .value = score(&Scores::bic)},
      {.name = "aic", .title = "AIC", .value = score(&Scores::aic)},
      {.name = "icl", .title = "ICL", .value = score(&Scores::icl)},
  };
  std::vector<Panel> panels;
  if (!own_columns(report.criterion).empty()) {
    panels.push_back(
        one_criterion_panel(report, {.name = report.criterion,
                                     .title = own_title(report.criterion),
                                     .value = [](const CandidateOutcome& outcome) { return outcome.value; }}));
  }
  if (covariances_of(report).size() == 1) {
    panels.push_back(one_kind_panel(report, information));
  } else {
    for (const NamedCriterion& criterion : information) panels.push_back(one_criterion_panel(report, criterion));
  }
  const Interval numbers = range_of_components(report);
  for (Panel& panel : panels) panel.x = {.label = "components", .range = numbers, .whole = true};
  if (report.criterion == "lrt") panels.front().y.range = Interval{0.0, 1.0};

  Figure figure;
  figure.title =
      figure_title(report.fit.data.name, fmt::format("{}, best by {}: {}", report.fit.model, report.criterion,
                                                     report.candidates[report.best].outcome.label));
  std::vector<std::vector<Panel>> rows;
  for (Panel& panel : panels) {
    if (rows.empty() || rows.back().size() == 2 || panels.size() == 2) rows.emplace_back();
    rows.back().push_back(std::move(panel));
  }
  figure.panels = in_rows(std::move(rows));
  if (panels.size() == 1) figure.height = 500;
  return figure;
}

}  // namespace latent::cli
