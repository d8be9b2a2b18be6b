#include "latent/solver/short_runs.hpp"

#include <fmt/format.h>

#include "latent/core/errors.hpp"

namespace latent::detail {

void require_usable(const ShortRuns& short_runs, bool initializable) {
  if (!initializable) {
    throw InvalidOption("short runs", fmt::to_string(short_runs.runs),
                        "can't be made where the start is given, or the model has no initialize(data, rng)");
  }
  constexpr int most = 1'000'000;
  if (short_runs.runs < 1 || short_runs.runs > most) {
    throw InvalidOption("short runs", fmt::to_string(short_runs.runs),
                        fmt::format("must be at least 1, and at most {}", most));
  }
  if (short_runs.iterations < 0) {
    throw InvalidOption("iterations of short runs", fmt::to_string(short_runs.iterations), "must not be negative");
  }
}

StoppingRule end_of_short_run(int iterations, const StoppingRule& stop) {
  return iteration_limit(iterations) ||
         StoppingRule([stop](const Trace& trace) { return stop.interruption(trace.back().seconds); });
}

}  // namespace latent::detail
