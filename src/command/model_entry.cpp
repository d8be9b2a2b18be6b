#include "command/model_entry.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <range/v3/algorithm/find.hpp>
#include <range/v3/range/conversion.hpp>
#include <range/v3/view/iota.hpp>
#include <range/v3/view/transform.hpp>

#include "command/shell/printable.hpp"

namespace latent::cli {
namespace {

std::vector<std::string> numbered(std::string_view prefix, std::size_t count) {
  return ranges::views::iota(std::size_t{1}, count + 1) |
         ranges::views::transform([&](std::size_t k) { return fmt::format("{}{}", prefix, k); }) |
         ranges::to<std::vector>();
}

}  // namespace

const std::array<const ModelEntry*, 3>& all_models() {
  static const std::array<const ModelEntry*, 3> models = {&gaussian_mixture, &coin_mixture, &incomplete_gaussian};
  return models;
}

std::vector<std::string> model_names() {
  return all_models() | ranges::views::transform([](const ModelEntry* model) { return model->name; }) |
         ranges::to<std::vector>();
}

const ModelEntry& model_named(const std::string& name) {
  for (const ModelEntry* model : all_models()) {
    if (model->name == name) return *model;
  }
  throw Error(fmt::format("MODEL: {}: must be one of {}", head(name), fmt::join(model_names(), ", ")));
}

const ModelEntry& model_of(const ModelFile& file) {
  if (file.model.empty())
    throw Error(fmt::format("{}: there is no \"model\" in it that says which one it is", file.path));
  try {
    return model_named(file.model);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", file.path, error.what()));
  }
}

ModelFile read_model_option(const std::string& option, const std::string& path) {
  try {
    return read_model_file(path);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", option, error.what()));
  }
}

std::optional<ModelFile> read_start(const FitArguments& arguments, const std::string& model) {
  if (arguments.start.empty()) return std::nullopt;
  ModelFile file = read_model_option("--start", arguments.start);
  if (file.model.empty() || file.model == model) return file;
  throw Error(fmt::format("--start: {}: holds a model of kind {}; expected {}", file.path, head(file.model), model));
}

ColumnChoice columns_of_fit(const FitArguments& arguments, const std::optional<ModelFile>& start,
                            const DataFile& file) {
  ColumnChoice choice = arguments.column_choice(file);
  if (arguments.columns.empty() && start) choice.columns = columns_for(*start, file, arguments.columns).columns;
  return choice;
}

ColumnChoice columns_for(const ModelFile& model, const DataFile& file, const std::vector<std::string>& asked_for) {
  if (!asked_for.empty()) return file.choose(asked_for);
  // The columns of an .npy file have no names of their own, and go by their position.
  if (model.columns.empty() || file.text() == nullptr) return {};
  for (const std::string& column : model.columns) {
    if (ranges::find(file.columns(), column) != file.columns().end()) continue;
    throw Error(fmt::format("{}: no column {}, which the model in {} was fitted to; choose columns with --columns",
                            file.name(), name_in_quotes(column), model.path));
  }
  return {.columns = model.columns, .weights = {}};
}

NumericTable table_of_fit(const DataFile& file, const ColumnChoice& choice, const FitArguments& arguments) {
  return file.numbers(choice).counted_rows(arguments.drop_missing);
}

std::optional<std::size_t> rows_left_out(const NumericTable& table, const FitArguments& arguments) {
  return arguments.drop_missing ? std::optional(table.rows_left_out()) : std::nullopt;
}

std::vector<std::string> reading_warnings(const NumericTable& table) {
  std::vector<std::string> warnings = table.notes();
  for (std::string& hint : hints_of_missing_codes(table)) warnings.push_back(std::move(hint));
  return warnings;
}

std::vector<std::string> column_names(const ModelFile& model, std::size_t dimension) {
  return model.columns.size() == dimension ? model.columns : numbered("x", dimension);
}

std::vector<std::string> component_names(std::size_t components) { return numbered("component ", components); }

}  // namespace latent::cli
