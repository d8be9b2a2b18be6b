// latent models: the models, and what each needs.
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <iostream>

#include "command/commands/command.hpp"
#include "command/model_entry.hpp"
#include "command/options/options.hpp"

namespace latent::cli {
namespace {

void list_models() {
  for (const ModelEntry* model : all_models()) {
    fmt::print(std::cout, "{}\n  {}\n  data     {}\n  options  {}\n", model->name, model->what, model->data,
               model->options);
  }
}

}  // namespace

void add_models(Command& latent) {
  Command* command = latent.add_subcommand("models", "the models, and what each needs");
  command->footer("Example: latent models");
  command->callback(list_models);
}

}  // namespace latent::cli
