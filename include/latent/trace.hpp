/// @file
/// The record of a run, iteration by iteration.
#pragma once

#include <optional>
#include <vector>

namespace latent {

/// One iteration of a run. Iteration 0 is the start; iteration t has made t M-steps.
struct Iteration {
  /// The number of M-steps made.
  int number = 0;
  /// log p(x | θ) at this iteration's parameters, natural log.
  double log_likelihood = 0.0;
  /// What EM climbs: the log-likelihood, plus the log-prior of a `PenalizedModel`. With an exact posterior it is also
  /// the ELBO after the E-step, which touches it.
  double objective = 0.0;
  /// Objective minus that of the iteration before; not set at iteration 0.
  std::optional<double> gain = {};
  /// The ELBO (plus the log-prior of a `PenalizedModel`) after the M-step that led here, before the E-step; set for a
  /// `BoundedModel`, from iteration 1 on.
  std::optional<double> elbo_after_m_step = {};
  /// max_i |θ_i − θ_i'| / (1 + |θ_i|), θ' being the iteration before; set for a `ParameterizedModel`, from iteration 1
  /// on.
  std::optional<double> parameter_change = {};
  /// Seconds since the run began.
  double seconds = 0.0;
};

/// The sequence of iterations of a run, from iteration 0.
using Trace = std::vector<Iteration>;

}  // namespace latent
