// latent sample: draws from a fitted model.
#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "command.hpp"
#include "latent/errors.hpp"
#include "latent/random.hpp"
#include "model_entry.hpp"

namespace latent::cli {
namespace {

struct Arguments {
  std::string model;
  std::int64_t count = 0;
  std::int64_t tosses = 0;
  std::uint64_t seed = 1;
  std::string output;
};

std::size_t positive(const std::string& option, std::int64_t value) {
  constexpr std::int64_t largest = 2'000'000'000;
  if (value < 1 || value > largest) {
    throw InvalidOption(option, fmt::to_string(value), fmt::format("must be from 1 to {}", largest));
  }
  return static_cast<std::size_t>(value);
}

void sample(const Arguments& arguments, bool tosses_given) {
  require_output(arguments.output);
  const SampleArguments wanted{
      .count = positive("count", arguments.count),
      .tosses = tosses_given ? std::optional(positive("tosses", arguments.tosses)) : std::nullopt};
  const ModelFile file = read_model_file(arguments.model);
  RandomEngine rng = random_stream(arguments.seed, 0);
  write_numbers(arguments.output, model_of(file).sample(file, wanted, rng));
}

}  // namespace

void add_sample(CLI::App& latent) {
  CLI::App* command = latent.add_subcommand("sample", "draws from a fitted model");
  const auto arguments = std::make_shared<Arguments>();
  command->add_option("MODEL.json", arguments->model, "as latent fit --save writes it")->required();
  command->add_option("--count", arguments->count, "number of draws")->required()->type_name("N");
  command->add_option("--seed", arguments->seed, "of the random numbers (default: 1)")
      ->type_name("S")
      ->check(CLI::NonNegativeNumber);
  const CLI::Option* tosses =
      command->add_option("--tosses", arguments->tosses, "tosses in each set, for coin-mixture")->type_name("M");
  add_output_option(*command, arguments->output);
  command->footer("Example: latent sample model.json --count 1000");
  command->callback([arguments, tosses] { sample(*arguments, tosses->count() > 0); });
}

}  // namespace latent::cli
