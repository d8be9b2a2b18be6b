// latent sample: draws from a fitted model.
#include <iostream>
#include <memory>

#include "command.hpp"
#include "latent/random.hpp"
#include "model_entry.hpp"

namespace latent::cli {
namespace {

struct Arguments {
  std::string model;
  SampleArguments sample;
  std::uint64_t seed = 1;
};

void sample(const Arguments& arguments) {
  const ModelFile file = read_model_file(arguments.model);
  RandomEngine rng = random_stream(arguments.seed, 0);
  model_of(file).sample(std::cout, file, arguments.sample, rng);
}

}  // namespace

void add_sample(CLI::App& latent) {
  CLI::App* command = latent.add_subcommand("sample", "draws from a fitted model, as CSV");
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("MODEL.json", arguments->model, "as latent fit --save writes it")->required();
  command->add_option("--count", arguments->sample.count, "number of draws")->required()->type_name("N");
  command->add_option("--seed", arguments->seed, "of the random numbers (default: 1)")->type_name("S");
  command->add_option("--tosses", arguments->sample.tosses, "tosses in each set, for coin-mixture")->type_name("M");
  command->footer("Example: latent sample model.json --count 1000");
  command->callback([arguments] { sample(*arguments); });
}

}  // namespace latent::cli
