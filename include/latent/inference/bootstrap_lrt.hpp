/// @file
/// `bootstrap_lrt`: are there more components than the null model has? The likelihood-ratio statistic of mixtures has
/// no χ² distribution, as the null lies on the boundary of the alternative; its distribution is drawn from the fitted
/// null (McLachlan 1987, Applied Statistics 36:318).
///
///     auto test = bootstrap_lrt(GaussianMixture(1), GaussianMixture(2), data, {.replicates = 99});
///     test.p_value;
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "latent/core/model.hpp"
#include "latent/core/parallel.hpp"
#include "latent/core/random.hpp"
#include "latent/data/redraw.hpp"
#include "latent/inference/select.hpp"
#include "latent/solver/fit.hpp"

namespace latent {

/// How to test.
struct BootstrapTestOptions {
  /// B, the number of data sets drawn from the fitted null.
  int replicates = 99;
  /// How both models are fitted, to the data and to each replicate. The alternative needs enough restarts to find its
  /// best maximum: a local one makes a statistic too small. A `SplittingModel` also gets one run from the fitted null
  /// with a component divided into two, on the data and on each replicate alike.
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

/// The result of a test, without the fits.
struct BootstrapTest {
  /// 2 (ℓ₁ − ℓ₀) of the data, ℓ being the log-likelihood, natural log. Never negative for an alternative that is a
  /// `SplittingModel` of the null, as it contains the null. For others it is negative if the alternative's best restart
  /// missed its maximum, or a penalty keeps it from it.
  double statistic = 0.0;
  /// (1 + #{replicates with a statistic as large} + #{replicates that failed}) / (1 + B). A replicate fails mostly
  /// because the alternative's likelihood is unbounded, which is where statistics are large: to leave it out would make
  /// p too small.
  double p_value = 1.0;
  /// √(p (1 − p) / B), the binomial error of the p-value that comes from B replicates being few.
  double standard_error = 0.0;
  /// How many replicates failed, and so count as exceeding the statistic.
  int failed = 0;
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

/// `std::optional<M> split_from(const Smaller&, std::size_t component, double apart) const`: this model with the
/// parameters of a mixture that has one component fewer, component `component` (from 0) of it divided into two of half
/// its weight each, `apart` away from each other. It keeps its own options and penalty. With `apart` 0 the halves are
/// equal, and so the density is that of the smaller mixture; nothing if this model cannot have those parameters. Both
/// models have been fitted to data. Gets one more start for the larger model of the test, and a statistic that is never
/// negative.
template <class M, class Smaller = M>
concept SplittingModel =
    EMModel<M> && EMModel<Smaller> && requires(const M& fixed, const Smaller& smaller, std::size_t component) {
      { smaller.components() } -> std::convertible_to<std::size_t>;
      { fixed.split_from(smaller, component, 0.5) } -> std::same_as<std::optional<M>>;
    };

namespace detail {

// Refuses a number of replicates that is none.
void require_replicates(int replicates);
// The same, and where no p-value could be as small as the level.
void require_level(double level, int replicates);

// The p-value and its error. Throws DegenerateFit if all replicates failed.
BootstrapTest test_of(double statistic, std::vector<ReplicateOutcome> replicates);

// What to say of replicates that failed; nothing if none did.
std::optional<std::string> note_on_failures(const BootstrapTest& test);

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

// The better of two fits by the objective less the discount, the first if they are at the same maximum; the runs of the
// second are numbered after those of the first.
template <EMModel Model>
FitResult<Model> better_of(FitResult<Model> first, FitResult<Model> second) {
  constexpr double same_maximum = 1e-3;  // nats, as restarts are compared
  std::vector<RestartOutcome> restarts = first.restarts;
  const auto before = static_cast<int>(restarts.size());
  for (RestartOutcome outcome : second.restarts) {
    outcome.number += before;
    restarts.push_back(std::move(outcome));
  }
  second.best_restart += before;
  const bool second_is_higher = second.comparable_objective() > first.comparable_objective() + same_maximum;
  FitResult<Model> better = second_is_higher ? std::move(second) : std::move(first);
  better.restarts = std::move(restarts);
  return better;
}

// The most promising start of the alternative among the fitted null's components, each divided into two: that of the
// highest objective after a few iterations. Two equal halves are a saddle (their likelihood is the null's, and EM stays
// there), so they begin one standard deviation apart.
template <EMModel Null, class Alternative>
  requires SplittingModel<Alternative, Null>
std::optional<Alternative> best_split(const Null& null, const Alternative& alternative,
                                      const typename Alternative::Data& data, FitOptions options) {
  constexpr double apart = 1.0;
  constexpr int iterations = 10;
  options.stop = options.stop || iteration_limit(iterations);
  std::optional<FitResult<Alternative>> best;
  for (std::size_t component = 0; component < null.components(); ++component) {
    try {
      const std::optional<Alternative> start = alternative.split_from(null, component, apart);
      if (!start) continue;
      auto tried = fit_from(*start, data, options);
      if (!best || tried.comparable_objective() > best->comparable_objective()) best = std::move(tried);
    } catch (const DegenerateFit&) {
      continue;  // another component, or none
    }
  }
  if (!best) return std::nullopt;
  return std::move(best->model);
}

// The alternative's fit, or that of one more run from the fitted null with a component divided into two. It keeps the
// penalty that the fit has found for the data.
template <EMModel Null, EMModel Alternative>
FitResult<Alternative> with_run_from_split(FitResult<Alternative> fitted, const Null& null,
                                           const typename Alternative::Data& data, const FitOptions& options) {
  if constexpr (SplittingModel<Alternative, Null>) {
    FitOptions one_run = options;
    one_run.restarts.reset();
    one_run.observers.clear();
    const std::optional<Alternative> start = best_split(null, fitted.model, data, one_run);
    if (!start) return fitted;
    try {
      FitResult<Alternative> from_split = fit_from(*start, data, one_run);
      return better_of(std::move(fitted), std::move(from_split));
    } catch (const DegenerateFit&) {
      return fitted;
    }
  } else {
    return fitted;
  }
}

// 2 (ℓ₁ − ℓ₀). An alternative that the null can be split into contains it, as two equal halves have the null's density:
// its likelihood is at least the null's.
template <EMModel Null, EMModel Alternative>
double likelihood_ratio(const FitResult<Null>& null, const FitResult<Alternative>& alternative) {
  const double statistic = 2.0 * (alternative.log_likelihood - null.log_likelihood);
  if constexpr (SplittingModel<Alternative, Null>) {
    if (alternative.model.split_from(null.model, 0, 0.0)) return std::max(0.0, statistic);
  }
  return statistic;
}

template <EMModel Null, EMModel Alternative, class Data>
double statistic_of(const Null& null, const Alternative& alternative, const Data& drawn, const FitOptions& options) {
  const auto null_fit = fit(null, drawn, restarts_for<Null>(options));
  const auto alternative_fit =
      with_run_from_split(fit(alternative, drawn, restarts_for<Alternative>(options)), null_fit.model, drawn, options);
  return likelihood_ratio(null_fit, alternative_fit);
}

// Draws replicates from the fitted null, and fits both models to each. `test` is the number that `store` knows it by.
template <EMModel Null, EMModel Alternative, class Store>
BootstrapTest bootstrap_test(const Null& null, const Null& fitted_null, const Alternative& alternative,
                             double statistic, const typename Null::Data& data, const BootstrapTestOptions& options,
                             std::size_t test, Store& store) {
  std::vector<ReplicateOutcome> outcomes(static_cast<std::size_t>(options.replicates));
  std::vector<std::exception_ptr> failures(outcomes.size());
  const std::uint64_t draws = derived_seed(options.fit.seed, SeedFamily::bootstrap_draws);
  for (std::size_t b = 0; b < outcomes.size(); ++b) {
    outcomes[b].number = static_cast<int>(b) + 1;
    outcomes[b].statistic = store.recall_replicate(test, b);
  }
  with_threads(options.fit.threads, [&] {
    parallel_for(outcomes.size(), [&](std::size_t b) {
      if (outcomes[b].statistic || store.stopped()) return;
      try {
        RandomEngine rng = random_stream(draws, b);
        const auto drawn = redraw(fitted_null, data, rng);
        const auto seed = derived_seed(options.fit.seed, SeedFamily::bootstrap_fits, b);
        outcomes[b].statistic = statistic_of(null, alternative, drawn, options_of_one(options.fit, seed));
        if (!store.stopped()) store.keep_replicate(test, b, *outcomes[b].statistic);
      } catch (const std::exception&) {
        failures[b] = std::current_exception();
      }
    });
  });
  store.throw_if_stopped();
  for (std::size_t b = 0; b < outcomes.size(); ++b) {
    if (failures[b]) outcomes[b].failure = reason_of(failures[b]);
  }
  return test_of(statistic, std::move(outcomes));
}

}  // namespace detail

/// Tests the null model against an alternative that contains it, most often mixtures of K and of K + 1 components.
///
/// Both are fitted to the data; then B data sets are drawn from the fitted null, of as many observations as the data
/// have (their total weight, rounded), and both models are fitted to each. Replicates run in parallel, each from its
/// own random streams: the same bits for any number of threads. A replicate that can't be fitted is recorded, and
/// counts as exceeding the statistic. Cost: (B + 1) fits of each model; for an alternative that can be split from the
/// null, one more run of it and K short ones each, K being the components of the null.
/// @throws InvalidOption, InvalidData; DegenerateFit where the data, or all replicates, can't be fitted;
/// ObjectiveDecreased by the policy.
template <class Null, class Alternative, class Data>
auto bootstrap_lrt(const Null& null, const Alternative& alternative, const Data& data,
                   const BootstrapTestOptions& options = {}) {
  detail::require_testable<Null, Alternative, Data>();
  if constexpr (detail::CanRedraw<Null> && EMModel<Alternative>) {
    detail::require_replicates(options.replicates);
    auto null_fit = fit(null, data, detail::restarts_for<Null>(options.fit));
    auto alternative_fit = detail::with_run_from_split(
        fit(alternative, data, detail::restarts_for<Alternative>(options.fit)), null_fit.model, data, options.fit);
    const double statistic = detail::likelihood_ratio(null_fit, alternative_fit);
    detail::NoSelectionStore nowhere;
    auto test = detail::bootstrap_test(null, null_fit.model, alternative, statistic, data, options, 0, nowhere);
    return LikelihoodRatioTest<Null, Alternative>{std::move(test), std::move(null_fit), std::move(alternative_fit)};
  }
}

namespace detail {

template <CountableModel Model, class Store>
Selection<Model> select_by_lrt(const std::vector<Candidate<Model>>& candidates, const typename Model::Data& data,
                               double level, const BootstrapTestOptions& options, Store& store) {
  require_level(level, options.replicates);
  auto all = fit_each(candidates, data, options.fit, store);
  require_ascending(all.outcomes);
  std::size_t best = 0;
  while (!all.fits[best]) ++best;
  while (best + 1 < candidates.size() && all.fits[best + 1]) {
    const FitResult<Model>& null = *all.fits[best];
    FitResult<Model>& alternative = *all.fits[best + 1];
    CandidateOutcome& outcome = all.outcomes[best + 1];
    alternative = with_run_from_split(std::move(alternative), null.model, data, options.fit);
    store.throw_if_stopped();
    with_threads(options.fit.threads, [&] { outcome.scores = scores_of(alternative, data); });
    const double statistic = likelihood_ratio(null, alternative);
    try {
      const BootstrapTest test = bootstrap_test(candidates[best].model, null.model, candidates[best + 1].model,
                                                statistic, data, options, best, store);
      outcome.value = test.p_value;
      outcome.standard_error = test.standard_error;
      if (const auto note = note_on_failures(test)) outcome.notes.push_back(*note);
    } catch (const DegenerateFit&) {  // of every replicate
      outcome.failure = reason_of(std::current_exception());
      break;
    }
    if (*outcome.value > level) break;
    ++best;
  }
  store.finish();
  return Selection<Model>{
      .criterion = "lrt", .candidates = std::move(all.outcomes), .best = best, .fit = std::move(*all.fits[best])};
}

// Compiles where candidates of the model can be tested, and otherwise says what is missing.
template <class Model, class Data>
consteval bool require_selectable_by_lrt() {
  require_selectable<Model, Data>();
  require_testable<Model, Model, Data>();
  return CountableModel<Model> && CanRedraw<Model>;
}

}  // namespace detail

/// Tests each candidate against the next, and keeps the first that is not rejected: p > level. The values in the table
/// are p-values with their binomial errors, each that of the candidate before it as the null; tests that were not made
/// have none. Replicates that failed count as exceeding the statistic, and the candidate's notes say how many there
/// were.
/// @pre each candidate contains the one before, as mixtures of 1, 2, … components do.
/// @throws InvalidOption where candidates don't have more and more free parameters, the level is not between 0 and 1,
/// or there are too few replicates for it: (B + 1)·level ≥ 1. Otherwise as `select` and `bootstrap_lrt`.
template <class Model, class Data>
auto select_by_lrt(const std::vector<Candidate<Model>>& candidates, const Data& data, double level = 0.05,
                   const BootstrapTestOptions& options = {}) {
  if constexpr (detail::require_selectable_by_lrt<Model, Data>()) {
    detail::NoSelectionStore nowhere;
    return detail::select_by_lrt<Model>(candidates, data, level, options, nowhere);
  }
}

}  // namespace latent
