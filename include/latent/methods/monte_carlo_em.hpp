/// @file
/// Monte-Carlo EM (MCEM): the E-step's expectation is the mean over draws from the posterior (Wei & Tanner 1990,
/// JASA 85:699), of which there are as many as it takes to tell that the M-step ascends (Caffo, Jank & Jones 2005,
/// JRSS B 67:235).
///
///     auto result = monte_carlo_em(start, data, {.seed = 7, .tolerance = 1e-4});
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "latent/core/model.hpp"
#include "latent/core/parallel.hpp"
#include "latent/core/random.hpp"
#include "latent/methods/stochastic_em.hpp"
#include "latent/solver/monitor.hpp"
#include "latent/solver/stopping.hpp"

namespace latent {

/// How Monte-Carlo EM is run.
struct MonteCarloOptions {
  /// Draws of the first E-step, rounded down to a multiple of `batches`; later ones never have fewer.
  std::size_t draws = 100;
  /// Draws are made in so many batches, whose means give the standard error. Batches are shared among the threads.
  std::size_t batches = 20;
  /// The most draws that an E-step may take.
  std::size_t most_draws = 1'000'000;
  /// An M-step is accepted where the gain of Q is positive with this probability; else there are more draws.
  double confidence = 0.9;
  /// Converged where the gain of Q is below this with the probability `confidence`. It is in units of the
  /// log-likelihood.
  double tolerance = 1e-3;
  /// The most M-steps.
  int iterations = 500;
  /// The same seed gives the same bits for any number of threads.
  std::uint64_t seed = 1;
  /// The number of threads; 0 means one for each core.
  int threads = 0;
};

/// One iteration.
struct MonteCarloIteration {
  /// M-steps accepted, this one included.
  int number;
  /// Draws of its E-step.
  std::size_t draws;
  /// The gain of Q (plus the log-prior, where the model has one) by the M-step, over these draws; natural log.
  double gain;
  /// Of the gain, from the batches.
  double standard_error;
};

/// What came of it.
template <class Model>
struct MonteCarloResult {
  /// The model with the parameters of the last step that was accepted.
  Model model;
  /// Whether the gain was below the tolerance in the end.
  bool converged = false;
  /// Why it stopped.
  StopReason stop = {};
  /// The M-steps that were accepted, in order.
  std::vector<MonteCarloIteration> trace = {};
};

/// The mean of the statistics over draws from the posterior: by `simulated_e_step` of a `SimulatedModel`, or, for a
/// mixture that is an `AssignableModel`, with components drawn from its responsibilities; these cost the same for any
/// number of draws.
template <class Model>
  requires SimulatedModel<Model> || AssignableModel<Model>
typename Model::Statistics simulate(const Model& model, const typename Model::Data& data, std::size_t draws,
                                    RandomEngine& rng) {
  if constexpr (SimulatedModel<Model>) {
    return model.simulated_e_step(data, draws, rng);
  } else {
    return drawn_statistics(model, data, draws, rng());
  }
}

namespace detail {

// Throws InvalidOption where there is nothing to run, or no standard error to be had.
void require_valid(const MonteCarloOptions& options);

// The mean of the batches' gains, with the bounds that it lies between, each with the given confidence, by Student's
// distribution. Throws DegenerateFit where a gain is not finite.
struct GainEstimate {
  GainEstimate(const Vector& of_batches, double confidence);

  double gain;
  double standard_error;
  double lower;
  double upper;
};

// How many draws of a batch the next E-step starts with, so that a gain as large as this one would be told from 0 with
// the given confidence, and be found where there is one with the same.
std::size_t next_draws(const GainEstimate& estimate, std::size_t draws, const MonteCarloOptions& options);

// The means of several batches of draws.
template <class Statistics>
class Batches {
 public:
  explicit Batches(std::size_t count) : means_(count) {}

