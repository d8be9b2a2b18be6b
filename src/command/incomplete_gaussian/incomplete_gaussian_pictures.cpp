#include "command/incomplete_gaussian/incomplete_gaussian_pictures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

#include "command/plotting/pictures.hpp"
#include "command/reports/projection.hpp"
#include "command/shell/printable.hpp"
#include "core/counted.hpp"
#include "latent/data/data_set.hpp"

namespace latent::cli {
namespace {

constexpr auto observed_colour = blue;
constexpr auto imputed_colour = vermillion;
constexpr std::size_t most_columns = 24;

// Of a column of the map.
constexpr double half_width = 0.46;

std::vector<std::size_t> missing_by_column(const Observations& data) {
  std::vector<std::size_t> counts(data.dimension(), 0);
  for (std::size_t row = 0; row < data.size(); ++row) {
    for (std::size_t column = 0; column < data.dimension(); ++column) {
      if (std::isnan(data(row, column))) ++counts[column];
    }
  }
  return counts;
}

// Those columns that a picture has room for: with the most missing values where there are more, in their own order.
std::vector<std::size_t> shown_columns(const std::vector<std::size_t>& missing, std::size_t most) {
  std::vector<std::size_t> columns(missing.size());
  for (std::size_t column = 0; column < columns.size(); ++column) columns[column] = column;
  const auto first_shown = [&](std::size_t a, std::size_t b) {
    return missing[a] != missing[b] ? missing[a] > missing[b] : a < b;
  };
  std::ranges::sort(columns, first_shown);
  columns.resize(std::min(columns.size(), most));
  std::ranges::sort(columns);
  return columns;
}

std::vector<Tick> column_ticks(const NumericTable& table, const std::vector<std::size_t>& columns) {
  constexpr std::size_t longest = 16;
  std::vector<Tick> ticks;
  ticks.reserve(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    ticks.push_back({.at = static_cast<double>(i + 1), .label = printable(table.columns()[columns[i]], longest)});
  }
  return ticks;
}

// The map in bands of rows, so many that each can be seen; shaded by the part of a band's values that is missing.
struct Shade {
  double up_to;
  const char* colour;
  const char* title;
};
constexpr std::array<Shade, 4> shades = {{{.up_to = 0.25, .colour = "#F3CDB3", .title = "up to 25 % missing"},
                                          {.up_to = 0.5, .colour = "#E8A880", .title = "up to 50 %"},
                                          {.up_to = 0.75, .colour = "#DF834D", .title = "up to 75 %"},
                                          {.up_to = 1.0, .colour = imputed_colour, .title = "up to 100 %"}}};

std::size_t shade_of(double part) {
  std::size_t shade = 0;
  while (shade + 1 < shades.size() && part > shades[shade].up_to) ++shade;
  return shade;
}

// The missing parts of one column as boxes at its place; bands of one shade that follow each other are one box.
void add_column(std::vector<Series>& series, const Observations& data, std::size_t column, double place,
                std::size_t rows_in_band) {
  for (std::size_t first = 0; first < data.size(); first += rows_in_band) {
    const std::size_t end = std::min(first + rows_in_band, data.size());
    std::size_t missing = 0;
    for (std::size_t row = first; row < end; ++row) missing += std::isnan(data(row, column)) ? 1U : 0U;
    if (missing == 0) continue;
    const double part = static_cast<double>(missing) / static_cast<double>(end - first);
    std::vector<Box>& boxes = series[rows_in_band == 1 ? 0 : shade_of(part)].boxes;
    const double bottom = static_cast<double>(first) + 0.5;
    const double top = static_cast<double>(end) + 0.5;
    if (!boxes.empty() && boxes.back().left == place - half_width && boxes.back().top == bottom) {
      boxes.back().top = top;
    } else {
      boxes.push_back({.left = place - half_width, .right = place + half_width, .bottom = bottom, .top = top});
    }
  }
}

Panel missingness_panel(const NumericTable& table, const std::vector<std::size_t>& columns,
                        const std::vector<std::size_t>& missing) {
  constexpr std::size_t most_bands = 250;
  constexpr double percent = 100.0;
  const Observations data = table.observations();
  const std::size_t rows_in_band = (data.size() + most_bands - 1) / most_bands;
  std::vector<Series> series;
  if (rows_in_band == 1) {
    series.push_back({.title = "missing", .style = {.colour = imputed_colour}});
  } else {
    for (const Shade& shade : shades) series.push_back({.title = shade.title, .style = {.colour = shade.colour}});
  }
  // The frame of a column with nothing missing says that it is there.
  Series frame{.title = "observed", .style = {.colour = "#D6E6F2"}};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto place = static_cast<double>(i + 1);
    frame.boxes.push_back({.left = place - half_width,
                           .right = place + half_width,
                           .bottom = 0.5,
                           .top = static_cast<double>(data.size()) + 0.5});
    add_column(series, data, columns[i], place, rows_in_band);
  }
  std::erase_if(series, [](const Series& shade) { return shade.boxes.empty(); });
  series.insert(series.begin(), std::move(frame));
  std::size_t all = 0;
  for (const std::size_t count : missing) all += count;
  const double part = percent * static_cast<double>(all) / static_cast<double>(data.size() * data.dimension());
  return {.title = fmt::format("Missing values: {} ({:.2g} %)", all, part),
          .x = {.range = Interval{0.4, static_cast<double>(columns.size()) + 0.6},
                .ticks = column_ticks(table, columns),
                .slanted = true},
          .y = {.label = rows_in_band == 1 ? "row" : fmt::format("row, in bands of {}", rows_in_band),
                .range = Interval{0.5, static_cast<double>(data.size()) + 0.5},
                .whole = true,
                .downwards = true},
          .series = std::move(series),
          .legend = Legend::right};
}

// Spread to both sides of a column's place, so that they can be told apart.
double moved(std::size_t i) { return 0.16 * (std::fmod(static_cast<double>(i) * std::numbers::phi, 1.0) - 0.5); }

// Every column on the scale of its normal distribution: observed values on the left of its place, imputed ones right.
Panel values_panel(const IncompleteGaussian& model, const NumericTable& table, const std::vector<std::size_t>& columns,
                   const Rows& rows, const RowMatrix& filled) {
  constexpr double aside = 0.18;
  Series observed{.title = "observed", .style = {.colour = observed_colour, .opacity = 0.6, .shape = 7, .size = 0.5}};
  Series imputed{.title = "imputed",
                 .style = {.colour = imputed_colour, .opacity = 0.9, .shape = 8, .size = 0.7, .width = 1.0}};
  const Observations data = table.observations();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto column = static_cast<Index>(columns[i]);
    const double deviation = std::sqrt(model.covariance()(column, column));
    for (std::size_t j = 0; j < rows.size(); ++j) {
      const bool missing = std::isnan(data(rows[j], columns[i]));
      Series& series = missing ? imputed : observed;
      series.x.push_back(static_cast<double>(i + 1) + (missing ? aside : -aside) + moved(j));
      series.y.push_back((filled(static_cast<Index>(j), column) - model.mean()[column]) / deviation);
    }
  }
  return {.title = "Observed and imputed values",
          .x = {.range = Interval{0.4, static_cast<double>(columns.size()) + 0.6},
                .ticks = column_ticks(table, columns),
                .slanted = true},
          .y = {.label = "(value − mean) / standard deviation"},
          .series = {std::move(observed), std::move(imputed)},
          .legend = Legend::right};
}

