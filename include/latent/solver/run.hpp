/// @file
/// One run of EM from one start: the plain loop, by any update method.
#pragma once

#include <any>
#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "latent/core/model.hpp"
#include "latent/solver/monitor.hpp"
#include "latent/solver/steps.hpp"
#include "latent/solver/stopping.hpp"
#include "latent/solver/trace.hpp"

namespace latent {

/// An update method of any type, for one type of model: the loop is compiled once for a model, whatever the method.
template <EMModel Model>
struct UpdateMethod {
  /// What summaries call it.
  std::string name;
  /// Whether its iteration is a plain EM step.
  bool plain = false;
  /// The memory of a run, at its start.
  std::function<std::any(const Model& start)> begin = {};
  /// One iteration from a point.
  std::function<Point<Model>(std::any& memory, Steps<Model>& steps, Point<Model> from)> advance = {};
};

/// The method, whose type is forgotten.
template <EMModel Model, EMMethod<Model> Method>
UpdateMethod<Model> update_method(const Method& method) {
  using Memory = typename Method::Memory;
  return {.name = method.name(),
          .plain = std::same_as<Method, PlainEM>,
          .begin = [method](const Model& start) { return std::make_any<Memory>(method.begin(start)); },
          .advance =
              [method](std::any& memory, Steps<Model>& steps, Point<Model> from) {
                return method.advance(std::any_cast<Memory&>(memory), steps, std::move(from));
              }};
}

/// A run on its way, between two iterations.
template <EMModel Model>
struct Run {
  /// Where it is.
  Point<Model> point;
  /// What the method remembers: its `Memory`.
  std::any memory;
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
template <EMModel Model>
void record(Run<Model>& run, std::optional<double> parameter_change, int em_steps, double seconds) {
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
template <EMModel Model>
Run<Model> begin_run(Model model, const typename Model::Data& data, const UpdateMethod<Model>& method,
                     OnDecrease on_decrease, Effort effort = {}) {
  const detail::Timer timer(effort.e_step_seconds + effort.m_step_seconds);
  Monitor monitor(on_decrease);
  std::any memory = method.begin(model);
  auto point = Steps<Model>(data, monitor, effort).at(std::move(model));
  Run<Model> run = {
      .point = std::move(point), .memory = std::move(memory), .monitor = std::move(monitor), .effort = effort};
  detail::record(run, {}, 0, timer.seconds());
  return run;
}

/// EM from where the run is: E-steps and M-steps until the rule says stop, and why it did. `tell(run)`, if there is
/// one, is called at the beginning and after each iteration. Where the rule asks for it, a plain EM step takes the
/// place of the method's iteration; the method's memory is left as it is.
///
/// Plain EM makes one more E-step than M-steps: the trace ends with the log-likelihood of the final parameters.
/// @throws DegenerateFit where the parameters leave the parameter space, ObjectiveDecreased by the policy
/// `on_decrease`, and whatever the model throws.
template <EMModel Model>
StopReason iterate(Run<Model>& run, const typename Model::Data& data, const UpdateMethod<Model>& method,
                   const StoppingRule& stop,
                   const std::type_identity_t<std::function<void(const Run<Model>&)>>& tell = nullptr) {
  const detail::Timer timer(run.monitor.trace().back().seconds);
  Steps<Model> steps(data, run.monitor, run.effort);
  if (tell) tell(run);
  std::optional<StopReason> reason = stop(run.monitor.trace());
  while (!reason) {
    const auto before = parameters_of(run.point.model);
    const bool em_step = method.plain || stop.wants_em_step(run.monitor.trace());
    run.point = em_step ? steps.em_step(std::move(run.point)) : method.advance(run.memory, steps, std::move(run.point));
    const int em_steps = em_step ? run.monitor.trace().back().em_steps + 1 : 0;
    detail::record(run, detail::change_of_parameters(run.point, before), em_steps, timer.seconds());
    if (tell) tell(run);
    reason = stop(run.monitor.trace());
  }
  return std::move(*reason);
}

}  // namespace latent
