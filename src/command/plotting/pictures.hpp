// What the pictures of all models share: palette, thinning, and the panels that know no model.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "command/plotting/figure.hpp"
#include "command/reports/report.hpp"
#include "command/reports/selection_report.hpp"
#include "latent/data/data_set.hpp"
#include "latent/data/observations.hpp"

namespace latent::cli {

/// Colour and shape of component `component` (from 0). The colours are those of Okabe & Ito (2008), which people who
/// see colours differently can tell apart; after seven they come again, with other shapes.
[[nodiscard]] Style component_style(std::size_t component);
/// The name of a component in a legend, as "component 1", for the first twelve; then one for all others, then none.
[[nodiscard]] std::string legend_name(std::size_t component, std::size_t components,
                                      const std::string& what = "component");

/// The rows of N that are drawn: all where there are no more than `most`, else every k-th from the first on.
[[nodiscard]] Rows drawn_rows(std::size_t size, std::size_t most);
/// "every 500th of 1000000 observations is drawn"; empty where all are.
[[nodiscard]] std::string thinning_note(const Rows& drawn, std::size_t size);

/// Two notes as one, either of which may be empty.
[[nodiscard]] std::string joined(const std::string& first, const std::string& second);

/// "old_faithful.csv: …": the file's name without its folders, and what is drawn of it.
[[nodiscard]] std::string figure_title(const std::string& path, const std::string& what);
/// "old_faithful.csv: gaussian-mixture, 2 components, …".
[[nodiscard]] std::string figure_title(const Report& report);

/// Of observed, and of imputed or doubtful: the first two colours of the palette.
inline constexpr auto blue = "#0072B2";
inline constexpr auto vermillion = "#D55E00";

/// The log-likelihood by iteration, and the ELBO after each half-step: after the M-step at t + ½, after the E-step at
/// t + 1, where it touches the objective.
[[nodiscard]] Panel convergence_panel(const Trace& trace);

/// The log-likelihood at which each restart ended, the best marked.
[[nodiscard]] Panel restarts_panel(const std::vector<RestartOutcome>& restarts, int best);

/// `convergence_panel`, and `restarts_panel` where there were several.
[[nodiscard]] std::vector<Panel> run_panels(const Report& report);

/// A bar for each row of the responsibilities, N×K, divided among the components, with a label for each row.
/// @pre as many labels as rows.
[[nodiscard]] Panel responsibilities_panel(const Matrix& responsibilities, const std::vector<std::string>& labels,
                                           const std::string& axis, const std::string& what = "component");

/// Up to `most` of N rows, evenly spread from the first to the last.
[[nodiscard]] Rows spread_rows(std::size_t size, std::size_t most);
/// The numbers of rows, counted from 1, as labels.
[[nodiscard]] std::vector<std::string> row_numbers(const Rows& rows);

/// The criteria by the number of components, the best marked.
[[nodiscard]] Figure picture_of_selection(const SelectionReport& report);

}  // namespace latent::cli
