// A fit as the arguments ask for it: by which method, from which start, kept in which file.
#pragma once

#include "command/options/fit_arguments.hpp"
#include "latent/methods/anderson.hpp"
#include "latent/methods/parabolic_em.hpp"
#include "latent/methods/squarem.hpp"
#include "latent/solver/checkpoint.hpp"
#include "latent/solver/fit.hpp"

namespace latent::cli {

template <class Model, class Data, class Method>
FitResult<Model> run_fit_by(const Model& model, const Data& data, const FitArguments& arguments,
                            const FitOptions& options, const Method& method) {
  const bool given = !arguments.start.empty();
  if (arguments.checkpoint.empty()) {
    return given ? fit_from(model, data, options, method) : fit(model, data, options, method);
  }
  const Checkpoint checkpoint = {.file = arguments.checkpoint, .seconds = 10.0};
  return given ? resumable_fit_from(model, data, checkpoint, options, method)
               : resumable_fit(model, data, checkpoint, options, method);
}

/// What `use` makes of the method that --acceleration names.
/// @throws InvalidOption for one that there is none of.
template <class Use>
auto with_method(const std::string& name, const Use& use) {
  if (name == "none") return use(PlainEM());
  if (name == "squarem") return use(Squarem());
  if (name == "anderson") return use(Anderson());
  if (name == "parabolic") return use(ParabolicEM());
  throw InvalidOption("acceleration", name, "must be none, squarem, anderson or parabolic");
}

/// Fits by --acceleration, from --start or at random, with a --checkpoint where one is asked for.
/// @throws InvalidOption for an acceleration that there is none of, and as `fit` and `resumable_fit` do.
template <class Model, class Data>
FitResult<Model> run_fit(const Model& model, const Data& data, const FitArguments& arguments,
                         const FitOptions& options) {
  return with_method(arguments.acceleration,
                     [&](const auto& method) { return run_fit_by(model, data, arguments, options, method); });
}

/// The best run of a fit once more, for what its trace doesn't have: `tell(model)` is called at the start and after
/// each iteration. It begins where the fit says that restarts do, and so passes through the same bits; but for a fit
/// that was interrupted during short runs, whose start can't be found again. Returns whether it ended where the fit
/// did.
template <class Model, class Tell>
bool follow_best_run_by(Model start, const typename Model::Data& observed, const FitArguments& arguments,
                        const FitOptions& options, const FitSummary& fitted, const Tell& tell,
                        const UpdateMethod<Model>& method) {
  double end = 0.0;
  with_threads(options.threads, [&] {
    if (arguments.start.empty()) {
      const auto restart = static_cast<std::size_t>(fitted.best_restart - 1);
      const StoppingRule never([](const Trace&) { return std::nullopt; });
      start = detail::random_start(start, observed, options, never, restart).model;
    }
    auto run = begin_run(std::move(start), observed, method, OnDecrease::ignore);
    iterate(run, observed, method, options.stop || iteration_limit(fitted.iterations),
            [&](const Run<Model>& now) { tell(now.point.model); });
    end = run.point.objective;
  });
  return end == fitted.objective;
}

template <class Model, class Data, class Tell>
bool follow_best_run(const Model& start, const Data& data, const FitArguments& arguments, const FitOptions& options,
                     const FitSummary& fitted, const Tell& tell) {
  return with_method(arguments.acceleration, [&](const auto& method) {
    return follow_best_run_by(start, data, arguments, options, fitted, tell, update_method<Model>(method));
  });
}

}  // namespace latent::cli
