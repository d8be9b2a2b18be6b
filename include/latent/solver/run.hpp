/// @file
/// One run of EM from one start: the plain loop, by any update method.
#pragma once

#include <concepts>
#include <optional>
#include <utility>

#include "latent/core/model.hpp"
#include "latent/solver/monitor.hpp"
#include "latent/solver/steps.hpp"
#include "latent/solver/stopping.hpp"
#include "latent/solver/trace.hpp"

namespace latent {

/// A run on its way, between two iterations.
template <EMModel Model, class Method>
struct Run {
  /// Where it is.
  Point<Model> point;
  /// What the method remembers.
  typename Method::Memory memory;
  /// The trace, and the monitor.
  Monitor monitor;
  /// What it has cost.
  Effort effort;
};

namespace detail {

/// How far the parameters moved, from the given ones to those of the point.
template <EMModel Model>
std::optional<double> change_of_parameters(const Point<Model>& now, const std::optional<Vector>& before) {
  if constexpr (ParameterizedModel<Model> && CompleteInformationModel<Model>) {
    return largest_change(now.model.parameters(), before, now.model.complete_information(now.statistics));
  } else {
    return largest_change(parameters_of(now.model), before);
  }
}

/// Ends an iteration at the run's point.
template <EMModel Model, class Method>
void record(Run<Model, Method>& run, std::optional<double> parameter_change, int em_steps, double seconds) {
  run.monitor.record({.log_likelihood = run.point.log_likelihood,
                      .objective = run.point.objective,
                      .elbo_after_m_step = run.point.elbo_before,
                      .parameter_change = parameter_change,
                      .em_steps = em_steps,
                      .e_steps = run.effort.e_steps,
                      .seconds = seconds});
}

}  // namespace detail

/// A run at its start: the model's present parameters, and their E-step. `effort` is what it took to find them.
/// @throws DegenerateFit where the objective is not finite.
template <EMModel Model, EMMethod<Model> Method>
Run<Model, Method> begin_run(Model model, const typename Model::Data& data, const Method& method,
                             OnDecrease on_decrease, Effort effort = {}) {
  const detail::Timer timer(effort.e_step_seconds + effort.m_step_seconds);
  Monitor monitor(on_decrease);
  auto memory = method.begin(model);
  auto point = Steps<Model>(data, monitor, effort).at(std::move(model));
  Run<Model, Method> run = {
      .point = std::move(point), .memory = std::move(memory), .monitor = std::move(monitor), .effort = effort};
  detail::record(run, {}, 0, timer.seconds());
  return run;
}

/// EM from where the run is: E-steps and M-steps until the rule says stop, and why it did. `tell(run)` is called at the
/// beginning and after each iteration. Where the rule asks for it, a plain EM step takes the place of the method's
/// iteration; the method's memory is left as it is.
///
/// Plain EM makes one more E-step than M-steps: the trace ends with the log-likelihood of the final parameters.
/// @throws DegenerateFit where the parameters leave the parameter space, ObjectiveDecreased by the policy
/// `on_decrease`, and whatever the model throws.
template <EMModel Model, EMMethod<Model> Method, class Tell>
StopReason iterate(Run<Model, Method>& run, const typename Model::Data& data, const Method& method,
                   const StoppingRule& stop, const Tell& tell) {
  const detail::Timer timer(run.monitor.trace().back().seconds);
  Steps<Model> steps(data, run.monitor, run.effort);
  tell(run);
  std::optional<StopReason> reason = stop(run.monitor.trace());
  while (!reason) {
    const auto before = parameters_of(run.point.model);
    const bool em_step = std::same_as<Method, PlainEM> || stop.wants_em_step(run.monitor.trace());
    run.point = em_step ? steps.em_step(std::move(run.point)) : method.advance(run.memory, steps, std::move(run.point));
    const int em_steps = em_step ? run.monitor.trace().back().em_steps + 1 : 0;
    detail::record(run, detail::change_of_parameters(run.point, before), em_steps, timer.seconds());
    tell(run);
    reason = stop(run.monitor.trace());
  }
  return std::move(*reason);
}

}  // namespace latent
