#include "command/gaussian_mixture/gaussian_mixture_pictures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "command/plotting/pictures.hpp"
#include "command/reports/projection.hpp"
#include "command/shell/printable.hpp"
#include "core/counted.hpp"
#include "latent/data/data_set.hpp"

namespace latent::cli {
namespace {

constexpr auto grey = "#BBBBBB";
constexpr auto dark_grey = "#444444";

// A responsibility below this leaves a component in doubt.
constexpr double certain = 0.9;
constexpr std::size_t bars = 10;

// The observations that a picture draws, and their components.
struct Drawn {
  Rows rows;
  std::vector<std::size_t> component;
  std::vector<bool> in_doubt;
};

Drawn drawn_observations(const GaussianMixture& model, const Observations& data, std::size_t most) {
  Drawn drawn{.rows = drawn_rows(data.size(), most), .component = {}, .in_doubt = {}};
  const Matrix responsibilities = model.posterior(ObservationSubset(data, drawn.rows));
  drawn.component = labels(responsibilities);
  for (Index i = 0; i < responsibilities.rows(); ++i) {
    drawn.in_doubt.push_back(responsibilities.row(i).maxCoeff() < certain);
  }
  return drawn;
}

// Many points are small and let each other through.
Style point_style(std::size_t component, std::size_t points) {
  constexpr std::size_t few = 60;
  constexpr std::size_t many = 400;
  Style style = component_style(component);
  style.width = 1.0;
  style.size = points <= few ? 1.0 : 0.7;
  if (points > many) style.size = 0.5;
  if (points > few) style.opacity = points > many ? 0.4 : 0.6;
  return style;
}

// One series a component, of points at (x, y), named for the legend.
std::vector<Series> points_by_component(const GaussianMixture& model, const Drawn& drawn, const Vector& x,
                                        const Vector& y) {
  std::vector<Series> all;
  all.reserve(model.components());
  for (std::size_t k = 0; k < model.components(); ++k) {
    all.push_back({.title = legend_name(k, model.components()), .style = point_style(k, drawn.rows.size())});
  }
  for (std::size_t i = 0; i < drawn.rows.size(); ++i) {
    Series& series = all[drawn.component[i]];
    series.x.push_back(x[static_cast<Index>(i)]);
    series.y.push_back(y[static_cast<Index>(i)]);
  }
  return all;
}

// Rings around those whose component is uncertain.
Series rings(const Drawn& drawn, const Vector& x, const Vector& y) {
  Series series{.title = fmt::format("in doubt (all below {})", certain),
                .style = {.colour = "#000000", .shape = 6, .size = 1.4, .width = 1.0}};
  for (std::size_t i = 0; i < drawn.rows.size(); ++i) {
    if (!drawn.in_doubt[i]) continue;
    series.x.push_back(x[static_cast<Index>(i)]);
    series.y.push_back(y[static_cast<Index>(i)]);
  }
  return series;
}

struct WhatElse {
  bool rings = false;
  Legend legend = Legend::right;
};

// The observations in two directions, under the components' ellipses and centres.
Panel scatter_panel(const GaussianMixture& model, const Drawn& drawn, const Projection& projection,
                    const Matrix& points, Index across, Index up, const WhatElse& what) {
  Panel panel{.title = {},
              .x = {.label = projection.names[static_cast<std::size_t>(across)]},
              .y = {.label = projection.names[static_cast<std::size_t>(up)]},
              .series = points_by_component(model, drawn, points.col(across), points.col(up)),
              .legend = what.legend};
  Series centres{.title = "centres", .style = {.colour = "#000000", .shape = 1, .size = 1.6, .width = 2.5}};
  for (std::size_t k = 0; k < model.components(); ++k) {
    const Vector mean = model.means().row(static_cast<Index>(k));
    Series lines = ellipses(projection, mean, model.covariance(k), across, up);
    lines.style = {.colour = component_style(k).colour, .width = 1.5};
    panel.series.push_back(std::move(lines));
    const Seen centre = seen(projection, mean, across, up);
    centres.x.push_back(centre.x);
    centres.y.push_back(centre.y);
  }
  if (what.rings) panel.series.push_back(rings(drawn, points.col(across), points.col(up)));
  panel.series.push_back(std::move(centres));
  frame_points(panel);
  return panel;
}

constexpr auto scatter_title = "Components, with 1, 2 and 3 standard deviations";

// A large panel of two columns.
Panel plane_panel(const GaussianMixture& model, const Drawn& drawn, const Projection& projection,
                  const Observations& data, bool rings) {
  Panel panel = scatter_panel(model, drawn, projection, projected(projection, data, drawn.rows), 0, 1,
                              {.rings = rings, .legend = Legend::right});
  panel.title = scatter_title;
  return panel;
}

// The pairs of three or four axes, and what else there is to show, on a square of 3×3: pairs on and below the diagonal,
// the legend and the others above it.
std::vector<Panel> pairs(const GaussianMixture& model, const Drawn& drawn, const Projection& projection,
                         const Observations& data, bool rings, std::vector<Panel> others) {
  const Matrix points = projected(projection, data, drawn.rows);
  const Index last = points.cols() - 1;
  const double side = 1.0 / static_cast<double>(last);
  std::vector<Panel> panels;
  for (Index up = 1; up <= last; ++up) {
    for (Index across = 0; across < up; ++across) {
      Panel panel =
          scatter_panel(model, drawn, projection, points, across, up, {.rings = rings, .legend = Legend::none});
      panel.area = {.left = side * static_cast<double>(across),
                    .bottom = 1.0 - side * static_cast<double>(up),
                    .width = side,
                    .height = side};
      panels.push_back(std::move(panel));
    }
  }
  Panel legend{.title = {}, .series = panels.front().series, .legend = Legend::alone};
  // Above the diagonal: a half, where there is one place only, for each of the others; else a place.
  std::vector<Area> places;
  if (last == 2) {
    legend.area = {.left = side, .bottom = 1.0 - side, .width = side / 3.0, .height = side};
    const double height = side / static_cast<double>(std::max<std::size_t>(others.size(), 1));
    for (std::size_t i = 0; i < others.size(); ++i) {
      places.push_back({.left = side * 4.0 / 3.0,
                        .bottom = 1.0 - height * static_cast<double>(i + 1),
                        .width = side * 2.0 / 3.0,
                        .height = height});
    }
  } else {
    legend.area = {.left = side * 2.0 + 0.03, .bottom = 1.0 - 2.0 * side, .width = side - 0.03, .height = side};
    for (std::size_t i = 0; i < others.size(); ++i) {
      const double width = 2.0 * side / static_cast<double>(others.size());
      places.push_back(
          {.left = side + width * static_cast<double>(i), .bottom = 1.0 - side, .width = width, .height = side});
    }
  }
  panels.push_back(std::move(legend));
  for (std::size_t i = 0; i < others.size(); ++i) {
    others[i].area = places[i];
    panels.push_back(std::move(others[i]));
  }
  return panels;
}

// Rice's rule, 2 n^⅓ bins, within what can be seen.
std::size_t number_of_bins(std::size_t observations) {
  constexpr double fewest = 5.0;
  constexpr double most = 60.0;
  return static_cast<std::size_t>(
      std::clamp(std::ceil(2.0 * std::cbrt(static_cast<double>(observations))), fewest, most));
}

// Bars whose areas sum to 1.
Series histogram(const Observations& data) {
  const auto values = data.matrix().col(0);
  const double low = values.minCoeff();
  const double high = values.maxCoeff();
  const std::size_t bins = number_of_bins(data.size());
  const double width = (high - low) / static_cast<double>(bins);
  Series series{.title = "observations", .style = {.colour = grey}};
  if (!(width > 0.0)) return series;  // equal values have no density
  std::vector<double> weight(bins, 0.0);
  for (std::size_t row = 0; row < data.size(); ++row) {
    weight[std::min(bins - 1, static_cast<std::size_t>((data(row, 0) - low) / width))] += data.weight(row);
  }
  const double total = data.total_weight();
  for (std::size_t bin = 0; bin < bins; ++bin) {
    const double left = low + width * static_cast<double>(bin);
    series.boxes.push_back({.left = left, .right = left + width, .bottom = 0.0, .top = weight[bin] / total / width});
  }
  return series;
}

// Where densities are drawn: evenly over the data and a little more, and closer around each component's mean, which may
// be narrow beside the data.
RowMatrix grid(const GaussianMixture& model, const Observations& data) {
  constexpr int even = 240;
  constexpr int around_mean = 60;
  constexpr double deviations = 4.0;
  constexpr double margin = 0.1;
  const double low = data.matrix().minCoeff();
  const double high = data.matrix().maxCoeff();
  const double span = high - low;
  std::vector<double> places;
  for (int i = 0; i <= even; ++i) places.push_back(low - margin * span + (1.0 + 2.0 * margin) * span * i / even);
  const double first = places.front();
  const double last = places.back();
  for (std::size_t k = 0; k < model.components(); ++k) {
    const double deviation = std::sqrt(model.covariance(k)(0, 0));
    for (int i = -around_mean / 2; i <= around_mean / 2; ++i) {
      const double at = model.means()(static_cast<Index>(k), 0) + deviations * deviation * i * 2.0 / around_mean;
      if (at > first && at < last) places.push_back(at);
    }
  }
  std::ranges::sort(places);
  return Eigen::Map<const RowMatrix>(places.data(), static_cast<Index>(places.size()), 1);
}

Series density(const GaussianMixture& model, const RowMatrix& places, double weight) {
  Series series{.mark = Mark::line};
  const Vector log_densities = model.log_densities(places);
  for (Index i = 0; i < places.rows(); ++i) {
    series.x.push_back(places(i, 0));
    series.y.push_back(weight * std::exp(log_densities[i]));
  }
  return series;
}

Panel density_panel(const GaussianMixture& model, const NumericTable& table) {
  const Observations data = table.observations();
  Panel panel{.title = "Histogram, components and mixture",
              .x = {.label = printable(table.columns().front(), 40)},
              .y = {.label = "density"},
              .series = {histogram(data)},
              .legend = Legend::right};
  const RowMatrix places = grid(model, data);
  Series mixture = density(model, places, 1.0);
  mixture.title = "mixture";
  mixture.style = {.colour = dark_grey, .width = 3.0};
  panel.series.push_back(std::move(mixture));
  for (std::size_t k = 0; k < model.components(); ++k) {
    const auto row = static_cast<Index>(k);
    const GaussianMixture component(Vector::Ones(1), model.means().row(row), {model.covariance(k)});
    Series curve = density(component, places, model.weights()[row]);
    curve.title = legend_name(k, model.components());
    curve.style = {.colour = component_style(k).colour, .width = 2.0, .dash = component_style(k).dash};
    panel.series.push_back(std::move(curve));
  }
  panel.x.range = Interval{places(0, 0), places(places.rows() - 1, 0)};
  panel.y.range = Interval{0.0, vertical_range(panel).high};
  return panel;
}

// Each observation on the line of its component; moved up and down, so that they can be told apart.
Panel assignment_panel(const GaussianMixture& model, const Drawn& drawn, const NumericTable& table, bool ringed) {
  constexpr double golden_ratio = std::numbers::phi - 1.0;  // its multiples spread evenly between whole numbers
  constexpr double spread = 0.6;
  const Observations data = table.observations();
  Vector x(static_cast<Index>(drawn.rows.size()));
  Vector y(x.size());
  for (Index i = 0; i < x.size(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const double moved = std::fmod(static_cast<double>(i) * golden_ratio, 1.0) - 0.5;
    x[i] = data(drawn.rows[at], 0);
    y[i] = static_cast<double>(drawn.component[at] + 1) + spread * moved;
  }
  Panel panel{
      .title = "Observations by component of the largest responsibility",
      .x = {.label = printable(table.columns().front(), 40)},
      .y = {.label = "component", .range = Interval{0.4, static_cast<double>(model.components()) + 0.6}, .whole = true},
      .series = points_by_component(model, drawn, x, y)};
  for (Series& series : panel.series) series.title.clear();
  if (ringed) {
    panel.series.push_back(rings(drawn, x, y));
    panel.legend = Legend::right;
  }
  return panel;
}

// Ten observations: in one dimension from the least to the greatest, else by their rows. The legend is that of the
// panel before.
Panel bars_panel(const GaussianMixture& model, const NumericTable& table) {
  const Observations data = table.observations();
  Rows rows = spread_rows(data.size(), bars);
  std::vector<std::string> names = row_numbers(rows);
  std::string axis = "observation";
  if (data.dimension() == 1) {
    Rows order(data.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, {}, [&](std::size_t row) { return std::pair(data(row, 0), row); });
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i] = order[rows[i]];
      names[i] = fmt::format("{:.3g}", data(rows[i], 0));
    }
    axis = fmt::format("{} of {}", printable(table.columns().front(), 30), counted(rows.size(), "observation"));
  }
  Panel panel = responsibilities_panel(model.posterior(ObservationSubset(data, rows)), names, axis);
  panel.legend = Legend::none;
  return panel;
}

// All panels; `others` are beside them.
void add_panels(Figure& figure, const GaussianMixture& model, const NumericTable& table, bool ringed,
                std::vector<Panel> others) {
  constexpr std::size_t most_points = 2000;
  const Observations data = table.observations();
  const Drawn drawn = drawn_observations(model, data, table.columns().size() > 2 ? most_points / 2 : most_points);
  figure.note = thinning_note(drawn.rows, data.size());
  if (table.columns().size() == 1) {
    figure.panels =
        in_rows({{density_panel(model, table), assignment_panel(model, drawn, table, ringed)}, std::move(others)});
    return;
  }
  const Projection projection = usual_projection(data, table.columns());
  figure.note = joined(projection.note, figure.note);
  if (table.columns().size() == 2) {
    figure.panels = beside(plane_panel(model, drawn, projection, data, ringed), std::move(others));
    figure.height = 620;
  } else {
    figure.panels = pairs(model, drawn, projection, data, ringed, std::move(others));
    figure.height = 1000;
  }
}

}  // namespace

Figure picture_of_fit(const GaussianMixture& model, const NumericTable& data, const Report& report) {
  Figure figure{.title = figure_title(report)};
  std::vector<Panel> others = run_panels(report);
  if (data.columns().size() == 1) others.push_back(bars_panel(model, data));
  add_panels(figure, model, data, false, std::move(others));
  return figure;
}

Figure picture_of_prediction(const GaussianMixture& model, const NumericTable& data) {
  Figure figure{.title = figure_title(
                    data.name(), fmt::format("responsibilities under {}", counted(model.components(), "component")))};
  add_panels(figure, model, data, true, {bars_panel(model, data)});
  return figure;
}

}  // namespace latent::cli
