/// @file
/// `select`: which of several models of one type, most often mixtures of more and more components, is best by a
/// criterion.
///
///     std::vector<Candidate<CoinMixture>> candidates;
///     for (std::size_t k = 1; k <= 4; ++k) candidates.push_back({fmt::format("{} coins", k), CoinMixture(k)});
///     auto selection = select(candidates, data, CrossValidation{.folds = 10}, {.seed = 7});
///     selection.fit.model.biases();
///
/// A criterion is any value with a `name`, a `lower_is_better`, and a call that values a `FittedCandidate`, as a number
/// or a `PairedScore`; those below are no more than that.
#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "latent/core/errors.hpp"
#include "latent/core/model.hpp"
#include "latent/core/parallel.hpp"
#include "latent/data/data_set.hpp"
#include "latent/data/total_weight.hpp"
#include "latent/inference/criteria.hpp"
#include "latent/solver/fit.hpp"

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
  /// The nats of the log-likelihood that do not count in comparisons (`DiscountedModel`). The criteria below hold them;
  /// `Aic`, `Bic` and `Icl` take them off.
  double discount = 0.0;
  /// p, the parameters that are free to vary.
  double free_parameters = 0.0;
  /// −2 log L + 2p.
  double aic = 0.0;
  /// −2 log L + p log n, with n the total weight.
  double bic = 0.0;
  /// Of a model with `certainty(data)`, or a `PredictiveModel` whose posterior has a row for each item.
  std::optional<double> icl = {};
  /// Whether the fit converged.
  bool converged = false;
};

/// How far a candidate's value is behind that of the best by the criterion, judged on the same observations or splits.
struct PairedDifference {
  /// The best value − that of the candidate; 0 for the best itself.
  double value = 0.0;
  /// Its standard error. What makes a fold easy or hard is common to all candidates and cancels, so this is mostly far
  /// smaller than the error of either value.
  double standard_error = 0.0;
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
  /// Of a p-value, its binomial error; nothing for other values.
  std::optional<double> standard_error = {};
  /// Of a criterion that returns a `PairedScore`.
  std::optional<PairedDifference> behind_best = {};
  /// Why a fit failed, or the criterion: such a candidate isn't selected.
  std::optional<std::string> failure = {};
  /// What the reader of the row should know.
  std::vector<std::string> notes = {};
};

/// What came of it.
template <class Model>
struct Selection {
  /// The criterion's name.
  std::string criterion;
  /// All candidates, in order.
  std::vector<CandidateOutcome> candidates;
  /// The position of the one selected, from 0: the best by the criterion, the first of equals; by the rule of one
  /// standard error, `simplest`.
  std::size_t best = 0;
  /// The position of the candidate with the fewest free parameters among those that are behind the best by at most one
  /// standard error of their paired difference (Breiman et al. 1984, Classification and Regression Trees, section
  /// 3.4.3). Only of criteria that return a `PairedScore`.
  std::optional<std::size_t> simplest = {};
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

/// A criterion's value with the terms that it comes from, which are those of the same observations or splits, in the
/// same order, for every candidate: `select` reports paired differences with their standard errors.
struct PairedScore {
  /// The value.
  double value = 0.0;
  /// One term for each observation, or each split.
  Vector terms;
  /// How many observations each term stands for; 1 for a split.
  Vector weights;
  /// The variance of a difference of two values is this many times that of the difference of two terms.
  double variance_factor = 1.0;

