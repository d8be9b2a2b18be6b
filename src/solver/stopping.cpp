#include "latent/solver/stopping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>

#include "latent/core/errors.hpp"
#include "latent/solver/rest.hpp"

namespace latent {
namespace {

void require_not_negative(std::string_view option, double value) {
  if (!(value >= 0.0) || std::isinf(value)) {
    throw InvalidOption(std::string(option), fmt::to_string(value), "must be finite and not negative");
  }
}

// Stops a run as converged where `holds(trace)` does.
template <class Test>
StoppingRule convergence(const std::string& name, Test holds) {
  return StoppingRule([name, holds = std::move(holds)](const Trace& trace) -> std::optional<StopReason> {
    if (!holds(trace)) return std::nullopt;
    return StopReason{.rule = name, .converged = true};
  });
}

// Stops for the given reason where `holds(seconds since the run's beginning)` does, with or without a trace.
StoppingRule interruption(const std::string& name, std::function<bool(double seconds)> holds) {
  const auto verdict = [reason = StopReason{.rule = name, .converged = false},
                        holds = std::move(holds)](double seconds) -> std::optional<StopReason> {
    if (!holds(seconds)) return std::nullopt;
    return reason;
  };
  return StoppingRule([verdict](const Trace& trace) { return verdict(trace.back().seconds); }, verdict);
}

std::optional<StopReason> either(std::optional<StopReason> left, std::optional<StopReason> right) {
  return left ? std::move(left) : std::move(right);
}

std::optional<StopReason> both(const std::optional<StopReason>& left, const std::optional<StopReason>& right) {
  if (!left || !right) return std::nullopt;
  return StopReason{left->rule + " and " + right->rule, left->converged && right->converged};
}

// How many plain EM steps an accelerated run is judged by, and how many accelerated iterations are between two checks.
constexpr int longest_check = 12;
constexpr int between_checks = 10;

bool checked_lately(const Trace& trace) {
  const std::size_t first = trace.size() - std::min<std::size_t>(trace.size(), between_checks);
  return std::any_of(trace.begin() + static_cast<std::ptrdiff_t>(first), trace.end(),
                     [](const Iteration& iteration) { return iteration.em_steps > 0; });
}

// Whether an accelerated run, not yet stopped by the rest, should make a plain EM step for it to be judged by.
bool check_is_due(const Trace& trace, double tolerance) {
  const Iteration& now = trace.back();
  if (now.em_steps == 0) return now.gain && *now.gain < tolerance && !checked_lately(trace);
  constexpr double hopeless = 4.0;  // times the tolerance: EM steps would be many until the rest is there
  const auto rest = rest_of(trace);
  return now.em_steps < longest_check && !(rest && rest->nats > hopeless * tolerance);
}

StopReason at_rounding(const Rest& rest) {
  return {.rule = fmt::format("gains below the rounding of the objective, {:.1g} nats", rest.nats), .converged = true};
}

// A rule on the rest: where it is known to be below rounding, nothing is left to judge.
template <class Judge>
StoppingRule rule_on_rest(double tolerance, Judge judge) {
  require_not_negative("tolerance", tolerance);
  if (tolerance == 0.0) return StoppingRule([](const Trace&) { return std::nullopt; });
  return StoppingRule(
      [judge = std::move(judge)](const Trace& trace) -> std::optional<StopReason> {
        const auto rest = rest_of(trace);
        if (!rest) return std::nullopt;
        return rest->below_rounding ? at_rounding(*rest) : judge(trace, rest->nats);
      },
      {}, [tolerance](const Trace& trace) { return check_is_due(trace, tolerance); });
}

// What is left of the run after iteration t, by Aitken's projection; nothing where the gains don't shrink, and so
// have no limit to project to.
std::optional<double> projected_gain(const Trace& trace, std::size_t t) {
  const double gain = trace[t].gain.value();
  const double gain_before = trace[t - 1].gain.value();
  if (gain == 0.0) return 0.0;
  if (std::abs(gain) >= std::abs(gain_before)) return std::nullopt;
  const double rate = gain / gain_before;
  return gain * rate / (1.0 - rate);
}

}  // namespace

StoppingRule operator||(const StoppingRule& left, const StoppingRule& right) {
  return StoppingRule(
      [left, right](const Trace& trace) { return either(left(trace), right(trace)); },
      [left, right](double seconds) { return either(left.interruption(seconds), right.interruption(seconds)); },
      [left, right](const Trace& trace) { return left.wants_em_step(trace) || right.wants_em_step(trace); });
}

StoppingRule operator&&(const StoppingRule& left, const StoppingRule& right) {
  return StoppingRule(
      [left, right](const Trace& trace) { return both(left(trace), right(trace)); },
      [left, right](double seconds) { return both(left.interruption(seconds), right.interruption(seconds)); },
      [left, right](const Trace& trace) { return left.wants_em_step(trace) || right.wants_em_step(trace); });
}

StoppingRule estimated_rest(double tolerance) {
  constexpr double safety = 2.0;
  return rule_on_rest(tolerance, [tolerance](const Trace&, double rest) -> std::optional<StopReason> {
    if (!(safety * rest < tolerance)) return std::nullopt;
    return StopReason{fmt::format("estimated rest {:.1g} nats < {}", rest, tolerance), true};
  });
}

StoppingRule relative_gain(double tolerance) {
  require_not_negative("tolerance", tolerance);
  return convergence(fmt::format("relative gain < {}", tolerance), [tolerance](const Trace& trace) {
    const auto& now = trace.back();
    return now.gain && std::abs(*now.gain) < tolerance * std::max(1.0, std::abs(now.objective));
  });
}

StoppingRule absolute_gain(double tolerance) {
  require_not_negative("tolerance", tolerance);
  return convergence(fmt::format("gain < {}", tolerance), [tolerance](const Trace& trace) {
    const auto& now = trace.back();
    return now.gain && std::abs(*now.gain) < tolerance;
  });
}

StoppingRule parameter_change(double tolerance) {
  require_not_negative("tolerance", tolerance);
  return convergence(fmt::format("parameter change < {}", tolerance), [tolerance](const Trace& trace) {
    if (trace.size() == 1) return false;
    const auto& change = trace.back().parameter_change;
    if (!change) {
      throw InvalidOption("stop", "parameter change", "needs a model with parameters() and set_parameters()");
    }
    return *change < tolerance;
  });
}

StoppingRule aitken_gain(double tolerance) {
  constexpr double agreement = 4.0;
  const auto name = fmt::format("Aitken's projected gain < {}", tolerance);
  return rule_on_rest(tolerance, [tolerance, name](const Trace& trace, double rest) -> std::optional<StopReason> {
    const auto now = projected_gain(trace, trace.size() - 1);
    const auto before = projected_gain(trace, trace.size() - 2);
    if (!now || !before || !(rest <= agreement * std::abs(*now))) return std::nullopt;
    const double change_of_limit = trace.back().gain.value() + *now - *before;
    if (!(std::abs(*now) < tolerance && std::abs(change_of_limit) < tolerance)) return std::nullopt;
    return StopReason{.rule = name, .converged = true};
  });
}

StoppingRule iteration_limit(int limit) {
  if (limit < 0) throw InvalidOption("max-iterations", fmt::to_string(limit), "must not be negative");
  return StoppingRule([limit](const Trace& trace) -> std::optional<StopReason> {
    const int made = trace.back().number;
    if (made < limit) return std::nullopt;
    std::string rule = fmt::format("{} iteration{}", made, made == 1 ? "" : "s");
    // A run that was resumed may have made more than are allowed now.
    if (made > limit) rule += fmt::format(", where {} {} allowed", limit, limit == 1 ? "is" : "are");
    return StopReason{.rule = std::move(rule), .converged = false};
  });
}

StoppingRule time_limit(double seconds) {
  require_not_negative("time limit", seconds);
  return interruption(fmt::format("{} {}", seconds, seconds == 1.0 ? "second" : "seconds"),
                      [seconds](double passed) { return passed > seconds; });
}

StoppingRule stop_requested(std::stop_token token) {
  return interruption("stop requested", [token = std::move(token)](double) { return token.stop_requested(); });
}

}  // namespace latent
