#include "latent/solver/fit.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <cmath>
#include <limits>
#include <optional>
#include <range/v3/algorithm/any_of.hpp>
#include <range/v3/algorithm/count_if.hpp>
#include <range/v3/algorithm/find_if.hpp>
#include <range/v3/algorithm/max_element.hpp>

#include "latent/solver/report.hpp"
#include "latent/solver/rest.hpp"

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

void Announcer::recall(int restart, const Trace& trace) {
  tell_each([&](const Observer& observer) {
    if (observer.on_recall) observer.on_recall(restart, trace);
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

void Failures::add(int number, const std::exception_ptr& failure) {
  const std::lock_guard lock(one_at_a_time_);
  if (number == 1) of_first_ = failure;
  if (!is_fatal(failure) || (fatal_ && number_of_fatal_ < number)) return;
  fatal_ = failure;
  number_of_fatal_ = number;
}

void Failures::rethrow_fatal() const {
  if (fatal_) std::rethrow_exception(fatal_);
}

RestartOutcome outcome_of(int number, const StopReason& stop, const Monitor& monitor, const Effort& effort) {
  const Iteration& last = monitor.trace().back();
  return {.number = number,
          .failure = {},
          .log_likelihood = last.log_likelihood,
          .objective = last.objective,
          .start_objective = monitor.trace().front().objective,
          .iterations = last.number,
          .stop = stop,
          .rest = nats(rest_of(monitor.trace())),
          .effort = effort};
}

RestartOutcome outcome_of(int number, const std::exception_ptr& failure) {
  RestartOutcome outcome;
  outcome.number = number;
  outcome.failure = message_of(failure);
  return outcome;
}

void require_finite_discount(double discount) {
  if (std::isfinite(discount)) return;
  throw DegenerateFit(
      fmt::format("the model's discount is {}: it must be a finite number of nats, 0 where there is none", discount));
}

RestartOutcome not_begun(int number, const StopReason& reason) {
  RestartOutcome outcome;
  outcome.number = number;
  outcome.begun = false;
  outcome.stop = reason;
  return outcome;
}

void require_some_fit(const std::vector<RestartOutcome>& outcomes, const std::exception_ptr& first_failure) {
  if (ranges::any_of(outcomes, succeeded)) return;
  if (outcomes.size() == 1) std::rethrow_exception(first_failure);
  const auto failures = ranges::count_if(outcomes, failed);
  const std::string& first = *outcomes.front().failure;
  if (failures == std::ssize(outcomes))
    throw DegenerateFit(fmt::format("all {} restarts failed; the first: {}", failures, first));
  if (failures == 1) throw DegenerateFit("the only restart that had begun failed: " + first);
  throw DegenerateFit(fmt::format("all of the {} restarts that had begun failed; the first: {}", failures, first));
}

namespace {

std::string not_converged(const RestartOutcome& outcome) {
  const std::string where = outcome.rest ? fmt::format("an estimated {:.2g} nats below the maximum", *outcome.rest)
                                         : "too early to tell how far below the maximum";
  return fmt::format("not converged ({}): {}; allow more iterations, or use an acceleration", outcome.stop.rule, where);
}

// What to say if a restart ended higher than the best: why it is not the best.
std::optional<std::string> not_counted(const std::vector<RestartOutcome>& outcomes, const RestartOutcome& best) {
  const auto highest = ranges::max_element(outcomes, {}, [&](const RestartOutcome& outcome) {
    return succeeded(outcome) ? outcome.objective : -std::numeric_limits<double>::infinity();
  });
  constexpr double same_maximum = 1e-3;  // nats, as restarts are compared
  if (highest->objective <= best.objective + same_maximum) return std::nullopt;
  return fmt::format(
      "restart {} ended higher, at {:.6f}, but {:.4g} nats of that don't count: few observations, or the rounding of "
      "values, made them",
      highest->number, highest->objective, highest->discount);
}

std::vector<std::string> warnings_of(const std::vector<RestartOutcome>& outcomes, const RestartOutcome& best,
                                     const Monitor& monitor) {
  std::vector<std::string> warnings = monitor.warnings();
  if (!best.stop.converged) warnings.push_back(not_converged(best));
  const auto failures = ranges::count_if(outcomes, failed);
  if (failures > 0) {
    const RestartOutcome& first = *ranges::find_if(outcomes, failed);
    warnings.push_back(fmt::format("{} of {} restarts failed; restart {}: {}", failures, outcomes.size(), first.number,
                                   *first.failure));
  }
  if (auto higher = not_counted(outcomes, best)) warnings.push_back(std::move(*higher));
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

FitSummary summary_of(std::string method, std::vector<RestartOutcome> outcomes, int best, const Monitor& monitor) {
  const RestartOutcome& outcome = outcomes[static_cast<std::size_t>(best - 1)];
  FitSummary summary = {.method = std::move(method),
                        .log_likelihood = outcome.log_likelihood,
                        .objective = outcome.objective,
                        .discount = outcome.discount,
                        .iterations = outcome.iterations,
                        .converged = outcome.stop.converged,
                        .stop = outcome.stop,
                        .rest = outcome.rest,
                        .trace = monitor.trace(),
                        .best_restart = best,
                        .warnings = warnings_of(outcomes, outcome, monitor)};
  summary.restarts = std::move(outcomes);
  return summary;
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
