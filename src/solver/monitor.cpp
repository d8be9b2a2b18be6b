#include "latent/solver/monitor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace latent {
namespace {

// What two sums over the data may differ by without meaning it, relative to their size.
constexpr double rounding = 1e-11;

bool decreased_beyond_rounding(double before, double after, double magnitude, double error) {
  return after < before - std::max(rounding * std::max({1.0, std::abs(before), magnitude}), error);
}

void require_finite(double objective, int iteration) {
  if (std::isfinite(objective)) return;
  throw DegenerateFit(fmt::format("the log-likelihood is {} at iteration {}: {}", objective, iteration,
                                  iteration == 0 ? "the start gives some observation no probability at all"
                                                 : "the M-step left the parameter space"));
}

}  // namespace

Halfway Monitor::after_m_step(double objective, std::optional<double> target_before, std::optional<double> target_after,
                              double target_error) {
  if (!target_before || !target_after)
    return {.objective = objective, .elbo = {}, .decreased = false, .error = target_error};
  const double gain = *target_after - *target_before;
  const bool decreased = decreased_beyond_rounding(*target_before, *target_after, std::abs(objective), target_error);
  if (decreased) {
    report_decrease(
        fmt::format("iteration {}: the M-step lowered the ELBO by {:.3g}: m_step does not maximise "
                    "expected_log_joint, or the two disagree",
                    next_number(), -gain));
  }
  return {.objective = objective, .elbo = objective + gain, .decreased = decreased, .error = target_error};
}

void Monitor::after_e_step(const Halfway& before, double objective) {
  require_finite(objective, next_number());
  if (before.elbo && decreased_beyond_rounding(*before.elbo, objective, std::abs(before.objective), before.error)) {
    report_decrease(
        fmt::format("iteration {}: the E-step left the objective {:.3g} below the ELBO: e_step does not compute the "
                    "posterior that log_likelihood belongs to, or a term is missing in expected_log_joint",
                    next_number(), *before.elbo - objective));
  } else if (!before.decreased && decreased_beyond_rounding(before.objective, objective, 0.0, before.error)) {
    report_decrease(
        fmt::format("iteration {}: the objective decreased by {:.3g}: m_step does not maximise what e_step expects, or "
                    "log_likelihood is that of another model",
                    next_number(), before.objective - objective));
  }
}

void Monitor::record(Iteration iteration) {
  require_finite(iteration.objective, next_number());
  iteration.number = next_number();
  if (!trace_.empty()) iteration.gain = iteration.objective - trace_.back().objective;
  append(trace_, iteration);
}

void Monitor::report_decrease(const std::string& what) {
  if (on_decrease_ == OnDecrease::raise) throw ObjectiveDecreased(what);
  if (on_decrease_ == OnDecrease::ignore) return;
  // One warning is a message, a thousand are noise: the first is kept, and the others are counted.
  ++decreases_;
  if (decreases_ == 1) {
    warnings_.push_back(what);
  } else {
    warnings_.resize(1);
    warnings_.push_back(decreases_ == 2
                            ? "the objective decreased once more after that"
                            : fmt::format("the objective decreased {} times more after that", decreases_ - 1));
  }
}

std::optional<double> largest_change(const std::optional<Vector>& now, const std::optional<Vector>& before,
                                     const std::optional<Vector>& information) {
  if (!now || !before) return std::nullopt;
  double largest = 0.0;
  for (Index i = 0; i < now->size(); ++i) {
    const double a = (*now)[i];
    const double b = (*before)[i];
    if (a == b) continue;
    if (!std::isfinite(a) || !std::isfinite(b)) return std::numeric_limits<double>::infinity();
    const double scale = information ? std::sqrt((*information)[i]) : 1.0 / (1.0 + std::abs(a));
    largest = std::max(largest, std::abs(a - b) * scale);
  }
  return largest;
}

}  // namespace latent
