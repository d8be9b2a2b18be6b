/// @file
/// `fit`: maximum-likelihood (or MAP) estimation of any `EMModel`, with restarts.
///
///     auto result = latent::fit(GaussianMixture(2), data, {.restarts = 20, .seed = 7});
///     result.model.means();
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <iosfwd>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "latent/ascent.hpp"
#include "latent/em_model.hpp"
#include "latent/errors.hpp"
#include "latent/expectation.hpp"
#include "latent/parallel.hpp"
#include "latent/random.hpp"
#include "latent/stopping.hpp"
#include "latent/trace.hpp"

namespace latent {

/// How one restart went.
struct RestartOutcome {
  /// Counted from 1.
  int number = 0;
  /// Why it failed; the fields below are not set then.
  std::optional<std::string> failure = {};
  double log_likelihood = 0.0;
  double objective = 0.0;
  /// M-steps made.
  int iterations = 0;
  StopReason stop = {};
};

/// Is told how a fit goes; has the functions it wants. Restarts run at once, but calls come one at a time, in no fixed
/// order between restarts. What an observer throws, `fit` throws too, once the restarts have ended; until then nobody
/// is told any more.
struct Observer {
  /// After each E-step, with the number of the restart (from 1).
  std::function<void(int restart, const Iteration&)> on_iteration = {};
  /// After each restart.
  std::function<void(const RestartOutcome&)> on_restart_end = {};
};

/// How to fit.
struct FitOptions {
  /// The number of runs from random starts, for an `InitializableModel`; 10 where it isn't given. Other models have
  /// one start, the parameters they come with, and take no other number than 1.
  std::optional<int> restarts = {};
  /// The same seed gives the same bits for any number of threads, on processors of the same instruction set. Restart r
  /// draws from stream r of it.
  std::uint64_t seed = 1;
  /// The number of threads, shared by restarts and E-steps; 0 means one for each core.
  int threads = 0;
  /// When a run stops.
  StoppingRule stop = relative_gain(1e-10) || iteration_limit(1000);
  /// What to do where the objective falls.
  OnFall on_fall = OnFall::warn;
  /// Who is told how it goes.
  std::vector<Observer> observers = {};
};

/// What came of it.
template <class Model>
struct FitResult {
  /// The model with the parameters of the best restart: that of the highest objective, the first of equals.
  Model model;
  /// log p(x | θ) at those parameters, natural log.
  double log_likelihood = 0.0;
  /// The log-likelihood, plus the log-prior of a `PenalizedModel`.
  double objective = 0.0;
  /// M-steps made by the best restart.
  int iterations = 0;
  bool converged = false;
  /// Why the best restart stopped.
  StopReason stop;
  /// The best restart, iteration by iteration.
  Trace trace;
  /// The best restart's number, counted from 1.
  int best_restart = 1;
  /// All restarts, in order.
  std::vector<RestartOutcome> restarts;
  /// What the reader of the result should know.
  std::vector<std::string> warnings;
};

/// One run from one start, to its end.
template <EMModel Model>
struct Run {
  Model model;
  StopReason stop;
  Ascent ascent;
};

/// EM from the model's present parameters: E-step and M-step in turn until the rule says stop. `tell` is called after
/// each E-step.
///
/// With T M-steps there are T + 1 E-steps: the trace ends with the log-likelihood of the final parameters.
/// @throws DegenerateFit where the parameters leave the parameter space, ObjectiveFell by the policy `on_fall`, and
/// whatever the model throws.
template <EMModel Model>
Run<Model> run(Model model, const typename Model::Data& data, const StoppingRule& stop, OnFall on_fall = OnFall::warn,
               const std::function<void(const Iteration&)>& tell = {}) {
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };

  Ascent ascent(on_fall);
  auto expected = expect(model, data);
  ascent.start(expected.log_likelihood, objective(model, expected.log_likelihood), seconds());
  if (tell) tell(ascent.trace().back());

  std::optional<StopReason> reason = stop(ascent.trace());
  while (!reason) {
    const auto target = m_step_target(model, expected.statistics);
    const auto parameters = parameters_of(model);
    model.m_step(expected.statistics);
    ascent.after_m_step(target, m_step_target(model, expected.statistics));

    expected = expect(model, data);
    ascent.after_e_step(expected.log_likelihood, objective(model, expected.log_likelihood),
                        largest_change(parameters_of(model), parameters), seconds());
    if (tell) tell(ascent.trace().back());
    reason = stop(ascent.trace());
  }
  return {std::move(model), std::move(*reason), std::move(ascent)};
}

namespace detail {

// What a restart left: a run, or the exception that ended it.
template <EMModel Model>
struct Attempt {
  std::optional<Run<Model>> run;
  std::exception_ptr failure;
};

// Passes calls on to the observers, one at a time.
class Announcer {
 public:
  explicit Announcer(const std::vector<Observer>& observers) : observers_(observers) {}
  void iteration(int restart, const Iteration& iteration);
  void restart_end(const RestartOutcome& outcome);
  // Throws what an observer threw: that is no restart's failure.
  void rethrow_failure() const;

