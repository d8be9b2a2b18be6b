/// @file
/// `fit`: maximum-likelihood (or MAP) estimation of any `EMModel`, with restarts.
///
///     auto result = latent::fit(GaussianMixture(2), data, {.restarts = 20, .seed = 7});
///     result.model.means();
///
/// An update method may follow: `fit(model, data, options, Squarem())`.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <iosfwd>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "latent/core/errors.hpp"
#include "latent/core/failures.hpp"
#include "latent/core/model.hpp"
#include "latent/core/parallel.hpp"
#include "latent/core/random.hpp"
#include "latent/solver/monitor.hpp"
#include "latent/solver/run.hpp"
#include "latent/solver/short_runs.hpp"
#include "latent/solver/steps.hpp"
#include "latent/solver/stopping.hpp"
#include "latent/solver/trace.hpp"

namespace latent {

/// How one restart went.
struct RestartOutcome {
  /// Counted from 1.
  int number = 0;
  /// Why it failed; the fields below are not set then.
  std::optional<std::string> failure = {};
  /// False where the fit was to stop before it began, for the reason `stop`; the fields between are not set then.
  bool begun = true;
  /// log p(x | θ) at its end, natural log.
  double log_likelihood = 0.0;
  /// The log-likelihood, plus the log-prior of a `PenalizedModel`.
  double objective = 0.0;
  /// The nats of the objective that do not count in comparisons; 0 but of a `DiscountedModel`.
  double discount = 0.0;
  /// The objective at the start.
  double start_objective = 0.0;
  /// Iterations made; of plain EM, M-steps.
  int iterations = 0;
  /// Why it stopped.
  StopReason stop = {};
  /// The estimated rest at its end, in nats: how far the objective is below the local maximum that EM goes to
  /// (latent/solver/rest.hpp). Not set where it can't be told: the run was too short, or its last iterations
  /// accelerated.
  std::optional<double> rest = {};
  /// What it cost, short runs included.
  Effort effort = {};

  /// What fits are compared by: the objective less the discount.
  [[nodiscard]] double comparable_objective() const { return objective - discount; }
};

/// Is told how a fit goes; has the functions it wants. Restarts run at once, but calls come one at a time, in no fixed
/// order between restarts. What an observer throws, `fit` throws too, once the iterations at hand have
/// ended; until then nobody is told any more.
struct Observer {
  /// After each iteration, with the number of the restart (from 1).
  std::function<void(int restart, const Iteration&)> on_iteration = {};
  /// After each restart.
  std::function<void(const RestartOutcome&)> on_restart_end = {};
  /// Before a restart goes on from a checkpoint, with the iterations that its trace has. The last of them is told by
  /// `on_iteration` as well.
  std::function<void(int restart, const Trace&)> on_recall = {};
};

/// The number of restarts where none is given.
inline constexpr int usual_restarts = 10;

/// The order in which exchangeable components come out.
enum class ComponentOrder {
  sorted,     ///< as `sort_components()` of a `SortableModel` has it: the heaviest first, whatever the seed
  as_started  ///< as the start has it
};

/// How to fit.
struct FitOptions {
  /// The number of runs from random starts, for an `InitializableModel`; `usual_restarts` where it isn't given. Other
  /// models have one start, the parameters they come with, and take no other number than 1.
  std::optional<int> restarts = {};
  /// The same seed gives the same bits for any number of threads, on processors of the same instruction set. Restart r
  /// draws from stream r of it.
  std::uint64_t seed = 1;
  /// The number of threads, shared by restarts and E-steps; 0 means one for each core.
  int threads = 0;
  /// When a run stops.
  StoppingRule stop = estimated_rest(usual_rest) || iteration_limit(usual_iterations);
  /// What to do where the objective decreases.
  OnDecrease on_decrease = OnDecrease::warn;
  /// Who is told how it goes.
  std::vector<Observer> observers = {};
  /// How each restart looks for its start; a single random one where it isn't given.
  std::optional<ShortRuns> short_runs = {};
  /// The order of the components of the result; sorted after random starts, and as started by `fit_from`, if it isn't
  /// given.
  std::optional<ComponentOrder> order = {};
};

/// What came of a fit, but for the model.
struct FitSummary {
  /// The update method, as "EM" or "SQUAREM".
  std::string method;
  /// log p(x | θ) at the parameters of the best restart, natural log.
  double log_likelihood = 0.0;
  /// The log-likelihood, plus the log-prior of a `PenalizedModel`.
  double objective = 0.0;
  /// The nats of the objective that do not count where fits are compared; 0 but of a `DiscountedModel`.
  double discount = 0.0;
  /// Iterations made by the best restart; of plain EM, its M-steps.
  int iterations = 0;
  /// Whether the rule that stopped the best restart speaks of convergence.
  bool converged = false;
  /// Why the best restart stopped.
  StopReason stop = {};
  /// The estimated rest of the best restart, in nats; see `RestartOutcome::rest`.
  std::optional<double> rest = {};
  /// The best restart, iteration by iteration; of a long run, not all of them (`append`, latent/solver/trace.hpp).
  Trace trace = {};
  /// The best restart's number, counted from 1: that of the highest objective less the discount, the first of equals.
  int best_restart = 1;
  /// All restarts, in order.
  std::vector<RestartOutcome> restarts = {};
  /// What the reader of the result should know.
  std::vector<std::string> warnings = {};

