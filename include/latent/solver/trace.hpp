/// @file
/// The record of a run, iteration by iteration.
#pragma once

#include <optional>
#include <vector>

namespace latent {

/// What a run has cost so far.
struct Effort {
  /// E-steps made.
  int e_steps = 0;
  /// M-steps made.
  int m_steps = 0;
  /// Seconds in E-steps and in M-steps. Those of restarts that run at once overlap.
  double e_step_seconds = 0.0;
  /// Seconds in M-steps, likewise.
  double m_step_seconds = 0.0;

  /// For cereal; see latent/solver/checkpoint.hpp.
  template <class Archive>
  void serialize(Archive& archive) {
    archive(e_steps, m_steps, e_step_seconds, m_step_seconds);
  }
};

/// One iteration of a run. Iteration 0 is the start. Plain EM makes one M-step an iteration; an accelerated iteration
/// may make several.
struct Iteration {
  /// From 0, the start.
  int number = 0;
  /// log p(x | θ) at this iteration's parameters, natural log.
  double log_likelihood = 0.0;
  /// What EM maximises: the log-likelihood, plus the log-prior of a `PenalizedModel`. With an exact posterior it is
  /// also the ELBO after the E-step, which touches it.
  double objective = 0.0;
  /// Objective minus that of the iteration before; not set at iteration 0.
  std::optional<double> gain = {};
  /// The ELBO (plus the log-prior of a `PenalizedModel`) after the M-step that led here, before the E-step; set for a
  /// `BoundedModel`, from iteration 1 on, but not where an accelerated step led here.
  std::optional<double> elbo_after_m_step = {};
  /// How far the parameters moved since the iteration before: see `largest_change` (latent/solver/monitor.hpp). Set for
  /// a `ParameterizedModel`, from iteration 1 on.
  std::optional<double> parameter_change = {};
  /// How many plain EM steps in a row ended here: 0 at the start, and where an accelerated step led here. The gains of
  /// EM follow a linear rate, those of an acceleration none.
  int em_steps = 0;
  /// E-steps made since the run began, that of the start included.
  int e_steps = 0;
  /// Seconds since the run began.
  double seconds = 0.0;

  /// For cereal; see latent/solver/checkpoint.hpp.
  template <class Archive>
  void serialize(Archive& archive) {
    archive(number, log_likelihood, objective, gain, elbo_after_m_step, parameter_change, em_steps, e_steps, seconds);
  }
};

/// The sequence of iterations of a run, from iteration 0. A long run's has not all of them; `Iteration::number` says
/// which: see `append`.
using Trace = std::vector<Iteration>;

/// The last so many iterations are in every trace.
inline constexpr int whole_end_of_trace = 32;

/// Adds the next iteration to the trace of a run, and thins the trace where it becomes too long, so that its size is
/// bounded. Up to iteration 2,048 it has all. After that it has those whose number is a multiple of a power of 2, the
/// smallest that leaves no more than 2,048 besides the start, and the last 32. What it has depends on the number of
/// iterations alone. Gains and changes of parameters stay those since the iteration before, whether the trace has that
/// or not. Cost O(1) on average.
/// @pre the number is that after the last one's, or 0 in an empty trace.
void append(Trace& trace, const Iteration& iteration);

/// By how much the numbers of a trace's iterations differ before its last 32: 1 where it has all, else a power of 2.
[[nodiscard]] int spacing(const Trace& trace);

}  // namespace latent
