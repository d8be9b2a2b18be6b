/// @file
/// Damped Anderson acceleration with restarts, for runs that crawl.
///
///     auto result = fit(model, data, options, Anderson());
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "latent/core/model.hpp"
#include "latent/methods/complete_information.hpp"
#include "latent/solver/steps.hpp"

namespace latent {

namespace detail {

// The last steps of a run, and the damping of what is made of them.
class AndersonHistory {
 public:
  AndersonHistory() = default;
  explicit AndersonHistory(int order) : order_(order) {}

  // Of the information, by which lengths are measured.
  InformationSchedule information;

  // Takes in an EM step, from θ to G(θ). The extrapolation from it and the steps before, by least squares in the metric
  // diag(information); nothing where there are none.
  [[nodiscard]] std::optional<Vector> extrapolated(const Vector& parameters, const Vector& after_em,
                                                   const Vector& information_there);
  // Says that the last extrapolation was taken: the next may be bolder.
  void taken() { ++successes_; }

  template <class Archive>
  void serialize(Archive& archive) {
    archive(information, order_, successes_, parameters_, steps_, parameter_differences_, step_differences_);
  }

 private:
  int order_ = 1;
  int successes_ = 0;
  std::optional<Vector> parameters_;  // θ_{k−1} and f_{k−1}
  std::optional<Vector> steps_;
  std::vector<Vector> parameter_differences_;  // Δθ and Δf since the last restart
  std::vector<Vector> step_differences_;
};

// The order for p parameters where none is given: half of them, ten at most.
int order_for(int given, Index parameters);

}  // namespace detail

/// Damped Anderson acceleration with restarts, DAAREM (Henderson & Varadhan 2019, J. Comput. Graph. Statist. 28:834):
/// with f_k = G(θ_k) − θ_k the EM step, θ_{k+1} = θ_k + f_k − (X_k + F_k) γ, X_k and F_k being the last differences of
/// θ and f, and γ the damped least-squares solution of F_k γ = f_k, in the metric of the complete-data information's
/// diagonal (latent/methods/complete_information.hpp): it does not depend on the parameters' units. The differences are
/// forgotten each time there are `order` of them. An extrapolation that is lower than the ELBO after the M-step (than
/// θ_k, where the model has no `expected_log_joint`), outside of the parameter space, or where the M-step finds no
/// parameters, gives way to G(θ_k): the objective never decreases.
///
/// An iteration takes one E-step, or two where the extrapolation is given up. For a `ParameterizedModel`.
struct Anderson {
  /// The most differences that are kept; 0 means half the number of parameters, but 10 at most.
  int order = 0;

  /// The last steps of a run.
  using Memory = detail::AndersonHistory;

  /// What summaries call it.
  [[nodiscard]] static const char* name() { return "Anderson"; }
  /// For cereal; see latent/solver/checkpoint.hpp.
  template <class Archive>
  void serialize(Archive& archive) {
    archive(order);
  }

  /// @throws InvalidOption where the order is negative.
  template <EMModel Model>
  [[nodiscard]] Memory begin(const Model& start) const {
    require_parameterized<Model>();
    if constexpr (ParameterizedModel<Model>) return Memory(detail::order_for(order, start.parameters().size()));
  }

  /// One iteration from a point, to one that is no lower. Cost: one E-step or two, O(p·order²).
  /// @throws what the model does in its M-step and E-step.
  template <ParameterizedModel Model>
  [[nodiscard]] Point<Model> advance(Memory& history, Steps<Model>& steps, Point<Model> from) const {
    const Vector parameters = from.model.parameters();
    const double level = from.objective;
    auto plain = steps.m_step(std::move(from));
    const Vector after_em = plain.model.parameters();
    const Vector information = history.information.at(plain.model, plain.statistics, after_em - parameters);
    if (const auto extrapolated = history.extrapolated(parameters, after_em, information)) {
      auto far = steps.try_at(plain.model, *extrapolated);
      if (far && far->objective >= plain.halfway.elbo.value_or(level) && steps.has_m_step(*far)) {
        history.taken();
        return std::move(*far);
      }
    }
    return steps.e_step(std::move(plain));
  }
};

}  // namespace latent
