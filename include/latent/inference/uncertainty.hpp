/// @file
/// The uncertainty of estimates by the curvature of the log-likelihood: observed information, standard errors and Wald
/// intervals, for any model with `parameters()` and `expected_log_joint(statistics)`.
///
///     const auto information = observed_information(result.model, data);
///     const auto means = [](const GaussianMixture& model) -> Vector { return model.means().reshaped(); };
///     for (const IntervalEstimate& mean : wald_intervals(result.model, information, means, {.level = 0.95})) …
///
/// docs/uncertainty.md says what to think of the figures.
#pragma once

#include <concepts>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "latent/core/errors.hpp"
#include "latent/core/model.hpp"
#include "latent/core/parallel.hpp"
#include "latent/data/data_set.hpp"
#include "latent/data/effective_size.hpp"
#include "latent/expectation/expectation.hpp"
#include "latent/inference/interval_estimate.hpp"
#include "latent/solver/fit.hpp"
#include "latent/solver/monitor.hpp"

namespace latent {

/// Which of two identities the observed information is computed by. They are equal but for rounding.
enum class InformationMethod {
  oakes,  ///< −{∂²Q(θ'|θ)/∂θ'∂θ'ᵀ + ∂²Q(θ'|θ)/∂θ'∂θᵀ} at θ' = θ (Oakes 1999, J. R. Statist. Soc. B 61:479)
  score   ///< −∂s(θ)/∂θᵀ, with the score s(θ) = ∂Q(θ'|θ)/∂θ' at θ' = θ (Fisher's identity); half the evaluations of Q
};

/// How to compute the observed information.
struct InformationOptions {
  /// Which identity.
  InformationMethod method = InformationMethod::oakes;
  /// The largest relative error, by estimate, that the differences may leave in a variance.
  double tolerance = 0.01;
  /// The number of threads; 0 means one for each core. The bits are the same for any number.
  int threads = 0;
};

/// There is no usable information at the parameters: they are infinite, no maximum or not identified, or the
/// differences can't be trusted. The message says which.
class InformationUnavailable : public Error {
 public:
  using Error::Error;
};

/// The parameters are not a maximum: along a direction the objective curves upwards. At a saddle, where the score is 0,
/// EM stays, however long it runs; from `parameters() + t · direction()` it goes on to a higher maximum.
class NotAMaximum : public InformationUnavailable {
 public:
  /// The message, and the direction.
  NotAMaximum(const std::string& message, Vector direction)
      : InformationUnavailable(message), direction_(std::move(direction)) {}
  /// The direction in the parameters without constraints, p: as long as one standard error of the complete data. Its
  /// sign is arbitrary.
  [[nodiscard]] const Vector& direction() const { return direction_; }

 private:
  Vector direction_;
};

/// The observed information of a log-likelihood (plus the log-prior of a `PenalizedModel`), with p parameters.
struct Information {
  /// θ, without constraints, as `parameters()` of the model; p.
  Vector parameters;
  /// −∂²/∂θ∂θᵀ, symmetric and positive definite; p×p.
  Matrix matrix;
  /// What it would be had the latent variables been observed, in expectation: −∂²/∂θ∂θᵀ of Q (plus the log-prior);
  /// p×p. By Oakes' identity only.
  std::optional<Matrix> complete = {};
  /// ∂/∂θ; p. It is zero at a maximum.
  Vector score;
  /// √(sᵀ I⁻¹ s): no quantity is farther from its value at the maximum than so many of its standard errors, to first
  /// order. Well below 0.1 where the fit has converged.
  double distance = 0.0;
  /// The largest relative error, by estimate, that the differences left in the variance of any quantity.
  double relative_error = 0.0;
  /// What the reader of the standard errors should know: that weights are not whole numbers (`note_on_weights`).
  std::vector<std::string> notes = {};

  /// ½ · distance²: what the objective still lacks of its maximum, in nats, to first order.
  [[nodiscard]] double rest() const { return 0.5 * distance * distance; }

