#include "command/options/picture_options.hpp"

#include "command/options/options.hpp"
#include "command/plotting/gnuplot.hpp"

namespace latent::cli {

void add_plot_option(Command& command, PictureOptions& options) {
  command.add_option("--plot", options.plot, "draw a picture into this file, by gnuplot")->type_name("FILE.png|svg");
}

void add_report_option(Command& command, PictureOptions& options) {
  command.add_option("--report", options.report, "write a page with summary, parameters, restarts and pictures")
      ->type_name("FILE.html");
}

void require_drawable(const PictureOptions& options) {
  if (!options.plot.empty()) (void)picture_format(options.plot);
  if (options.any()) require_gnuplot();
}

}  // namespace latent::cli
