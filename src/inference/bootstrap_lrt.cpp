#include "latent/inference/bootstrap_lrt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "latent/core/errors.hpp"

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

namespace {

bool failed(const ReplicateOutcome& replicate) { return !replicate.statistic; }

std::string first_failure(const std::vector<ReplicateOutcome>& replicates) {
  return std::ranges::find_if(replicates, failed)->failure.value_or("no statistic");
}

}  // namespace

BootstrapTest test_of(double statistic, std::vector<ReplicateOutcome> replicates) {
  const auto count = static_cast<double>(replicates.size());
  const auto failures = std::ranges::count_if(replicates, failed);
  if (static_cast<std::size_t>(failures) == replicates.size()) {
    throw DegenerateFit(
        fmt::format("all {} replicates failed; the first: {}", replicates.size(), first_failure(replicates)));
  }
  const auto exceeding = std::ranges::count_if(replicates, [&](const ReplicateOutcome& replicate) {
    return failed(replicate) || *replicate.statistic >= statistic;
  });
  const double p = (1.0 + static_cast<double>(exceeding)) / (1.0 + count);
  return {.statistic = statistic,
          .p_value = p,
          .standard_error = std::sqrt(p * (1.0 - p) / count),
          .failed = static_cast<int>(failures),
          .replicates = std::move(replicates)};
}

std::optional<std::string> note_on_failures(const BootstrapTest& test) {
  if (test.failed == 0) return std::nullopt;
  return fmt::format(
      "{} of {} replicates could not be fitted, and count as exceeding the statistic (p-value {:.3g}); the first: {}",
      test.failed, test.replicates.size(), test.p_value, first_failure(test.replicates));
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