  /// The value.
  operator double() const { return value; }  // NOLINT(google-explicit-constructor)
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

// What one split of the data came to: log p(x | θ̂) of what was held out, natural log, in all and of each observation.
struct Judgement {
  double log_likelihood = 0.0;
  Vector log_densities;
  Vector weights;
  std::exception_ptr failure;
};

// Throws DegenerateFit if a split failed, or what it held out had probability 0. `what` is what they are called.
void require_judged(const std::vector<Judgement>& judgements, std::string_view what);

// Keeps nothing of a selection, and never ends one (latent/inference/resumable_select.hpp has a store that does both).
struct NoSelectionStore {
  template <class Model>
  std::optional<FitResult<Model>> recall_fit(std::size_t /*candidate*/, const Model& /*model*/,
                                             const typename Model::Data& /*data*/) const {
    return std::nullopt;
  }
  template <class Model>
  void keep_fit(std::size_t /*candidate*/, const FitResult<Model>& /*fit*/,
                const typename Model::Data& /*data*/) const {}
  template <class Value>
  std::optional<Value> recall_value(std::size_t /*candidate*/) const {
    return std::nullopt;
  }
  template <class Value>
  void keep_value(std::size_t /*candidate*/, const Value& /*value*/) const {}
  [[nodiscard]] std::optional<double> recall_replicate(std::size_t /*test*/, std::size_t /*replicate*/) const {
    return std::nullopt;
  }
  void keep_replicate(std::size_t /*test*/, std::size_t /*replicate*/, double /*statistic*/) const {}
  // Whether the selection was told to stop. What was fitted meanwhile may have been cut short, and is not kept.
  [[nodiscard]] bool stopped() const { return false; }
  void throw_if_stopped() const {}
  void finish() const {}
};

// Refuses a number of divisions from which no variance can be had.
void require_splits(int splits);

// Fills `behind_best` of all candidates that have a score, and returns the position of the simplest that is within one
// standard error of the best.
std::size_t pair_with_best(std::vector<CandidateOutcome>& outcomes,
                           const std::vector<std::optional<PairedScore>>& scores, std::size_t best);

// The position of the best value; throws DegenerateFit where there is none.
std::size_t best_of(const std::vector<CandidateOutcome>& outcomes, bool lower_is_better);

void require_candidates(std::size_t count);

// Says of candidates that would be better than the best if all of their log-likelihood counted that it does not.
void note_discounts(std::vector<CandidateOutcome>& outcomes, std::size_t best);

template <class Model>
concept CertainModel = EMModel<Model> && requires(const Model& model, const typename Model::Data& data) {
  { model.certainty(data) } -> std::convertible_to<double>;
};

template <class Model>
concept HasIcl =
    CertainModel<Model> || (PredictiveModel<Model> && requires(const typename Model::Data& data) { weights_of(data); });

}  // namespace detail

/// The scores of a model that was fitted to the data. Cost: that of an E-step; an N×K array where the model has
/// `posterior` but no `certainty`.
template <CountableModel Model>
[[nodiscard]] Scores scores_of(const FitResult<Model>& fit, const typename Model::Data& data) {
  Scores scores;
  scores.log_likelihood = fit.log_likelihood;
  scores.discount = fit.discount;
  scores.free_parameters = static_cast<double>(fit.model.free_parameters());
  scores.aic = aic(scores.log_likelihood, scores.free_parameters);
  scores.bic = bic(scores.log_likelihood, scores.free_parameters, total_weight_of(fit.model, data));
  if constexpr (detail::CertainModel<Model>) {
    scores.icl = icl(scores.bic, fit.model.certainty(data));
  } else if constexpr (detail::HasIcl<Model>) {
    const Matrix posterior = fit.model.posterior(data);
    const Vector weights = weights_of(data);
    if (posterior.rows() == weights.size()) scores.icl = icl(scores.bic, classification_certainty(posterior, weights));
  }
  scores.converged = fit.converged;
  return scores;
}

namespace detail {

// log p(x_n) of each observation, natural log, weights left out: by `log_densities(data)` if the model has it, else one
// observation at a time.
template <EMModel Model>
Vector log_densities_of(const Model& model, const typename Model::Data& data) {
  if constexpr (requires {
                  { model.log_densities(data) } -> std::convertible_to<Vector>;
                }) {
    return model.log_densities(data);
  } else {
    const Vector weights = weights_of(data);
    Vector densities = Vector::Zero(weights.size());
    for (Index n = 0; n < weights.size(); ++n) {
      if (weights[n] == 0.0) continue;
      const auto one = subset(data, Rows{static_cast<std::size_t>(n)});
      const typename Model::Data& observed = one;
      densities[n] = model.log_likelihood(observed) / weights[n];
    }
    return densities;
  }
}

// Fits to the training part of each split, and judges by what is held out. Splits are fitted at once, each from its own
// random stream.
template <EMModel Model, class SplitOf>
std::vector<Judgement> judge(const Model& model, const typename Model::Data& data, std::size_t splits,
                             const SplitOf& split_of, const FitOptions& options) {
  std::vector<Judgement> judgements(splits);
  const auto fit_and_judge = [&](std::size_t number) {
    const Split split = split_of(number);
    const auto training = subset(data, split.training);
    const auto held_out = subset(data, split.held_out);
    const auto seed = derived_seed(options.seed, SeedFamily::fold_fits, number);
    const auto fitted = fit(model, training, options_of_one(options, seed));
    const typename Model::Data& judged = held_out;
    judgements[number] = {.log_likelihood = fitted.model.log_likelihood(judged),
                          .log_densities = log_densities_of(fitted.model, judged),
                          .weights = weights_of(judged),
                          .failure = {}};
  };
  with_threads(options.threads, [&] {
    parallel_for(splits, [&](std::size_t number) {
      try {
        fit_and_judge(number);
      } catch (const std::exception&) {
        judgements[number].failure = std::current_exception();
      }
    });
  });
  return judgements;
}

// A sum over observations, each held out once.
PairedScore score_of_folds(const std::vector<Judgement>& judgements);

// A mean over splits of which each holds out `held_out` of the observations and trains on the other `training`.
PairedScore score_of_splits(const std::vector<Judgement>& judgements, std::size_t held_out, std::size_t training);

template <class Model>
consteval void require_subsettable() {
  static_assert(SubsettableData<typename Model::Data>,
                "latent: to hold observations out needs a model whose `Data` have `size()` and `subset(data, rows)` "
                "(SubsettableData).");
}

}  // namespace detail

/// Σ_v log p(x_v | θ̂_−v), natural log: the log-likelihood of each fold under the model fitted to all other observations
/// (Stone 1974, JRSS B 36:111), with the term of each observation that was held out.
///
/// Folds are fitted at once, each from its own random stream: the same bits for any number of threads. Cost: a fit and
/// an E-step a fold (for a model without `log_densities(data)`, of one observation at a time), and a copy of the data a
/// thread.
///
/// A fold that can't be fitted counts as a likelihood of 0, however well the others went: a sum without it would be one
/// of other observations, and a model that fails is no better at predicting for that.
/// @throws DegenerateFit, with the first such fold, if a fold can't be fitted, or has probability 0; InvalidOption.
template <EMModel Model>
[[nodiscard]] PairedScore held_out_score(const Model& model, const typename Model::Data& data, const Folds& folds,
                                         const FitOptions& options = {}) {
  detail::require_subsettable<Model>();
  if constexpr (!SubsettableData<typename Model::Data>) {
    return {};  // of no account, after the sentence above
  } else {
    const auto judgements =
        detail::judge(model, data, folds.count(), [&](std::size_t fold) { return folds.split(fold); }, options);
    detail::require_judged(judgements, "fold");
    return detail::score_of_folds(judgements);
  }
}

/// The value of `held_out_score`.
/// @throws as `held_out_score`.
template <EMModel Model>
[[nodiscard]] double held_out_log_likelihood(const Model& model, const typename Model::Data& data, const Folds& folds,
                                             const FitOptions& options = {}) {
  return held_out_score(model, data, folds, options).value;
}

// ---------------------------------------------------------------------------------------------------------------------
// The criteria.

/// Akaike's: for prediction; tends to too many components.
struct Aic {
  /// What the table calls it.
  static constexpr std::string_view name = "aic";
  /// Lower is better.
  static constexpr bool lower_is_better = true;
  /// Whether the discount is taken off the log-likelihood.
  static constexpr bool takes_discount = true;
  /// −2 log L + 2p of the fitted candidate, with the discount taken off log L.
  template <class Model>
  double operator()(const FittedCandidate<Model>& fitted) const {
    return fitted.scores.aic + 2.0 * fitted.scores.discount;
  }
};

/// Schwarz's: how many components the density needs.
struct Bic {
  /// What the table calls it.
  static constexpr std::string_view name = "bic";
  /// Lower is better.
  static constexpr bool lower_is_better = true;
  /// Whether the discount is taken off the log-likelihood.
  static constexpr bool takes_discount = true;
  /// −2 log L + p log n of the fitted candidate, with the discount taken off log L.
  template <class Model>
  double operator()(const FittedCandidate<Model>& fitted) const {
    return fitted.scores.bic + 2.0 * fitted.scores.discount;
  }
};

/// The integrated completed likelihood: how many components don't overlap.
struct Icl {
  /// What the table calls it.
  static constexpr std::string_view name = "icl";
  /// Lower is better.
  static constexpr bool lower_is_better = true;
  /// Whether the discount is taken off the log-likelihood.
  static constexpr bool takes_discount = true;
  /// BIC − 2 Σ_n w_n log max_k r_nk of the fitted candidate, with the discount taken off log L.
  template <class Model>
  double operator()(const FittedCandidate<Model>& fitted) const {
    static_assert(detail::HasIcl<Model>,
                  "latent: ICL needs a model with `posterior(data)` (PredictiveModel) and `Data` with `size()`, or one "
                  "with `certainty(data)`.");
    if (!fitted.scores.icl) {
      throw Error(
          "ICL needs one row of `posterior(data)` for each item of the data, and there are more or fewer; a model of "
          "other latent variables gives its `certainty(data)`");
    }
    return *fitted.scores.icl + 2.0 * fitted.scores.discount;
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
  /// Whether to select the simplest candidate within one standard error of the best (`Selection::simplest`), not the
  /// best.
  bool one_standard_error = false;

  /// The log-likelihood of what was held out, natural log. Cost: one more fit.
  /// @throws as `held_out_score`; InvalidOption where the fraction is out of range.
  template <class Model>
  PairedScore operator()(const FittedCandidate<Model>& fitted) const {
    const auto seed = detail::derived_seed(fitted.options.seed, detail::SeedFamily::folds);
    return held_out_score(fitted.model, fitted.data, Folds::single(fitted.data.size(), fraction, seed), fitted.options);
  }
};

/// The log-likelihood of all observations, each fold under the fit to the other folds (Stone 1974, JRSS B 36:111). All
/// candidates are judged on the same folds.
struct CrossValidation {
  /// What the table calls it.
  static constexpr std::string_view name = "cv";
  /// Higher is better.
  static constexpr bool lower_is_better = false;
  /// V, from 2 to the number of observations.
  int folds = 10;
  /// Whether to select the simplest candidate within one standard error of the best (`Selection::simplest`), not the
  /// best.
  bool one_standard_error = false;

