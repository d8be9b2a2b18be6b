/// @file
/// A fit as text for people: how each restart went, how many maxima there were, what it cost.
///
///     std::cout << result << '\n';              // one line
///     std::cout << full_report(result);         // all of it
#pragma once

#include <string>
#include <vector>

#include "latent/solver/fit.hpp"

namespace latent {

/// Where the restarts of a fit ended.
struct Optima {
  /// Restarts that converged.
  int converged = 0;
  /// Restarts that a limit stopped.
  int unfinished = 0;
  /// Restarts that failed.
  int failed = 0;
  /// Restarts that had not begun when the fit was to stop.
  int not_begun = 0;
  /// Maxima among those that converged: objectives that are more than 1e-3 nats apart are different maxima. The default
  /// stopping rule ends runs much nearer to theirs; after a rule on the gain, runs that crawl may be counted apart.
  int distinct = 0;
  /// How often the highest of them was reached.
  int best_reached = 0;
};

/// Counts where the restarts ended. A best maximum that was reached only once, of many, says that more restarts may
/// find a better one.
[[nodiscard]] Optima optima_of(const std::vector<RestartOutcome>& restarts);

/// A sentence, as "10 restarts: 3 distinct maxima, the best reached 4 times; 1 failed".
[[nodiscard]] std::string sentence(const Optima& optima);

/// The full report, several lines: the result and why it stopped, the maxima, each restart with its start, its
/// iterations and E-steps, its end and why it ended there, the seconds in E-steps and in M-steps, and the warnings.
[[nodiscard]] std::string full_report(const FitSummary& summary);

}  // namespace latent
