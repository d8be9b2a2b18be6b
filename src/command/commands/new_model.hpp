// The project that `latent new-model` writes: the files in src/command/commands/new_model/, which is a project that
// builds, with a model named my-model.
#pragma once

#include <string>
#include <vector>

namespace latent::cli {

struct TemplateFile {
  std::string name;
  std::string text;
};

const std::vector<TemplateFile>& new_model_files();

}  // namespace latent::cli
