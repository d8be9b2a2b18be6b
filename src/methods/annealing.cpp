#include "latent/methods/annealing.hpp"

#include <fmt/format.h>

#include <cstddef>

#include "latent/core/errors.hpp"

namespace latent::detail {

void require_inverse_temperature(double beta) {
  constexpr double lowest = 1.0 / 16.0;
  if (beta >= lowest && beta <= 1.0) return;
  throw InvalidOption("beta", fmt::to_string(beta), fmt::format("must be from {} to 1", lowest));
}

void require_schedule(const std::vector<double>& schedule) {
  for (std::size_t i = 0; i < schedule.size(); ++i) {
    require_inverse_temperature(schedule[i]);
    if (i == 0 || schedule[i] > schedule[i - 1]) continue;
    throw InvalidOption("schedule", fmt::format("{} after {}", schedule[i], schedule[i - 1]), "must rise towards 1");
  }
}

}  // namespace latent::detail
