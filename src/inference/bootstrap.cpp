#include "latent/inference/bootstrap.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace latent::detail {
namespace {

// So many that the ranks (B + 1)(1 ∓ level)/2 are from 1 to B.
double fewest_replicates(double level) {
  constexpr double rounding = 1e-9;  // of 1 − 0.95
  return std::max(2.0, std::ceil(2.0 / (1.0 - level) - 1.0 - rounding));
}

}  // namespace

void require_bootstrap(const BootstrapOptions& options, const Vector& estimates) {
  if (!(options.level > 0.0 && options.level < 1.0)) {
    throw InvalidOption("level", fmt::to_string(options.level), "must be greater than 0, and less than 1");
  }
  constexpr int most = 10'000'000;
  const double fewest = fewest_replicates(options.level);
  if (options.replicates < fewest || options.replicates > most) {
    throw InvalidOption(
        "replicates", fmt::to_string(options.replicates),
        fmt::format("must be at least {} for intervals of level {}, and at most {}", fewest, options.level, most));
  }
  number_of_restarts(options.fit, false);
  if (!options.fit.observers.empty()) {
    throw InvalidOption("observers", fmt::format("{} of them", options.fit.observers.size()),
                        "must be none: replicates are fitted at once, and are not told apart");
  }
  for (Index i = 0; i < estimates.size(); ++i) {
    if (std::isfinite(estimates[i])) continue;
    throw InvalidOption("natural", fmt::format("quantity {} of the model is {}", i + 1, estimates[i]),
                        "must be finite");
  }
}

void require_finite_quantities(const Vector& quantities, Index count) {
  if (quantities.size() != count) {
    throw InvalidOption("natural", fmt::format("{} quantities, and {} of the model", quantities.size(), count),
                        "must return as many for every model");
  }
  for (Index i = 0; i < count; ++i) {
    if (std::isfinite(quantities[i])) continue;
    throw DegenerateFit(fmt::format("quantity {} is {}", i + 1, quantities[i]));
  }
}

namespace {

// The value of a rank from 1 to the number of values, between ranks by straight lines.
double value_of_rank(const std::vector<double>& ascending, double rank) {
  const double position = std::clamp(rank - 1.0, 0.0, static_cast<double>(ascending.size() - 1));
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, ascending.size() - 1);
  const double share = position - static_cast<double>(below);
  return (1.0 - share) * ascending[below] + share * ascending[above];
}

// Davison & Hinkley (1997), Bootstrap Methods and their Application, section 5.3.1.
IntervalEstimate percentile_interval(double estimate, const Eigen::Ref<const Vector>& replicates, double level) {
  std::vector<double> ascending(replicates.begin(), replicates.end());
  std::ranges::sort(ascending);
  const double ranks = static_cast<double>(ascending.size()) + 1.0;
  const double spread = (replicates.array() - replicates.mean()).matrix().stableNorm();
  return {.estimate = estimate,
          .standard_error = spread / std::sqrt(static_cast<double>(replicates.size() - 1)),
          .lower = value_of_rank(ascending, 0.5 * (1.0 - level) * ranks),
          .upper = value_of_rank(ascending, 0.5 * (1.0 + level) * ranks)};
}

}  // namespace

namespace {

// Whether the replicates are nearly equal, for the size of the quantity.
bool hardly_varies(const IntervalEstimate& interval) {
  constexpr double relative = 1e-9;
  const double width = std::max(interval.upper - interval.lower, interval.standard_error);
  return width <= relative * std::abs(interval.estimate);
}

std::vector<std::string> notes_on(const Bootstrap& bootstrap, std::size_t replicates) {
  std::vector<std::string> notes;
  if (!bootstrap.failures.empty()) {
    notes.push_back(fmt::format(
        "{} of {} replicates could not be fitted: standard errors and intervals are conditional on success, and the "
        "data that are hardest to fit are not in them",
        bootstrap.failures.size(), replicates));
  }
  std::string quantities;
  for (std::size_t i = 0; i < bootstrap.intervals.size(); ++i) {
    if (hardly_varies(bootstrap.intervals[i])) quantities += fmt::format("{}{}", quantities.empty() ? "" : ", ", i + 1);
  }
  if (!quantities.empty()) {
    notes.push_back(fmt::format(
        "quantity {}: all replicates are equal: unless it is fixed, the estimate is on the boundary of the parameter "
        "space, where the bootstrap is inconsistent (Andrews 2000) and its interval says nothing; take "
        "profile_interval, or for a proportion binomial_interval",
        quantities));
  }
  return notes;
}

}  // namespace

Bootstrap summary(const Vector& estimates, const std::vector<Replicate>& replicates, double level) {
  Bootstrap result;
  for (std::size_t b = 0; b < replicates.size(); ++b) {
    if (replicates[b].failure) {
      result.failures.push_back({.number = static_cast<int>(b) + 1, .reason = message_of(replicates[b].failure)});
    } else if (!replicates[b].converged) {
      ++result.not_converged;
    }
  }
  const std::size_t fitted = replicates.size() - result.failures.size();
  if (static_cast<double>(fitted) < fewest_replicates(level)) {
    throw DegenerateFit(
        fmt::format("{} of {} replicates could not be fitted, which leaves too few for intervals of "
                    "level {}; the first: {}",
                    result.failures.size(), replicates.size(), level, result.failures.front().reason));
  }
  result.replicates.resize(static_cast<Index>(fitted), estimates.size());
  Index row = 0;
  for (const Replicate& replicate : replicates) {
    if (!replicate.failure) result.replicates.row(row++) = replicate.quantities;
  }
  for (Index i = 0; i < estimates.size(); ++i) {
    result.intervals.push_back(percentile_interval(estimates[i], result.replicates.col(i), level));
  }
  result.notes = notes_on(result, replicates.size());
  return result;
}

}  // namespace latent::detail
