#include "latent/solver/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <sstream>

namespace latent {
namespace {

bool same_maximum(double higher, double lower) {
  constexpr double nats = 1e-3;
  return higher - lower <= nats;
}

std::string times(int count) { return count == 1 ? "once" : fmt::format("{} times", count); }

std::string ending(const RestartOutcome& restart, bool best) {
  return fmt::format("{} ({}){}", restart.stop.converged ? "converged" : "not converged", restart.stop.rule,
                     best ? ", the best" : "");
}

std::string line_of(const RestartOutcome& restart, bool best) {
  if (restart.failure) return fmt::format("{:>7}  failed: {}\n", restart.number, *restart.failure);
  if (!restart.begun) return fmt::format("{:>7}  not begun ({})\n", restart.number, restart.stop.rule);
  return fmt::format("{:>7}  {:>16.6f}  {:>10}  {:>7}  {:>16.6f}  {}\n", restart.number, restart.start_objective,
                     restart.iterations, restart.effort.e_steps, restart.objective, ending(restart, best));
}

Effort total_effort(const std::vector<RestartOutcome>& restarts) {
  Effort total;
  for (const RestartOutcome& restart : restarts) {
    total.e_steps += restart.effort.e_steps;
    total.m_steps += restart.effort.m_steps;
    total.e_step_seconds += restart.effort.e_step_seconds;
    total.m_step_seconds += restart.effort.m_step_seconds;
  }
  return total;
}

}  // namespace

Optima optima_of(const std::vector<RestartOutcome>& restarts) {
  Optima optima;
  std::vector<double> objectives;
  for (const RestartOutcome& restart : restarts) {
    if (restart.failure) {
      ++optima.failed;
    } else if (!restart.begun) {
      ++optima.not_begun;
    } else if (restart.stop.converged) {
      objectives.push_back(restart.comparable_objective());
    } else {
      ++optima.unfinished;
    }
  }
  optima.converged = static_cast<int>(objectives.size());
  std::ranges::sort(objectives, std::greater());
  std::optional<double> highest_of_group;
  for (const double objective : objectives) {
    if (!highest_of_group || !same_maximum(*highest_of_group, objective)) {
      ++optima.distinct;
      highest_of_group = objective;
    }
    if (optima.distinct == 1) ++optima.best_reached;
  }
  return optima;
}

std::string sentence(const Optima& optima) {
  const int restarts = optima.converged + optima.unfinished + optima.failed + optima.not_begun;
  std::string text = fmt::format("{} restart{}: ", restarts, restarts == 1 ? "" : "s");
  text += optima.distinct == 0 ? "none converged"
                               : fmt::format("{} distinct {}, the best reached {}", optima.distinct,
                                             optima.distinct == 1 ? "maximum" : "maxima", times(optima.best_reached));
  if (optima.distinct > 0 && optima.unfinished > 0) text += fmt::format("; {} did not converge", optima.unfinished);
  if (optima.failed > 0) text += fmt::format("; {} failed", optima.failed);
  if (optima.not_begun > 0) text += fmt::format("; {} had not begun", optima.not_begun);
  return text;
}

std::string full_report(const FitSummary& summary) {
  std::ostringstream first_line;
  first_line << summary;
  std::string text = fmt::format("{}: {}\n", summary.method, first_line.str());
  if (summary.objective != summary.log_likelihood) text += fmt::format("objective {:.6f}\n", summary.objective);

  text += fmt::format("\n{}\n", sentence(optima_of(summary.restarts)));
  text += fmt::format("{:>7}  {:>16}  {:>10}  {:>7}  {:>16}  outcome\n", "restart", "start objective", "iterations",
                      "E-steps", "end objective");
  for (const RestartOutcome& restart : summary.restarts)
    text += line_of(restart, restart.number == summary.best_restart);

  const Effort effort = total_effort(summary.restarts);
  text += fmt::format("\n{} E-steps in {:.3g} s, {} M-steps in {:.3g} s\n", effort.e_steps, effort.e_step_seconds,
                      effort.m_steps, effort.m_step_seconds);
  for (const std::string& warning : summary.warnings) text += fmt::format("warning: {}\n", warning);
  return text;
}

}  // namespace latent
