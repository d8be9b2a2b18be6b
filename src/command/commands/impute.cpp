// latent impute: the data with their missing values filled in.
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <optional>

#include "command/commands/command.hpp"
#include "command/incomplete_gaussian/incomplete_gaussian.hpp"
#include "command/incomplete_gaussian/incomplete_gaussian_pictures.hpp"
#include "command/model_entry.hpp"
#include "command/options/options.hpp"
#include "command/options/picture_options.hpp"
#include "command/plotting/gnuplot.hpp"
#include "command/plotting/pictures.hpp"
#include "command/shell/output_file.hpp"
#include "command/shell/printable.hpp"
#include "command/shell/progress.hpp"
#include "command/shell/shortage.hpp"

namespace latent::cli {
namespace {

struct Arguments {
  FitArguments fit;
  std::string model;
  std::string output;
  PictureOptions pictures;
};

// The file that --model names; nothing without one.
std::optional<ModelFile> fitted_before(const std::string& path) {
  if (path.empty()) return std::nullopt;
  ModelFile file = read_model_option("--model", path);
  if (!file.model.empty() && model_of(file).name != incomplete_gaussian.name) {
    throw Error(fmt::format("{}: impute takes {}, and this is {}", path, incomplete_gaussian.name, head(file.model)));
  }
  return file;
}

// The model that fills in, and the run that it comes from, where it was fitted here.
struct Filler {
  IncompleteGaussian model;
  Trace trace = {};
};

// Fits the model to the data that are to be filled in.
Filler fitted(const NumericTable& table, const FitArguments& arguments) {
  Progress progress(arguments.quiet);
  FitOptions options = fit_options(arguments);
  options.observers = {progress.observer()};
  const IncompleteObservations data = incomplete_observations(table);
  auto result = fit_incomplete_gaussian(table, data, arguments, options);
  progress.end();
  add_cautions(result.warnings, table, data, result.model);
  if (!arguments.quiet) print_warnings(result.warnings);
  return {.model = result.model, .trace = result.trace};
}

NumericTable columns_to_fill(const DataFile& file, const std::optional<ModelFile>& model,
                             const FitArguments& arguments) {
  return file.numbers(model ? columns_for(*model, file, arguments.columns) : arguments.column_choice(file));
}

void write_filled_data(const std::string& output, const DataFile& file, const NumericTable& table,
                       const RowMatrix& filled) {
  const auto write = [&](std::ostream& out) { write_filled(out, file, table.columns(), filled); };
  if (output.empty()) {
    write(std::cout);
  } else if (output.ends_with(".npy") || output.ends_with(".json")) {
    write_numbers(output, {table.columns(), filled});
  } else {
    write_output(output, write);
  }
}

void impute(const Arguments& arguments) {
  require_drawable(arguments.pictures);
  require_output(arguments.output);
  require_outputs({{"DATA", arguments.fit.data}, {"--model", arguments.model}},
                  {{"--output", arguments.output}, {"--plot", arguments.pictures.plot}});
  const std::optional<ModelFile> model = fitted_before(arguments.model);
  const DataFile file = arguments.fit.open();
  const NumericTable table = columns_to_fill(file, model, arguments.fit);
  if (!arguments.fit.quiet) print_warnings(reading_warnings(table));
  const auto what = [&] { return fmt::format("filling in {}", size_of(file)); };
  const Filler filler = naming_shortage(
      what, [&] { return model ? Filler{.model = incomplete_gaussian_from(*model)} : fitted(table, arguments.fit); });
  const RowMatrix filled = naming_shortage(
      what, [&] { return naming_columns(table, [&] { return filler.model.impute(table.observations()); }); });
  Outputs outputs;
  outputs.make([&] { write_filled_data(arguments.output, file, table, filled); });
  outputs.make([&] {
    if (arguments.pictures.plot.empty()) return;
    std::vector<Panel> run;
    if (!filler.trace.empty()) run.push_back(convergence_panel(filler.trace));
    write_picture(arguments.pictures.plot, picture_of_imputation(filler.model, table, std::move(run)));
  });
  outputs.rethrow_failure();
}

}  // namespace

void add_impute(Command& latent) {
  Command* command = latent.add_subcommand("impute", "the data with their missing values filled in");
  const auto arguments = std::make_shared<Arguments>();
  add_data_options(*command, arguments->fit);
  add_run_options(*command, arguments->fit);
  Option* model = command->add_option("--model", arguments->model, "fill in by this fit, not by one fitted to DATA")
                      ->type_name("FILE.json");
  // With a model there is nothing to fit.
  for (const char* of_a_fit : {"--weights", "--penalty", "--threads", "--max-iterations", "--tolerance", "--stop"}) {
    model->excludes(command->option_named(of_a_fit));
  }
  add_output_option(*command, arguments->output);
  add_plot_option(*command, arguments->pictures);
  command->footer("Example: latent impute data.csv >filled.csv");
  command->callback([arguments] { impute(*arguments); });
}

}  // namespace latent::cli
