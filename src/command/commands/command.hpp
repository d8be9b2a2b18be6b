// The subcommands: each adds itself to the command, with what it does when it is called.
#pragma once

namespace latent::cli {

class Command;

void add_models(Command& latent);
void add_fit(Command& latent);
void add_select(Command& latent);
void add_predict(Command& latent);
void add_impute(Command& latent);
void add_sample(Command& latent);
void add_new_model(Command& latent);
void add_completion(Command& latent);
void add_man_page(Command& latent);

}  // namespace latent::cli
