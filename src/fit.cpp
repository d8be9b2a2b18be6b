#include "latent/fit.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <range/v3/algorithm/count_if.hpp>
#include <range/v3/algorithm/find_if.hpp>
#include <range/v3/view/filter.hpp>

#include "latent/report.hpp"
#include "latent/rest.hpp"

namespace latent::detail {
namespace {

bool failed(const RestartOutcome& outcome) { return outcome.failure.has_value(); }

bool waiting(const RestartOutcome& outcome) { return !outcome.begun; }

bool succeeded(const RestartOutcome& outcome) { return outcome.begun && !failed(outcome); }

std::optional<double> nats(const std::optional<Rest>& rest) { return rest ? std::optional(rest->nats) : std::nullopt; }

}  // namespace

template <class Call>
void Announcer::tell_each(const Call& call) {
  const std::lock_guard lock(one_at_a_time_);
  if (failure_) return;
  try {
    for (const Observer& observer : observers_) call(observer);
  } catch (...) {
    failure_ = std::current_exception();
  }
}

void Announcer::iteration(int restart, const Iteration& iteration) {
  tell_each([&](const Observer& observer) {
    if (observer.on_iteration) observer.on_iteration(restart, iteration);
  });
}

void Announcer::restart_end(const RestartOutcome& outcome) {
  tell_each([&](const Observer& observer) {
    if (observer.on_restart_end) observer.on_restart_end(outcome);
  });
}

bool Announcer::failed() {
  const std::lock_guard lock(one_at_a_time_);
  return failure_ != nullptr;
}

void Announcer::rethrow_failure() const {
  if (failure_) std::rethrow_exception(failure_);
}

RestartOutcome outcome_of(int number, const StopReason& stop, const Ascent& ascent, const Effort& effort) {
  const Iteration& last = ascent.trace().back();
  return {.number = number,
          .failure = {},
          .log_likelihood = last.log_likelihood,
          .objective = last.objective,
          .start_objective = ascent.trace().front().objective,
          .iterations = last.number,
          .stop = stop,
          .rest = nats(rest_of(ascent.trace())),
          .effort = effort};
}

RestartOutcome outcome_of(int number, const std::exception_ptr& failure) {
  RestartOutcome outcome;
  outcome.number = number;
  outcome.failure = message_of(failure);
  return outcome;
}

RestartOutcome not_begun(int number, const StopReason& reason) {
  RestartOutcome outcome;
  outcome.number = number;
  outcome.begun = false;
  outcome.stop = reason;
  return outcome;
}

int best_of(const std::vector<RestartOutcome>& outcomes, const std::exception_ptr& first_failure) {
  const RestartOutcome* best = nullptr;
  for (const RestartOutcome& outcome : outcomes | ranges::views::filter(succeeded)) {
    if (best == nullptr || outcome.objective > best->objective) best = &outcome;
  }
  if (best != nullptr) return best->number;
  if (outcomes.size() == 1) std::rethrow_exception(first_failure);
  const auto failures = ranges::count_if(outcomes, failed);
  const std::string which = failures == std::ssize(outcomes) ? fmt::format("all {} restarts failed", failures)
                            : failures == 1                  ? "the only restart that had begun failed"
                                            : fmt::format("all of the {} restarts that had begun failed", failures);
  throw DegenerateFit(fmt::format("{}; the first: {}", which, *outcomes.front().failure));
}

namespace {

std::string not_converged(const RestartOutcome& outcome) {
  const std::string where = outcome.rest ? fmt::format("an estimated {:.2g} nats below the maximum", *outcome.rest)
                                         : "too early to tell how far below the maximum";
  return fmt::format("not converged ({}): {}; allow more iterations, or use an acceleration", outcome.stop.rule, where);
}

std::vector<std::string> warnings_of(const std::vector<RestartOutcome>& outcomes, const RestartOutcome& best,
                                     const Ascent& ascent) {
  std::vector<std::string> warnings = ascent.warnings();
  if (!best.stop.converged) warnings.push_back(not_converged(best));
  const auto failures = ranges::count_if(outcomes, failed);
  if (failures > 0) {
    const RestartOutcome& first = *ranges::find_if(outcomes, failed);
    warnings.push_back(fmt::format("{} of {} restarts failed; restart {}: {}", failures, outcomes.size(), first.number,
                                   *first.failure));
  }
  const Optima optima = optima_of(outcomes);
  if (optima.converged > 1 && optima.best_reached == 1) {
    warnings.push_back(fmt::format(
        "only 1 of the {} restarts that converged reached the best maximum: more restarts may find a better one",
        optima.converged));
  }
  const auto left = ranges::count_if(outcomes, waiting);
  if (left > 0) {
    warnings.push_back(fmt::format("{} of {} restarts had not begun ({})", left, outcomes.size(),
                                   ranges::find_if(outcomes, waiting)->stop.rule));
  }
  return warnings;
}

}  // namespace

FitSummary summary_of(std::string method, const std::vector<RestartOutcome>& outcomes, int best, const Ascent& ascent) {
  const RestartOutcome& outcome = outcomes[static_cast<std::size_t>(best - 1)];
  return {.method = std::move(method),
          .log_likelihood = outcome.log_likelihood,
          .objective = outcome.objective,
          .iterations = outcome.iterations,
          .converged = outcome.stop.converged,
          .stop = outcome.stop,
          .rest = outcome.rest,
          .trace = ascent.trace(),
          .best_restart = best,
          .restarts = outcomes,
          .warnings = warnings_of(outcomes, outcome, ascent)};
}

int number_of_restarts(const FitOptions& options, bool initializable) {
  const int restarts = options.restarts.value_or(initializable ? usual_restarts : 1);
  constexpr int most = 1'000'000;
  if (restarts < 1 || restarts > most) {
    throw InvalidOption("restarts", fmt::to_string(restarts), fmt::format("must be at least 1, and at most {}", most));
  }
  if (restarts > 1 && !initializable) {
    throw InvalidOption("restarts", fmt::to_string(restarts),
                        "must be 1 where the start is given, or the model has no initialize(data, rng)");
  }
  if (options.short_runs) require_usable(*options.short_runs, initializable);
  return restarts;
}

}  // namespace latent::detail

namespace latent {

std::ostream& operator<<(std::ostream& out, const FitSummary& summary) {
  fmt::print(out, "log-likelihood {:.6f} after {} {}, {} ({})", summary.log_likelihood, summary.iterations,
             summary.iterations == 1 ? "iteration" : "iterations", summary.converged ? "converged" : "not converged",
             summary.stop.rule);
  if (summary.restarts.size() > 1) {
    fmt::print(out, "; best of {} restarts: {}", summary.restarts.size(), summary.best_restart);
  }
  return out;
}

}  // namespace latent