  /// What fits are compared by: the objective less the discount.
  [[nodiscard]] double comparable_objective() const { return objective - discount; }
};

/// What came of a fit.
template <class Model>
struct FitResult : FitSummary {
  /// The model with the parameters of the best restart.
  Model model;
};

namespace detail {

// The start of restart r (from 0), which draws from stream r.
template <InitializableModel Model>
Start<Model> random_start(const Model& model, const typename Model::Data& data, const FitOptions& options,
                          const StoppingRule& stop, std::size_t restart) {
  RandomEngine rng = random_stream(options.seed, restart);
  if (options.short_runs) {
    return best_short_run(model, data, *options.short_runs, stop, options.on_decrease, rng);
  }
  Start<Model> start = {.model = model};
  start.model.initialize(data, rng);
  return start;
}

// What the best restart so far left; the others leave their outcomes only. Safe to use from several threads.
template <EMModel Model>
class BestAttempt {
 public:
  // The restart of the higher objective stays, the first of equals.
  void offer(int number, double objective, Model model, Monitor monitor) {
    const std::lock_guard lock(one_at_a_time_);
    if (attempt_ && !(objective > attempt_->objective || (objective == attempt_->objective && number < number_)))
      return;
    number_ = number;
    attempt_.emplace(objective, std::move(model), std::move(monitor));
  }

  // Once all have ended, and one at least was offered.
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] Model& model() { return attempt_->model; }
  [[nodiscard]] const Monitor& monitor() const { return attempt_->monitor; }

 private:
  struct Attempt {
    Attempt(double its_objective, Model its_model, Monitor its_monitor)
        : objective(its_objective), model(std::move(its_model)), monitor(std::move(its_monitor)) {}
    double objective;
    Model model;
    Monitor monitor;
  };

  int number_ = 0;
  std::optional<Attempt> attempt_;
  std::mutex one_at_a_time_;
};

// The failures of restarts that matter after their outcomes were told. Safe to use from several threads.
class Failures {
 public:
  void add(int number, const std::exception_ptr& failure);
  // That of the first restart, if it failed.
  [[nodiscard]] std::exception_ptr of_first() const { return of_first_; }
  // Throws the fatal failure of the lowest number, if there is one.
  void rethrow_fatal() const;

 private:
  std::exception_ptr of_first_;
  std::exception_ptr fatal_;
  int number_of_fatal_ = 0;
  std::mutex one_at_a_time_;
};

// Passes calls on to the observers, one at a time.
class Announcer {
 public:
  explicit Announcer(const std::vector<Observer>& observers) : observers_(observers) {}
  void iteration(int restart, const Iteration& iteration);
  void restart_end(const RestartOutcome& outcome);
  void recall(int restart, const Trace& trace);
  // Whether an observer threw: that is no restart's failure.
  [[nodiscard]] bool failed();
  void rethrow_failure() const;

 private:
  template <class Call>
  void tell_each(const Call& call);

  const std::vector<Observer>& observers_;
  std::exception_ptr failure_;
  std::mutex one_at_a_time_;
};

RestartOutcome outcome_of(int number, const StopReason& stop, const Monitor& monitor, const Effort& effort);
RestartOutcome outcome_of(int number, const std::exception_ptr& failure);
RestartOutcome not_begun(int number, const StopReason& reason);

// Throws DegenerateFit where it is not finite.
void require_finite_discount(double discount);

template <EMModel Model>
double discount_of(const Model& model, const typename Model::Data& data) {
  if constexpr (DiscountedModel<Model>) {
    const double discount = model.discount(data);
    require_finite_discount(discount);
    return discount;
  } else {
    return 0.0;
  }
}

// Throws DegenerateFit where no restart gave a fit, or the failure itself where there was only one.
void require_some_fit(const std::vector<RestartOutcome>& outcomes, const std::exception_ptr& first_failure);

FitSummary summary_of(std::string method, std::vector<RestartOutcome> outcomes, int best, const Monitor& monitor);

// Where runs on their way are kept, and taken up again: nowhere (latent/solver/checkpoint.hpp has a file).
template <EMModel Model>
class RunStore {
 public:
  RunStore() = default;
  RunStore(const RunStore&) = delete;
  RunStore& operator=(const RunStore&) = delete;
  RunStore(RunStore&&) = delete;
  RunStore& operator=(RunStore&&) = delete;
  virtual ~RunStore() = default;

