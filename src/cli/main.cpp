// The command `latent`. Exit status: 0 done, 2 bad usage or bad input, 3 no start gave a fit.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string>

#include "command.hpp"
#include "latent/errors.hpp"

namespace {

enum ExitStatus { bad_input = 2, no_fit = 3 };

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
  app.set_version_flag("--version", std::string("latent ") + LATENT_VERSION);
  app.require_subcommand(1);
  app.footer("Example: latent fit gaussian-mixture data.csv --components 2");
  latent::cli::add_models(app);
  latent::cli::add_fit(app);
  latent::cli::add_predict(app);
  latent::cli::add_impute(app);
  latent::cli::add_sample(app);
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help and --version
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
  } catch (const std::exception& error) {
    return refuse(error.what(), bad_input);
  }
}
