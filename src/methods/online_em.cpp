#include "latent/methods/online_em.hpp"

#include <fmt/format.h>

#include <boost/random/uniform_int_distribution.hpp>
#include <cmath>
#include <numeric>
#include <utility>

#include "latent/core/errors.hpp"

namespace latent {

double StepSize::operator()(std::size_t t) const { return scale * std::pow(static_cast<double>(t) + offset, -power); }

namespace detail {

void require_valid(const StepSize& step) {
  if (!(step.offset >= 0.0) || std::isinf(step.offset)) {
    throw InvalidOption("step offset", fmt::to_string(step.offset), "must be finite and not negative");
  }
  if (step.power != 0.0 && !(step.power > 0.5 && step.power <= 1.0)) {
    throw InvalidOption("step power", fmt::to_string(step.power), "must be above 0.5 and at most 1, or 0");
  }
  const double second = step(2);  // the first that is used, and the largest
  if (!(step.scale > 0.0) || !(second <= 1.0)) {
    throw InvalidOption("step scale", fmt::to_string(step.scale),
                        fmt::format("must be positive, and at most {}, so that no batch has a weight above 1",
                                    1.0 / StepSize{.scale = 1.0, .offset = step.offset, .power = step.power}(2)));
  }
}

void require_averageable(const StepSize& step) {
  if (step.power > 0.5 && step.power < 1.0) return;
  throw InvalidOption("step power", fmt::to_string(step.power),
                      "must be above 0.5 and below 1 for parameters that are averaged (average_from)");
}

void require_finite_batch(double log_likelihood, std::size_t batch) {
  if (std::isfinite(log_likelihood)) return;
  throw DegenerateFit(
      fmt::format("the log-likelihood of batch {} is {}: the parameters give some observation no probability at all",
                  batch, log_likelihood));
}

void require_valid(const OnlinePasses& options) {
  if (options.batch == 0) throw InvalidOption("batch", "0", "must be at least 1");
  if (options.passes < 1) throw InvalidOption("passes", fmt::to_string(options.passes), "must be at least 1");
}

std::vector<std::size_t> shuffled(std::size_t count, RandomEngine& rng) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t left = count; left > 1; --left) {
    const std::size_t drawn = boost::random::uniform_int_distribution<std::size_t>(0, left - 1)(rng);
    std::swap(order[left - 1], order[drawn]);
  }
  return order;
}

}  // namespace detail
}  // namespace latent
