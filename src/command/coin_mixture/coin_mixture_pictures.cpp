#include "command/coin_mixture/coin_mixture_pictures.hpp"

#include <fmt/format.h>

#include <utility>

#include "command/plotting/pictures.hpp"
#include "core/counted.hpp"
#include "latent/data/data_set.hpp"

namespace latent::cli {
namespace {

constexpr std::size_t most_bars = 40;

std::string bars_note(const Rows& rows, std::size_t size) {
  if (rows.size() == size) return {};
  return fmt::format("responsibilities of {} of {} sets, evenly spread", rows.size(), size);
}

Panel bars_panel(const CoinMixture& model, std::span<const TossSet> sets, const Rows& rows) {
  return responsibilities_panel(model.posterior(subset(sets, rows)), row_numbers(rows), "set of tosses", "coin");
}

Panel biases_panel(const std::vector<Vector>& biases, const Trace& trace) {
  constexpr std::size_t most_marked = 40;
  Panel panel{.title = "Biases of the best run",
              .x = {.label = "iteration", .whole = true},
              .y = {.label = "P(heads)"},
              .legend = Legend::right};
  const auto coins = static_cast<std::size_t>(biases.front().size());
  for (std::size_t k = 0; k < coins; ++k) {
    Series series{.title = legend_name(k, coins, "coin"),
                  .style = component_style(k),
                  .mark = biases.size() > most_marked ? Mark::line : Mark::line_of_points};
    for (std::size_t i = 0; i < biases.size(); ++i) {
      series.x.push_back(trace[i].number);
      series.y.push_back(biases[i][static_cast<Index>(k)]);
    }
    panel.series.push_back(std::move(series));
  }
  return panel;
}

}  // namespace

Figure picture_of_fit(const CoinMixture& model, std::span<const TossSet> sets, const Report& report,
                      const std::vector<Vector>& biases) {
  const Rows rows = spread_rows(sets.size(), most_bars);
  Figure figure{.title = figure_title(report), .note = bars_note(rows, sets.size())};
  std::vector<Panel> below = run_panels(report);
  if (!biases.empty()) below.insert(below.begin(), biases_panel(biases, report.trace));
  figure.panels = in_rows({{bars_panel(model, sets, rows)}, std::move(below)});
  return figure;
}

Figure picture_of_prediction(const CoinMixture& model, std::span<const TossSet> sets, const std::string& file) {
  const Rows rows = spread_rows(sets.size(), most_bars);
  Figure figure{
      .title = figure_title(file, fmt::format("responsibilities under {}", counted(model.components(), "coin"))),
      .note = bars_note(rows, sets.size())};
  figure.height = 450;
  figure.panels = in_rows({{bars_panel(model, sets, rows)}});
  return figure;
}

}  // namespace latent::cli
