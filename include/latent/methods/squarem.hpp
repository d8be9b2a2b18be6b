/// @file
/// SQUAREM: squared extrapolation of EM's steps, for runs that crawl.
///
///     auto result = fit(model, data, options, Squarem());
#pragma once

#include <utility>

#include "latent/core/model.hpp"
#include "latent/methods/complete_information.hpp"
#include "latent/solver/steps.hpp"

namespace latent {

/// The step length α of SQUAREM from r = θ₁ − θ₀ and v = (θ₂ − θ₁) − r. Products are aᵀ I b with the diagonal I of the
/// complete-data information (latent/methods/complete_information.hpp), so that α does not depend on the parameters'
/// units.
enum class SquaremScheme {
  s1,  ///< rᵀv / vᵀv
  s2,  ///< rᵀr / rᵀv
  s3   ///< −‖r‖ / ‖v‖; the most reliable of the three in the paper
};

namespace detail {

// θ₀ − 2α r + α² v, and the memory of how long steps may be.
class SquaredStep {
 public:
  // Of the information, by which lengths are measured.
  InformationSchedule information;

  // The extrapolation, with lengths in the metric diag(information); where α = −1 it is θ₂ itself.
  [[nodiscard]] Vector extrapolated(SquaremScheme scheme, const Vector& zero, const Vector& one, const Vector& two,
                                    const Vector& information_at_two);
  // Whether the last extrapolation was no more than θ₂.
  [[nodiscard]] bool plain() const { return alpha_ == -1.0; }
  // Says how the last extrapolation went: steps at the bound may then be longer, or must be shorter.
  void went(bool well);

  template <class Archive>
  void serialize(Archive& archive) {
    archive(information, longest_, alpha_);
  }

 private:
  double longest_ = 1.0;
  double alpha_ = -1.0;
};

}  // namespace detail

/// SQUAREM (Varadhan & Roland 2008, Scand. J. Statist. 35:335): two EM steps θ₀ → θ₁ → θ₂, the extrapolation
/// θ' = θ₀ − 2α r + α² v in the unconstrained parameters, and an EM step from there. Where that
/// ends lower than the ELBO at θ₂ (than θ₁, where the model has no `expected_log_joint`), or outside of the parameter
/// space, the iteration ends at θ₂ instead: the objective never
/// decreases. α lies between −1, which is θ₂, and a bound: where it was reached it grows fourfold if that went well,
/// and shrinks if not.
///
/// An iteration takes three E-steps. For a `ParameterizedModel`.
struct Squarem {
  /// Which step length.
  SquaremScheme scheme = SquaremScheme::s3;

  /// How long steps may be.
  using Memory = detail::SquaredStep;

  /// What summaries call it.
  [[nodiscard]] static const char* name() { return "SQUAREM"; }
  /// For cereal; see latent/solver/checkpoint.hpp.
  template <class Archive>
  void serialize(Archive& archive) {
    archive(scheme);
  }

  /// The memory of a run that begins.
  template <EMModel Model>
  [[nodiscard]] Memory begin(const Model& /*start*/) const {
    require_parameterized<Model>();
    return {};
  }

  /// One iteration from a point, to one that is no lower. Cost: three E-steps, or four where the extrapolation is given
  /// up.
  /// @throws what the model does in its M-step and E-step.
  template <ParameterizedModel Model>
  [[nodiscard]] Point<Model> advance(Memory& step, Steps<Model>& steps, Point<Model> from) const {
    const Vector zero = from.model.parameters();
    auto first = steps.em_step(std::move(from));
    const Vector one = first.model.parameters();
    const double level = first.objective;
    auto second = steps.m_step(std::move(first));
    const Vector two = second.model.parameters();
    const Vector information = step.information.at(second.model, second.statistics, two - one);
    const Vector extrapolated = step.extrapolated(scheme, zero, one, two, information);
    if (step.plain()) return steps.e_step(std::move(second));

    // The extrapolation may be low itself, as long as the EM step from it makes up for that.
    if (auto far = steps.try_at(second.model, extrapolated)) {
      auto stable = steps.try_em_step(std::move(*far));
      if (stable && stable->objective >= second.halfway.elbo.value_or(level)) {
        step.went(true);
        return std::move(*stable);
      }
    }
    step.went(false);
    return steps.e_step(std::move(second));
  }
};

}  // namespace latent