  // The run of a restart as it was kept; `model` is one of the kind, to be filled.
  virtual std::optional<Run<Model>> recall(int /*restart*/, const Model& /*model*/,
                                           const typename Model::Data& /*data*/, OnDecrease /*on_decrease*/) const {
    return std::nullopt;
  }
  virtual void keep(int /*restart*/, const Run<Model>& /*run*/) {}
  virtual void keep_end(int /*restart*/, const Run<Model>& /*run*/) {}
  virtual void finish() {}
};

// Where restart r (from 0) begins. A search for a start ends where the rule asks for it.
template <EMModel Model>
using StartRule = std::function<Start<Model>(std::size_t restart, const StoppingRule& stop)>;

// Runs from `start(r, stop)` for all restarts at once, and picks the best. `model` is one of the kind, for `store` to
// fill.
template <EMModel Model>
FitResult<Model> best_restart(int restarts, const Model& model, const typename Model::Data& data,
                              const FitOptions& options, const UpdateMethod<Model>& method,
                              const StartRule<Model>& start, ComponentOrder order, RunStore<Model>& store) {
  std::vector<RestartOutcome> outcomes(static_cast<std::size_t>(restarts));
  BestAttempt<Model> best;
  Failures failures;
  Announcer announcer(options.observers);
  // Where the fit is to throw whatever other restarts find, they end at the iteration at hand.
  std::stop_source abandoned;
  const StoppingRule stop = options.stop || stop_requested(abandoned.get_token());

  // All are recalled before any goes on: one that is of other data must not mix with those of these.
  std::vector<std::unique_ptr<Run<Model>>> recalled(outcomes.size());
  with_threads(options.threads, [&] {
    for (std::size_t r = 0; r < recalled.size(); ++r) {
      auto run = store.recall(static_cast<int>(r) + 1, model, data, options.on_decrease);
      if (run) recalled[r] = std::make_unique<Run<Model>>(std::move(*run));
    }
  });

  const auto run_to_its_end = [&](std::size_t r, int number) {
    auto run = std::move(recalled[r]);
    if (run) {
      announcer.recall(number, run->monitor.trace());
    } else {
      // The first always begins: there is to be a result.
      const auto interruption = r > 0 ? stop.interruption(0.0) : std::nullopt;
      if (interruption) {
        outcomes[r] = not_begun(number, *interruption);
        return;
      }
      Start<Model> begin = start(r, stop);
      run = std::make_unique<Run<Model>>(
          begin_run(std::move(begin.model), data, method, options.on_decrease, begin.effort));
    }
    const auto tell = [&](const Run<Model>& now) {
      announcer.iteration(number, now.monitor.trace().back());
      if (announcer.failed()) abandoned.request_stop();
      store.keep(number, now);
    };
    const StopReason reason = iterate(*run, data, method, stop, tell);
    store.keep_end(number, *run);
    outcomes[r] = outcome_of(number, reason, run->monitor, run->effort);
    outcomes[r].discount = discount_of(run->point.model, data);
    best.offer(number, outcomes[r].comparable_objective(), std::move(run->point.model), std::move(run->monitor));
  };
  with_threads(options.threads, [&] {
    parallel_for(outcomes.size(), [&](std::size_t r) {
      const int number = static_cast<int>(r) + 1;
      try {
        run_to_its_end(r, number);
      } catch (const std::exception&) {
        const auto failure = std::current_exception();
        failures.add(number, failure);
        outcomes[r] = outcome_of(number, failure);
        if (is_fatal(failure)) abandoned.request_stop();
      }
      announcer.restart_end(outcomes[r]);
    });
  });

  store.finish();
  announcer.rethrow_failure();
  failures.rethrow_fatal();
  require_some_fit(outcomes, failures.of_first());
  FitResult<Model> result = {summary_of(method.name, std::move(outcomes), best.number(), best.monitor()),
                             std::move(best.model())};
  if constexpr (SortableModel<Model>) {
    if (order == ComponentOrder::sorted) result.model.sort_components();
  }
  if constexpr (RemarkingModel<Model>) {
    for (std::string& remark : result.model.remarks(data)) result.warnings.push_back(std::move(remark));
  }
  return result;
}

template <EMModel Model>
void check(const Model& model, const typename Model::Data& data, int threads) {
  if constexpr (CheckingModel<Model>) with_threads(threads, [&] { model.check(data); });
}

// The model as the data let it start: checked, and prepared.
template <EMModel Model>
Model prepared(Model model, const typename Model::Data& data, int threads) {
  check(model, data, threads);
  if constexpr (PreparedModel<Model>) with_threads(threads, [&] { model.prepare(data); });
  return model;
}

int number_of_restarts(const FitOptions& options, bool initializable);

template <EMModel Model>
FitResult<Model> fit_from(Model model, const typename Model::Data& data, const FitOptions& options,
                          const UpdateMethod<Model>& method, RunStore<Model>& store) {
  model = prepared(std::move(model), data, options.threads);
  const StartRule<Model> start = [&](std::size_t, const StoppingRule&) { return Start<Model>{.model = model}; };
  return best_restart(number_of_restarts(options, false), model, data, options, method, start,
                      options.order.value_or(ComponentOrder::as_started), store);
}

template <EMModel Model>
FitResult<Model> fit(Model model, const typename Model::Data& data, const FitOptions& options,
                     const UpdateMethod<Model>& method, RunStore<Model>& store) {
  if constexpr (InitializableModel<Model>) {
    model = prepared(std::move(model), data, options.threads);
    const StartRule<Model> start = [&](std::size_t r, const StoppingRule& stop) {
      return random_start(model, data, options, stop, r);
    };
    return best_restart(number_of_restarts(options, true), model, data, options, method, start,
                        options.order.value_or(ComponentOrder::sorted), store);
  } else {
    return fit_from(std::move(model), data, options, method, store);
  }
}

// What `use(observed, method)` makes of the data as the model takes them, and of the method with its type forgotten.
// Where the model can't be fitted to the data by the method, the compiler says what is missing.
template <class Model, class Data, class Method, class Use>
auto with_fittable(const Model& model, const Data& data, const Method& method, const Use& use) {
  require_em_model<Model, Data>();
  if constexpr (!EMModelFor<Model, Data>) {
    return;
  } else if constexpr (!EMMethod<Method, Model>) {
    (void)method.begin(model);  // says what is missing
  } else {
    const typename Model::Data& observed = data;
    return use(observed, update_method<Model>(method));
  }
}

}  // namespace detail

