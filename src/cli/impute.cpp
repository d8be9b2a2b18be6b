// latent impute: the data with their missing values filled in.
#include <fmt/format.h>

#include <iostream>
#include <memory>

#include "command.hpp"
#include "incomplete_gaussian.hpp"
#include "model_entry.hpp"
#include "output_file.hpp"
#include "progress.hpp"

namespace latent::cli {
namespace {

struct Arguments {
  FitArguments fit;
  std::string model;
  std::string output;
};

// The model in a file that --model names.
IncompleteGaussian fitted_before(const std::string& path) {
  const ModelFile file = read_model_file(path);
  if (!file.model.empty() && model_of(file).name != incomplete_gaussian.name) {
    throw Error(fmt::format("{}: impute takes {}, and this is {}", path, incomplete_gaussian.name, file.model));
  }
  return incomplete_gaussian_from(file);
}

// Fits the model to the data that are to be filled in.
IncompleteGaussian fitted(const NumericTable& table, const FitArguments& arguments) {
  Progress progress(arguments.quiet);
  FitOptions options = fit_options(arguments);
  options.observers = {progress.observer()};
  const auto result = fit_incomplete_gaussian(table, incomplete_observations(table), arguments, options);
  progress.end();
  if (!arguments.quiet) print_warnings(result.warnings);
  return result.model;
}

NumericTable columns_to_fill(const DataFile& file, const Arguments& arguments) {
  if (arguments.model.empty()) return file.numbers(arguments.fit.column_choice());
  return file.numbers(columns_for(read_model_file(arguments.model), file, arguments.fit.columns));
}

void impute(const Arguments& arguments) {
  require_output(arguments.output);
  const DataFile file = open_data(arguments.fit.data);
  const NumericTable table = columns_to_fill(file, arguments);
  const IncompleteGaussian model =
      arguments.model.empty() ? fitted(table, arguments.fit) : fitted_before(arguments.model);
  const RowMatrix filled = naming_columns(table, [&] { return model.impute(table.observations()); });
  if (arguments.output.empty()) {
    write_filled(std::cout, file, table.columns(), filled);
  } else if (arguments.output.ends_with(".csv")) {
    write_file(arguments.output, [&](std::ostream& out) { write_filled(out, file, table.columns(), filled); });
  } else {
    write_numbers(arguments.output, {table.columns(), filled});
  }
}

}  // namespace

void add_impute(CLI::App& latent) {
  CLI::App* command = latent.add_subcommand("impute", "the data with their missing values filled in");
  const auto arguments = std::make_shared<Arguments>();
  add_data_options(*command, arguments->fit);
  add_run_options(*command, arguments->fit);
  CLI::Option* model =
      command
          ->add_option("--model", arguments->model,
                       "fill in by this incomplete-gaussian, as latent fit --save writes it, not by one fitted to DATA")
          ->type_name("FILE.json");
  // With a model there is nothing to fit.
  for (const char* of_a_fit : {"--weights", "--penalty", "--threads", "--max-iterations", "--tolerance", "--stop"}) {
    model->excludes(command->get_option(of_a_fit));
  }
  add_output_option(*command, arguments->output);
  command->footer("Example: latent impute data.csv >filled.csv");
  command->callback([arguments] { impute(*arguments); });
}

}  // namespace latent::cli
