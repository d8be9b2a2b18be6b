// The names of the models, for those who need no more of them.
#pragma once

#include <string>
#include <vector>

namespace latent::cli {

/// All models' names, in the order in which `latent models` lists them.
std::vector<std::string> model_names();

}  // namespace latent::cli