  /// The log-likelihood of all observations, each held out once, natural log. The standard error of a difference is
  /// that of a sum over independent observations (Vehtari, Gelman & Gabry 2017, Statistics and Computing 27:1413,
  /// section 5). Cost: V fits.
  /// @throws as `held_out_score`; InvalidOption where the number of folds is out of range.
  template <class Model>
  PairedScore operator()(const FittedCandidate<Model>& fitted) const {
    const auto seed = detail::derived_seed(fitted.options.seed, detail::SeedFamily::folds);
    return held_out_score(fitted.model, fitted.data, Folds::balanced(fitted.data.size(), folds, seed), fitted.options);
  }
};

/// Monte-Carlo cross-validation: the log-likelihood of what was held out, on average over many random divisions of the
/// observations into a part to fit to and a part to judge by, usually halves (Smyth 2000, Statistics and Computing
/// 10:63). All candidates are judged on the same.
struct MonteCarloCrossValidation {
  /// What the table calls it.
  static constexpr std::string_view name = "mccv";
  /// Higher is better.
  static constexpr bool lower_is_better = false;
  /// S, the number of divisions; at least 2.
  int splits = 20;
  /// The part of the observations that is held out in each, in (0, 1).
  double fraction = 0.5;
  /// Whether to select the simplest candidate within one standard error of the best (`Selection::simplest`), not the
  /// best.
  bool one_standard_error = false;

