// latent select: which of several models is best by a criterion.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iostream>
#include <memory>

#include "command/commands/command.hpp"
#include "command/model_entry.hpp"
#include "command/options/option_values.hpp"
#include "command/options/options.hpp"
#include "command/options/picture_options.hpp"
#include "command/options/standardize.hpp"
#include "command/plotting/gnuplot.hpp"
#include "command/plotting/pictures.hpp"
#include "command/reports/html_report.hpp"
#include "command/shell/interrupt.hpp"
#include "command/shell/output_file.hpp"
#include "command/shell/progress.hpp"
#include "command/shell/shortage.hpp"

namespace latent::cli {
namespace {

struct Arguments {
  std::string model;
  SelectArguments select;
  std::string save;
  PictureOptions pictures;
  bool json = false;
};

const ModelEntry& model_with_components(const std::string& name) {
  const ModelEntry& model = model_named(name);
  if (model.select != nullptr) return model;
  std::vector<std::string> names;
  for (const ModelEntry* other : all_models()) {
    if (other->select != nullptr) names.push_back(other->name);
  }
  throw Error(
      fmt::format("MODEL: {}: it has no components to select; must be one of {}", name, fmt::join(names, ", ")));
}

void print_report(const Arguments& arguments, const SelectionReport& report) {
  const bool quiet = arguments.select.fit.quiet;
  if (arguments.json) {
    std::cout << json_text(report) << '\n';
  } else if (!quiet) {
    print_table(std::cout, report);
    std::cout << '\n';
    print_summary(std::cout, report.fit);
  }
  if (quiet) return;
  print_warnings(warnings_of(report));
  print_warnings(report.fit.warnings);
}

void write_outputs(const Arguments& arguments, const SelectionReport& report) {
  Outputs outputs;
  outputs.make([&] { print_report(arguments, report); });
  outputs.make([&] {
    if (arguments.save.empty()) return;
    write_output(arguments.save, [&](std::ostream& out) { out << json_text(report.fit) << '\n'; });
  });
  outputs.make([&] {
    if (!arguments.pictures.plot.empty()) write_picture(arguments.pictures.plot, picture_of_selection(report));
  });
  outputs.make([&] {
    if (!arguments.pictures.report.empty()) write_html_report(arguments.pictures.report, report);
  });
  outputs.rethrow_failure();
}

std::string how_to_resume(const FitArguments& fit) {
  if (fit.checkpoint.empty()) return "interrupted; with --checkpoint FILE a selection can be resumed";
  return fmt::format("interrupted; {} has what was finished: the same command goes on from it", fit.checkpoint);
}

SelectionReport selected(const ModelEntry& model, const DataFile& file, const SelectArguments& arguments,
                         const Observer& observer) {
  const auto what = [&] {
    return fmt::format("fitting {} of {} components to {}", model.name, arguments.components, size_of(file));
  };
  try {
    return naming_shortage(what, [&] { return model.select(file, arguments, observer); });
  } catch (const SelectionStopped&) {
    throw Interrupted(how_to_resume(arguments.fit));
  } catch (const DegenerateFit&) {
    // Of fits that were cut short.
    if (interrupted()) throw Interrupted(how_to_resume(arguments.fit));
    throw;
  }
}

void select_and_report(const Arguments& arguments) {
  const ModelEntry& model = model_with_components(arguments.model);
  require_criterion(arguments.select);
  if (!model.standardizes) refuse(model.name, "standardize", arguments.select.fit.standardize);
  require_drawable(arguments.pictures);
  require_outputs({{"DATA", arguments.select.fit.data}}, {{"--save", arguments.save},
                                                          {"--plot", arguments.pictures.plot},
                                                          {"--report", arguments.pictures.report},
                                                          {"--checkpoint", arguments.select.fit.checkpoint}});
  Progress progress(arguments.select.fit.quiet);
  const DataFile file = arguments.select.fit.open();
  catch_interrupt();
  const SelectionReport report = selected(model, file, arguments.select, progress.observer());
  progress.end();
  // Fits that were cut short say nothing of which is best.
  if (interrupted()) throw Interrupted(how_to_resume(arguments.select.fit));
  write_outputs(arguments, report);
}

}  // namespace

void add_select(Command& latent) {
  Command* command = latent.add_subcommand("select", "fit several numbers of components, and keep the best");
  const auto arguments = std::make_shared<Arguments>();
  SelectArguments& select = arguments->select;
  takes_name(command->add_option("MODEL", arguments->model, "see latent models"), model_names())->required();
  add_data_options(*command, select.fit);
  add_drop_missing_option(*command, select.fit);
  add_standardize_option(*command, select.fit);
  add_selection_options(*command, select);
  add_mixture_options(*command, select.fit);
  add_run_options(*command, select.fit);
  add_checkpoint_option(*command, select.fit.checkpoint, "fits and replicates that are finished");
  command->add_option("--save", arguments->save, "write the fit of the best, for predict, sample and --start")
      ->type_name("FILE.json");
  add_plot_option(*command, arguments->pictures);
  add_report_option(*command, arguments->pictures);
  add_covariances_option(*command, select.fit);
  command->add_flag("--json", arguments->json, "print one JSON object, and nothing else");
  command->footer("Example: latent select gaussian-mixture data.csv --components 1..6");
  command->callback([arguments] {
    arguments->select.fit.picture = !arguments->pictures.report.empty();
    select_and_report(*arguments);
  });
}

}  // namespace latent::cli
