/// @file
/// Long selections that can be interrupted: `resumable_select` and `resumable_select_by_lrt` keep in a file the
/// candidates that were fitted, what the criterion says of them, and the replicates of tests; they go on from it.
///
///     auto selection = resumable_select(candidates, data, {.file = "select.checkpoint"}, Bic{}, options);
///
/// Called again after a crash, or a stop, it goes on where the file is, and ends with the very bits of a selection that
/// was never interrupted. A fit that was under way begins anew. Heavy (it includes cereal): include it where it is used
/// only.
#pragma once

#include <cereal/types/optional.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/vector.hpp>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "latent/inference/bootstrap_lrt.hpp"
#include "latent/inference/select.hpp"
#include "latent/solver/checkpoint.hpp"

namespace latent {

/// A selection was told to stop, by a rule such as `stop_requested`, before it had an end. The file has what was
/// finished.
class SelectionStopped : public Error {
 public:
  using Error::Error;
};

/// Where a selection is kept.
struct SelectionCheckpoint {
  /// As `Checkpoint::file`.
  std::string file;
  /// As `Checkpoint::seconds`.
  double seconds = 60.0;
  /// What else must be the same for a selection to go on, in words of the caller: stopping rules and the settings of
  /// criteria can't be compared.
  std::string settings = {};
};

/// For cereal.
template <class Archive>
void serialize(Archive& archive, StopReason& reason) {
  archive(reason.rule, reason.converged);
}

/// For cereal.
template <class Archive>
void serialize(Archive& archive, RestartOutcome& outcome) {
  archive(outcome.number, outcome.failure, outcome.begun, outcome.log_likelihood, outcome.objective, outcome.discount,
          outcome.start_objective, outcome.iterations, outcome.stop, outcome.rest, outcome.effort);
}

/// For cereal.
template <class Archive>
void serialize(Archive& archive, FitSummary& fit) {
  archive(fit.method, fit.log_likelihood, fit.objective, fit.discount, fit.iterations, fit.converged, fit.stop,
          fit.rest, fit.trace, fit.best_restart, fit.restarts, fit.warnings);
}

/// For cereal.
template <class Archive>
void serialize(Archive& archive, PairedScore& score) {
  archive(score.value, score.terms, score.weights, score.variance_factor);
}

namespace detail {

// The number by which a checkpoint file knows a part of a selection.
std::int64_t place_of_fit(std::size_t candidate);
std::int64_t place_of_value(std::size_t candidate);
std::int64_t place_of_replicate(std::size_t test, std::size_t replicate);

// Keeps a selection in a checkpoint file. Safe to use from several threads.
class SelectionStore {
 public:
  SelectionStore(const SelectionCheckpoint& checkpoint, FitIdentity identity, const FitOptions& options)
      : file_({.file = checkpoint.file, .seconds = checkpoint.seconds}, std::move(identity)),
        stop_(options.stop),
        threads_(options.threads) {}

  // The fit as it was kept. One of other data has another log-likelihood.
  template <PersistentModel Model>
  std::optional<FitResult<Model>> recall_fit(std::size_t candidate, const Model& model,
                                             const typename Model::Data& data) const {
    const auto text = file_.recall(place_of_fit(candidate));
    if (!text) return std::nullopt;
    FitResult<Model> fit{FitSummary{}, model};
    double log_likelihood = 0.0;
    from_text(*text, log_likelihood, static_cast<FitSummary&>(fit), fit.model);
    if (fit.trace.empty() || fit.restarts.empty()) throw_unusable(file_.name(), "is damaged");
    if (log_likelihood_of(fit.model, data) != log_likelihood) {
      throw_unusable(file_.name(), "was made with other data, or on another kind of processor");
    }
    return fit;
  }

  template <PersistentModel Model>
  void keep_fit(std::size_t candidate, const FitResult<Model>& fit, const typename Model::Data& data) {
    if (const auto log_likelihood = log_likelihood_of(fit.model, data)) {
      file_.keep(place_of_fit(candidate), to_text(*log_likelihood, static_cast<const FitSummary&>(fit), fit.model));
    }
  }

  template <class Value>
  std::optional<Value> recall_value(std::size_t candidate) const {
    return recall<Value>(place_of_value(candidate));
  }
  template <class Value>
  void keep_value(std::size_t candidate, const Value& value) {
    file_.keep(place_of_value(candidate), to_text(value));
  }

