// A fit as the arguments ask for it: by which method, from which start, kept in which file.
#pragma once

#include "fit_arguments.hpp"
#include "latent/anderson.hpp"
#include "latent/checkpoint.hpp"
#include "latent/fit.hpp"
#include "latent/parabolic_em.hpp"
#include "latent/squarem.hpp"

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

/// Fits by --acceleration, from --start or at random, with a --checkpoint where one is asked for.
/// @throws InvalidOption for an acceleration that there is none of, and as `fit` and `resumable_fit` do.
template <class Model, class Data>
FitResult<Model> run_fit(const Model& model, const Data& data, const FitArguments& arguments,
                         const FitOptions& options) {
  const std::string& method = arguments.acceleration;
  if (method == "none") return run_fit_by(model, data, arguments, options, PlainEM());
  if (method == "squarem") return run_fit_by(model, data, arguments, options, Squarem());
  if (method == "anderson") return run_fit_by(model, data, arguments, options, Anderson());
  if (method == "parabolic") return run_fit_by(model, data, arguments, options, ParabolicEM());
  throw InvalidOption("acceleration", method, "must be none, squarem, anderson or parabolic");
}

}  // namespace latent::cli
