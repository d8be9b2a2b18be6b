// Ctrl-C ends a fit in good order.
#pragma once

#include <stdexcept>
#include <string>

#include "latent/stopping.hpp"

namespace latent::cli {

/// The command was interrupted; what it had found was told.
class Interrupted : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// From now on the first Ctrl-C, or request to terminate, only sets a mark; a second one ends the program as ever.
void catch_interrupt();
/// Whether there was a Ctrl-C.
bool interrupted();
/// Stops a run after the iteration in which it came, and lets no other begin; not convergence.
StoppingRule stop_on_interrupt();

}  // namespace latent::cli
