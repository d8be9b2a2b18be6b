// Ctrl-C, a request to terminate, and a terminal that is closed end a fit in good order.
#pragma once

#include <stdexcept>
#include <string>

#include "latent/solver/stopping.hpp"

namespace latent::cli {

/// The command was interrupted; what it had found was told.
class Interrupted : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// From now on the first Ctrl-C (SIGINT), SIGTERM or SIGHUP only sets a mark; a second one of them ends the program as
/// ever. One that the program was started to ignore is still ignored.
void catch_interrupt();
/// Whether there was one.
bool interrupted();
/// Stops a run after the iteration in which it came, and lets no other begin; not convergence.
StoppingRule stop_on_interrupt();

}  // namespace latent::cli