  [[nodiscard]] std::size_t draws_of_each() const { return draws_; }
  [[nodiscard]] std::size_t size() const { return means_.size(); }
  [[nodiscard]] const Statistics& operator[](std::size_t i) const { return *means_[i]; }

  // Adds so many draws to each batch, which `simulate(draws, rng)` gives the mean of.
  template <class Simulate>
  void add(std::size_t draws, std::uint64_t seed, const Simulate& simulate) {
    const auto all = static_cast<double>(draws_ + draws);
    parallel_for(means_.size(), [&](std::size_t i) {
      RandomEngine rng = random_stream(seed, i);
      std::optional<Statistics> mean(simulate(draws, rng));
      if (means_[i]) {
        *mean *= static_cast<double>(draws) / all;
        *means_[i] *= static_cast<double>(draws_) / all;
        *mean += std::as_const(*means_[i]);
      }
      means_[i] = std::move(mean);
    });
    draws_ += draws;
  }

  [[nodiscard]] Statistics mean() const {
    Statistics all = *means_.front();
    for (std::size_t i = 1; i < means_.size(); ++i) all += std::as_const(*means_[i]);
    all *= 1.0 / static_cast<double>(means_.size());
    return all;
  }

 private:
  std::vector<std::optional<Statistics>> means_;
  std::size_t draws_ = 0;
};

// Q(θ), plus the log-prior where there is one.
template <class Model>
double simulated_target(const Model& model, const typename Model::Statistics& statistics) {
  const double q = model.expected_log_joint(statistics);
  if constexpr (requires { model.log_prior(); }) {
    return q + model.log_prior();
  } else {
    return q;
  }
}

// By how much the step raises Q, as each batch sees it.
template <class Model>
GainEstimate gain_of_step(const Model& before, const Model& after, const Batches<typename Model::Statistics>& batches,
                          double confidence) {
  Vector gains(static_cast<Index>(batches.size()));
  for (std::size_t i = 0; i < batches.size(); ++i) {
    gains[static_cast<Index>(i)] = simulated_target(after, batches[i]) - simulated_target(before, batches[i]);
  }
  return GainEstimate(gains, confidence);
}

// An E-step by simulation and the M-step that follows, with what is known of its gain.
template <class Model>
struct SimulatedStep {
  Model model;
  GainEstimate gain;
  std::size_t draws_of_batch;
};

inline bool has_converged(const GainEstimate& gain, const MonteCarloOptions& options) {
  // The M-step maximises the mean over these very draws, so that it can't be lower.
  if (gain.upper < -options.tolerance) {
    throw ObjectiveDecreased("the M-step lowered the simulated Q: m_step does not maximise expected_log_joint");
  }
  return gain.upper < options.tolerance;
}

// A step with so many draws that its gain is known to be positive, or too small to matter; nothing where that takes
// more draws than there may be.
template <class Model>
std::optional<SimulatedStep<Model>> step_that_climbs(const Model& model, const typename Model::Data& data,
                                                     std::size_t draws_of_batch, RandomEngine& seeds,
                                                     const MonteCarloOptions& options) {
  const auto simulated = [&](std::size_t draws, RandomEngine& rng) { return simulate(model, data, draws, rng); };
  Batches<typename Model::Statistics> batches(options.batches);
  batches.add(draws_of_batch, seeds(), simulated);
  while (true) {
    Model proposed = model;
    proposed.m_step(batches.mean());
    const GainEstimate gain = gain_of_step(model, proposed, batches, options.confidence);
    if (gain.lower > 0.0 || has_converged(gain, options)) {
      return SimulatedStep<Model>{
          .model = std::move(proposed), .gain = gain, .draws_of_batch = batches.draws_of_each()};
    }
    const std::size_t more = (batches.draws_of_each() + 1) / 2;
    if (batches.draws_of_each() + more > options.most_draws / options.batches) return std::nullopt;
    batches.add(more, seeds(), simulated);
  }
}

// Why a run stopped.
StopReason gain_is_small(const MonteCarloOptions& options);
StopReason draws_are_too_few(const MonteCarloOptions& options);
StopReason iterations_are_over(const MonteCarloOptions& options);

template <class Model>
MonteCarloResult<Model> run_monte_carlo(Model model, const typename Model::Data& data,
                                        const MonteCarloOptions& options) {
  RandomEngine seeds = random_stream(options.seed, 0);
  std::size_t draws_of_batch = options.draws / options.batches;
  MonteCarloResult<Model> result = {.model = std::move(model), .stop = iterations_are_over(options)};
  for (int number = 1; number <= options.iterations; ++number) {
    auto step = step_that_climbs(result.model, data, draws_of_batch, seeds, options);
    if (!step) {
      result.stop = draws_are_too_few(options);
      break;
    }
    result.model = std::move(step->model);
    result.trace.push_back({.number = number,
                            .draws = step->draws_of_batch * options.batches,
                            .gain = step->gain.gain,
                            .standard_error = step->gain.standard_error});
    if (has_converged(step->gain, options)) {
      result.stop = gain_is_small(options);
      break;
    }
    draws_of_batch = next_draws(step->gain, step->draws_of_batch, options);
  }
  result.converged = result.stop.converged;
  return result;
}

template <class Model>
concept HasSimulatedQ = requires(const Model& fixed, const typename Model::Statistics& statistics) {
  fixed.expected_log_joint(statistics);
};

template <class Model>
concept HasMeanOfDraws = requires(typename Model::Statistics& statistics) {
  statistics *= 1.0;
  statistics += std::as_const(statistics);
};

template <class Model>
concept MonteCarloModel =
    (SimulatedModel<Model> || AssignableModel<Model>) && HasSimulatedQ<Model> && HasMeanOfDraws<Model>;

// Compiles for a `MonteCarloModel`, and otherwise says what is missing.
template <class Model>
consteval void require_monte_carlo() {
  constexpr bool has_draws = SimulatedModel<Model> || AssignableModel<Model>;
  static_assert(has_draws,
                "latent: Monte-Carlo EM needs a model with "
                "`Statistics simulated_e_step(const Data&, std::size_t draws, RandomEngine&) const` (SimulatedModel), "
                "or with `complete_statistics` and `posterior` (AssignableModel).");
  if constexpr (has_draws) {
    static_assert(HasSimulatedQ<Model>,
                  "latent: Monte-Carlo EM needs a model with `double expected_log_joint(const Statistics&) const` "
                  "(BoundedModel).");
    static_assert(HasMeanOfDraws<Model>,
                  "latent: Monte-Carlo EM needs a model with `Statistics` that have `*= double` and `+=` "
                  "(ScalableModel).");
  }
}

}  // namespace detail

/// Monte-Carlo EM from the parameters that the model comes with.
///
/// The gain of Q in an M-step is estimated from the same draws, batch by batch. Where its lower bound is positive, the
/// step is accepted; else half as many draws are added, and the step is made anew. The run has converged where the
/// upper bound is below the tolerance. The accuracy of the estimate is that of the draws: the tolerance decides it.
/// @return a `MonteCarloResult<Model>`.
/// @throws InvalidData, InvalidOption; DegenerateFit where an M-step leaves the parameter space.
template <class Model, class Data>
auto monte_carlo_em(Model model, const Data& data, const MonteCarloOptions& options = {}) {
  detail::require_monte_carlo<Model>();
  if constexpr (detail::MonteCarloModel<Model>) {
    detail::require_valid(options);
    const typename Model::Data& observed = data;
    std::optional<MonteCarloResult<Model>> result;
    with_threads(options.threads, [&] {
      if constexpr (requires { model.check(observed); }) model.check(observed);
      result = detail::run_monte_carlo(std::move(model), observed, options);
    });
    return std::move(*result);
  }
}

}  // namespace latent