  /// I⁻¹, the estimated covariance of θ; p×p. Cost O(p³).
  [[nodiscard]] Matrix covariance() const;
  /// The square roots of its diagonal; p.
  [[nodiscard]] Vector standard_errors() const;
  /// The fractions of the complete data's information that are missing: the eigenvalues of I_c⁻¹(I_c − I), the largest
  /// first; p. That one is what each iteration of EM leaves of the distance to the maximum (Dempster, Laird & Rubin
  /// 1977, section 3). Cost O(p³).
  /// @throws InvalidOption unless the information is by Oakes' identity; InformationUnavailable where Q has no maximum.
  [[nodiscard]] Vector missing_fractions() const;
};

/// How to compute intervals.
struct IntervalOptions {
  /// The probability with which an interval covers the true value, in (0, 1).
  double level = 0.95;
  /// The scale on which the intervals are symmetric, that of all quantities of the call.
  IntervalScale scale = IntervalScale::identity;
};

namespace detail {

// Q(θ' | θ), plus log p(θ'), as a function of θ'. For use by one thread at a time.
using QFunction = std::function<double(const Vector& moved)>;
// That function for a θ, at which it makes an E-step. For use by many threads at once.
using QFunctionAt = std::function<QFunction(const Vector& expected_at)>;

Information information(const Vector& parameters, const QFunctionAt& q_at, InformationMethod method, double tolerance);

// Quantities as a function of θ.
using Quantities = std::function<Vector(const Vector& parameters)>;

// J I⁻¹ Jᵀ with J the Jacobian of the quantities, q×q.
Matrix delta_covariance(const Information& information, const Quantities& quantities);

std::vector<IntervalEstimate> normal_intervals(const Vector& estimates, const Matrix& covariance,
                                               const IntervalOptions& options);

void require_same_parameters(const Information& information, const Vector& parameters);

template <class Model>
consteval void require_information() {
  static_assert(
      !requires { requires !Model::objective_is_likelihood; },
      "latent: the observed information is that of a likelihood, and the adaptor maximises another objective: fit "
      "the model that it holds.");
  static_assert(ParameterizedModel<Model>,
                "latent: the observed information needs a model with `parameters() const` and "
                "`set_parameters(const Vector&)` (ParameterizedModel).");
  static_assert(BoundedModel<Model>,
                "latent: the observed information needs a model with `expected_log_joint(const Statistics&) const` "
                "(BoundedModel).");
}

template <class Model, class Natural>
consteval void require_natural() {
  static_assert(ParameterizedModel<Model>,
                "latent: standard errors need a model with `parameters() const` and `set_parameters(const Vector&)` "
                "(ParameterizedModel).");
  static_assert(std::is_invocable_r_v<Vector, const Natural&, const Model&>,
                "latent: `natural` must take a `const Model&` and return a `Vector` of quantities.");
}

template <class Model, class Natural>
Quantities quantities_of(const Model& model, const Natural& natural) {
  return [&model, &natural](const Vector& parameters) -> Vector {
    Model moved = model;
    moved.set_parameters(parameters);
    return natural(std::as_const(moved));
  };
}

}  // namespace detail

/// The observed information at the model's present parameters, which should be those of a converged fit.
///
/// By central differences of order 6 in Q, over steps of 0.1 to 0.3 standard errors of the complete data; their error
/// is estimated by the differences of order 4. Cost: 6p E-steps (threads share them as in `fit`), and 36p² evaluations
/// of Q from statistics, twice as many by Oakes' identity; memory of O(p) statistics a thread.
/// @throws InformationUnavailable where a parameter is infinite, the parameters are no maximum (NotAMaximum where the
/// objective curves upwards, with the direction) or not identified, or the differences are not to be trusted;
/// InvalidOption; InvalidData; what the model throws in a step.
template <class Model, class Data>
auto observed_information(const Model& model, const Data& data, const InformationOptions& options = {}) {
  require_em_model<Model, Data>();
  detail::require_information<Model>();
  if constexpr (ParameterizedModel<Model> && BoundedModel<Model>) {
    const typename Model::Data& observed = data;
    detail::check(model, observed, options.threads);
    const auto q_at = [&](const Vector& expected_at) -> detail::QFunction {
      Model moved = model;
      moved.set_parameters(expected_at);
      // Shared, as a std::function copies what it holds, and statistics need not be copyable.
      const auto expected = std::make_shared<const Expectation<Model>>(expect(moved, observed));
      return [moved, expected](const Vector& parameters) mutable {
        try {
          moved.set_parameters(parameters);
        } catch (const DegenerateFit&) {
          return -std::numeric_limits<double>::infinity();  // outside of the parameter space
        }
        return m_step_target(moved, expected->statistics).value();
      };
    };
    Information information;
    with_threads(options.threads, [&] {
      information = detail::information(model.parameters(), q_at, options.method, options.tolerance);
    });
    if constexpr (requires { weights_of(observed); }) {
      if (const auto note = note_on_weights(weights_of(observed))) information.notes.push_back(*note);
    }
    return information;
  }
}

/// The estimated covariance of quantities on their natural scale, q×q, by the delta method: J I⁻¹ Jᵀ, J being the
/// Jacobian of `natural(model)`, which returns the q quantities as a Vector. Cost 6p calls of `natural`.
/// @pre `natural` is smooth, and depends on the model's parameters alone.
/// @throws InvalidOption where the information is of other parameters; InformationUnavailable where a quantity is not
/// finite within 0.3 standard errors of the parameters, or its derivative is not to be trusted.
template <class Model, class Natural>
auto natural_covariance(const Model& model, const Information& information, const Natural& natural) {
  detail::require_natural<Model, Natural>();
  if constexpr (ParameterizedModel<Model> && std::is_invocable_r_v<Vector, const Natural&, const Model&>) {
    detail::require_same_parameters(information, model.parameters());
    return detail::delta_covariance(information, detail::quantities_of(model, natural));
  }
}

/// Wald's intervals of quantities, one for each that `natural(model)` returns, with the standard errors of
/// `natural_covariance`: estimate ± z · standard error.
///
/// On the quantity's own scale an interval is symmetric, and may leave the range of the quantity. With
/// `.scale = IntervalScale::logit` (log, fisher_z) it is symmetric on that scale, and its ends are transformed back;
/// estimate and standard error stay those of the quantity. Quantities of different kinds take a call each.
/// @throws InvalidOption where the level is not in (0, 1), or an estimate is outside the range of the scale; and as
/// `natural_covariance`.
template <class Model, class Natural>
auto wald_intervals(const Model& model, const Information& information, const Natural& natural,
                    const IntervalOptions& options = {}) {
  detail::require_natural<Model, Natural>();
  if constexpr (ParameterizedModel<Model> && std::is_invocable_r_v<Vector, const Natural&, const Model&>) {
    const Vector estimates = natural(model);
    return detail::normal_intervals(estimates, natural_covariance(model, information, natural), options);
  }
}

}  // namespace latent
