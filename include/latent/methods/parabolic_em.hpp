/// @file
/// Parabolic EM, for runs that crawl.
///
///     auto result = fit(model, data, options, ParabolicEM());
#pragma once

#include <optional>
#include <utility>

#include "latent/core/model.hpp"
#include "latent/solver/steps.hpp"

namespace latent {

/// Parabolic EM (Berlinet & Roland 2009, Statistics and Computing 19:35): the last three points of the run, θ₀, θ₁, θ₂,
/// are the control points of a parabola (1 − t)² θ₀ + 2t(1 − t) θ₁ + t² θ₂, which is followed beyond θ₂ (t = 1) over
/// the grid t = 1 + h·aⁱ for as long as the objective rises. Two EM steps from the highest point end the iteration.
/// Where already the first point of the grid is lower than θ₂, or outside of the parameter space, the iteration is one
/// plain EM step: the objective never decreases.
///
/// An iteration takes an E-step, and one more for each point of the grid. For a `ParameterizedModel`.
struct ParabolicEM {
  /// The paper's geometric grid.
  double first_step = 0.1;
  /// a, by which each step of the grid is longer than the one before; above 1.
  double growth = 1.5;

  /// θ₀ and θ₁.
  struct Memory {
    /// θ₀, unconstrained; nothing in the first iterations.
    std::optional<Vector> zero = {};
    /// θ₁.
    std::optional<Vector> one = {};

    /// For cereal; see latent/solver/checkpoint.hpp.
    template <class Archive>
    void serialize(Archive& archive) {
      archive(zero, one);
    }
  };

  /// What summaries call it.
  [[nodiscard]] static const char* name() { return "parabolic EM"; }
  /// For cereal; see latent/solver/checkpoint.hpp.
  template <class Archive>
  void serialize(Archive& archive) {
    archive(first_step, growth);
  }

  /// @throws InvalidOption where the first step is not positive, or the growth not above 1.
  template <EMModel Model>
  [[nodiscard]] Memory begin(const Model& /*start*/) const {
    require_parameterized<Model>();
    check();
    return {};
  }

  /// One iteration from a point, to one that is no lower. Cost: one E-step, and one more for each point of the grid.
  /// @throws what the model does in its M-step and E-step.
  template <ParameterizedModel Model>
  [[nodiscard]] Point<Model> advance(Memory& memory, Steps<Model>& steps, Point<Model> from) const {
    if (memory.zero && memory.one) {
      if (auto beyond = follow(*memory.zero, *memory.one, steps, from)) {
        auto first = steps.try_em_step(std::move(*beyond));
        auto second = first ? steps.try_em_step(std::move(*first)) : std::nullopt;
        if (second) {
          memory.zero = std::exchange(memory.one, from.model.parameters());
          return std::move(*second);
        }
      }
    }
    return next(memory, steps, std::move(from));
  }

 private:
  void check() const;

  // The highest point of the grid before the first that is no higher than the one before it.
  template <ParameterizedModel Model>
  [[nodiscard]] std::optional<Point<Model>> follow(const Vector& zero, const Vector& one, Steps<Model>& steps,
                                                   const Point<Model>& from) const {
    const Vector two = from.model.parameters();
    std::optional<Point<Model>> highest;
    double level = from.objective;
    for (double step = first_step;; step *= growth) {
      const double t = 1.0 + step;
      const Vector parameters = (1.0 - t) * (1.0 - t) * zero + 2.0 * t * (1.0 - t) * one + t * t * two;
      auto point = steps.try_at(from.model, parameters);
      if (!point || !(point->objective > level)) return highest;
      level = point->objective;
      highest = std::move(point);
    }
  }

  // A plain EM step, which is remembered.
  template <ParameterizedModel Model>
  [[nodiscard]] static Point<Model> next(Memory& memory, Steps<Model>& steps, Point<Model> from) {
    memory.zero = std::exchange(memory.one, from.model.parameters());
    return steps.em_step(std::move(from));
  }
};

}  // namespace latent
