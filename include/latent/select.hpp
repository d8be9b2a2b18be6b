/// @file
/// `select`: which of several models of one type, most often mixtures of more and more components, is best by a
/// criterion.
///
///     std::vector<Candidate<CoinMixture>> candidates;
///     for (std::size_t k = 1; k <= 4; ++k) candidates.push_back({fmt::format("{} coins", k), CoinMixture(k)});
///     auto selection = select(candidates, data, CrossValidation{.folds = 10}, {.seed = 7});
///     selection.fit.model.biases();
///
/// A criterion is any value with a `name`, a `lower_is_better`, and a call that values a `FittedCandidate`; those below
/// are no more than that.
#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "latent/criteria.hpp"
#include "latent/data_set.hpp"
#include "latent/em_model.hpp"
#include "latent/fit.hpp"
#include "latent/parallel.hpp"

namespace latent {

/// A model as `fit` takes it, and its name in the table.
template <class Model>
struct Candidate {
  /// What the table calls it.
  std::string label;
  /// As `fit` takes it.
  Model model;
};

/// What is known of a candidate that was fitted to all the data.
struct Scores {
  /// Natural log, without the log-prior.
  double log_likelihood = 0.0;
  /// p, the parameters that are free to vary.
  double free_parameters = 0.0;
  /// −2 log L + 2p.
  double aic = 0.0;
  /// −2 log L + p log n, with n the total weight.
  double bic = 0.0;
  /// Of a model with `certainty(data)`, or a `PredictiveModel`.
  std::optional<double> icl = {};
  /// Whether the fit converged.
  bool converged = false;
};

/// A row of the table.
struct CandidateOutcome {
  /// That of the candidate.
  std::string label;
  /// K, of a model with `components()`.
  std::optional<std::size_t> components = {};
  /// Nothing where the fit to all the data failed.
  std::optional<Scores> scores = {};
  /// What the criterion says; nothing where it has nothing to say, or failed.
  std::optional<double> value = {};
  /// Why a fit failed, or the criterion: such a candidate isn't selected.
  std::optional<std::string> failure = {};
};

/// What came of it.
template <class Model>
struct Selection {
  /// The criterion's name.
  std::string criterion;
  /// All candidates, in order.
  std::vector<CandidateOutcome> candidates;
  /// The position of the best, from 0; the first of equals.
  std::size_t best = 0;
  /// The best, fitted to all the data.
  FitResult<Model> fit;
};

/// All that a criterion may look at.
template <CountableModel Model>
struct FittedCandidate {
  /// As it was before the fit.
  const Model& model;
  /// The fit to all the data.
  const FitResult<Model>& fit;
  /// What is known of that fit.
  const Scores& scores;
  /// All the data.
  const typename Model::Data& data;
  /// How candidates are fitted; a criterion that fits again does it likewise.
  const FitOptions& options;
};

namespace detail {

// The seed of one of many fits that belong to one seed, for what the streams' family says.
enum class SeedFamily : std::uint64_t { folds = 1, fold_fits, bootstrap_draws, bootstrap_fits };
std::uint64_t derived_seed(std::uint64_t seed, SeedFamily family, std::uint64_t number = 0);

// The options of one of many fits that run at once, by the threads at hand and told to nobody.
FitOptions options_of_one(const FitOptions& options, std::uint64_t seed);

// What went wrong, where another candidate, fold or replicate may do better; else throws it again.
std::string reason_of(const std::exception_ptr& failure);

// Throws what says best why nothing could be fitted: bad data as such, else the first failure of so many.
[[noreturn]] void throw_all_failed(const std::vector<CandidateOutcome>& outcomes,
                                   const std::vector<std::exception_ptr>& failures);

// The sum; throws DegenerateFit where a fold failed, or had probability 0.
double sum_over_folds(const std::vector<double>& log_likelihoods, const std::vector<std::exception_ptr>& failures);

// The position of the best value; throws DegenerateFit where there is none.
std::size_t best_of(const std::vector<CandidateOutcome>& outcomes, bool lower_is_better);

void require_candidates(std::size_t count);

template <class Model>
concept CertainModel = EMModel<Model> && requires(const Model& model, const typename Model::Data& data) {
  { model.certainty(data) } -> std::convertible_to<double>;
};

template <class Model>
concept HasIcl =
    CertainModel<Model> || (PredictiveModel<Model> && requires(const typename Model::Data& data) { weights_of(data); });

template <class Model>
concept WeighingModel = EMModel<Model> && requires(const Model& model, const typename Model::Data& data) {
  { model.total_weight(data) } -> std::convertible_to<double>;
};

template <class Model>
concept HasTotalWeight =
    WeighingModel<Model> || (EMModel<Model> && requires(const typename Model::Data& data) { weights_of(data); });

}  // namespace detail

/// n, the number of observations, or their total weight: `model.total_weight(data)` where the model has that, else the
/// sum of `weights_of(data)`.
template <detail::HasTotalWeight Model>
[[nodiscard]] double total_weight_of(const Model& model, const typename Model::Data& data) {
  if constexpr (detail::WeighingModel<Model>) {
    return model.total_weight(data);
  } else {
    return weights_of(data).sum();
  }
}

/// The scores of a model that was fitted to the data. Cost: that of an E-step; an N×K array where the model has
/// `posterior` but no `certainty`.
template <CountableModel Model>
[[nodiscard]] Scores scores_of(const FitResult<Model>& fit, const typename Model::Data& data) {
  Scores scores;
  scores.log_likelihood = fit.log_likelihood;
  scores.free_parameters = static_cast<double>(fit.model.free_parameters());
  scores.aic = aic(scores.log_likelihood, scores.free_parameters);
  scores.bic = bic(scores.log_likelihood, scores.free_parameters, total_weight_of(fit.model, data));
  if constexpr (detail::CertainModel<Model>) {
    scores.icl = icl(scores.bic, fit.model.certainty(data));
  } else if constexpr (detail::HasIcl<Model>) {
    scores.icl = icl(scores.bic, classification_certainty(fit.model.posterior(data), weights_of(data)));
  }
  scores.converged = fit.converged;
  return scores;
}

/// Σ_v log p(x_v | θ̂_−v), natural log: the log-likelihood of each fold under the model fitted to all other observations
/// (Smyth 2000, Statistics and Computing 10:63).
///
/// Folds are fitted at once, each from its own random stream: the same bits for any number of threads. Cost: a fit a
/// fold, and a copy of the data a thread.
/// @throws DegenerateFit where a fold can't be fitted, or has probability 0; InvalidOption.
template <EMModel Model>
[[nodiscard]] double held_out_log_likelihood(const Model& model, const typename Model::Data& data, const Folds& folds,
                                             const FitOptions& options = {}) {
  static_assert(SubsettableData<typename Model::Data>,
                "latent: to hold observations out needs a model whose `Data` have `size()` and `subset(data, rows)` "
                "(SubsettableData).");
  if constexpr (!SubsettableData<typename Model::Data>) {
    return 0.0;  // of no account, after the sentence above
  } else {
    std::vector<double> log_likelihoods(folds.count());
    std::vector<std::exception_ptr> failures(folds.count());
    const auto fit_and_judge = [&](std::size_t fold) {
      const Split split = folds.split(fold);
      const auto training = subset(data, split.training);
      const auto held_out = subset(data, split.held_out);
      const auto seed = detail::derived_seed(options.seed, detail::SeedFamily::fold_fits, fold);
      const auto fitted = fit(model, training, detail::options_of_one(options, seed));
      const typename Model::Data& judged = held_out;
      log_likelihoods[fold] = fitted.model.log_likelihood(judged);
    };
    with_threads(options.threads, [&] {
      parallel_for(folds.count(), [&](std::size_t fold) {
        try {
          fit_and_judge(fold);
        } catch (const std::exception&) {
          failures[fold] = std::current_exception();
        }
      });
    });
    return detail::sum_over_folds(log_likelihoods, failures);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// The criteria.

/// Akaike's: for prediction; tends to too many components.
struct Aic {
  /// What the table calls it.
  static constexpr std::string_view name = "aic";
  /// Lower is better.
  static constexpr bool lower_is_better = true;
  /// −2 log L + 2p of the fitted candidate.
  template <class Model>
  double operator()(const FittedCandidate<Model>& fitted) const {
    return fitted.scores.aic;
  }
};

/// Schwarz's: how many components the density needs.
struct Bic {
  /// What the table calls it.
  static constexpr std::string_view name = "bic";
  /// Lower is better.
  static constexpr bool lower_is_better = true;
  /// −2 log L + p log n of the fitted candidate.
  template <class Model>
  double operator()(const FittedCandidate<Model>& fitted) const {
    return fitted.scores.bic;
  }
};

/// The integrated completed likelihood: how many components don't overlap.
struct Icl {
  /// What the table calls it.
  static constexpr std::string_view name = "icl";
  /// Lower is better.
  static constexpr bool lower_is_better = true;
  /// BIC − 2 Σ_n w_n log max_k r_nk of the fitted candidate.
  template <class Model>
  double operator()(const FittedCandidate<Model>& fitted) const {
    static_assert(detail::HasIcl<Model>,
                  "latent: ICL needs a model with `posterior(data)` (PredictiveModel) and `Data` with `size()`, or one "
                  "with `certainty(data)`.");
    return fitted.scores.icl.value();
  }
};

/// The log-likelihood of a fraction of the observations, drawn at random, under the fit to the others. All candidates
/// are judged on the same.
struct HeldOut {
  /// What the table calls it.
  static constexpr std::string_view name = "heldout";
  /// Higher is better.
  static constexpr bool lower_is_better = false;
  /// The part of the observations that is held out, in (0, 1).
  double fraction = 0.2;

  /// The log-likelihood of what was held out, natural log. Cost: one more fit.
  /// @throws as `held_out_log_likelihood`; InvalidOption where the fraction is out of range.
  template <class Model>
  double operator()(const FittedCandidate<Model>& fitted) const {
    const auto seed = detail::derived_seed(fitted.options.seed, detail::SeedFamily::folds);
    return held_out_log_likelihood(fitted.model, fitted.data, Folds::single(fitted.data.size(), fraction, seed),
                                   fitted.options);
  }
};

/// The log-likelihood of all observations, each fold under the fit to the other folds. All candidates are judged on the
/// same folds.
struct CrossValidation {
  /// What the table calls it.
  static constexpr std::string_view name = "cv";
  /// Higher is better.
  static constexpr bool lower_is_better = false;
  /// V, from 2 to the number of observations.
  int folds = 10;

  /// The log-likelihood of all observations, each held out once, natural log. Cost: V fits.
  /// @throws as `held_out_log_likelihood`; InvalidOption where the number of folds is out of range.
  template <class Model>
  double operator()(const FittedCandidate<Model>& fitted) const {
    const auto seed = detail::derived_seed(fitted.options.seed, detail::SeedFamily::folds);
    return held_out_log_likelihood(fitted.model, fitted.data, Folds::balanced(fitted.data.size(), folds, seed),
                                   fitted.options);
  }
};

/// What `select` takes for a criterion.
template <class C, class Model>
concept SelectionCriterion = requires(const C& criterion, const FittedCandidate<Model>& fitted) {
  { C::name } -> std::convertible_to<std::string_view>;
  { C::lower_is_better } -> std::convertible_to<bool>;
  { criterion(fitted) } -> std::convertible_to<double>;
};

// ---------------------------------------------------------------------------------------------------------------------
// The selection.

namespace detail {

// Compiles where candidates of the model can be compared, and otherwise says what is missing.
template <class Model, class GivenData>
consteval void require_selectable() {
  require_em_model<Model, GivenData>();
  if constexpr (EMModel<Model>) {
    static_assert(CountableModel<Model>, "latent: select needs a model with `free_parameters()` (CountableModel).");
    static_assert(HasTotalWeight<Model>,
                  "latent: select counts observations, and needs a model whose `Data` have `size()`, or with "
                  "`double total_weight(const Data&) const`.");
  }
}

template <CountableModel Model>
struct FittedCandidates {
  std::vector<CandidateOutcome> outcomes;
  std::vector<std::optional<FitResult<Model>>> fits;
};

// Fits each candidate to all the data, one after the other; its restarts run in parallel.
template <CountableModel Model>
FittedCandidates<Model> fit_each(const std::vector<Candidate<Model>>& candidates, const typename Model::Data& data,
                                 const FitOptions& options) {
  require_candidates(candidates.size());
  FittedCandidates<Model> all{.outcomes = std::vector<CandidateOutcome>(candidates.size()),
                              .fits = std::vector<std::optional<FitResult<Model>>>(candidates.size())};
  std::vector<std::exception_ptr> failures;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    CandidateOutcome& outcome = all.outcomes[i];
    outcome.label = candidates[i].label;
    if constexpr (requires { candidates[i].model.components(); }) outcome.components = candidates[i].model.components();
    try {
      all.fits[i] = fit(candidates[i].model, data, options);
      with_threads(options.threads, [&] { outcome.scores = scores_of(*all.fits[i], data); });
    } catch (const std::exception&) {
      all.fits[i].reset();
      failures.push_back(std::current_exception());
      outcome.failure = reason_of(failures.back());
    }
  }
  if (failures.size() == candidates.size()) throw_all_failed(all.outcomes, failures);
  return all;
}

}  // namespace detail

/// Fits all candidates with the same options, and keeps the best by the criterion.
///
/// A candidate that can't be fitted, or valued, is recorded with its reason and isn't selected. Candidates follow each
/// other; restarts and folds run in parallel, with the same bits for any number of threads. Observers are told of the
/// fits to all the data only.
/// @throws InvalidOption; InvalidData where no candidate takes the data; DegenerateFit where all failed; ObjectiveFell
/// by the policy.
template <class Model, class Data, class Criterion = Bic>
auto select(const std::vector<Candidate<Model>>& candidates, const Data& data, const Criterion& criterion = {},
            const FitOptions& options = {}) {
  detail::require_selectable<Model, Data>();
  if constexpr (CountableModel<Model> && detail::HasTotalWeight<Model>) {
    static_assert(SelectionCriterion<Criterion, Model>,
                  "latent: a criterion must have `name`, `lower_is_better`, and `double operator()(const "
                  "FittedCandidate<Model>&) const`.");
    const typename Model::Data& observed = data;
    auto all = detail::fit_each(candidates, observed, options);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      CandidateOutcome& outcome = all.outcomes[i];
      if (outcome.failure) continue;
      try {
        outcome.value = criterion(FittedCandidate<Model>{.model = candidates[i].model,
                                                         .fit = *all.fits[i],
                                                         .scores = *outcome.scores,
                                                         .data = observed,
                                                         .options = options});
      } catch (const std::exception&) {
        outcome.failure = detail::reason_of(std::current_exception());
      }
    }
    const std::size_t best = detail::best_of(all.outcomes, Criterion::lower_is_better);
    return Selection<Model>{.criterion = std::string(Criterion::name),
                            .candidates = std::move(all.outcomes),
                            .best = best,
                            .fit = std::move(*all.fits[best])};
  }
}

}  // namespace latent