  /// The mean over divisions of the log-likelihood of what was held out, natural log. Divisions share observations, so
  /// the standard error of a difference is not that of independent ones, but √((1/S + n_held/n_fit) s²), with s² the
  /// variance of the differences between divisions (Nadeau & Bengio 2003, Machine Learning 52:239). Cost: S fits.
  /// @throws DegenerateFit as `held_out_score`, for a division; InvalidOption where an option is out of range.
  template <class Model>
  PairedScore operator()(const FittedCandidate<Model>& fitted) const {
    detail::require_subsettable<Model>();
    if constexpr (!SubsettableData<typename Model::Data>) {
      return {};  // of no account, after the sentence above
    } else {
      detail::require_splits(splits);
      const std::size_t size = fitted.data.size();
      const auto split_of = [&](std::size_t number) {
        const auto seed = detail::derived_seed(fitted.options.seed, detail::SeedFamily::folds, number);
        return Folds::single(size, fraction, seed).split(0);
      };
      const Split first = split_of(0);
      const auto judgements =
          detail::judge(fitted.model, fitted.data, static_cast<std::size_t>(splits), split_of, fitted.options);
      detail::require_judged(judgements, "split");
      return detail::score_of_splits(judgements, first.held_out.size(), first.training.size());
    }
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

// The fit of a candidate to all the data: the one that was kept, or else a new one.
template <CountableModel Model, class Store>
FitResult<Model> fit_of(std::size_t candidate, const Model& model, const typename Model::Data& data,
                        const FitOptions& options, Store& store) {
  if (auto kept = store.recall_fit(candidate, model, data)) return std::move(*kept);
  auto fitted = latent::fit(model, data, options);
  store.throw_if_stopped();
  store.keep_fit(candidate, fitted, data);
  return fitted;
}

// Fits each candidate to all the data, one after the other; its restarts run in parallel.
template <CountableModel Model, class Store>
FittedCandidates<Model> fit_each(const std::vector<Candidate<Model>>& candidates, const typename Model::Data& data,
                                 const FitOptions& options, Store& store) {
  require_candidates(candidates.size());
  FittedCandidates<Model> all{.outcomes = std::vector<CandidateOutcome>(candidates.size()),
                              .fits = std::vector<std::optional<FitResult<Model>>>(candidates.size())};
  std::vector<std::exception_ptr> failures;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    CandidateOutcome& outcome = all.outcomes[i];
    outcome.label = candidates[i].label;
    if constexpr (requires { candidates[i].model.components(); }) outcome.components = candidates[i].model.components();
    try {
      all.fits[i] = fit_of(i, candidates[i].model, data, options, store);
      with_threads(options.threads, [&] { outcome.scores = scores_of(*all.fits[i], data); });
    } catch (const std::exception&) {
      store.throw_if_stopped();
      all.fits[i].reset();
      failures.push_back(std::current_exception());
      outcome.failure = reason_of(failures.back());
    }
  }
  if (failures.size() == candidates.size()) throw_all_failed(all.outcomes, failures);
  return all;
}

// What the criterion says of a candidate that was fitted: what was kept, or else anew.
template <class Model, class Criterion, class Store>
auto value_of(std::size_t candidate, const FittedCandidate<Model>& fitted, const Criterion& criterion, Store& store) {
  using Value = std::conditional_t<
      std::same_as<std::invoke_result_t<const Criterion&, const FittedCandidate<Model>&>, PairedScore>, PairedScore,
      double>;
  if (auto kept = store.template recall_value<Value>(candidate)) return std::move(*kept);
  Value value = criterion(fitted);
  store.throw_if_stopped();
  store.keep_value(candidate, value);
  return value;
}

template <CountableModel Model, class Criterion, class Store>
Selection<Model> select(const std::vector<Candidate<Model>>& candidates, const typename Model::Data& data,
                        const Criterion& criterion, const FitOptions& options, Store& store) {
  auto all = fit_each(candidates, data, options, store);
  std::vector<std::optional<PairedScore>> scores(candidates.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    CandidateOutcome& outcome = all.outcomes[i];
    if (outcome.failure) continue;
    try {
      auto value = value_of(i,
                            FittedCandidate<Model>{.model = candidates[i].model,
                                                   .fit = *all.fits[i],
                                                   .scores = *outcome.scores,
                                                   .data = data,
                                                   .options = options},
                            criterion, store);
      outcome.value = static_cast<double>(value);
      if constexpr (std::same_as<decltype(value), PairedScore>) scores[i] = std::move(value);
    } catch (const std::exception&) {
      store.throw_if_stopped();
      outcome.failure = reason_of(std::current_exception());
    }
  }
  store.finish();
  std::size_t best = best_of(all.outcomes, Criterion::lower_is_better);
  if constexpr (requires { Criterion::takes_discount; }) note_discounts(all.outcomes, best);
  std::optional<std::size_t> simplest;
  if (scores[best]) simplest = pair_with_best(all.outcomes, scores, best);
  if constexpr (requires { criterion.one_standard_error; }) {
    if (criterion.one_standard_error && simplest) best = *simplest;
  }
  return Selection<Model>{.criterion = std::string(Criterion::name),
                          .candidates = std::move(all.outcomes),
                          .best = best,
                          .simplest = simplest,
                          .fit = std::move(*all.fits[best])};
}

// Compiles where candidates of the model can be compared by the criterion, and otherwise says what is missing.
template <class Model, class Data, class Criterion>
consteval bool require_selectable_by() {
  require_selectable<Model, Data>();
  constexpr bool selectable = CountableModel<Model> && HasTotalWeight<Model>;
  if constexpr (selectable) {
    static_assert(SelectionCriterion<Criterion, Model>,
                  "latent: a criterion must have `name`, `lower_is_better`, and `double operator()(const "
                  "FittedCandidate<Model>&) const`.");
  }
  return selectable;
}

}  // namespace detail

/// Fits all candidates with the same options, and keeps the best by the criterion.
///
/// A candidate that can't be fitted, or valued, is recorded with its reason and isn't selected. Candidates follow each
/// other; restarts and folds run in parallel, with the same bits for any number of threads. Observers are told of the
/// fits to all the data only.
/// @throws InvalidOption; InvalidData where no candidate takes the data; DegenerateFit where all failed;
/// ObjectiveDecreased by the policy.
template <class Model, class Data, class Criterion = Bic>
auto select(const std::vector<Candidate<Model>>& candidates, const Data& data, const Criterion& criterion = {},
            const FitOptions& options = {}) {
  if constexpr (detail::require_selectable_by<Model, Data, Criterion>()) {
    detail::NoSelectionStore nowhere;
    return detail::select<Model>(candidates, data, criterion, options, nowhere);
  }
}

}  // namespace latent
