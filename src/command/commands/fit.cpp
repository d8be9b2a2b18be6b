// latent fit: estimate the parameters of a model.
#include <fmt/format.h>

#include <exception>
#include <iostream>
#include <memory>
#include <optional>

#include "command/commands/command.hpp"
#include "command/model_entry.hpp"
#include "command/options/option_values.hpp"
#include "command/options/options.hpp"
#include "command/options/picture_options.hpp"
#include "command/options/standardize.hpp"
#include "command/plotting/gnuplot.hpp"
#include "command/reports/html_report.hpp"
#include "command/shell/interrupt.hpp"
#include "command/shell/output_file.hpp"
#include "command/shell/progress.hpp"
#include "command/shell/shortage.hpp"
#include "latent/solver/observers.hpp"

namespace latent::cli {
namespace {

struct Arguments {
  std::string model;
  FitArguments fit;
  std::string save;
  std::string trace;
  PictureOptions pictures;
  bool json = false;
};

void add_model_options(Command& command, Arguments& arguments) {
  FitArguments& fit = arguments.fit;
  takes_component_count(command.add_option("--components", fit.components, "number of components"))->type_name("K");
  takes_name(command.add_option("--covariance", fit.covariance, "full (default), tied, diagonal or spherical"),
             {"full", "tied", "diagonal", "spherical"})
      ->type_name("KIND");
  command.add_option("--start", fit.start, "start from the parameters in this file, not at random")
      ->type_name("FILE.json");
  takes_name(command.add_option("--order", fit.order, "components by weight (default), or as in the start"),
             {"weight", "start"})
      ->type_name("ORDER");
  add_mixture_options(command, fit);
}

void add_output_options(Command& command, Arguments& arguments) {
  command.add_option("--save", arguments.save, "write the fit, for predict, sample and --start")
      ->type_name("FILE.json");
  command.add_option("--trace", arguments.trace, "write every iteration of every restart, once the fit has ended")
      ->type_name("FILE.csv");
  add_plot_option(command, arguments.pictures);
  add_report_option(command, arguments.pictures);
  add_covariances_option(command, arguments.fit);
  command.add_flag("--json", arguments.json, "print one JSON object, and nothing else");
}

std::string how_to_resume(const FitArguments& fit) {
  if (fit.checkpoint.empty()) return "interrupted; with --checkpoint FILE a fit can be resumed";
  return fmt::format("interrupted; {} has the fit so far: the same command goes on from it", fit.checkpoint);
}

// As `fit` has it where --restarts isn't given: a model without components has one start.
int restarts_of(const ModelEntry& model, const FitArguments& fit) {
  return fit.restarts.value_or(fit.start.empty() && model.select != nullptr ? usual_restarts : 1);
}

void print_report(const Arguments& arguments, const Report& report) {
  if (arguments.json) {
    std::cout << json_text(report) << '\n';
  } else if (!arguments.fit.quiet) {
    print_summary(std::cout, report);
  }
  if (!arguments.fit.quiet) print_warnings(report.warnings);
}

// Tells both.
Observer both(const Observer& first, const Observer& second) {
  return {.on_iteration =
              [first, second](int restart, const Iteration& iteration) {
                if (first.on_iteration) first.on_iteration(restart, iteration);
                if (second.on_iteration) second.on_iteration(restart, iteration);
              },
          .on_restart_end =
              [first, second](const RestartOutcome& outcome) {
                if (first.on_restart_end) first.on_restart_end(outcome);
                if (second.on_restart_end) second.on_restart_end(outcome);
              },
          .on_recall =
              [first, second](int restart, const Trace& trace) {
                if (first.on_recall) first.on_recall(restart, trace);
                if (second.on_recall) second.on_recall(restart, trace);
              }};
}

// The fit, whose iterations go to the --trace while it runs; of a fit that fails there is a trace too. A trace that
// can't be written to its end is told after the report, as other outputs are.
Report traced_fit(const ModelEntry& model, const DataFile& file, const Arguments& arguments, const Observer& observer,
                  Outputs& outputs) {
  if (arguments.trace.empty()) return model.fit(file, arguments.fit, observer);
  std::optional<Report> report;
  std::exception_ptr failure;
  outputs.make([&] {
    write_output(arguments.trace, [&](std::ostream& out) {
      try {
        report = model.fit(file, arguments.fit, both(observer, csv_trace(out)));
      } catch (const std::exception&) {
        failure = std::current_exception();
      }
    });
  });
  if (failure) std::rethrow_exception(failure);
  if (!report) outputs.rethrow_failure();
  return std::move(*report);
}

void write_outputs(const Arguments& arguments, const Report& report, Outputs& outputs) {
  outputs.make([&] { print_report(arguments, report); });
  outputs.make([&] {
    if (arguments.save.empty()) return;
    write_output(arguments.save, [&](std::ostream& out) { out << json_text(report) << '\n'; });
  });
  outputs.make([&] {
    if (!arguments.pictures.plot.empty()) write_picture(arguments.pictures.plot, *report.picture);
  });
  outputs.make([&] {
    if (!arguments.pictures.report.empty()) write_html_report(arguments.pictures.report, report);
  });
  outputs.rethrow_failure();
}

void fit_and_report(const Arguments& arguments) {
  const ModelEntry& model = model_named(arguments.model);
  require_drawable(arguments.pictures);
  require_outputs({{"DATA", arguments.fit.data}, {"--start", arguments.fit.start}},
                  {{"--save", arguments.save},
                   {"--trace", arguments.trace},
                   {"--plot", arguments.pictures.plot},
                   {"--report", arguments.pictures.report},
                   {"--checkpoint", arguments.fit.checkpoint}});
  if (!model.standardizes) refuse(model.name, "standardize", arguments.fit.standardize);
  Progress progress(arguments.fit.quiet, restarts_of(model, arguments.fit));
  const DataFile file = arguments.fit.open();
  catch_interrupt();
  Outputs outputs;
  const Report report =
      naming_shortage([&] { return fmt::format("fitting {} to {}", model.name, size_of(file)); },
                      [&] { return traced_fit(model, file, arguments, progress.observer(), outputs); });
  progress.end();

  write_outputs(arguments, report, outputs);
  if (interrupted()) throw Interrupted(how_to_resume(arguments.fit));
}

}  // namespace

void add_fit(Command& latent) {
  Command* command = latent.add_subcommand("fit", "estimate the parameters of a model");
  const auto arguments = std::make_shared<Arguments>();
  takes_name(command->add_option("MODEL", arguments->model, "see latent models"), model_names())->required();
  add_data_options(*command, arguments->fit);
  add_drop_missing_option(*command, arguments->fit);
  add_standardize_option(*command, arguments->fit);
  add_model_options(*command, *arguments);
  add_run_options(*command, arguments->fit);
  add_solver_options(*command, arguments->fit);
  add_output_options(*command, *arguments);
  command->footer("Example: latent fit gaussian-mixture data.csv --components 2 --save model.json");
  command->callback([arguments] {
    arguments->fit.picture = arguments->pictures.any();
    fit_and_report(*arguments);
  });
}

}  // namespace latent::cli