/// Fits from the parameters that the model comes with: one run, by an update method (latent/solver/steps.hpp).
///
/// `data` is what the model takes, or converts to it.
/// @throws InvalidData, InvalidOption; DegenerateFit where the run left the parameter space; ObjectiveDecreased by the
/// policy.
template <class Model, class Data, class Method = PlainEM>
auto fit_from(Model model, const Data& data, const FitOptions& options = {}, const Method& method = {}) {
  return detail::with_fittable(model, data, method,
                               [&]<class Its>(const auto& observed, const UpdateMethod<Its>& its_method) {
                                 detail::RunStore<Its> nowhere;
                                 return detail::fit_from(std::move(model), observed, options, its_method, nowhere);
                               });
}

/// Fits a model: the best of several runs from random starts for an `InitializableModel`, else one run from the
/// parameters that the model comes with.
///
/// `data` is what the model takes, or converts to it. Restarts run in parallel, each from its own random stream, and a
/// restart that fails is recorded with its reason. Cost: restarts · (iterations + 1) E-steps, without acceleration;
/// memory of a model, its statistics and a trace for each thread and for the best restart, and of an outcome for each
/// of the others.
/// @throws InvalidData, InvalidOption; DegenerateFit where no restart gave a fit; ObjectiveDecreased by the policy.
template <class Model, class Data, class Method = PlainEM>
auto fit(Model model, const Data& data, const FitOptions& options = {}, const Method& method = {}) {
  return detail::with_fittable(model, data, method,
                               [&]<class Its>(const auto& observed, const UpdateMethod<Its>& its_method) {
                                 detail::RunStore<Its> nowhere;
                                 return detail::fit(std::move(model), observed, options, its_method, nowhere);
                               });
}

/// One line: "log-likelihood −1130.264 after 13 iterations, converged (estimated rest 3e-11 nats < 1e-10); best of 10
/// restarts: 3".
std::ostream& operator<<(std::ostream& out, const FitSummary& summary);

}  // namespace latent