 private:
  template <class Call>
  void tell_each(const Call& call);

  const std::vector<Observer>& observers_;
  std::exception_ptr failure_;
  std::mutex one_at_a_time_;
};

RestartOutcome outcome_of(int number, const StopReason& stop, const Ascent& ascent);
RestartOutcome outcome_of(int number, const std::exception_ptr& failure);

// Throws again what no other start could mend: bad data, a bad option, a fall with the policy to raise.
void rethrow_if_fatal(const std::exception_ptr& failure);

// The number of the best restart (from 1), by the objective.
// Throws DegenerateFit where all failed, or the failure itself where there was only one.
int best_of(const std::vector<RestartOutcome>& outcomes, const std::exception_ptr& first_failure);

std::vector<std::string> warnings_of(const std::vector<RestartOutcome>& outcomes, int best, const Ascent& ascent);

// Runs `start(r)`, which gives the model restart r begins with, for all restarts at once, and picks the best.
template <EMModel Model, class Start>
FitResult<Model> best_restart(int restarts, const typename Model::Data& data, const FitOptions& options,
                              const Start& start) {
  std::vector<Attempt<Model>> attempts(static_cast<std::size_t>(restarts));
  std::vector<RestartOutcome> outcomes(attempts.size());
  Announcer announcer(options.observers);

  with_threads(options.threads, [&] {
    parallel_for(attempts.size(), [&](std::size_t r) {
      const int number = static_cast<int>(r) + 1;
      try {
        const auto tell = [&](const Iteration& iteration) { announcer.iteration(number, iteration); };
        attempts[r].run = run(start(r), data, options.stop, options.on_fall, tell);
        outcomes[r] = outcome_of(number, attempts[r].run->stop, attempts[r].run->ascent);
      } catch (const std::exception&) {
        attempts[r].failure = std::current_exception();
        outcomes[r] = outcome_of(number, attempts[r].failure);
      }
      announcer.restart_end(outcomes[r]);
    });
  });

  announcer.rethrow_failure();
  for (const auto& attempt : attempts) rethrow_if_fatal(attempt.failure);
  const int best = best_of(outcomes, attempts.front().failure);
  Run<Model>& winner = attempts[static_cast<std::size_t>(best - 1)].run.value();
  const Iteration last = winner.ascent.trace().back();
  return {.model = std::move(winner.model),
          .log_likelihood = last.log_likelihood,
          .objective = last.objective,
          .iterations = last.number,
          .converged = winner.stop.converged,
          .stop = winner.stop,
          .trace = winner.ascent.trace(),
          .best_restart = best,
          .restarts = outcomes,
          .warnings = warnings_of(outcomes, best, winner.ascent)};
}

template <EMModel Model>
void check(const Model& model, const typename Model::Data& data, int threads) {
  if constexpr (CheckingModel<Model>) with_threads(threads, [&] { model.check(data); });
}

int number_of_restarts(const FitOptions& options, bool initializable);

std::ostream& print_summary(std::ostream& out, const std::vector<RestartOutcome>& outcomes, int best);

}  // namespace detail

/// Fits from the parameters that the model comes with: one run.
///
/// `data` is what the model takes, or converts to it.
/// @throws InvalidData, InvalidOption; DegenerateFit where the run left the parameter space; ObjectiveFell by the
/// policy.
template <class Model, class Data>
auto fit_from(Model model, const Data& data, const FitOptions& options = {}) {
  require_em_model<Model, Data>();
  if constexpr (EMModel<Model>) {
    const typename Model::Data& observed = data;
    detail::check(model, observed, options.threads);
    return detail::best_restart<Model>(detail::number_of_restarts(options, false), observed, options,
                                       [&](std::size_t) { return model; });
  }
}

/// Fits a model: the best of several runs from random starts for an `InitializableModel`, else one run from the
/// parameters that the model comes with.
///
/// `data` is what the model takes, or converts to it. Restarts run in parallel, each from its own random stream, and a
/// restart that fails is recorded with its reason.
/// @throws InvalidData, InvalidOption; DegenerateFit where no restart gave a fit; ObjectiveFell by the policy.
template <class Model, class Data>
auto fit(Model model, const Data& data, const FitOptions& options = {}) {
  require_em_model<Model, Data>();
  if constexpr (InitializableModel<Model>) {
    const typename Model::Data& observed = data;
    detail::check(model, observed, options.threads);
    const auto start = [&](std::size_t restart) {
      Model started = model;
      RandomEngine rng = random_stream(options.seed, restart);
      started.initialize(observed, rng);
      return started;
    };
    return detail::best_restart<Model>(detail::number_of_restarts(options, true), observed, options, start);
  } else if constexpr (EMModel<Model>) {
    return fit_from(std::move(model), data, options);
  }
}

/// One line: "log-likelihood −1130.264 after 20 iterations, converged (relative gain < 1e-10); restart 3 of 10".
template <class Model>
std::ostream& operator<<(std::ostream& out, const FitResult<Model>& result) {
  return detail::print_summary(out, result.restarts, result.best_restart);
}

}  // namespace latent
