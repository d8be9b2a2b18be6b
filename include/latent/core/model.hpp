/// @file
/// The concept `EMModel` and its refinements: what a model has, and what it gets for it.
///
/// A model is any copyable type with three functions. Everything beyond them is opt-in: `fit` looks at compile time at
/// what else the type has, and uses it. The refinements below are ordered from what most models want first.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "latent/core/matrix.hpp"
#include "latent/core/random.hpp"

namespace cereal {
class PortableBinaryOutputArchive;
}

/// Expectation–Maximization for any latent-variable model: the concepts, the solver and what is around it, the models.
namespace latent {

/// Probability model p(x, z | θ) with latent variables z, holding its parameters θ.
///
/// - `Data`: the observed data x; best a view that is cheap to copy, as `Observations` or `std::span`.
/// - `Statistics`: the expected sufficient statistics of (x, z).
/// - `e_step(data)`: the expected sufficient statistics under p(z | x, θ).
/// - `m_step(statistics)`: sets θ to the maximum of Q(θ) = E[log p(x, z | θ)] given the statistics.
/// - `log_likelihood(data)`: log p(x | θ), natural log, summed over the observations, constants included.
template <class M>
concept EMModel = std::copyable<M> && requires {
  typename M::Data;
  typename M::Statistics;
} && requires(M& model, const M& fixed, const typename M::Data& data, const typename M::Statistics& statistics) {
  { fixed.e_step(data) } -> std::same_as<typename M::Statistics>;
  model.m_step(statistics);
  { fixed.log_likelihood(data) } -> std::convertible_to<double>;
};

/// `void initialize(const Data&, RandomEngine&)`: a random start. Gets restarts.
template <class M>
concept InitializableModel =
    EMModel<M> && requires(M& model, const typename M::Data& data, RandomEngine& rng) { model.initialize(data, rng); };

/// `void check(const Data&) const`: throws `InvalidData` or `InvalidOption` for data that the model can't take. Called
/// once, before the first start, so that neither `e_step` nor `initialize` has to look.
template <class M>
concept CheckingModel = EMModel<M> && requires(const M& fixed, const typename M::Data& data) { fixed.check(data); };

/// `void prepare(const Data&)`: sets what a model takes from the data before its first start, and keeps through all
/// restarts: shapes, scales, a floor of variances. Called once, after `check`; what is set already stays, so that a
/// bootstrap fits its replicates as the data were fitted.
template <class M>
concept PreparedModel = EMModel<M> && requires(M& model, const typename M::Data& data) { model.prepare(data); };

/// `void sort_components()`: puts components that are exchangeable into an order that depends on the parameters alone.
/// Gets the same numbering from every seed (`FitOptions::order`).
template <class M>
concept SortableModel = EMModel<M> && requires(M& model) { model.sort_components(); };

/// `std::vector<std::string> remarks(const Data&) const`: what a reader of the fitted parameters should know, one
/// sentence each. Gets a place among the warnings of a fit's result.
template <class M>
concept RemarkingModel = EMModel<M> && requires(const M& fixed, const typename M::Data& data) {
  { fixed.remarks(data) } -> std::convertible_to<std::vector<std::string>>;
};

/// `double discount(const Data&) const`: the nats of the log-likelihood that must not count where fits are compared,
/// because the model can tell that few observations, or the rounding of values, made them; 0 mostly, and finite. `fit`
/// and `select` take it off before they compare; what they report is the log-likelihood itself.
template <class M>
concept DiscountedModel = EMModel<M> && requires(const M& fixed, const typename M::Data& data) {
  { fixed.discount(data) } -> std::convertible_to<double>;
};

/// `Statistics::log_likelihood`, the log-likelihood under the parameters of the E-step, which meets it on its way. Gets
/// one pass over the data an iteration, not two.
template <class M>
concept OnePassModel = EMModel<M> && requires(const typename M::Statistics& statistics) {
  { statistics.log_likelihood } -> std::convertible_to<double>;
};

/// Statistics that add over the parts of the data: `Statistics` has `+=`, `Data` has `size()` and
/// `subspan(first, count)`, and e_step(a ∪ b) = e_step(a) + e_step(b). Gets threads. The E-step must be safe to call
/// from several threads at once. `std::size_t smallest_part() const`, where the model has it, is the fewest items that
/// are worth a call (latent/expectation/parts.hpp).
template <class M>
concept DivisibleModel =
    EMModel<M> && requires(const typename M::Data& data, typename M::Statistics& statistics, std::size_t count) {
      { data.size() } -> std::convertible_to<std::size_t>;
      { data.subspan(count, count) } -> std::convertible_to<typename M::Data>;
      statistics += std::as_const(statistics);
    };

/// `double expected_log_joint(const Statistics&) const`: Q(θ) = E[log p(x, z | θ)] for the model's present θ, with the
/// posterior held as it was at the E-step. Gets the ELBO after each half-step, and an alarm that names the step at
/// fault. All constants belong in it, as in the log-likelihood.
template <class M>
concept BoundedModel = EMModel<M> && requires(const M& fixed, const typename M::Statistics& statistics) {
  { fixed.expected_log_joint(statistics) } -> std::convertible_to<double>;
};

/// `double expected_log_joint_error(const Statistics&) const`: how far rounding may take `expected_log_joint` from its
/// value, in nats, if that is more than sums over the data lose anyway: sums of squares of nearly collinear columns
/// keep few digits of what matters. Gets an alarm that such rounding does not set off.
template <class M>
concept RoundedModel = BoundedModel<M> && requires(const M& fixed, const typename M::Statistics& statistics) {
  { fixed.expected_log_joint_error(statistics) } -> std::convertible_to<double>;
};

/// `double log_prior() const`: log p(θ), up to a constant; the M-step maximises Q(θ) + log p(θ). Gets MAP estimation:
/// the objective is log-likelihood + log-prior.
template <class M>
concept PenalizedModel = EMModel<M> && requires(const M& fixed) {
  { fixed.log_prior() } -> std::convertible_to<double>;
};

/// `Vector parameters() const` and `void set_parameters(const Vector&)`: θ as a vector without constraints. Gets
/// acceleration, stopping by the change of the parameters and, with `expected_log_joint`, standard errors. Parameters
/// that `set_parameters` can't take make it throw `DegenerateFit`, or the likelihood no number: a step there is given
/// up.
template <class M>
concept ParameterizedModel = EMModel<M> && requires(M& model, const M& fixed, const Vector& parameters) {
  { fixed.parameters() } -> std::convertible_to<Vector>;
  model.set_parameters(parameters);
};

/// `Vector complete_information(const Statistics&) const`: the diagonal of the complete-data information
/// −∂²Q(θ)/∂θ_i², in the parameters of `parameters()` and at the model's present θ; not negative. Approximations will
/// do, as long as an entry changes with the unit of its parameter as the second derivative does: lengths of steps in
/// parameters are measured by it (latent/methods/complete_information.hpp), so that nothing depends on the unit of the
/// data. Gets the change of parameters in standard errors.
template <class M>
concept CompleteInformationModel =
    ParameterizedModel<M> && requires(const M& fixed, const typename M::Statistics& statistics) {
      { fixed.complete_information(statistics) } -> std::convertible_to<Vector>;
    };

/// `free_parameters() const`: the number of parameters that are free to vary. Gets AIC, BIC and
/// `select` (latent/inference/select.hpp).
template <class M>
concept CountableModel = EMModel<M> && requires(const M& fixed) {
  { fixed.free_parameters() } -> std::convertible_to<double>;
};

/// `Matrix posterior(const Data&) const`: p(z | x, θ), for a mixture the responsibilities, N×K. Gets prediction,
/// entropy and ICL.
template <class M>
concept PredictiveModel = EMModel<M> && requires(const M& fixed, const typename M::Data& data) {
  { fixed.posterior(data) } -> std::convertible_to<Matrix>;
};

/// `sample(std::size_t count, RandomEngine&) const`: `count` observations drawn from the model, as something that owns
/// them and converts to `Data`. Gets simulation, and the bootstrap likelihood-ratio
/// test (latent/inference/bootstrap_lrt.hpp).
template <class M>
concept GenerativeModel = EMModel<M> && requires(const M& fixed, std::size_t count, RandomEngine& rng) {
  { fixed.sample(count, rng) } -> std::convertible_to<typename M::Data>;
};

/// `sample_like(const Data&, RandomEngine&) const`: observations drawn from the model in place of those of the data, as
/// many, and with everything that the model takes as given as the data have it: covariates, the tosses of a set, holes.
/// Returns something that owns them and converts to `Data`. Gets the parametric bootstrap and the bootstrap
/// likelihood-ratio test (latent/inference/bootstrap.hpp, latent/inference/bootstrap_lrt.hpp) if `sample` cannot know
/// what is given.
template <class M>
concept RedrawingModel = EMModel<M> && requires(const M& fixed, const typename M::Data& data, RandomEngine& rng) {
  { fixed.sample_like(data, rng) } -> std::convertible_to<typename M::Data>;
};

/// `template <class Archive> void serialize(Archive&)`, as cereal wants it, with all that the model holds. Gets `save`
/// and `load` (latent/core/persistence.hpp), and fits that can be interrupted (latent/solver/checkpoint.hpp).
template <class M>
concept PersistentModel =
    EMModel<M> && requires(M& model, cereal::PortableBinaryOutputArchive& archive) { model.serialize(archive); };

/// `Statistics complete_statistics(const Data&, const Matrix& responsibilities) const`: the statistics for given
/// responsibilities, N×K, rows that sum to 1, in place of the posterior of a `PredictiveModel`; observation weights
/// count as in the E-step, and the posterior's own rows give what `e_step` gives. Gets variants of EM that assign,
/// temper or draw what EM takes the expectation of (latent/methods/classification_em.hpp, latent/methods/annealing.hpp,
/// latent/methods/stochastic_em.hpp, latent/methods/monte_carlo_em.hpp).
///
/// Where the statistics have a `log_likelihood`, it is the ELBO of the responsibilities q under the model's parameters,
/// Σ_n w_n Σ_k q_nk (log p(x_n, k) − log q_nk): at most the log-likelihood, which it is for the posterior.
template <class M>
concept AssignableModel =
    PredictiveModel<M> && requires(const M& fixed, const typename M::Data& data, const Matrix& responsibilities) {
      { fixed.complete_statistics(data, responsibilities) } -> std::same_as<typename M::Statistics>;
    };

/// `Statistics` with `*= double`, which multiplies all that is in them, beside `+=`, which takes statistics of any
/// parameters: they can be averaged over draws and blended over time. Gets Monte-Carlo EM and online EM
/// (latent/methods/monte_carlo_em.hpp, latent/methods/online_em.hpp).
template <class M>
concept ScalableModel = EMModel<M> && requires(typename M::Statistics& statistics, double factor) {
  statistics *= factor;
  statistics += std::as_const(statistics);
};

/// `Statistics simulated_e_step(const Data&, std::size_t draws, RandomEngine&) const`: the E-step of a model whose
/// posterior can be drawn from, but has no expectation in closed form; the mean of the statistics over the draws. Such
/// a model needs no `e_step` and no `log_likelihood`. Gets Monte-Carlo EM (latent/methods/monte_carlo_em.hpp). The
/// function must be safe to call from several threads at once.
template <class M>
concept SimulatedModel = std::copyable<M> &&
                         requires {
                           typename M::Data;
                           typename M::Statistics;
                         } &&
                         requires(M& model, const M& fixed, const typename M::Data& data,
                                  const typename M::Statistics& statistics, std::size_t draws, RandomEngine& rng) {
                           { fixed.simulated_e_step(data, draws, rng) } -> std::same_as<typename M::Statistics>;
                           model.m_step(statistics);
                         };

/// An `EMModel`, and something that is its `Data`, or converts to it.
template <class M, class GivenData>
concept EMModelFor = EMModel<M> && std::convertible_to<const GivenData&, const typename M::Data&>;

/// Compiles for an `EMModelFor` such data, and otherwise says, one sentence a requirement, what is
/// missing.
template <class M, class GivenData>
consteval void require_em_model() {
  static_assert(std::copyable<M>, "latent: a model must be copyable, so that each restart has its own.");
  constexpr bool has_data = requires { typename M::Data; };
  static_assert(has_data, "latent: the model must name its data: `using Data = …;`.");
  constexpr bool has_statistics = requires { typename M::Statistics; };
  static_assert(has_statistics, "latent: the model must name its statistics: `using Statistics = …;`.");
  if constexpr (has_data && has_statistics) {
    static_assert(std::convertible_to<const GivenData&, const typename M::Data&>,
                  "latent: the data must be the model's `Data`, or convert to it.");
    static_assert(
        requires(const M& fixed, const typename M::Data& data) {
          { fixed.e_step(data) } -> std::same_as<typename M::Statistics>;
        }, "latent: the model must have `Statistics e_step(const Data&) const`.");
    static_assert(
        requires(M& model, const typename M::Statistics& statistics) { model.m_step(statistics); },
        "latent: the model must have `void m_step(const Statistics&)`.");
    static_assert(
        requires(const M& fixed, const typename M::Data& data) {
          { fixed.log_likelihood(data) } -> std::convertible_to<double>;
        }, "latent: the model must have `double log_likelihood(const Data&) const`.");
  }
}

}  // namespace latent
