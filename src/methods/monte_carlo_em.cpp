#include "latent/methods/monte_carlo_em.hpp"

#include <fmt/format.h>

#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "core/counted.hpp"
#include "latent/core/errors.hpp"

namespace latent::detail {

void require_valid(const MonteCarloOptions& options) {
  if (options.batches < 2) {
    throw InvalidOption("batches", fmt::to_string(options.batches), "must be at least 2, for a standard error");
  }
  if (options.draws < options.batches) {
    throw InvalidOption("draws", fmt::to_string(options.draws),
                        fmt::format("must be at least {}, one for each batch", options.batches));
  }
  if (options.most_draws < options.draws) {
    throw InvalidOption("most_draws", fmt::to_string(options.most_draws),
                        fmt::format("must be at least {}, the draws of the first E-step", options.draws));
  }
  if (!(options.confidence > 0.5 && options.confidence < 1.0)) {
    throw InvalidOption("confidence", fmt::to_string(options.confidence), "must be above 0.5 and below 1");
  }
  if (!(options.tolerance > 0.0) || std::isinf(options.tolerance)) {
    throw InvalidOption("tolerance", fmt::to_string(options.tolerance), "must be finite and positive");
  }
  if (options.iterations < 1) {
    throw InvalidOption("iterations", fmt::to_string(options.iterations), "must be at least 1");
  }
}

GainEstimate::GainEstimate(const Vector& of_batches, double confidence) {
  const auto batches = static_cast<double>(of_batches.size());
  gain = of_batches.mean();
  if (!std::isfinite(gain)) {
    throw DegenerateFit(fmt::format("the gain of Q is {}: the draws have left the parameter space", gain));
  }
  standard_error = std::sqrt((of_batches.array() - gain).square().sum() / (batches - 1.0) / batches);
  const double margin = boost::math::quantile(boost::math::students_t(batches - 1.0), confidence) * standard_error;
  lower = gain - margin;
  upper = gain + margin;
}

std::size_t next_draws(const GainEstimate& estimate, std::size_t draws, const MonteCarloOptions& options) {
  if (!(estimate.gain > 0.0)) return draws;
  const double quantile = boost::math::quantile(boost::math::normal(), options.confidence);
  const double needed =
      std::ceil(static_cast<double>(draws) * std::pow(2.0 * quantile * estimate.standard_error / estimate.gain, 2.0));
  const std::size_t most = options.most_draws / options.batches;
  return std::max(draws, static_cast<std::size_t>(std::min(needed, static_cast<double>(most))));
}

StopReason gain_is_small(const MonteCarloOptions& options) {
  return {.rule = fmt::format("gain < {} with probability {}", options.tolerance, options.confidence),
          .converged = true};
}

StopReason draws_are_too_few(const MonteCarloOptions& options) {
  return {.rule = fmt::format("{}, too few to tell whether the M-step ascends", counted(options.most_draws, "draw")),
          .converged = false};
}

StopReason iterations_are_over(const MonteCarloOptions& options) {
  return {.rule = counted(options.iterations, "iteration"), .converged = false};
}

}  // namespace latent::detail
