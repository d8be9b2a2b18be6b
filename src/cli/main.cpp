// The command `latent`. Exit status: 0 done, 2 bad usage or bad input, 3 no start gave a fit, 130 interrupted.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <string>

#include "command.hpp"
#include "help.hpp"
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

int run(int argc, char** argv) {
  CLI::App app("Expectation-Maximization in latent-variable models.");
  app.name("latent");
  app.formatter(std::make_shared<latent::cli::Help>());
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
  latent::cli::add_completion(app);
  latent::cli::add_man_page(app);
  try {
    app.parse(argc, argv);
    std::cout.flush();
    if (!std::cout) throw latent::Error("standard output can't be written");
    return 0;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help and --version
    const std::string unknown = latent::cli::unknown_word(app, {argv + 1, argv + argc});
    if (!unknown.empty()) return refuse(unknown, bad_input);
    if (argc < 2) return refuse("subcommand: not given; latent --help lists them", bad_input);
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
