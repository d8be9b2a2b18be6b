/// @file
/// Profile likelihood: an interval for one parameter from the likelihood itself, the others maximised over. It need not
/// be symmetric, does not depend on how the parameter is written, and holds where standard errors and the bootstrap
/// don't: at the boundary of the parameter's range.
///
///     const auto logit = profile_interval(result.model, data, 1);   // entry 1 (from 0) of parameters()
///     if (logit.at_upper) logit.at_upper->biases()[0];              // the upper end of the bias
///
/// docs/uncertainty.md says when to take it.
#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "latent/core/errors.hpp"
#include "latent/core/model.hpp"
#include "latent/core/parallel.hpp"
#include "latent/expectation/expectation.hpp"
#include "latent/inference/uncertainty.hpp"
#include "latent/solver/fit.hpp"
#include "latent/solver/monitor.hpp"

namespace latent {

/// How to compute a profile interval.
struct ProfileOptions {
  /// The probability with which the interval covers the true value, in (0, 1).
  double level = 0.95;
  /// The number of threads; 0 means one for each core. The bits are the same for any number.
  int threads = 0;
};

/// The values of a parameter θ_j that a likelihood-ratio test does not reject: those at which the maximum over all
/// other parameters is at most ½ χ²₁(level) nats below the maximum over all.
template <class Model>
struct ProfileInterval {
  /// θ̂_j, without constraints; infinite at the boundary of its range.
  double estimate = 0.0;
  /// The lower end; −∞ if the likelihood stays that high up to the boundary.
  double lower = 0.0;
  /// The upper end; ∞ likewise.
  double upper = 0.0;
  /// The model with θ_j at the lower end and all others maximised: what depends on θ_j alone, a bias or a mean, has its
  /// own end there. Nothing if the end is infinite.
  std::optional<Model> at_lower = {};
  /// The same at the upper end.
  std::optional<Model> at_upper = {};
};

namespace detail {

// The objective at θ, and Q(· | θ).
struct Evaluation {
  double objective = -std::numeric_limits<double>::infinity();  // outside of the parameter space
  QFunction q = {};
};
using EvaluationAt = std::function<Evaluation(const Vector& parameters)>;

// Where a profile crosses the threshold: θ there, or nothing where it never does.
using ProfileEnd = std::optional<Vector>;

struct ProfileEnds {
  ProfileEnd lower;
  ProfileEnd upper;
};

ProfileEnds profile_ends(const Vector& parameters, const EvaluationAt& at, Index parameter, double level);

}  // namespace detail

/// The profile-likelihood interval of entry `parameter` (from 0) of the model's `parameters()`, which should be those
/// of a converged fit. For a quantity that is a monotone function of that entry (a bias of its log-odds, a deviation of
/// its logarithm) the ends are those of the quantity.
///
/// The others are maximised by a quasi-Newton method (BFGS) on the log-likelihood, plus the log-prior if there is one,
/// with gradients from Q by Fisher's identity. The parameter may be infinite, at the boundary; other infinite
/// parameters are held there. The level is that of χ² with one degree of freedom, which is approximate, and at the
/// boundary too large rather than too small for a regular parameter; for a proportion with hardly any successes take
/// `binomial_interval`. Cost: some hundred E-steps, and 6p evaluations of Q from statistics for each.
/// @throws InvalidOption where there is no such parameter, or the level is not in (0, 1); InformationUnavailable where
/// a higher maximum is found on the way; InvalidData; what the model throws in a step.
template <class Model, class Data>
auto profile_interval(const Model& model, const Data& data, Index parameter, const ProfileOptions& options = {}) {
  require_em_model<Model, Data>();
  detail::require_information<Model>();
  if constexpr (ParameterizedModel<Model> && BoundedModel<Model>) {
    const typename Model::Data& observed = data;
    detail::check(model, observed, options.threads);
    const auto model_at = [&](const Vector& parameters) {
      Model moved = model;
      moved.set_parameters(parameters);
      return moved;
    };
    const auto at = [&](const Vector& parameters) -> detail::Evaluation {
      try {
        Model moved = model_at(parameters);
        const auto expected = std::make_shared<const Expectation<Model>>(expect(moved, observed));
        const double level = objective(moved, expected->log_likelihood);
        const auto q = [moved, expected](const Vector& there) mutable {
          try {
            moved.set_parameters(there);
          } catch (const DegenerateFit&) {
            return -std::numeric_limits<double>::infinity();
          }
          return m_step_target(moved, expected->statistics).value();
        };
        return {.objective = level, .q = q};
      } catch (const DegenerateFit&) {
        return {};
      }
    };
    const Vector estimates = model.parameters();
    detail::ProfileEnds ends;
    with_threads(options.threads, [&] { ends = detail::profile_ends(estimates, at, parameter, options.level); });
    constexpr double infinity = std::numeric_limits<double>::infinity();
    ProfileInterval<Model> interval{.estimate = estimates[parameter], .lower = -infinity, .upper = infinity};
    if (ends.lower) {
      interval.lower = (*ends.lower)[parameter];
      interval.at_lower = model_at(*ends.lower);
    }
    if (ends.upper) {
      interval.upper = (*ends.upper)[parameter];
      interval.at_upper = model_at(*ends.upper);
    }
    return interval;
  }
}

}  // namespace latent
