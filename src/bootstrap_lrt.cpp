#include "latent/bootstrap_lrt.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "latent/errors.hpp"

namespace latent::detail {

void require_replicates(int replicates) {
  constexpr int most = 1'000'000;
  if (replicates >= 1 && replicates <= most) return;
  throw InvalidOption("replicates", fmt::to_string(replicates),
                      fmt::format("must be at least 1, and at most {}", most));
}

void require_level(double level, int replicates) {
  if (!(level > 0.0 && level < 1.0)) {
    throw InvalidOption("level", fmt::to_string(level), "must be more than 0 and less than 1");
  }
  require_replicates(replicates);
  const double smallest_p = 1.0 / (1.0 + replicates);
  if (smallest_p <= level) return;
  throw InvalidOption(
      "replicates", fmt::to_string(replicates),
      fmt::format("must be at least {:.0f} for a p-value to reach the level {}", std::ceil(1.0 / level) - 1.0, level));
}

double p_value(double statistic, const std::vector<ReplicateOutcome>& replicates) {
  double fitted = 0.0;
  double as_large = 0.0;
  for (const ReplicateOutcome& replicate : replicates) {
    if (!replicate.statistic) continue;
    fitted += 1.0;
    if (*replicate.statistic >= statistic) as_large += 1.0;
  }
  if (fitted == 0.0) {
    throw DegenerateFit(fmt::format("all {} replicates failed; the first: {}", replicates.size(),
                                    replicates.front().failure.value_or("no statistic")));
  }
  return (1.0 + as_large) / (1.0 + fitted);
}

std::optional<std::string> failure_to_reach(double level, const std::vector<ReplicateOutcome>& replicates) {
  const auto failed = [](const ReplicateOutcome& replicate) { return !replicate.statistic; };
  const auto failures = std::ranges::count_if(replicates, failed);
  const auto fitted = static_cast<double>(replicates.size()) - static_cast<double>(failures);
  if (1.0 / (1.0 + fitted) <= level) return std::nullopt;
  return fmt::format("{} of {} replicates could not be fitted, too many for a test at the level {}; the first: {}",
                     failures, replicates.size(), level,
                     std::ranges::find_if(replicates, failed)->failure.value_or("no statistic"));
}

void require_ascending(const std::vector<CandidateOutcome>& outcomes) {
  const CandidateOutcome* before = nullptr;
  for (const CandidateOutcome& outcome : outcomes) {
    if (!outcome.scores) continue;
    if (before != nullptr && !(outcome.scores->free_parameters > before->scores->free_parameters)) {
      throw InvalidOption(
          "candidates", outcome.label,
          fmt::format("must have more free parameters than the one before, {}, and contain it", before->label));
    }
    before = &outcome;
  }
}

}  // namespace latent::detail
