/// @file
/// `bootstrap_lrt`: are there more components than the null model has? The likelihood-ratio statistic of mixtures has
/// no χ² distribution, as the null lies on the boundary of the alternative; its distribution is drawn from the fitted
/// null (McLachlan 1987, Applied Statistics 36:318).
///
///     auto test = bootstrap_lrt(GaussianMixture(1), GaussianMixture(2), data, {.replicates = 99});
///     test.p_value;
#pragma once

#include <cmath>
#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "latent/em_model.hpp"
#include "latent/fit.hpp"
#include "latent/parallel.hpp"
#include "latent/random.hpp"
#include "latent/redraw.hpp"
#include "latent/select.hpp"

namespace latent {

/// How to test.
struct BootstrapTestOptions {
  /// B, the number of data sets drawn from the fitted null.
  int replicates = 99;
  /// How both models are fitted, to the data and to each replicate. Of the alternative, several restarts: one that
  /// stays in a local maximum makes a statistic too small.
  FitOptions fit = {};
};

/// How one replicate went.
struct ReplicateOutcome {
  /// Counted from 1.
  int number = 0;
  /// 2 (ℓ₁ − ℓ₀), of the replicate; nothing where a fit failed.
  std::optional<double> statistic = {};
  /// Why a fit failed.
  std::optional<std::string> failure = {};
};

/// What came of it, but for the fits.
struct BootstrapTest {
  /// 2 (ℓ₁ − ℓ₀) of the data, ℓ being the log-likelihood, natural log. Negative only where the alternative's best
  /// restart missed its maximum, or a penalty keeps it from it.
  double statistic = 0.0;
  /// (1 + #{replicates with a statistic as large}) / (1 + #{replicates that were fitted}).
  double p_value = 1.0;
  /// All replicates, in order.
  std::vector<ReplicateOutcome> replicates = {};
};

/// The test with both fits to the data.
template <class Null, class Alternative>
struct LikelihoodRatioTest : BootstrapTest {
  /// The null's fit to the data.
  FitResult<Null> null;
  /// The alternative's fit to the data.
  FitResult<Alternative> alternative;
};

namespace detail {

// Refuses a number of replicates that is none.
void require_replicates(int replicates);
// The same, and where no p-value could be as small as the level.
void require_level(double level, int replicates);

// Throws DegenerateFit where all replicates failed.
double p_value(double statistic, const std::vector<ReplicateOutcome>& replicates);

// What to say where so many replicates failed that no p-value could be as small as the level.
std::optional<std::string> failure_to_reach(double level, const std::vector<ReplicateOutcome>& replicates);

// Refuses candidates that don't have more and more parameters.
void require_ascending(const std::vector<CandidateOutcome>& outcomes);

template <class Null, class Alternative, class GivenData>
consteval void require_testable() {
  require_em_model<Null, GivenData>();
  require_em_model<Alternative, GivenData>();
  if constexpr (EMModel<Null>) {
    static_assert(RedrawingModel<Null> || GenerativeModel<Null>,
                  "latent: the bootstrap needs a null model with `sample(count, rng)` (GenerativeModel), or with "
                  "`sample_like(data, rng)` (RedrawingModel).");
    static_assert(RedrawingModel<Null> || HasTotalWeight<Null>,
                  "latent: the bootstrap counts observations, and needs a null model whose `Data` have `size()`, or "
                  "with `double total_weight(const Data&) const`.");
  }
}

// A model without random starts has one, whatever the other is given.
template <EMModel Model>
FitOptions restarts_for(FitOptions options) {
  if constexpr (!InitializableModel<Model>) options.restarts.reset();
  return options;
}

template <EMModel Null, EMModel Alternative, class Data>
double statistic_of(const Null& null, const Alternative& alternative, const Data& drawn, const FitOptions& options) {
  const double null_log_likelihood = fit(null, drawn, restarts_for<Null>(options)).log_likelihood;
  return 2.0 * (fit(alternative, drawn, restarts_for<Alternative>(options)).log_likelihood - null_log_likelihood);
}

// Draws replicates from the fitted null, and fits both models to each.
template <EMModel Null, EMModel Alternative>
BootstrapTest bootstrap_test(const Null& null, const Null& fitted_null, const Alternative& alternative,
                             double statistic, const typename Null::Data& data, const BootstrapTestOptions& options) {
  std::vector<ReplicateOutcome> outcomes(static_cast<std::size_t>(options.replicates));
  std::vector<std::exception_ptr> failures(outcomes.size());
  const std::uint64_t draws = derived_seed(options.fit.seed, SeedFamily::bootstrap_draws);
  with_threads(options.fit.threads, [&] {
    parallel_for(outcomes.size(), [&](std::size_t b) {
      outcomes[b].number = static_cast<int>(b) + 1;
      try {
        RandomEngine rng = random_stream(draws, b);
        const auto drawn = redraw(fitted_null, data, rng);
        const auto seed = derived_seed(options.fit.seed, SeedFamily::bootstrap_fits, b);
        outcomes[b].statistic = statistic_of(null, alternative, drawn, options_of_one(options.fit, seed));
      } catch (const std::exception&) {
        failures[b] = std::current_exception();
      }
    });
  });
  for (std::size_t b = 0; b < outcomes.size(); ++b) {
    if (failures[b]) outcomes[b].failure = reason_of(failures[b]);
  }
  const double p = p_value(statistic, outcomes);
  return {.statistic = statistic, .p_value = p, .replicates = std::move(outcomes)};
}

}  // namespace detail

/// Tests the null model against an alternative that contains it, most often mixtures of K and of K + 1 components.
///
/// Both are fitted to the data; then B data sets are drawn from the fitted null, of as many observations as the data
/// have (their total weight, rounded), and both models are fitted to each. Replicates run in parallel, each from its
/// own random streams: the same bits for any number of threads. A replicate that can't be fitted is recorded, and
/// counts neither above nor below. Cost: (B + 1) fits of each model.
/// @throws InvalidOption, InvalidData; DegenerateFit where the data, or all replicates, can't be fitted; ObjectiveFell
/// by the policy.
template <class Null, class Alternative, class Data>
auto bootstrap_lrt(const Null& null, const Alternative& alternative, const Data& data,
                   const BootstrapTestOptions& options = {}) {
  detail::require_testable<Null, Alternative, Data>();
  if constexpr (detail::CanRedraw<Null> && EMModel<Alternative>) {
    detail::require_replicates(options.replicates);
    auto null_fit = fit(null, data, detail::restarts_for<Null>(options.fit));
    auto alternative_fit = fit(alternative, data, detail::restarts_for<Alternative>(options.fit));
    const double statistic = 2.0 * (alternative_fit.log_likelihood - null_fit.log_likelihood);
    auto test = detail::bootstrap_test(null, null_fit.model, alternative, statistic, data, options);
    return LikelihoodRatioTest<Null, Alternative>{std::move(test), std::move(null_fit), std::move(alternative_fit)};
  }
}

/// Tests each candidate against the next, and keeps the first that is not rejected: p > level. The values in the table
/// are p-values, each that of the candidate before it as the null; tests that were not made have none. Where so many
/// replicates failed that no p-value could reach the level, the candidate counts as failed, and the one before is kept.
/// @pre each candidate contains the one before, as mixtures of 1, 2, … components do.
/// @throws InvalidOption where candidates don't have more and more free parameters, the level is not between 0 and 1,
/// or there are too few replicates for it: (B + 1)·level ≥ 1. Otherwise as `select` and `bootstrap_lrt`.
template <class Model, class Data>
auto select_by_lrt(const std::vector<Candidate<Model>>& candidates, const Data& data, double level = 0.05,
                   const BootstrapTestOptions& options = {}) {
  detail::require_selectable<Model, Data>();
  detail::require_testable<Model, Model, Data>();
  if constexpr (CountableModel<Model> && detail::CanRedraw<Model>) {
    detail::require_level(level, options.replicates);
    const typename Model::Data& observed = data;
    auto all = detail::fit_each(candidates, observed, options.fit);
    detail::require_ascending(all.outcomes);
    std::size_t best = 0;
    while (!all.fits[best]) ++best;
    while (best + 1 < candidates.size() && all.fits[best + 1]) {
      const double statistic = 2.0 * (all.fits[best + 1]->log_likelihood - all.fits[best]->log_likelihood);
      const BootstrapTest test = detail::bootstrap_test(candidates[best].model, all.fits[best]->model,
                                                        candidates[best + 1].model, statistic, observed, options);
      all.outcomes[best + 1].failure = detail::failure_to_reach(level, test.replicates);
      if (all.outcomes[best + 1].failure) break;
      all.outcomes[best + 1].value = test.p_value;
      if (test.p_value > level) break;
      ++best;
    }
    return Selection<Model>{
        .criterion = "lrt", .candidates = std::move(all.outcomes), .best = best, .fit = std::move(*all.fits[best])};
  }
}

}  // namespace latent
