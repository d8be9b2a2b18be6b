#include "latent/inference/select.hpp"

#include <fmt/format.h>

#include <range/v3/algorithm/all_of.hpp>

#include "latent/core/errors.hpp"
#include "latent/core/failures.hpp"

namespace latent::detail {
namespace {

std::string all_failed(const std::vector<CandidateOutcome>& outcomes) {
  const std::string reason = outcomes.front().failure.value_or("the criterion is not a number");
  if (outcomes.size() == 1) return fmt::format("the only candidate, {}, failed: {}", outcomes.front().label, reason);
  return fmt::format("all {} candidates failed; the first, {}: {}", outcomes.size(), outcomes.front().label, reason);
}

}  // namespace

std::uint64_t derived_seed(std::uint64_t seed, SeedFamily family, std::uint64_t number) {
  constexpr int family_bits = 32;  // streams of lower numbers are those of restarts
  return random_stream(seed, (static_cast<std::uint64_t>(family) << family_bits) + number)();
}

FitOptions options_of_one(const FitOptions& options, std::uint64_t seed) {
  FitOptions one = options;
  one.seed = seed;
  one.threads = 0;
  one.observers.clear();
  return one;
}

std::string reason_of(const std::exception_ptr& failure) {
  rethrow_if_hopeless(failure);
  return message_of(failure);
}

void throw_all_failed(const std::vector<CandidateOutcome>& outcomes, const std::vector<std::exception_ptr>& failures) {
  if (failures.size() == 1 || ranges::all_of(failures, is_invalid_data)) std::rethrow_exception(failures.front());
  throw DegenerateFit(all_failed(outcomes));
}

namespace {

// Why a split can't be judged by; nothing if it can.
std::optional<std::string> fault_of(const Judgement& judgement) {
  if (judgement.failure) return reason_of(judgement.failure);
  if (std::isfinite(judgement.log_likelihood)) return std::nullopt;
  return "what is held out has probability 0 under the fit to the others";
}

}  // namespace

void require_judged(const std::vector<Judgement>& judgements, std::string_view what) {
  std::optional<std::string> first;
  int faults = 0;
  for (std::size_t i = 0; i < judgements.size(); ++i) {
    const auto fault = fault_of(judgements[i]);
    if (!fault) continue;
    ++faults;
    if (!first) first = fmt::format("{} {} of {}: {}", what, i + 1, judgements.size(), *fault);
  }
  if (!first) return;
  const std::string others = faults > 1 ? fmt::format(" (and {} more)", faults - 1) : std::string();
  throw DegenerateFit(*first + others);
}

void require_splits(int splits) {
  constexpr int most = 1'000'000;
  if (splits >= 2 && splits <= most) return;
  throw InvalidOption("splits", fmt::to_string(splits), fmt::format("must be at least 2, and at most {}", most));
}

PairedScore score_of_folds(const std::vector<Judgement>& judgements) {
  Index observations = 0;
  for (const Judgement& judgement : judgements) observations += judgement.weights.size();
  PairedScore score{.value = 0.0, .terms = Vector(observations), .weights = Vector(observations)};
  Index next = 0;
  for (const Judgement& judgement : judgements) {
    const Index size = judgement.weights.size();
    score.value += judgement.log_likelihood;
    // An observation of weight 0 counts for nothing, even where it has probability 0.
    score.terms.segment(next, size) = (judgement.weights.array() > 0.0).select(judgement.log_densities, 0.0);
    score.weights.segment(next, size) = judgement.weights;
    next += size;
  }
  score.variance_factor = score.weights.sum();
  return score;
}

PairedScore score_of_splits(const std::vector<Judgement>& judgements, std::size_t held_out, std::size_t training) {
  const auto splits = static_cast<Index>(judgements.size());
  PairedScore score{.value = 0.0, .terms = Vector(splits), .weights = Vector::Ones(splits)};
  for (Index i = 0; i < splits; ++i) score.terms[i] = judgements[static_cast<std::size_t>(i)].log_likelihood;
  score.value = score.terms.mean();
  score.variance_factor =
      1.0 / static_cast<double>(splits) + static_cast<double>(held_out) / static_cast<double>(training);
  return score;
}

namespace {

// Nothing where a single observation, or less by weight, says nothing of a variance.
std::optional<PairedDifference> difference_of(const PairedScore& best, const PairedScore& other) {
  const double count = best.weights.sum();
  if (!(count > 1.0)) return std::nullopt;
  const Vector differences = best.terms - other.terms;
  const double mean = best.weights.dot(differences) / count;
  const double squares = best.weights.dot((differences.array() - mean).square().matrix());
  return PairedDifference{.value = best.value - other.value,
                          .standard_error = std::sqrt(best.variance_factor * squares / (count - 1.0))};
}

}  // namespace

std::size_t pair_with_best(std::vector<CandidateOutcome>& outcomes,
                           const std::vector<std::optional<PairedScore>>& scores, std::size_t best) {
  std::size_t simplest = best;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    CandidateOutcome& outcome = outcomes[i];
    if (!scores[i] || outcome.failure) continue;
    outcome.behind_best = difference_of(*scores[best], *scores[i]);
    const bool as_good = outcome.behind_best && outcome.behind_best->value <= outcome.behind_best->standard_error;
    if (as_good && outcome.scores->free_parameters < outcomes[simplest].scores->free_parameters) simplest = i;
  }
  return simplest;
}

std::size_t best_of(const std::vector<CandidateOutcome>& outcomes, bool lower_is_better) {
  const auto has_value = [](const CandidateOutcome& outcome) {
    return !outcome.failure && outcome.value && std::isfinite(*outcome.value);
  };
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (!has_value(outcomes[i])) continue;
    if (!best) {
      best = i;
      continue;
    }
    const double challenger = *outcomes[i].value;
    const double champion = *outcomes[*best].value;
    if (lower_is_better ? challenger < champion : challenger > champion) best = i;
  }
  if (!best) throw DegenerateFit(all_failed(outcomes));
  return *best;
}

void note_discounts(std::vector<CandidateOutcome>& outcomes, std::size_t best) {
  const double value_of_best = *outcomes[best].value - 2.0 * outcomes[best].scores->discount;
  for (CandidateOutcome& outcome : outcomes) {
    if (outcome.failure || !outcome.value || !outcome.scores) continue;
    const double discount = outcome.scores->discount;
    if (!(discount > 0.0) || *outcome.value - 2.0 * discount >= value_of_best) continue;
    if (&outcome == &outcomes[best]) continue;
    outcome.notes.push_back(
        fmt::format("{:.4g} nats of the log-likelihood don't count: few observations, or the rounding of values, made "
                    "them",
                    discount));
  }
}

void require_candidates(std::size_t count) {
  if (count == 0) throw InvalidOption("candidates", "none", "give at least one");
}

}  // namespace latent::detail
