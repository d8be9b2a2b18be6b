// A fit, or a selection, as one page of HTML with everything in it: nothing is fetched, and nothing runs.
#pragma once

#include <functional>
#include <string>

#include "command/plotting/figure.hpp"
#include "command/reports/report.hpp"
#include "command/reports/selection_report.hpp"

namespace latent::cli {

/// Turns a figure into SVG.
using DrawSvg = std::function<std::string(const Figure&)>;

/// The page: summary, warnings, a picture for each panel, parameters and restarts.
[[nodiscard]] std::string html_page(const Report& report, const DrawSvg& draw);
/// The same for a selection: the candidates and their criteria first, and then the best.
[[nodiscard]] std::string html_page(const SelectionReport& report, const DrawSvg& draw);

/// Writes the page with pictures by gnuplot.
/// @throws Error where gnuplot can't draw, or the file can't be written.
void write_html_report(const std::string& path, const Report& report);
void write_html_report(const std::string& path, const SelectionReport& report);

}  // namespace latent::cli
