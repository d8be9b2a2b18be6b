/// @file
/// When a run stops: rules that are values, and combine.
///
///     options.stop = estimated_rest(1e-8) || iteration_limit(500) || time_limit(60.0);
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "latent/solver/trace.hpp"

namespace latent {

/// Why a run stopped.
struct StopReason {
  /// The rule that stopped it, as "estimated rest 3e-07 nats < 1e-06".
  std::string rule;
  /// Whether the rule speaks of convergence, or of patience.
  bool converged = false;
};

/// Looks at the trace after each E-step, and says whether to stop, and why.
class StoppingRule {
 public:
  /// The reason to stop, or nothing, by the trace so far.
  using Verdict = std::function<std::optional<StopReason>(const Trace&)>;
  /// The reason to stop, or nothing, by the seconds since the run's beginning.
  using Interruption = std::function<std::optional<StopReason>(double seconds)>;
  /// Whether the next iteration of an accelerated run should be a plain EM step, so that the rule can judge its gain.
  using Check = std::function<bool(const Trace&)>;

  /// A rule of one's own. `interruption` is for one that needs no trace, `check` for one that needs the gains of plain
  /// EM steps.
  explicit StoppingRule(Verdict verdict, Interruption interruption = {}, Check check = {})
      : verdict_(std::move(verdict)), interruption_(std::move(interruption)), check_(std::move(check)) {}

  /// The reason to stop, or nothing. The trace has iteration 0 at least.
  [[nodiscard]] std::optional<StopReason> operator()(const Trace& trace) const { return verdict_(trace); }

  /// The reason to stop where the run, begun `seconds` ago, has no trace yet: it is still looking for its start. Rules
  /// that judge a trace have none.
  [[nodiscard]] std::optional<StopReason> interruption(double seconds) const {
    return interruption_ ? interruption_(seconds) : std::nullopt;
  }

  /// Whether the rule, which does not stop the run yet, asks that its next iteration be a plain EM step.
  [[nodiscard]] bool wants_em_step(const Trace& trace) const { return check_ && check_(trace); }

 private:
  Verdict verdict_;
  Interruption interruption_;
  Check check_;
};

/// Stops as soon as either does; the reason is that of the left one where both do.
[[nodiscard]] StoppingRule operator||(const StoppingRule& left, const StoppingRule& right);
/// Stops when both do at the same iteration; converged where both are.
[[nodiscard]] StoppingRule operator&&(const StoppingRule& left, const StoppingRule& right);

/// Twice the estimated rest, in nats, is below the tolerance, or below the rounding of the objective. The rest is what
/// the objective lies below the local maximum that EM goes to (`rest_of`, latent/solver/rest.hpp): it does not depend
/// on the number of observations or on their unit, and √(2·rest) is the distance to the maximum in standard errors, at
/// most.
///
/// The gains of an acceleration say nothing about the rest. Once they are small, the rule asks for plain EM steps,
/// twelve at most, and judges those alone; where they show that the rest is larger, the acceleration goes on for ten
/// iterations at least. So the rule promises the same for every method.
///
/// With a tolerance of 0 it never holds.
/// @throws InvalidOption unless the tolerance is finite and not negative; so do the other rules.
[[nodiscard]] StoppingRule estimated_rest(double tolerance);

/// |gain| < tolerance · max(1, |objective|). With a tolerance of 0 it never holds. The objective grows with the number
/// of observations and depends on their unit, so this says little about how far the maximum is.
[[nodiscard]] StoppingRule relative_gain(double tolerance);

/// |gain| < tolerance. The objective is a sum over observations, and so is its gain.
[[nodiscard]] StoppingRule absolute_gain(double tolerance);

/// The largest change of a parameter in an iteration (`largest_change`, latent/solver/monitor.hpp) is below the
/// tolerance: in standard errors of the complete data, for a model that has `complete_information`; otherwise max_i
/// |θ_i − θ_i'| / (1 + |θ_i|), which depends on the parameters' units. For a model that is no `ParameterizedModel`,
/// `fit` throws InvalidOption at the first iteration.
[[nodiscard]] StoppingRule parameter_change(double tolerance);

/// Aitken's projection of the gain that is left is below the tolerance: with the objective ℓ_t and the rate
/// a = (ℓ_t − ℓ_{t−1}) / (ℓ_{t−1} − ℓ_{t−2}), it is (ℓ_t − ℓ_{t−1}) · a / (1 − a). (Böhning et al. 1994, Ann. Inst.
/// Statist. Math. 46:373.) Where EM converges linearly the rate can only rise, so the projection is a lower bound of
/// the rest; before that, it means nothing. So it is believed only where the estimate of `estimated_rest` is there as
/// well, and at most four times as large. On accelerated runs it asks for plain EM steps, as `estimated_rest` does.
[[nodiscard]] StoppingRule aitken_gain(double tolerance);

/// After `limit` M-steps; not convergence.
/// @throws InvalidOption where the limit is negative.
[[nodiscard]] StoppingRule iteration_limit(int limit);

/// After the iteration that ends later than `seconds` after the run's beginning; not convergence. Short runs that look
/// for a start are cut too.
[[nodiscard]] StoppingRule time_limit(double seconds);

/// After the iteration during which a stop was requested; not convergence. Short runs that look for a start are cut
/// too, and restarts that have not begun don't begin.
[[nodiscard]] StoppingRule stop_requested(std::stop_token token);

/// What `FitOptions` stops at, in nats: far below what matters to inference, so that the digits that are printed are
/// those of the maximum (a parameter is within √(2·rest) standard errors of its value there).
inline constexpr double usual_rest = 1e-10;
/// The most iterations that `FitOptions` allows. EM that crawls takes thousands; a time limit is often the better
/// limit.
inline constexpr int usual_iterations = 10'000;

}  // namespace latent
