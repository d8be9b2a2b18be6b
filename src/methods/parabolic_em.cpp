#include "latent/methods/parabolic_em.hpp"

#include <fmt/format.h>

#include <cmath>

#include "latent/core/errors.hpp"

namespace latent {

void ParabolicEM::check() const {
  if (!(first_step > 0.0) || !std::isfinite(first_step)) {
    throw InvalidOption("first step", fmt::to_string(first_step), "must be positive and finite");
  }
  if (!(growth > 1.0) || !std::isfinite(growth)) {
    throw InvalidOption("growth", fmt::to_string(growth), "must be above 1, and finite");
  }
}

}  // namespace latent
