/// @file
/// em-EM: starts that are the best of several short runs.
///
///     auto result = fit(model, data, {.restarts = 5, .short_runs = ShortRuns{.runs = 20}});
#pragma once

#include <exception>
#include <optional>
#include <utility>

#include "latent/core/failures.hpp"
#include "latent/core/model.hpp"
#include "latent/core/random.hpp"
#include "latent/solver/monitor.hpp"
#include "latent/solver/run.hpp"
#include "latent/solver/stopping.hpp"

namespace latent {

/// em-EM (Biernacki, Celeux & Govaert 2003, CSDA 41:561): each restart begins at the best of several short runs from
/// random starts of their own. For an `InitializableModel`.
struct ShortRuns {
  /// At least 1.
  int runs = 10;
  /// Iterations of each; 0 compares the starts themselves.
  int iterations = 5;
};

namespace detail {

// Throws InvalidOption where the numbers are out of range, or the model has no random start.
void require_usable(const ShortRuns& short_runs, bool initializable);

// Where a restart begins, and what it took to find it.
template <EMModel Model>
struct Start {
  Model model;
  Effort effort = {};
};

// A short run's end: after so many iterations, or where the whole fit is interrupted.
StoppingRule end_of_short_run(int iterations, const StoppingRule& stop);

// The best of several short runs, or of those made until the fit was interrupted. Those that fail are passed over;
// where all do, the first failure is thrown.
template <InitializableModel Model>
Start<Model> best_short_run(const Model& model, const typename Model::Data& data, const ShortRuns& short_runs,
                            const StoppingRule& stop, OnDecrease on_decrease, RandomEngine& rng) {
  const Timer timer;
  const StoppingRule end = end_of_short_run(short_runs.iterations, stop);
  const UpdateMethod<Model> em = update_method<Model>(PlainEM());
  std::optional<Run<Model>> best;
  std::exception_ptr failure;
  Effort effort;
  for (int i = 0; i < short_runs.runs && !(i > 0 && stop.interruption(timer.seconds())); ++i) {
    try {
      Model start = model;
      start.initialize(data, rng);
      auto run = begin_run(std::move(start), data, em, on_decrease, effort);
      iterate(run, data, em, end);
      effort = run.effort;
      if (!best || run.point.objective > best->point.objective) best = std::move(run);
    } catch (...) {
      rethrow_if_fatal(std::current_exception());
      if (!failure) failure = std::current_exception();
    }
  }
  if (!best) std::rethrow_exception(failure);
  return {.model = std::move(best->point.model), .effort = effort};
}

}  // namespace detail

}  // namespace latent
