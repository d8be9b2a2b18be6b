// latent predict: responsibilities and labels under a fitted model.
#include <fmt/format.h>

#include <memory>

#include "command/commands/command.hpp"
#include "command/model_entry.hpp"
#include "command/options/options.hpp"
#include "command/options/picture_options.hpp"
#include "command/plotting/gnuplot.hpp"
#include "command/shell/output_file.hpp"
#include "command/shell/shortage.hpp"

namespace latent::cli {
namespace {

struct Arguments {
  std::string model;
  std::string data;
  std::vector<std::string> columns;
  std::vector<std::string> missing;
  ReadingLimits limits;
  std::string output;
  PictureOptions pictures;
};

// The component of the largest responsibility (from 1), and the responsibilities.
NumberTable prediction(const Matrix& responsibilities) {
  std::vector<std::string> names = {"component"};
  RowMatrix rows(responsibilities.rows(), responsibilities.cols() + 1);
  for (Index k = 0; k < responsibilities.cols(); ++k) names.push_back(fmt::format("p{}", k + 1));
  for (Index row = 0; row < rows.rows(); ++row) {
    Index best = 0;
    responsibilities.row(row).maxCoeff(&best);
    rows.row(row) << static_cast<double>(best + 1), responsibilities.row(row);
  }
  return {std::move(names), std::move(rows)};
}

void predict(const Arguments& arguments) {
  require_output(arguments.output);
  require_outputs({{"MODEL.json", arguments.model}, {"DATA", arguments.data}},
                  {{"--output", arguments.output}, {"--plot", arguments.pictures.plot}});
  const ModelFile file = read_model_file(arguments.model);
  const ModelEntry& model = model_of(file);
  if (model.predict == nullptr) {
    throw Error(fmt::format("{}: {} has no components to predict; latent impute fills in missing values",
                            arguments.model, model.name));
  }
  require_drawable(arguments.pictures);
  const DataFile data = read_data(arguments.data, {.missing = arguments.missing, .limits = arguments.limits});
  const NumberTable predicted =
      naming_shortage([&] { return fmt::format("predicting {}", size_of(data)); },
                      [&] { return prediction(model.predict(file, data, arguments.columns)); });
  Outputs outputs;
  outputs.make([&] { write_numbers(arguments.output, predicted); });
  outputs.make([&] {
    if (arguments.pictures.plot.empty()) return;
    write_picture(arguments.pictures.plot, model.picture_prediction(file, data, arguments.columns));
  });
  outputs.rethrow_failure();
}

}  // namespace

void add_predict(Command& latent) {
  Command* command = latent.add_subcommand("predict", "responsibilities and labels under a fitted model");
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("MODEL.json", arguments->model, "as latent fit --save writes it")->required();
  command->add_option("DATA", arguments->data, "CSV with a header, or .npy; - is standard input (CSV)")->required();
  add_columns_option(*command, arguments->columns, "those of the model");
  add_missing_option(*command, arguments->missing);
  add_limit_options(*command, arguments->limits);
  add_output_option(*command, arguments->output);
  add_plot_option(*command, arguments->pictures);
  command->footer("Example: latent predict model.json data.csv");
  command->callback([arguments] { predict(*arguments); });
}

}  // namespace latent::cli
