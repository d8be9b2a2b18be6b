#include "latent/inference/interval_estimate.hpp"

#include <fmt/format.h>

#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>

#include "latent/core/errors.hpp"

namespace latent {
namespace {

void require_level(double level) {
  if (level > 0.0 && level < 1.0) return;
  throw InvalidOption("level", fmt::to_string(level), "must be greater than 0, and less than 1");
}

void require_inside(const char* scale, double estimate, double lowest, double highest) {
  if (std::isfinite(estimate) && estimate > lowest && estimate < highest) return;
  throw InvalidOption("scale", scale,
                      fmt::format("must suit the estimate, which is {}, and not between {} and {}: take another scale, "
                                  "or at the boundary of the range profile_interval (latent/inference/profile.hpp)",
                                  estimate, lowest, highest));
}

double inverse_logit(double x) { return 1.0 / (1.0 + std::exp(-x)); }

}  // namespace

IntervalEstimate wald_interval(double estimate, double standard_error, double level, IntervalScale scale) {
  require_level(level);
  if (!std::isfinite(estimate) || !(standard_error >= 0.0) || std::isinf(standard_error)) {
    throw InvalidOption("standard error", fmt::format("{} of {}", standard_error, estimate),
                        "must be finite and not negative, of a finite estimate");
  }
  const double z = boost::math::quantile(boost::math::complement(boost::math::normal(), 0.5 * (1.0 - level)));
  IntervalEstimate interval{.estimate = estimate, .standard_error = standard_error};
  switch (scale) {
    case IntervalScale::identity:
      interval.lower = estimate - z * standard_error;
      interval.upper = estimate + z * standard_error;
      break;
    case IntervalScale::log: {
      require_inside("log", estimate, 0.0, HUGE_VAL);
      const double factor = std::exp(z * standard_error / estimate);
      interval.lower = estimate / factor;
      interval.upper = estimate * factor;
      break;
    }
    case IntervalScale::logit: {
      require_inside("logit", estimate, 0.0, 1.0);
      const double middle = std::log(estimate) - std::log1p(-estimate);
      const double half = z * standard_error / (estimate * (1.0 - estimate));
      interval.lower = inverse_logit(middle - half);
      interval.upper = inverse_logit(middle + half);
      break;
    }
    case IntervalScale::fisher_z: {
      require_inside("fisher_z", estimate, -1.0, 1.0);
      const double half = z * standard_error / ((1.0 - estimate) * (1.0 + estimate));
      interval.lower = std::tanh(std::atanh(estimate) - half);
      interval.upper = std::tanh(std::atanh(estimate) + half);
      break;
    }
  }
  return interval;
}

IntervalEstimate binomial_interval(double successes, double trials, double level) {
  require_level(level);
  if (!(trials > 0.0) || std::isinf(trials)) {
    throw InvalidOption("trials", fmt::to_string(trials), "must be positive and finite");
  }
  if (!(successes >= 0.0 && successes <= trials)) {
    throw InvalidOption("successes", fmt::to_string(successes),
                        fmt::format("must be from 0 to the number of trials, {}", trials));
  }
  const double failures = trials - successes;
  const double p = successes / trials;
  const bool at_an_end = successes == 0.0 || failures == 0.0;
  const double tail = at_an_end ? 1.0 - level : 0.5 * (1.0 - level);
  IntervalEstimate interval{
      .estimate = p, .standard_error = std::sqrt(p * (1.0 - p) / trials), .lower = 0.0, .upper = 1.0};
  using Beta = boost::math::beta_distribution<double>;
  if (successes > 0.0) interval.lower = boost::math::quantile(Beta(successes, failures + 1.0), tail);
  if (failures > 0.0) {
    interval.upper = boost::math::quantile(boost::math::complement(Beta(successes + 1.0, failures), tail));
  }
  return interval;
}

}  // namespace latent
