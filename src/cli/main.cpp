// The command `latent`. Exit status: 0 done, 2 bad usage or bad input, 3 no start gave a fit, 130 interrupted.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "command.hpp"
#include "interrupt.hpp"
#include "latent/errors.hpp"

namespace {

enum ExitStatus { bad_input = 2, no_fit = 3, by_interrupt = 130 };

// One line, whatever the message is.
int refuse(std::string message, ExitStatus status) {
  for (char& letter : message) {
    if (letter == '\n') letter = ' ';
  }
  fmt::print(stderr, "latent: {}\n", message);
  return status;
}

// A first word that is no subcommand is named; CLI11 only says that one is required.
std::string missing_subcommand(const CLI::App& app, int argc, char** argv) {
  std::vector<std::string> names;
  for (const CLI::App* subcommand : app.get_subcommands({})) names.push_back(subcommand->get_name());
  const std::string there_are = fmt::format("must be one of {}", fmt::join(names, ", "));
  return fmt::format("subcommand: {}: {}", argc > 1 ? argv[1] : "not given", there_are);
}

int run(int argc, char** argv) {
  CLI::App app("Expectation-Maximization in latent-variable models.");
  app.name("latent");
  app.set_version_flag("--version", std::string("latent ") + LATENT_VERSION);
  app.require_subcommand(1);
  app.footer("Example: latent fit gaussian-mixture data.csv --components 2");
  latent::cli::add_models(app);
  latent::cli::add_fit(app);
  latent::cli::add_select(app);
  latent::cli::add_predict(app);
  latent::cli::add_impute(app);
  latent::cli::add_sample(app);
  latent::cli::add_new_model(app);
  try {
    app.parse(argc, argv);
    std::cout.flush();
    if (!std::cout) throw latent::Error("standard output can't be written");
    return 0;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help and --version
    if (app.get_subcommands().empty()) return refuse(missing_subcommand(app, argc, argv), bad_input);
    return refuse(error.what(), bad_input);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const latent::InvalidOption& error) {
    return refuse(std::string("--") + error.what(), bad_input);
  } catch (const latent::DegenerateFit& error) {
    return refuse(error.what(), no_fit);
  } catch (const latent::cli::Interrupted& error) {
    return refuse(error.what(), by_interrupt);
  } catch (const std::exception& error) {
    return refuse(error.what(), bad_input);
  }
}
