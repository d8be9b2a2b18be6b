// latent sample: draws from a fitted model.
#include <cstdint>
#include <memory>
#include <string>

#include "command/commands/command.hpp"
#include "command/model_entry.hpp"
#include "command/options/option_values.hpp"
#include "command/options/options.hpp"
#include "command/shell/output_file.hpp"
#include "latent/core/random.hpp"

namespace latent::cli {
namespace {

struct Arguments {
  std::string model;
  SampleArguments wanted;
  std::uint64_t seed = 1;
  std::string output;
};

void sample(const Arguments& arguments) {
  require_output(arguments.output);
  require_outputs({{"MODEL.json", arguments.model}}, {{"--output", arguments.output}});
  const ModelFile file = read_model_file(arguments.model);
  RandomEngine rng = random_stream(arguments.seed, 0);
  write_numbers(arguments.output, model_of(file).sample(file, arguments.wanted, rng));
}

}  // namespace

void add_sample(Command& latent) {
  Command* command = latent.add_subcommand("sample", "draws from a fitted model");
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("MODEL.json", arguments->model, "as latent fit --save writes it")->required();
  constexpr std::uint64_t most = 2'000'000'000;
  takes_whole_number(command->add_option("--count", arguments->wanted.count, "number of draws"), 1, most)
      ->required()
      ->type_name("N");
  add_seed_option(*command, arguments->seed);
  takes_whole_number(
      command->add_option("--tosses", arguments->wanted.tosses, "number of tosses in each set, for coin-mixture"), 1,
      most)
      ->type_name("M");
  add_output_option(*command, arguments->output);
  command->footer("Example: latent sample model.json --count 1000");
  command->callback([arguments] { sample(*arguments); });
}

}  // namespace latent::cli
