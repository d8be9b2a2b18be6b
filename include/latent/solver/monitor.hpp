/// @file
/// The monitor of a run: EM never goes down, so a decrease is an error in the model's functions, and is named as such.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "latent/core/errors.hpp"
#include "latent/core/model.hpp"
#include "latent/solver/trace.hpp"

namespace latent {

/// What to do where the objective, or the ELBO, decreases beyond rounding.
enum class OnDecrease {
  warn,   ///< keep a warning with the result
  raise,  ///< throw ObjectiveDecreased
  ignore  ///< nothing
};

/// Q(θ) + log p(θ) of a `BoundedModel` given the statistics: what its M-step maximises. Nothing for other models.
template <EMModel Model>
std::optional<double> m_step_target(const Model& model, const typename Model::Statistics& statistics) {
  if constexpr (!BoundedModel<Model>) {
    return std::nullopt;
  } else if constexpr (PenalizedModel<Model>) {
    return model.expected_log_joint(statistics) + model.log_prior();
  } else {
    return model.expected_log_joint(statistics);
  }
}

/// How far rounding may take that target from its value, in nats, as a `RoundedModel` has it; 0 for other models.
template <EMModel Model>
double m_step_target_error(const Model& model, const typename Model::Statistics& statistics) {
  if constexpr (RoundedModel<Model>) {
    return model.expected_log_joint_error(statistics);
  } else {
    return 0.0;
  }
}

/// log p(x | θ), plus log p(θ) for a `PenalizedModel`.
template <EMModel Model>
double objective(const Model& model, double log_likelihood) {
  if constexpr (PenalizedModel<Model>) {
    return log_likelihood + static_cast<double>(model.log_prior());
  } else {
    return log_likelihood;
  }
}

/// What the monitor knows after an M-step, until the E-step that follows.
struct Halfway {
  /// At the E-step before.
  double objective;
  /// The ELBO after the M-step, plus the log-prior of a `PenalizedModel`, where the model gives it.
  std::optional<double> elbo;
  /// Whether the M-step was found to lower it.
  bool decreased;
  /// How far rounding may take the ELBO from its value, beyond what sums over the data lose.
  double error = 0.0;
};

/// Keeps the trace of a run, and watches that it ascends.
///
/// The ELBO is F(q, θ) = Q(θ) + H(q). After an exact E-step F equals the objective; the M-step then adds to F what it
/// adds to Q, as q is held; the next E-step lifts the objective to at least that (Neal & Hinton 1998). So no step needs
/// H(q), and each half-step is judged by itself.
class Monitor {
 public:
  /// An empty trace; `on_decrease` says what to do where the objective decreases.
  explicit Monitor(OnDecrease on_decrease) : on_decrease_(on_decrease) {}

  /// An M-step from a point of the given objective: its target with the same statistics before and after it, where the
  /// model gives it, and how far rounding may take it from its value.
  /// @throws ObjectiveDecreased where the target decreased and the policy is to raise.
  Halfway after_m_step(double objective, std::optional<double> target_before, std::optional<double> target_after,
                       double target_error = 0.0);

  /// The E-step that follows.
  /// @throws DegenerateFit where the objective is not finite, ObjectiveDecreased where it decreased and the policy is
  /// to raise.
  void after_e_step(const Halfway& before, double objective);

  /// The end of an iteration, or the start; the number and the gain are filled in.
  /// @throws DegenerateFit where the objective is not finite.
  void record(Iteration iteration);

  /// The iterations so far, from 0, the start.
  [[nodiscard]] const Trace& trace() const { return trace_; }
  /// What was found: the first decrease as a sentence, and how many there were after it.
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

  /// For cereal; the policy stays as it is.
  template <class Archive>
  void serialize(Archive& archive) {
    archive(trace_, warnings_, decreases_);
  }

 private:
  [[nodiscard]] int next_number() const { return trace_.empty() ? 0 : trace_.back().number + 1; }
  void report_decrease(const std::string& what);

  OnDecrease on_decrease_;
  Trace trace_;
  std::vector<std::string> warnings_;
  int decreases_ = 0;
};

/// θ of a `ParameterizedModel`. Nothing for other models.
template <EMModel Model>
std::optional<Vector> parameters_of(const Model& model) {
  if constexpr (ParameterizedModel<Model>) {
    return model.parameters();
  } else {
    return std::nullopt;
  }
}

/// max_i |θ_i − θ_i'| · √I_i, where both are there, I being the diagonal of the complete-data information: the largest
/// change in standard errors of the complete data, whatever the units. Without I it is max_i |θ_i − θ_i'| / (1 +
/// |θ_i|). Infinite where a parameter went to infinity or came back, 0 where it stayed there.
std::optional<double> largest_change(const std::optional<Vector>& now, const std::optional<Vector>& before,
                                     const std::optional<Vector>& information = {});

}  // namespace latent
