#include "latent/solver/observers.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <ostream>
#include <utility>

namespace latent {
namespace {

// Empty also where it is infinite, which readers of CSV take for text.
std::string cell(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? fmt::to_string(*value) : std::string();
}

std::string line_of(const RestartOutcome& outcome) {
  if (outcome.failure) return fmt::format("restart {} failed: {}\n", outcome.number, *outcome.failure);
  if (!outcome.begun) return fmt::format("restart {} not begun ({})\n", outcome.number, outcome.stop.rule);
  return fmt::format("restart {} ended after {} {}: objective {:.6f} ({})\n", outcome.number, outcome.iterations,
                     outcome.iterations == 1 ? "iteration" : "iterations", outcome.objective, outcome.stop.rule);
}

}  // namespace

std::string trace_header() {
  return "iteration,log_likelihood,objective,gain,elbo_after_m_step,parameter_change,e_steps,seconds";
}

std::string trace_row(const Iteration& iteration) {
  return fmt::format("{},{},{},{},{},{},{},{}", iteration.number, iteration.log_likelihood, iteration.objective,
                     cell(iteration.gain), cell(iteration.elbo_after_m_step), cell(iteration.parameter_change),
                     iteration.e_steps, iteration.seconds);
}

Observer csv_trace(std::ostream& out) {
  const auto begun = std::make_shared<bool>(false);
  const auto write = [&out, begun](int restart, const Iteration& iteration) {
    if (!std::exchange(*begun, true)) out << "restart," << trace_header() << '\n';
    out << restart << ',' << trace_row(iteration) << '\n';
  };
  return {.on_iteration = write, .on_restart_end = {}, .on_recall = [write](int restart, const Trace& trace) {
            for (std::size_t i = 0; i + 1 < trace.size(); ++i) write(restart, trace[i]);
          }};
}

Observer progress(std::ostream& out, double seconds) {
  if (!(seconds >= 0.0)) {
    throw InvalidOption("progress seconds", fmt::to_string(seconds), "must not be negative");
  }
  using Clock = std::chrono::steady_clock;
  const auto told = std::make_shared<Clock::time_point>(Clock::now());
  return {.on_iteration =
              [&out, told, seconds](int restart, const Iteration& iteration) {
                const auto now = Clock::now();
                if (std::chrono::duration<double>(now - *told).count() < seconds) return;
                *told = now;
                out << fmt::format("restart {}, iteration {}: objective {:.6f}\n", restart, iteration.number,
                                   iteration.objective);
              },
          .on_restart_end = [&out](const RestartOutcome& outcome) { out << line_of(outcome); },
          .on_recall = {}};
}

}  // namespace latent
