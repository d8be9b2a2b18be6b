/// @file
/// The two steps of EM, watched, counted and timed: what every update method is made of.
#pragma once

#include <chrono>
#include <cmath>
#include <concepts>
#include <exception>
#include <optional>
#include <utility>

#include "latent/core/failures.hpp"
#include "latent/core/model.hpp"
#include "latent/expectation/expectation.hpp"
#include "latent/solver/monitor.hpp"
#include "latent/solver/trace.hpp"

namespace latent {

/// A point of a run: a model, and what the E-step at its parameters gave.
template <EMModel Model>
struct Point {
  /// The model with the parameters of the point.
  Model model;
  /// Those of the E-step at them.
  typename Model::Statistics statistics;
  /// Natural log; the objective adds the log-prior of a `PenalizedModel`.
  double log_likelihood = 0.0;
  /// What EM maximises.
  double objective = 0.0;
  /// The ELBO before this E-step, where an M-step of a `BoundedModel` led here.
  std::optional<double> elbo_before = {};
};

/// A model after an M-step, of which the E-step is still to come.
template <EMModel Model>
struct HalfStep {
  /// The model with its new parameters.
  Model model;
  /// Those that the M-step took.
  typename Model::Statistics statistics;
  /// What the monitor knows until the E-step.
  Halfway halfway;
};

namespace detail {

// The seconds since its beginning, and those before it.
class Timer {
 public:
  explicit Timer(double before = 0.0) : before_(before) {}
  [[nodiscard]] double seconds() const {
    return before_ + std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  double before_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace detail

/// E-steps and M-steps on given data. The monitor sees each EM step; the effort counts all of them.
template <EMModel Model>
class Steps {
 public:
  /// That of the model.
  using Data = typename Model::Data;

  /// What is given must outlive the steps.
  Steps(const Data& data, Monitor& monitor, Effort& effort) : data_(data), monitor_(monitor), effort_(effort) {}

  /// The E-step at the model's parameters, which nothing is expected of.
  [[nodiscard]] Point<Model> at(Model model) {
    const detail::Timer timer(effort_.e_step_seconds);
    auto expected = expect(model, data_);
    const double level = objective(model, expected.log_likelihood);
    effort_.e_step_seconds = timer.seconds();
    ++effort_.e_steps;
    return {.model = std::move(model),
            .statistics = std::move(expected.statistics),
            .log_likelihood = expected.log_likelihood,
            .objective = level};
  }

  /// The M-step from a point.
  /// @throws ObjectiveDecreased where the ELBO decreased, and the policy is to raise.
  [[nodiscard]] HalfStep<Model> m_step(Point<Model> from) {
    const detail::Timer timer(effort_.m_step_seconds);
    const auto before = m_step_target(from.model, from.statistics);
    from.model.m_step(from.statistics);
    const auto after = m_step_target(from.model, from.statistics);
    const double error = m_step_target_error(from.model, from.statistics);
    effort_.m_step_seconds = timer.seconds();
    ++effort_.m_steps;
    return {.model = std::move(from.model),
            .statistics = std::move(from.statistics),
            .halfway = monitor_.after_m_step(from.objective, before, after, error)};
  }

  /// The E-step that follows an M-step.
  /// @throws DegenerateFit where the objective is not finite, ObjectiveDecreased where it decreased and the policy is
  /// to raise.
  [[nodiscard]] Point<Model> e_step(HalfStep<Model> step) {
    auto point = at(std::move(step.model));
    monitor_.after_e_step(step.halfway, point.objective);
    point.elbo_before = step.halfway.elbo;
    return point;
  }

  /// One iteration of plain EM: an M-step and an E-step.
  [[nodiscard]] Point<Model> em_step(Point<Model> from) { return e_step(m_step(std::move(from))); }

  /// Whether the M-step finds parameters from a point that no M-step led to.
  [[nodiscard]] bool has_m_step(const Point<Model>& from) {
    const detail::Timer timer(effort_.m_step_seconds);
    ++effort_.m_steps;
    bool found = true;
    try {
      Model model = from.model;
      model.m_step(from.statistics);
    } catch (...) {
      detail::rethrow_if_hopeless(std::current_exception());
      found = false;
    }
    effort_.m_step_seconds = timer.seconds();
    return found;
  }

  /// An EM step from a point that no M-step led to; nothing where the M-step finds no parameters there.
  [[nodiscard]] std::optional<Point<Model>> try_em_step(Point<Model> from) {
    try {
      return em_step(std::move(from));
    } catch (...) {
      detail::rethrow_if_hopeless(std::current_exception());
    }
    return std::nullopt;
  }

  /// The E-step at parameters that no M-step led to; nothing where they are outside of the parameter space:
  /// `set_parameters` or the E-step throws, or the objective is not finite.
  [[nodiscard]] std::optional<Point<Model>> try_at(Model model, const Vector& parameters)
    requires ParameterizedModel<Model>
  {
    if (!parameters.allFinite()) return std::nullopt;
    try {
      model.set_parameters(parameters);
      auto point = at(std::move(model));
      if (std::isfinite(point.objective)) return point;
    } catch (...) {
      detail::rethrow_if_hopeless(std::current_exception());
    }
    return std::nullopt;
  }

 private:
  const Data& data_;
  Monitor& monitor_;
  Effort& effort_;
};

/// Compiles for a `ParameterizedModel`, and otherwise says what is missing.
template <class Model>
consteval void require_parameterized() {
  static_assert(ParameterizedModel<Model>,
                "latent: acceleration needs a model with `Vector parameters() const` and `void set_parameters(const "
                "Vector&)` (ParameterizedModel).");
}

/// Plain EM: an M-step and an E-step an iteration.
struct PlainEM {
  /// What a method remembers from one iteration to the next: nothing.
  struct Memory {
    /// For cereal: there is nothing.
    template <class Archive>
    void serialize(Archive& /*archive*/) {}
  };

  /// What summaries call it.
  [[nodiscard]] static const char* name() { return "EM"; }
  /// For cereal: there is nothing.
  template <class Archive>
  void serialize(Archive& /*archive*/) {}
  /// The memory of a run that begins.
  template <EMModel Model>
  [[nodiscard]] Memory begin(const Model& /*start*/) const {
    return {};
  }
  /// One iteration from a point. Cost: an M-step and an E-step.
  /// @throws what the model does in its M-step and E-step; ObjectiveDecreased by the policy.
  template <EMModel Model>
  [[nodiscard]] Point<Model> advance(Memory& /*memory*/, Steps<Model>& steps, Point<Model> from) const {
    return steps.em_step(std::move(from));
  }
};

/// An update method: `begin(start)` gives the memory of a run, and `advance(memory, steps, point)` makes one iteration
/// of E-steps and M-steps, to a point that is no lower. Both it and its memory can be copied, and have cereal's
/// `serialize`, for checkpoints. Methods: `PlainEM`, `Squarem`, `Anderson`, `ParabolicEM`.
template <class Method, class Model>
concept EMMethod = EMModel<Model> && std::copy_constructible<Method> && std::copyable<typename Method::Memory> &&
                   requires(const Method& method, const Model& start, typename Method::Memory& memory,
                            Steps<Model>& steps, Point<Model> point) {
                     { method.name() } -> std::convertible_to<const char*>;
                     { method.begin(start) } -> std::same_as<typename Method::Memory>;
                     { method.advance(memory, steps, std::move(point)) } -> std::same_as<Point<Model>>;
                   };

}  // namespace latent