// Two columns against each other, with the ellipses of their normal distribution.
Panel pair_panel(const IncompleteGaussian& model, const NumericTable& table, std::size_t across, std::size_t up,
                 const Rows& rows, const RowMatrix& filled) {
  const Observations data = table.observations();
  const Projection projection = onto_columns(table.columns());
  std::vector<Series> series = {
      {.title = "both observed", .style = {.colour = observed_colour, .opacity = 0.7, .shape = 7, .size = 0.6}},
      {.title = "one imputed", .style = {.colour = imputed_colour, .shape = 8, .size = 0.8, .width = 1.0}},
      {.title = "both imputed", .style = {.colour = "#009E73", .shape = 4, .size = 0.8, .width = 1.0}}};
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const int missing = (std::isnan(data(rows[i], across)) ? 1 : 0) + (std::isnan(data(rows[i], up)) ? 1 : 0);
    Series& one = series[static_cast<std::size_t>(missing)];
    one.x.push_back(filled(static_cast<Index>(i), static_cast<Index>(across)));
    one.y.push_back(filled(static_cast<Index>(i), static_cast<Index>(up)));
  }
  std::erase_if(series, [](const Series& one) { return one.x.empty(); });
  Series lines =
      ellipses(projection, model.mean(), model.covariance(), static_cast<Index>(across), static_cast<Index>(up));
  lines.title = "1, 2 and 3 sd";
  lines.style = {.colour = "#555555", .width = 1.2};
  series.push_back(std::move(lines));
  Panel panel{.title = "The columns with the most missing values",
              .x = {.label = projection.names[across]},
              .y = {.label = projection.names[up]},
              .series = std::move(series),
              .legend = Legend::right};
  frame_points(panel);
  return panel;
}

std::string note_on(const Rows& rows, std::size_t size, std::size_t columns, std::size_t all_columns) {
  std::string thinning = thinning_note(rows, size);
  if (columns == all_columns) return thinning;
  return joined(thinning, fmt::format("the {} of {} columns with the most missing values", columns, all_columns));
}

}  // namespace

Figure picture_of_imputation(const IncompleteGaussian& model, const NumericTable& table, std::vector<Panel> others) {
  constexpr std::size_t most_points = 1000;
  const Observations data = table.observations();
  const auto missing = missing_by_column(data);
  const auto columns = shown_columns(missing, most_columns);
  const Rows rows = drawn_rows(data.size(), most_points);
  const RowMatrix filled = model.impute(ObservationSubset(data, rows));

  Figure figure{.title = figure_title(table.name(),
                                      fmt::format("incomplete-gaussian, {} of {}", counted(data.size(), "observation"),
                                                  counted(data.dimension(), "column"))),
                .note = note_on(rows, data.size(), columns.size(), data.dimension())};
  std::vector<Panel> below;
  if (data.dimension() > 1) {
    const auto pair = shown_columns(missing, 2);
    below.push_back(pair_panel(model, table, pair.front(), pair.back(), rows, filled));
  }
  below.insert(below.end(), std::make_move_iterator(others.begin()), std::make_move_iterator(others.end()));
  std::vector<std::vector<Panel>> all = {
      {missingness_panel(table, columns, missing), values_panel(model, table, columns, rows, filled)}};
  if (!below.empty()) all.push_back(std::move(below));
  figure.panels = in_rows(std::move(all));
  return figure;
}

}  // namespace latent::cli