  [[nodiscard]] std::optional<double> recall_replicate(std::size_t test, std::size_t replicate) const {
    return recall<double>(place_of_replicate(test, replicate));
  }
  void keep_replicate(std::size_t test, std::size_t replicate, double statistic) {
    file_.keep(place_of_replicate(test, replicate), to_text(statistic));
  }

  [[nodiscard]] bool stopped() const { return stop_.interruption(0.0).has_value(); }
  // Writes the file before it throws SelectionStopped.
  void throw_if_stopped();
  void finish() { file_.finish(); }

  void add_warning(std::vector<std::string>& warnings) const {
    if (file_.failure()) warnings.push_back(*file_.failure());
  }

 private:
  // At the parameters as they come out, of which the fit's own may differ by the order of the components; nothing where
  // the data are others than the model takes.
  template <class Model>
  [[nodiscard]] std::optional<double> log_likelihood_of(const Model& model, const typename Model::Data& data) const {
    std::optional<double> value;
    try {
      with_threads(threads_, [&] { value = model.log_likelihood(data); });
    } catch (const InvalidData&) {
      return std::nullopt;
    }
    return value;
  }

  template <class... Parts>
  void from_text(const std::string& text, Parts&... parts) const {
    std::istringstream in(text);
    try {
      cereal::PortableBinaryInputArchive{in}(parts...);
    } catch (const std::exception&) {
      throw_unusable(file_.name(), "is damaged");
    }
  }

  template <class Value>
  [[nodiscard]] std::optional<Value> recall(std::int64_t place) const {
    const auto text = file_.recall(place);
    if (!text) return std::nullopt;
    Value value{};
    from_text(*text, value);
    return value;
  }

  CheckpointFile file_;
  StoppingRule stop_;
  int threads_;
};

template <class Model>
FitIdentity identity_of(const std::vector<Candidate<Model>>& candidates, std::string_view criterion,
                        const SelectionCheckpoint& checkpoint, const FitOptions& options) {
  std::string models;
  for (const Candidate<Model>& candidate : candidates) models += to_text(candidate.label, candidate.model);
  const ShortRuns short_runs = options.short_runs.value_or(ShortRuns{.runs = 0, .iterations = 0});
  return {.model = std::move(models),
          .method = "a selection by " + std::string(criterion),
          .settings = checkpoint.settings,
          .seed = options.seed,
          .restarts = number_of_restarts(options, InitializableModel<Model>),
          .short_runs = short_runs.runs,
          .short_iterations = short_runs.iterations};
}

}  // namespace detail

/// `select`, kept in a file and resumed from it. For a `PersistentModel`. What failed is tried again.
/// @throws as `select`; SelectionStopped where a rule stops it that needs no trace, such as `stop_requested`;
/// InvalidOption where the file is of other candidates, another criterion, seed, number of restarts, other settings, or
/// other data; Error where it can't be written at the beginning. Later failures to write become a warning of the fit.
template <class Model, class Data, class Criterion = Bic>
auto resumable_select(const std::vector<Candidate<Model>>& candidates, const Data& data,
                      const SelectionCheckpoint& checkpoint, const Criterion& criterion = {},
                      const FitOptions& options = {}) {
  detail::require_persistent<Model>();
  if constexpr (PersistentModel<Model> && detail::require_selectable_by<Model, Data, Criterion>()) {
    detail::SelectionStore store(checkpoint, detail::identity_of(candidates, Criterion::name, checkpoint, options),
                                 options);
    auto selection = detail::select<Model>(candidates, data, criterion, options, store);
    store.add_warning(selection.fit.warnings);
    return selection;
  }
}

/// `select_by_lrt`, kept in a file and resumed from it, with each replicate that was finished. For a `PersistentModel`.
/// @throws as `select_by_lrt` and `resumable_select`.
template <class Model, class Data>
auto resumable_select_by_lrt(const std::vector<Candidate<Model>>& candidates, const Data& data,
                             const SelectionCheckpoint& checkpoint, double level = 0.05,
                             const BootstrapTestOptions& options = {}) {
  detail::require_persistent<Model>();
  if constexpr (PersistentModel<Model> && detail::require_selectable_by_lrt<Model, Data>()) {
    detail::SelectionStore store(checkpoint, detail::identity_of(candidates, "lrt", checkpoint, options.fit),
                                 options.fit);
    auto selection = detail::select_by_lrt<Model>(candidates, data, level, options, store);
    store.add_warning(selection.fit.warnings);
    return selection;
  }
}

}  // namespace latent
