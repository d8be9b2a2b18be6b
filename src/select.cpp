#include "latent/select.hpp"

#include <fmt/format.h>

#include <range/v3/algorithm/all_of.hpp>
#include <range/v3/numeric/accumulate.hpp>

#include "latent/errors.hpp"
#include "latent/failures.hpp"

namespace latent::detail {
namespace {

std::string all_failed(const std::vector<CandidateOutcome>& outcomes) {
  return fmt::format("all {} candidates failed; the first, {}: {}", outcomes.size(), outcomes.front().label,
                     outcomes.front().failure.value_or("the criterion is no number"));
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

double sum_over_folds(const std::vector<double>& log_likelihoods, const std::vector<std::exception_ptr>& failures) {
  const std::size_t folds = log_likelihoods.size();
  for (std::size_t fold = 0; fold < folds; ++fold) {
    if (failures[fold]) {
      throw DegenerateFit(fmt::format("fold {} of {}: {}", fold + 1, folds, reason_of(failures[fold])));
    }
    if (!std::isfinite(log_likelihoods[fold])) {
      throw DegenerateFit(fmt::format("fold {} of {}: what is held out has probability 0 under the fit to the others",
                                      fold + 1, folds));
    }
  }
  return ranges::accumulate(log_likelihoods, 0.0);
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

void require_candidates(std::size_t count) {
  if (count == 0) throw InvalidOption("candidates", "none", "give at least one");
}

}  // namespace latent::detail
