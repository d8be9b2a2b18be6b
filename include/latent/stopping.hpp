/// @file
/// When a run stops: rules that are values, and combine.
///
///     options.stop = relative_gain(1e-8) || iteration_limit(500) || time_limit(60.0);
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "latent/trace.hpp"

namespace latent {

/// Why a run stopped.
struct StopReason {
  /// The rule that stopped it, as "relative gain < 1e-10".
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

  /// A rule of one's own. `interruption` is for one that needs no trace.
  explicit StoppingRule(Verdict verdict, Interruption interruption = {})
      : verdict_(std::move(verdict)), interruption_(std::move(interruption)) {}

  /// The reason to stop, or nothing. The trace has iteration 0 at least.
  [[nodiscard]] std::optional<StopReason> operator()(const Trace& trace) const { return verdict_(trace); }

  /// The reason to stop where the run, begun `seconds` ago, has no trace yet: it is still looking for its start. Rules
  /// that judge a trace have none.
  [[nodiscard]] std::optional<StopReason> interruption(double seconds) const {
    return interruption_ ? interruption_(seconds) : std::nullopt;
  }

 private:
  Verdict verdict_;
  Interruption interruption_;
};

/// Stops as soon as either does; the reason is that of the left one where both do.
[[nodiscard]] StoppingRule operator||(const StoppingRule& left, const StoppingRule& right);
/// Stops when both do at the same iteration; converged where both are.
[[nodiscard]] StoppingRule operator&&(const StoppingRule& left, const StoppingRule& right);

/// |gain| < tolerance · max(1, |objective|). With a tolerance of 0 it never holds.
/// @throws InvalidOption unless the tolerance is finite and not negative; so do the other rules.
[[nodiscard]] StoppingRule relative_gain(double tolerance);

/// |gain| < tolerance. The objective is a sum over observations, and so is its gain.
[[nodiscard]] StoppingRule absolute_gain(double tolerance);

/// max_i |θ_i − θ_i'| / (1 + |θ_i|) < tolerance, over the unconstrained parameters of a `ParameterizedModel`. For any
/// other model, `fit` throws InvalidOption at the first iteration.
[[nodiscard]] StoppingRule parameter_change(double tolerance);

/// Aitken's projection of the gain that is left is below the tolerance: with the objective ℓ_t and the rate
/// a = (ℓ_t − ℓ_{t−1}) / (ℓ_{t−1} − ℓ_{t−2}), what is left is (ℓ_t − ℓ_{t−1}) · a / (1 − a). It says how far the limit
/// is, where a gain only says how short the last step was. The projection must be below the tolerance, and so must the
/// change of the projected limit since the iteration before: early on, the ratio of two gains is no rate yet. (Böhning
/// et al. 1994, Ann. Inst. Statist. Math. 46:373.)
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

}  // namespace latent
