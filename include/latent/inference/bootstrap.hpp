/// @file
/// The bootstrap: the uncertainty of estimates by fitting again to data drawn anew, from the model or from the data
/// (Efron & Tibshirani 1993, An Introduction to the Bootstrap).
///
///     const auto means = [](const GaussianMixture& model) -> Vector { return model.means().reshaped(); };
///     const auto bootstrap = nonparametric_bootstrap(result.model, data, means, {.replicates = 2000});
///     for (const IntervalEstimate& mean : bootstrap.intervals) …
///
/// It is inconsistent where the estimate is on the boundary of the parameter space: see `profile_interval`
/// (latent/inference/profile.hpp). docs/uncertainty.md says when it is worth its cost.
#pragma once

#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "latent/core/errors.hpp"
#include "latent/core/failures.hpp"
#include "latent/core/model.hpp"
#include "latent/core/parallel.hpp"
#include "latent/core/random.hpp"
#include "latent/data/redraw.hpp"
#include "latent/data/resample.hpp"
#include "latent/inference/interval_estimate.hpp"
#include "latent/solver/fit.hpp"

namespace latent {

/// How to bootstrap.
struct BootstrapOptions {
  /// B, the number of data sets drawn; at least 2/(1 − level) − 1.
  int replicates = 1000;
  /// The probability with which an interval covers the true value, in (0, 1).
  double level = 0.95;
  /// How each replicate is fitted, from the estimate on: one run, so no `restarts`, and nobody observes it. Replicate b
  /// (from 0) draws from stream b of `seed`; `threads` are those of the whole.
  FitOptions fit = {};
};

/// A replicate without an estimate.
struct FailedReplicate {
  /// Counted from 1.
  int number = 0;
  /// Why it could not be fitted.
  std::string reason;
};

/// What came of a bootstrap of q quantities.
struct Bootstrap {
  /// The quantities of each replicate that could be fitted, in order, on their natural scale; B'×q.
  Matrix replicates;
  /// For each quantity: that of the model, the standard deviation of its replicates (divisor B' − 1), and the ends of
  /// the percentile interval, the replicates of ranks (B' + 1)(1 ∓ level)/2, between ranks by straight lines.
  std::vector<IntervalEstimate> intervals;
  /// The replicates that could not be fitted; they are in none of the figures above, which are therefore conditional on
  /// success.
  std::vector<FailedReplicate> failures;
  /// How many replicates stopped before their stopping rule spoke of convergence; they are in the figures.
  int not_converged = 0;
  /// What the reader of the intervals should know, a line each: that they are conditional on the replicates that could
  /// be fitted; that a quantity hardly varies, as where its estimate is on the boundary of the parameter space, and the
  /// bootstrap is inconsistent (Andrews 2000, Econometrica 68:399).
  std::vector<std::string> notes = {};
};

namespace detail {

// What a replicate left: its quantities, or the exception that ended it.
struct Replicate {
  Vector quantities;
  bool converged = false;
  std::exception_ptr failure;
};

void require_bootstrap(const BootstrapOptions& options, const Vector& estimates);

// Throws DegenerateFit for a quantity that is not finite.
void require_finite_quantities(const Vector& quantities, Index count);

Bootstrap summary(const Vector& estimates, const std::vector<Replicate>& replicates, double level);

template <class Model, class Natural>
consteval void require_bootstrap_quantities() {
  static_assert(std::is_invocable_r_v<Vector, const Natural&, const Model&>,
                "latent: `natural` must take a `const Model&` and return a `Vector` of quantities.");
}

}  // namespace detail

/// The bootstrap with data drawn as you say: fits the model, from its present parameters on, to each of B data sets
/// `draw(rng)`, and takes the quantities `natural(model)` of each.
///
/// `draw` takes a RandomEngine& and returns something that owns its data and converts to the model's `Data`; `natural`
/// takes a `const Model&` and returns a Vector. Both are called by several threads at once. The result has the same
/// bits for any number of threads. Cost: B fits; memory of a data set a thread, and O(B·q).
/// @throws InvalidOption; DegenerateFit where too few replicates could be fitted for intervals of that level; what
/// `natural` throws for the model itself; ObjectiveDecreased by the policy.
template <class Model, class Draw, class Natural>
auto bootstrap(const Model& model, const Draw& draw, const Natural& natural, const BootstrapOptions& options = {}) {
  static_assert(std::is_invocable_v<const Draw&, RandomEngine&>,
                "latent: `draw` must take a `RandomEngine&` and return a data set.");
  detail::require_bootstrap_quantities<Model, Natural>();
  if constexpr (std::is_invocable_v<const Draw&, RandomEngine&> &&
                std::is_invocable_r_v<Vector, const Natural&, const Model&>) {
    const Vector estimates = natural(model);
    detail::require_bootstrap(options, estimates);
    FitOptions one_run = options.fit;
    one_run.threads = 0;  // those at hand: the threads of the whole
    std::vector<detail::Replicate> replicates(static_cast<std::size_t>(options.replicates));
    with_threads(options.fit.threads, [&] {
      parallel_for(replicates.size(), [&](std::size_t b) {
        try {
          RandomEngine rng = random_stream(options.fit.seed, b);
          const auto data = draw(rng);
          const auto fitted = fit_from(model, data, one_run);
          replicates[b] = {.quantities = natural(fitted.model), .converged = fitted.converged, .failure = {}};
          detail::require_finite_quantities(replicates[b].quantities, estimates.size());
        } catch (const std::exception&) {
          replicates[b].failure = std::current_exception();
        }
      });
    });
    for (const detail::Replicate& replicate : replicates) detail::rethrow_if_hopeless(replicate.failure);
    return detail::summary(estimates, replicates, options.level);
  }
}

/// The parametric bootstrap: each replicate is fitted to data that the model draws in place of the given data, as many
/// observations (their total weight, rounded), with their tosses, covariates and holes if the model has `sample_like`.
/// @throws as `bootstrap`.
template <class Model, class Data, class Natural>
  requires(!std::integral<Data>)
auto parametric_bootstrap(const Model& model, const Data& data, const Natural& natural,
                          const BootstrapOptions& options = {}) {
  require_em_model<Model, Data>();
  static_assert(detail::CanRedraw<Model>,
                "latent: parametric_bootstrap needs a model with `sample_like(const Data&, RandomEngine&) const` "
                "(RedrawingModel), or with `sample(std::size_t count, RandomEngine&) const` (GenerativeModel) and "
                "`Data` that have `size()`; or use bootstrap(model, draw, natural).");
  if constexpr (EMModelFor<Model, Data> && detail::CanRedraw<Model>) {
    const typename Model::Data& observed = data;
    const auto draw = [&](RandomEngine& rng) { return detail::redraw(model, observed, rng); };
    return bootstrap(model, draw, natural, options);
  }
}

/// The same with `count` observations in each replicate, for models whose data are known by their number. A model with
/// `sample_like` is refused: its data say more, and must be given.
/// @throws as `bootstrap`.
template <class Model, class Natural>
auto parametric_bootstrap(const Model& model, std::size_t count, const Natural& natural,
                          const BootstrapOptions& options = {}) {
  static_assert(!RedrawingModel<Model>,
                "latent: parametric_bootstrap needs the data of a model with `sample_like(data, rng)` "
                "(RedrawingModel), not only their number: parametric_bootstrap(model, data, natural).");
  static_assert(
      RedrawingModel<Model> || GenerativeModel<Model>,
      "latent: parametric_bootstrap needs a model with `sample(std::size_t count, RandomEngine&) const`, which "
      "returns something that converts to `Data` (GenerativeModel); or use bootstrap(model, draw, natural).");
  if constexpr (!RedrawingModel<Model> && GenerativeModel<Model>) {
    return bootstrap(model, [&](RandomEngine& rng) { return model.sample(count, rng); }, natural, options);
  }
}

/// The nonparametric bootstrap: each replicate is fitted to as many observations as there are, drawn from the data with
/// replacement by `resample(data, rng)`.
/// @throws as `bootstrap`.
template <class Model, class Data, class Natural>
auto nonparametric_bootstrap(const Model& model, const Data& data, const Natural& natural,
                             const BootstrapOptions& options = {}) {
  require_em_model<Model, Data>();
  static_assert(ResampleableData<typename Model::Data>,
                "latent: nonparametric_bootstrap needs `resample(const Data&, RandomEngine&)` for the model's `Data`, "
                "which returns something that owns what it has drawn and converts to `Data` (ResampleableData); or use "
                "bootstrap(model, draw, natural).");
  if constexpr (EMModel<Model> && ResampleableData<typename Model::Data>) {
    const typename Model::Data& observed = data;
    return bootstrap(model, [&](RandomEngine& rng) { return resample(observed, rng); }, natural, options);
  }
}

}  // namespace latent
