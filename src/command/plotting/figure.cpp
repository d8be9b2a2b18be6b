#include "command/plotting/figure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "command/shell/printable.hpp"

namespace latent::cli {
namespace {

// Grows by what it is shown.
struct Extent {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void add(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

// With a margin of a twentieth on the sides that have one; not empty, even where the extent is.
Interval widened(Extent extent, bool margin_below, bool margin_above) {
  if (extent.low > extent.high) return {.low = 0.0, .high = 1.0};
  constexpr double margin = 0.05;
  constexpr double narrowest = 1e-7;  // of the values' size: gnuplot's ticks tell no less apart
  const double least = std::max(narrowest * std::max(std::abs(extent.low), std::abs(extent.high)),
                                std::numeric_limits<double>::min() * 1e10);
  double span = extent.high - extent.low;
  if (span == 0.0) {
    const double all = extent.low == 0.0 ? 1.0 : std::abs(extent.low) * 1e-3;
    return {.low = extent.low - all, .high = extent.high + all};
  }
  if (span < least) {
    const double middle = extent.low / 2.0 + extent.high / 2.0;
    extent.low = middle - least / 2.0;
    extent.high = middle + least / 2.0;
    span = least;
  }
  return {.low = margin_below ? extent.low - margin * span : extent.low,
          .high = margin_above ? extent.high + margin * span : extent.high};
}

// The smallest of 1, 2, 5, 10, … times a power of ten that gives no more than so many ticks.
double round_step(const Interval& range, double most_ticks) {
  const double least = (range.high - range.low) / most_ticks;
  const double decade = std::pow(10.0, std::floor(std::log10(least)));
  for (const double multiple : {1.0, 2.0, 5.0}) {
    if (multiple * decade >= least) return multiple * decade;
  }
  return 10.0 * decade;
}

// Enough digits to tell ticks apart, which gnuplot's own format has only for spans of the size of the values.
std::string tick_format(const Interval& range) {
  const double span = range.high - range.low;
  const double magnitude = std::max(std::abs(range.low), std::abs(range.high));
  if (!(span > 0.0) || span > 1e-3 * magnitude) return "%g";
  constexpr double largest_in_full = 1e10;
  constexpr double smallest_in_full = 1e-3;
  if (magnitude < largest_in_full && magnitude > smallest_in_full) {
    return fmt::format("%.{}f", std::max(0, 1 - static_cast<int>(std::floor(std::log10(span)))));
  }
  return fmt::format("%.{}g", 3 + static_cast<int>(std::ceil(std::log10(magnitude / span))));
}

// Whether %g writes many letters for the numbers of a range.
bool has_long_labels(const Interval& range) {
  constexpr double long_from = 1e5;
  const double magnitude = std::max(std::abs(range.low), std::abs(range.high));
  return magnitude >= long_from || magnitude < 1.0 / long_from || tick_format(range) != "%g";
}

// Between ticks, where that is not left to gnuplot: it takes the labels of an x axis for as short as they are high.
std::optional<double> tick_step(char axis, const Axis& description, const Interval& range) {
  constexpr double most_whole = 8.0;
  constexpr double most_long = 4.5;
  if (description.whole) return std::max(1.0, round_step(range, most_whole));
  if (axis == 'x' && has_long_labels(range)) return round_step(range, most_long);
  return std::nullopt;
}

std::string colour_of(const Style& style) {
  constexpr double opaque = 255.0;
  const int transparency = static_cast<int>(std::lround((1.0 - style.opacity) * opaque));
  return fmt::format("'#{:02X}{}'", transparency, style.colour.substr(1));
}

int dash_type(Dash dash) {
  switch (dash) {
    case Dash::solid:
      return 1;
    case Dash::dashed:
      return 2;
    case Dash::dotted:
      return 3;
  }
  return 1;
}

// How gnuplot draws a series, after its data have been named.
std::string drawn_as(const Series& series) {
  const Style& style = series.style;
  const std::string colour = colour_of(style);
  if (!series.boxes.empty()) {
    constexpr int hatching = 5;
    const std::string fill = style.hatched ? fmt::format("pattern {}", hatching) : std::string("solid 1.0");
    return fmt::format("with boxxyerror fs {} border lc rgb '#FFFFFF' lc rgb {} lw 0.5", fill, colour);
  }
  const std::string line = fmt::format("lc rgb {} lw {} dt {}", colour, style.width, dash_type(style.dash));
  const std::string point = fmt::format("pt {} ps {}", style.shape, style.size);
  switch (series.mark) {
    case Mark::points:
      return fmt::format("with points {} lc rgb {} lw {}", point, colour, style.width);
    case Mark::line:
      return "with lines " + line;
    case Mark::line_of_points:
      return "with linespoints " + point + " " + line;
  }
  return {};
}

std::string titled(const Series& series) {
  return series.title.empty() ? std::string("notitle") : "title " + gnuplot_string(series.title);
}

bool is_empty(const Series& series) { return series.x.empty() && series.boxes.empty(); }

void add_data(std::string& script, const std::string& name, const Series& series) {
  script += name + " << EOD\n";
  for (const Box& box : series.boxes) {
    script += fmt::format("{:.10g} {:.10g} {:.10g} {:.10g} {:.10g} {:.10g}\n", box.left, box.bottom, box.left,
                          box.right, box.bottom, box.top);
  }
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    script += std::isnan(series.y[i]) ? "\n" : fmt::format("{:.12g} {:.12g}\n", series.x[i], series.y[i]);
  }
  script += "EOD\n";
}

std::string data_name(std::size_t panel, std::size_t series) { return fmt::format("$panel{}_{}", panel, series); }

void add_axis(std::string& script, char axis, const Axis& description, const Interval& range) {
  const Interval shown = description.downwards ? Interval{.low = range.high, .high = range.low} : range;
  script += fmt::format("set {}range [{:.12g}:{:.12g}]\n", axis, shown.low, shown.high);
  if (!description.label.empty()) {
    script += fmt::format("set {}label {}\n", axis, gnuplot_string(description.label));
  }
  script += fmt::format("set {}tics out nomirror", axis);
  constexpr std::size_t crowd = 12;
  if (description.slanted) script += description.ticks.size() > crowd ? " rotate by -90 left" : " rotate by -35 left";
  if (!description.ticks.empty()) {
    script += " (";
    for (std::size_t i = 0; i < description.ticks.size(); ++i) {
      const Tick& tick = description.ticks[i];
      script += fmt::format("{}{} {:.10g}", i == 0 ? "" : ", ", gnuplot_string(tick.label), tick.at);
    }
    script += ")";
  } else if (const auto step = tick_step(axis, description, range)) {
    script += fmt::format(" {:.10g}", *step);
  }
  script += fmt::format("\nset format {} '{}'\n", axis, tick_format(range));
}

// gnuplot takes letters for wider than they are, and leaves too much room: this many of them.
int spare_letters(const Panel& panel) {
  constexpr double too_wide = 0.2;
  constexpr double margin = 1.5;
  std::size_t longest = 0;
  for (const Series& series : panel.series) longest = std::max(longest, series.title.size());
  return static_cast<int>(std::max(0.0, too_wide * static_cast<double>(longest) - margin));
}

std::string key(const Panel& panel) {
  const auto at = [&](std::string_view place) {
    return fmt::format("set key {} Left reverse noenhanced samplen 2 width -{}\n", place, spare_letters(panel));
  };
  switch (panel.legend) {
    case Legend::none:
      return "unset key\n";
    case Legend::right:
      return at("outside right top vertical");
    case Legend::bottom_right:
      return at("inside right bottom vertical");
    case Legend::alone:
      return at("inside left top vertical");
  }
  return {};
}

// The part of the figure that panels share: below the title, above the note.
constexpr double bottom_margin = 0.03;
constexpr double top_margin = 0.05;

void add_panel(std::string& script, const Figure& figure, std::size_t number) {
  const Panel& panel = figure.panels[number];
  const double inner = 1.0 - (figure.note.empty() ? 0.0 : bottom_margin) - (figure.title.empty() ? 0.0 : top_margin);
  script += "reset\n";
  script += fmt::format("set origin {:.4f},{:.4f}\nset size {:.4f},{:.4f}\n", panel.area.left,
                        (figure.note.empty() ? 0.0 : bottom_margin) + inner * panel.area.bottom, panel.area.width,
                        inner * panel.area.height);
  script += key(panel);
  if (!panel.title.empty()) script += fmt::format("set title {}\n", gnuplot_string(panel.title));
  if (number == 0 && !figure.note.empty()) {
    script += fmt::format("set label {} at screen 0.99,0.018 right font ',9' textcolor rgb '#555555'\n",
                          gnuplot_string(figure.note));
  }
  if (panel.legend == Legend::alone) {
    script += "unset border\nunset tics\nset xrange [0:1]\nset yrange [0:1]\n";
  } else {
    script += "set border 3 lc rgb '#555555'\n";
    add_axis(script, 'x', panel.x, panel.x.range.value_or(horizontal_range(panel)));
    add_axis(script, 'y', panel.y, panel.y.range.value_or(vertical_range(panel)));
  }
  // Even where there is nothing to draw, or only names for a legend, gnuplot needs something.
  script += "plot NaN notitle";
  for (std::size_t i = 0; i < panel.series.size(); ++i) {
    const Series& series = panel.series[i];
    const bool only_named = panel.legend == Legend::alone || is_empty(series);
    if (only_named && series.title.empty()) continue;
    const std::string data =
        only_named ? "keyentry"
                   : fmt::format("{} using {}", data_name(number, i), series.boxes.empty() ? "1:2" : "1:2:3:4:5:6");
    script += fmt::format(", \\\n     {} {} {}", data, drawn_as(series), titled(series));
  }
  script += "\n";
}

}  // namespace

std::string gnuplot_string(const std::string& text) {
  std::string quoted = "'";
  for (const char letter : printable(text)) {
    quoted += letter;
    if (letter == '\'') quoted += '\'';
  }
  return quoted + "'";
}

Interval horizontal_range(const Panel& panel) {
  Extent extent;
  for (const Series& series : panel.series) {
    for (const double x : series.x) extent.add(x);
    for (const Box& box : series.boxes) {
      extent.add(box.left);
      extent.add(box.right);
    }
  }
  return widened(extent, true, true);
}

Interval vertical_range(const Panel& panel) {
  Extent extent;
  bool boxes = false;
  for (const Series& series : panel.series) {
    for (const double y : series.y) extent.add(y);
    for (const Box& box : series.boxes) {
      extent.add(box.bottom);
      extent.add(box.top);
      boxes = true;
    }
  }
  return widened(extent, !boxes, true);
}

std::string gnuplot_script(const Figure& figure, PictureFormat format) {
  std::string script = "set encoding utf8\n";
  script += format == PictureFormat::png
                ? fmt::format(
                      "set terminal pngcairo noenhanced size {},{} fontscale {} linewidth {} pointscale {} font "
                      "'DejaVu Sans,9' background '#FFFFFF'\n",
                      figure.width * png_scale, figure.height * png_scale, png_scale, png_scale, png_scale)
                : fmt::format(
                      "set terminal svg noenhanced size {},{} font 'DejaVu Sans,Verdana,sans-serif,12' "
                      "background '#FFFFFF'\n",
                      figure.width, figure.height);
  for (std::size_t i = 0; i < figure.panels.size(); ++i) {
    const Panel& panel = figure.panels[i];
    if (panel.legend == Legend::alone) continue;
    for (std::size_t j = 0; j < panel.series.size(); ++j) {
      if (!is_empty(panel.series[j])) add_data(script, data_name(i, j), panel.series[j]);
    }
  }
  script += "set multiplot";
  if (!figure.title.empty()) script += " title " + gnuplot_string(figure.title) + " font ',13'";
  script += "\n";
  for (std::size_t i = 0; i < figure.panels.size(); ++i) add_panel(script, figure, i);
  script += "unset multiplot\n";
  return script;
}

std::vector<Panel> in_rows(std::vector<std::vector<Panel>> rows) {
  std::vector<Panel> panels;
  const double height = 1.0 / static_cast<double>(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const double width = 1.0 / static_cast<double>(rows[row].size());
    for (std::size_t column = 0; column < rows[row].size(); ++column) {
      Panel& panel = panels.emplace_back(std::move(rows[row][column]));
      panel.area = {.left = width * static_cast<double>(column),
                    .bottom = 1.0 - height * static_cast<double>(row + 1),
                    .width = width,
                    .height = height};
    }
  }
  return panels;
}

std::vector<Panel> beside(Panel large, std::vector<Panel> others) {
  constexpr double part = 0.62;
  large.area = {.left = 0.0, .bottom = 0.0, .width = others.empty() ? 1.0 : part, .height = 1.0};
  std::vector<Panel> panels = {std::move(large)};
  const double height = 1.0 / static_cast<double>(std::max<std::size_t>(others.size(), 1));
  for (std::size_t i = 0; i < others.size(); ++i) {
    Panel& panel = panels.emplace_back(std::move(others[i]));
    panel.area = {
        .left = part, .bottom = 1.0 - height * static_cast<double>(i + 1), .width = 1.0 - part, .height = height};
  }
  return panels;
}

}  // namespace latent::cli
