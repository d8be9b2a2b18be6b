#include "latent/methods/stochastic_em.hpp"

#include <fmt/format.h>

#include <cmath>
#include <string>

#include "latent/core/errors.hpp"

namespace latent::detail {

void require_valid(const StochasticOptions& options) {
  if (options.iterations < 1) {
    throw InvalidOption("iterations", fmt::to_string(options.iterations), "must be at least 1");
  }
  if (options.burn_in < 0 || options.burn_in >= options.iterations) {
    throw InvalidOption(
        "burn_in", fmt::to_string(options.burn_in),
        fmt::format("must not be negative, and less than the number of iterations, {}", options.iterations));
  }
}

void throw_always_degenerate(const DegenerateFit& last) {
  throw DegenerateFit(
      fmt::format("every draw of the components leaves the parameter space; the last: {}", last.what()));
}

void require_finite_state(double objective, int iteration) {
  if (std::isfinite(objective)) return;
  throw DegenerateFit(fmt::format("the log-likelihood is {} at iteration {}: use another start", objective, iteration));
}

}  // namespace latent::detail
