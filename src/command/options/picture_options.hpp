// The options that ask for pictures: --plot and --report.
#pragma once

#include <string>

namespace latent::cli {

class Command;

struct PictureOptions {
  std::string plot;
  std::string report;

  /// Whether there is a picture to draw.
  [[nodiscard]] bool any() const { return !plot.empty() || !report.empty(); }
};

/// Adds --plot.
void add_plot_option(Command& command, PictureOptions& options);
/// Adds --report.
void add_report_option(Command& command, PictureOptions& options);

/// Refuses, before the work whose pictures they are for, an ending that is no picture's, and pictures where there is no
/// gnuplot.
void require_drawable(const PictureOptions& options);

}  // namespace latent::cli
