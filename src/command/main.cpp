// The command `latent`. Exit status: 0 done, 2 bad usage, bad input or output that can't be written, 3 no start gave a
// fit, 130 interrupted.
#include <exception>
#include <iostream>
#include <new>
#include <string>
#include <vector>

#include "command/commands/command.hpp"
#include "command/options/command_words.hpp"
#include "command/options/option_hints.hpp"
#include "command/options/options.hpp"
#include "command/shell/interrupt.hpp"
#include "command/shell/standard_streams.hpp"
#include "latent/core/errors.hpp"
#include "latent/core/memory.hpp"

namespace {

enum ExitStatus { done = 0, bad_input = 2, no_fit = 3, by_interrupt = 130 };

int refuse(const std::string& message, ExitStatus status) {
  latent::cli::say(latent::cli::with_options(message));
  return status;
}

int run(int argc, char** argv) {
  latent::cli::Command app("latent", "Expectation-Maximization in latent-variable models.");
  app.add_version(std::string("latent ") + LATENT_VERSION);
  app.require_subcommand();
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
  const std::vector<std::string> words(argv + 1, argv + argc);
  try {
    if (const latent::cli::Command* asked_about = latent::cli::help_asked_for(app, words)) {
      std::cout << asked_about->help();
    } else {
      app.parse(words);
    }
    return done;
  } catch (const latent::InvalidOption& error) {
    return refuse(latent::cli::as_typed(error, app), bad_input);
  }
}

// As `run`, with what it throws told.
int run_and_tell(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const latent::DegenerateFit& error) {
    return refuse(error.what(), no_fit);
  } catch (const latent::cli::Interrupted& error) {
    return refuse(error.what(), by_interrupt);
  } catch (const std::bad_alloc&) {
    return refuse("memory ran out; there are " + latent::size_text(static_cast<double>(latent::memory_at_hand())),
                  bad_input);
  } catch (const std::exception& error) {
    return refuse(error.what(), bad_input);
  }
}

}  // namespace

int main(int argc, char** argv) {
  latent::cli::prepare_for_writing();
  latent::cli::StandardOutput standard_output;
  const int status = run_and_tell(argc, argv);
  try {
    standard_output.finish();
  } catch (const latent::Error& error) {
    const int without_output = refuse(error.what(), bad_input);
    return status == no_fit ? status : without_output;
  }
  return status;
}
