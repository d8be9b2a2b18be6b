#include "inference/central_differences.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace latent {

std::optional<double> bending_step(const Curve& curve, double parameter, double rounding) {
  constexpr double wanted = 0.5 * step_in_standard_errors * step_in_standard_errors;
  constexpr int most_trials = 60;
  const double here = curve(0.0);
  double step = 1e-3 * std::max(1.0, std::abs(parameter));
  for (int trial = 0; trial < most_trials; ++trial) {
    const double bend = std::abs(here - 0.5 * (curve(step) + curve(-step)));
    if (!std::isfinite(bend)) {
      step /= 1e3;
    } else if (bend <= rounding && bend < 0.5 * wanted) {
      step *= 30.0;
    } else {
      const double factor = std::sqrt(wanted / bend);
      step *= factor;
      if (factor > 0.8 && factor < 1.25) return representable(step, parameter);
    }
  }
  return std::nullopt;
}

double representable(double step, double parameter) {
  const double there = parameter + step;
  const double rounded = there - parameter;
  return rounded > 0.0 ? rounded : step;
}

std::string numbered(Index j) { return fmt::format("parameter {} of parameters()", j + 1); }

}  // namespace latent
