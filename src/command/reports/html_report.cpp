#include "command/reports/html_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <string_view>
#include <utility>
#include <vector>

#include "command/options/option_hints.hpp"
#include "command/plotting/gnuplot.hpp"
#include "command/plotting/pictures.hpp"
#include "command/shell/output_file.hpp"
#include "command/shell/printable.hpp"
#include "latent/solver/report.hpp"

namespace latent::cli {
namespace {

constexpr auto style = R"(
body { font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; color: #222; background: #fff; max-width: 70rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin-top: 2rem; border-bottom: 1px solid #ccc; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: 0.75rem 0 0.25rem; }
th, td { padding: 0.2rem 0.7rem; text-align: right; border-bottom: 1px solid #ddd; }
thead th { border-bottom: 1px solid #666; }
tbody th, .words td { text-align: left; font-weight: 400; }
.best th, .best td { font-weight: 700; background: #e6f1f8; }
.wide { overflow-x: auto; }
.wide td, .wide th { white-space: nowrap; }
.summary th { white-space: nowrap; vertical-align: top; color: #555; padding-left: 0; }
.summary td { overflow-wrap: anywhere; }
.warning { border-left: 4px solid #d55e00; padding: 0.3rem 0.8rem; margin: 0.5rem 0; background: #fdf3ec; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(28rem, 100%), 1fr)); gap: 1.5rem; }
figure { margin: 0; break-inside: avoid; }
figcaption { font-size: 0.9rem; font-weight: 600; }
svg { display: block; width: 100%; height: auto; }
footer { margin-top: 2rem; font-size: 0.85rem; color: #555; }
@media print { body { font-size: 10pt; max-width: none; padding: 0; } .wide { overflow: visible; } .wide td { white-space: normal; } tr { break-inside: avoid; } h2 { break-after: avoid; } }
)";

// A table of cells that are text already.
struct TextTable {
  std::string title;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  /// The row that stands out, if any.
  std::size_t best = std::string::npos;
};

std::string html_of(const TextTable& table) {
  std::string html = "<div class=\"wide\"><table>\n";
  if (!table.title.empty()) html += fmt::format("<caption>{}</caption>\n", html_text(table.title));
  html += "<thead><tr>";
  for (const std::string& column : table.columns) html += fmt::format("<th scope=\"col\">{}</th>", html_text(column));
  html += "</tr></thead>\n<tbody>\n";
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    html += row == table.best ? "<tr class=\"best\">" : "<tr>";
    const auto& cells = table.rows[row];
    for (std::size_t i = 0; i < cells.size(); ++i) {
      html += i == 0 ? fmt::format("<th scope=\"row\">{}</th>", html_text(cells[i]))
                     : fmt::format("<td>{}</td>", html_text(cells[i]));
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string section(std::string_view id, std::string_view title, const std::string& content) {
  return fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n{}</section>\n", id, title, content);
}

std::string summary_of(const Report& report) {
  std::string rows;
  const auto line = [&](std::string_view name, const std::string& text) {
    rows += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", name, html_text(text));
  };
  line("model", fmt::format("{}, {}", report.model, report.description));
  line("data", fmt::format("{}: {}", report.data.name, observed_as(report.data)));
  line("log-likelihood", fmt::format("{:.6f}", report.log_likelihood));
  if (report.objective != report.log_likelihood) line("objective", fmt::format("{:.6f}", report.objective));
  line("AIC", fmt::format("{:.3f}", report.aic));
  line("BIC", fmt::format("{:.3f}", report.bic));
  if (report.icl) line("ICL", fmt::format("{:.3f}", *report.icl));
  line("free parameters", fmt::to_string(report.free_parameters));
  line("run", how_it_ended(report));
  if (report.restarts.size() > 1) line("restarts", sentence(optima_of(report.restarts)));
  line("seed", fmt::to_string(report.seed));
  return "<table class=\"summary words\"><tbody>\n" + rows + "</tbody></table>\n";
}

std::string warnings_as_html(const std::vector<std::string>& warnings) {
  if (warnings.empty()) return "<p>There are none.</p>\n";
  std::string html;
  for (const std::string& warning : with_options(warnings)) {
    html += fmt::format("<p class=\"warning\">{}</p>\n", html_text(warning));
  }
  return html;
}

std::string parameters_of(const Report& report) {
  std::string html;
  for (const ParameterTable& table : report.parameter_tables) {
    TextTable text{.title = table.title, .columns = {""}, .rows = {}};
    text.columns.insert(text.columns.end(), table.column_names.begin(), table.column_names.end());
    const auto rows = cells_of(table);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      auto& cells = text.rows.emplace_back(1, table.row_names[row]);
      cells.insert(cells.end(), rows[row].begin(), rows[row].end());
    }
    html += html_of(text);
  }
  if (!report.left_out.empty()) html += fmt::format("<p>{}</p>\n", html_text(report.left_out));
  return html;
}

std::string restarts_of(const Report& report) {
  TextTable table{.title = {},
                  .columns = {"restart", "log-likelihood", "objective", "at the start", "iterations", "E-steps", "end"},
                  .rows = {},
                  .best = static_cast<std::size_t>(report.best_restart - 1)};
  for (const RestartOutcome& restart : report.restarts) {
    if (restart.failure || !restart.begun) {
      table.rows.push_back({fmt::to_string(restart.number), "–", "–", "–", "–", "–",
                            restart.failure ? "failed: " + *restart.failure : "not begun: " + restart.stop.rule});
      continue;
    }
    table.rows.push_back({fmt::to_string(restart.number), fmt::format("{:.6f}", restart.log_likelihood),
                          fmt::format("{:.6f}", restart.objective), fmt::format("{:.6f}", restart.start_objective),
                          fmt::to_string(restart.iterations), fmt::to_string(restart.effort.e_steps),
                          restart.stop.rule});
  }
  return html_of(table);
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// A picture to stand in a page beside others: without XML's prolog, and with ids that no other has.
std::string embedded(std::string svg, std::size_t number) {
  svg.erase(0, std::min(svg.find("<svg"), svg.size()));
  const std::string own = fmt::format("p{}-", number);
  for (const std::string_view name : {"gp", "gnuplot", "textbox", "greybox"}) {
    replace_all(svg, fmt::format(" id='{}", name), fmt::format(" id='{}{}", own, name));
    replace_all(svg, fmt::format(" id=\"{}", name), fmt::format(" id=\"{}{}", own, name));
    replace_all(svg, fmt::format("href='#{}", name), fmt::format("href='#{}{}", own, name));
    replace_all(svg, fmt::format("url(#{}", name), fmt::format("url(#{}{}", own, name));
  }
  return svg;
}

std::string caption_of(const Panel& panel) {
  return panel.title.empty() ? fmt::format("{} by {}", panel.y.label, panel.x.label) : panel.title;
}

// A panel as a figure of its own: with a legend where it shared one, and its title in the caption.
Figure alone(Panel panel) {
  const auto named = std::ranges::count_if(panel.series, [](const Series& series) { return !series.title.empty(); });
  if (panel.legend == Legend::none && named > 1) panel.legend = Legend::right;
  Figure figure{.title = {}, .width = 520, .height = 360};
  panel.area = {};
  panel.title.clear();
  figure.panels = {std::move(panel)};
  return figure;
}

std::string pictures_of(const Figure& figure, const DrawSvg& draw, std::size_t first) {
  std::string html = "<div class=\"pictures\">\n";
  for (const Panel& panel : figure.panels) {
    if (panel.legend == Legend::alone) continue;
    html += fmt::format("<figure>\n{}<figcaption>{}</figcaption>\n</figure>\n", embedded(draw(alone(panel)), first++),
                        html_text(caption_of(panel)));
  }
  html += "</div>\n";
  if (!figure.note.empty()) html += fmt::format("<p>Note: {}.</p>\n", html_text(figure.note));
  return html;
}

std::string sections_of(const Report& report, const DrawSvg& draw, std::vector<std::string> more_warnings,
                        std::size_t first_picture) {
  std::vector<std::string> warnings = report.warnings;
  warnings.insert(warnings.end(), more_warnings.begin(), more_warnings.end());
  std::string html = section("summary", "Summary", summary_of(report));
  html += section("warnings", "Warnings", warnings_as_html(warnings));
  if (report.picture) html += section("pictures", "Pictures", pictures_of(*report.picture, draw, first_picture));
  html += section("parameters", "Parameters", parameters_of(report));
  return html + section("restarts", "Restarts", restarts_of(report));
}

std::string page(const std::string& title, const std::string& body) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<title>{0}</title>\n<style>{1}</style>\n</head>\n<body>\n<h1>{0}</h1>\n{2}"
      "<footer>Written by latent {3}. Log-likelihoods are natural logarithms, summed over observations.</footer>\n"
      "</body>\n</html>\n",
      html_text(title), style, body, LATENT_VERSION);
}

std::string number_or_dash(const std::optional<double>& value) {
  return value ? fmt::format("{:.3f}", *value) : std::string("–");
}

std::string candidates_of(const SelectionReport& report) {
  const bool kinds = has_covariances(report);
  TextTable table{.title = sentence(report), .columns = {"components"}, .rows = {}, .best = report.best};
  if (kinds) table.columns.emplace_back("covariance");
  for (const char* column : {"log-likelihood", "parameters", "AIC", "BIC", "ICL"}) table.columns.emplace_back(column);
  for (const std::string& column : own_columns(report.criterion)) table.columns.push_back(column);
  for (const CandidateReport& candidate : report.candidates) {
    const CandidateOutcome& outcome = candidate.outcome;
    auto& cells = table.rows.emplace_back(1, fmt::to_string(outcome.components.value_or(0)));
    if (kinds) cells.push_back(candidate.covariance);
    if (outcome.scores) {
      const Scores& scores = *outcome.scores;
      cells.push_back(fmt::format("{:.6f}", scores.log_likelihood));
      cells.push_back(fmt::to_string(scores.free_parameters));
      cells.push_back(fmt::format("{:.3f}", scores.aic));
      cells.push_back(fmt::format("{:.3f}", scores.bic));
      cells.push_back(number_or_dash(scores.icl));
    } else {
      cells.insert(cells.end(), 5, "–");
    }
    for (const std::string& cell : own_cells(outcome, report.criterion)) cells.push_back(cell == "-" ? "–" : cell);
  }
  return html_of(table);
}

void write_page(const std::string& path, const std::string& html) {
  write_output(path, [&](std::ostream& out) { out << html; });
}

std::string draw_svg(const Figure& figure) { return drawn(figure, PictureFormat::svg); }

}  // namespace

std::string html_page(const Report& report, const DrawSvg& draw) {
  return page(fmt::format("{}: {}", report.model, file_name(report.data.name)), sections_of(report, draw, {}, 1));
}

std::string html_page(const SelectionReport& report, const DrawSvg& draw) {
  const Figure criteria = picture_of_selection(report);
  const std::string selection = section("candidates", "Candidates", candidates_of(report)) +
                                section("criteria", "Criteria", pictures_of(criteria, draw, 1));
  const std::string best =
      fmt::format("<h1>The best: {}</h1>\n", html_text(report.candidates[report.best].outcome.label));
  return page(fmt::format("Selection of {}: {}", report.fit.model, file_name(report.fit.data.name)),
              selection + best + sections_of(report.fit, draw, warnings_of(report), criteria.panels.size() + 1));
}

void write_html_report(const std::string& path, const Report& report) { write_page(path, html_page(report, draw_svg)); }

void write_html_report(const std::string& path, const SelectionReport& report) {
  write_page(path, html_page(report, draw_svg));
}

}  // namespace latent::cli
