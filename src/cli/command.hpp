// The subcommands: each adds itself to the command, with what it does when it is called.
#pragma once

#include <CLI/CLI.hpp>

namespace latent::cli {

void add_models(CLI::App& latent);
void add_fit(CLI::App& latent);
void add_select(CLI::App& latent);
void add_predict(CLI::App& latent);
void add_impute(CLI::App& latent);
void add_sample(CLI::App& latent);
void add_new_model(CLI::App& latent);
void add_completion(CLI::App& latent);
void add_man_page(CLI::App& latent);

}  // namespace latent::cli
