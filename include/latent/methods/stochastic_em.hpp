/// @file
/// Stochastic EM (SEM): each observation's component is drawn from its posterior, and the M-step taken as if the draw
/// had been observed (Celeux & Diebolt 1985, Comput. Statist. Quarterly 2:73; Celeux, Chauveau & Diebolt 1996,
/// J. Statist. Comput. Simul. 55:287).
///
///     auto chain = stochastic_em(start, data, {.iterations = 500, .burn_in = 100});
///     auto result = fit_from(chain.best, data);
///
/// The parameters are a Markov chain that does not settle but moves around a maximum; it leaves saddle points, and poor
/// maxima that are not too deep.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "latent/core/errors.hpp"
#include "latent/core/model.hpp"
#include "latent/core/parallel.hpp"
#include "latent/core/random.hpp"
#include "latent/expectation/assignment.hpp"
#include "latent/expectation/expectation.hpp"
#include "latent/expectation/parts.hpp"
#include "latent/expectation/running_mean.hpp"
#include "latent/methods/adapted_model.hpp"
#include "latent/solver/fit.hpp"
#include "latent/solver/monitor.hpp"
#include "latent/solver/trace.hpp"

namespace latent {

/// How a chain is run.
struct StochasticOptions {
  /// M-steps to make.
  int iterations = 500;
  /// How many of them the mean leaves out, those before the chain has forgotten its start.
  int burn_in = 100;
  /// The same seed gives the same bits for any number of threads.
  std::uint64_t seed = 1;
  /// The number of threads; 0 means one for each core.
  int threads = 0;
};

/// What the chain left.
template <class Model>
struct StochasticResult {
  /// The model of the highest objective among all that the chain visited, its start included.
  Model best;
  /// log p(x | θ) at its parameters, natural log, and the same plus the log-prior of a `PenalizedModel`.
  double log_likelihood = 0.0;
  /// What is maximised, at `best`: the log-likelihood, plus the log-prior of a `PenalizedModel`; natural log.
  double objective = 0.0;
  /// The mean of a `ParameterizedModel`'s unconstrained parameters over the iterations after the burn-in. Not set for
  /// other models, or where a parameter became infinite.
  std::optional<Model> mean = {};
  /// The chain, iteration by iteration, from its start; gains are of both signs.
  Trace trace = {};
  /// Draws that left the parameter space, and were made again.
  int redrawn = 0;
};

namespace detail {

// Throws InvalidOption where there are no iterations, or the burn-in takes all of them.
void require_valid(const StochasticOptions& options);

// The last failure of many draws in turn.
[[noreturn]] void throw_always_degenerate(const DegenerateFit& last);

// Throws DegenerateFit where the objective is not finite.
void require_finite_state(double objective, int iteration);

}  // namespace detail

/// The S-step: the statistics as if each observation's component were the one drawn from its posterior; the mean of
/// them over so many draws. An observation of weight w has one component for all of its weight in each draw.
///
/// Each part of the data draws from a stream of its own, so that threads don't matter. Costs that of `posterior` and
/// `complete_statistics`, and holds the responsibilities of one part of the data for each thread.
template <AssignableModel Model>
typename Model::Statistics drawn_statistics(const Model& model, const typename Model::Data& data, std::size_t draws,
                                            std::uint64_t seed) {
  const auto of_part = [&](std::size_t first, const typename Model::Data& part) {
    RandomEngine stream = random_stream(seed, first);
    Matrix assignments = posterior_within_run(model, part);
    draw_assignments(assignments, draws, stream);
    return model.complete_statistics(part, assignments);
  };
  if constexpr (DivisibleModel<Model>) {
    return sum_over_parts(data, of_part, detail::smallest_part_of(model));
  } else {
    return of_part(0, data);
  }
}

namespace detail {

// S-step and M-step. A draw that leaves a component too little is made again, as the chain is meant to stay inside of
// the parameter space.
template <AssignableModel Model>
int step_of_chain(Model& model, const typename Model::Data& data, RandomEngine& rng) {
  constexpr int most_attempts = 100;
  for (int attempt = 1;; ++attempt) {
    Model next = model;
    try {
      next.m_step(drawn_statistics(model, data, 1, rng()));
      model = std::move(next);
      return attempt - 1;
    } catch (const DegenerateFit& failure) {
      if (attempt == most_attempts) throw_always_degenerate(failure);
    }
  }
}

// The chain after so many M-steps. Throws DegenerateFit where the objective is not finite.
template <AssignableModel Model>
Iteration state_of_chain(const Model& model, const typename Model::Data& data, int number) {
  const double log_likelihood = model.log_likelihood(data);
  const double value = objective(model, log_likelihood);
  require_finite_state(value, number);
  return {.number = number, .log_likelihood = log_likelihood, .objective = value};
}

template <AssignableModel Model>
StochasticResult<Model> run_chain(Model model, const typename Model::Data& data, const StochasticOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  RandomEngine rng = random_stream(options.seed, 0);
  RunningMean mean;
  Iteration state = state_of_chain(model, data, 0);
  StochasticResult<Model> result = {
      .best = model, .log_likelihood = state.log_likelihood, .objective = state.objective, .trace = {state}};
  for (int number = 1; number <= options.iterations; ++number) {
    const auto parameters = parameters_of(model);
    result.redrawn += step_of_chain(model, data, rng);
    state = state_of_chain(model, data, number);
    state.gain = state.objective - result.trace.back().objective;
    state.parameter_change = largest_change(parameters_of(model), parameters);
    state.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    result.trace.push_back(state);
    if (state.objective > result.objective) {
      result.best = model;
      result.log_likelihood = state.log_likelihood;
      result.objective = state.objective;
    }
    if constexpr (ParameterizedModel<Model>) {
      if (number > options.burn_in) mean.add(model.parameters());
    }
  }
  if constexpr (ParameterizedModel<Model>) {
    if (mean.mean().allFinite()) {
      model.set_parameters(mean.mean());
      result.mean = std::move(model);
    }
  }
  return result;
}

template <class Model, class GivenData>
consteval void require_stochastic() {
  require_em_model<Model, GivenData>();
  if constexpr (EMModel<Model>) {
    static_assert(AssignableModel<Model>,
                  "latent: stochastic EM needs a model with "
                  "`Statistics complete_statistics(const Data&, const Matrix& responsibilities) const` and "
                  "`Matrix posterior(const Data&) const` (AssignableModel).");
  }
}

}  // namespace detail

/// Runs a chain from the parameters that the model comes with.
///
/// An iteration costs a call of `posterior`, `complete_statistics` and `log_likelihood` each. Where the components can
/// change places within a chain, the mean of their parameters means nothing: look at the trace of a few.
/// @return a `StochasticResult<Model>`.
/// @throws InvalidData, InvalidOption; DegenerateFit where 100 draws in turn leave the parameter space, or the start
/// gives an observation no probability.
template <class Model, class Data>
auto stochastic_em(Model model, const Data& data, const StochasticOptions& options = {}) {
  detail::require_stochastic<Model, Data>();
  if constexpr (AssignableModel<Model>) {
    detail::require_valid(options);
    const typename Model::Data& observed = data;
    model = detail::prepared(std::move(model), observed, options.threads);
    std::optional<StochasticResult<Model>> result;
    with_threads(options.threads, [&] { result = detail::run_chain(std::move(model), observed, options); });
    return std::move(*result);
  }
}

}  // namespace latent
