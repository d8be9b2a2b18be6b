/// @file
/// Long fits that can be interrupted: `resumable_fit` keeps every restart in a file, and goes on from it.
///
///     auto result = resumable_fit(model, data, {.file = "fit.checkpoint"}, options);
///
/// Called again after a crash, or a stop, it goes on where the file is, and ends with the very bits of a fit that was
/// never interrupted. (A `time_limit` counts all seconds since the beginning: raise it to go on.) Heavy (it includes
/// cereal): include it where it is used only.
#pragma once

#include <any>
#include <cereal/types/string.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "latent/core/persistence.hpp"
#include "latent/solver/fit.hpp"

namespace latent {

/// Where a fit is kept.
struct Checkpoint {
  /// It is replaced in one stroke: at any moment it is whole. A fit that has ended leaves it there.
  std::string file;
  /// The file is written this often, and when the fit ends; 0 is after every iteration.
  double seconds = 60.0;
};

namespace detail {

// What must be the same for a fit to go on: the model as given, the method, and what starts depend on.
struct FitIdentity {
  std::string model;
  std::string method;  // the update method, as "EM"; or what it is a part of, as "a selection by bic"
  std::string settings;
  std::uint64_t seed = 0;
  int restarts = 0;
  int short_runs = 0;
  int short_iterations = 0;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(model, method, settings, seed, restarts, short_runs, short_iterations);
  }
};

// The file: a text for each restart, or other place, that was kept. Safe to use from several threads.
class CheckpointFile {
 public:
  // Reads the file where there is one, or else makes it.
  // Throws InvalidOption where the file is of another fit, or no checkpoint; Error where it can't be written.
  CheckpointFile(Checkpoint checkpoint, FitIdentity identity);

  // The name of the file.
  [[nodiscard]] const std::string& name() const { return checkpoint_.file; }
  // What is kept at a place, by number. All are recalled before any goes on.
  [[nodiscard]] std::optional<std::string> recall(std::int64_t place) const;
  // Whether it is time to keep a place again.
  [[nodiscard]] bool due(std::int64_t place);
  // Keeps a place, and writes the file where it is time to. A file that can't be written is no reason to lose the
  // fit: it is told by `failure`.
  void keep(std::int64_t place, std::string state);
  // Writes what is kept.
  void finish();
  [[nodiscard]] const std::optional<std::string>& failure() const { return failure_; }

 private:
  void read();
  void write() const;
  void try_to_write();

  Checkpoint checkpoint_;
  FitIdentity identity_;
  std::map<std::int64_t, std::string> kept_;
  std::map<std::int64_t, std::chrono::steady_clock::time_point> kept_at_;
  std::chrono::steady_clock::time_point written_at_ = std::chrono::steady_clock::now();
  std::optional<std::string> failure_;
  std::mutex mutex_;
};

template <class... Parts>
std::string to_text(const Parts&... parts) {
  std::ostringstream out;
  cereal::PortableBinaryOutputArchive{out}(parts...);
  return std::move(out).str();
}

[[noreturn]] void throw_unusable(const std::string& file, const std::string& reason);

// Keeps runs in a checkpoint file, for `fit`.
template <PersistentModel Model, EMMethod<Model> Method>
class CheckpointStore final : public RunStore<Model> {
 public:
  CheckpointStore(const Checkpoint& checkpoint, const FitIdentity& identity, const Method& method)
      : file_(checkpoint, identity), method_(method) {}

  // The run as it was kept, with the E-step that belongs to it.
  std::optional<Run<Model>> recall(int restart, const Model& kind, const typename Model::Data& data,
                                   OnDecrease on_decrease) const override {
    const auto state = file_.recall(restart);
    if (!state) return std::nullopt;
    std::istringstream in(*state);
    cereal::PortableBinaryInputArchive archive(in);
    Model model = kind;
    Monitor monitor(on_decrease);
    Effort effort;
    auto memory = [&] {
      try {
        archive(model);
        auto empty = method_.begin(model);
        archive(empty, monitor, effort);
        return empty;
      } catch (const std::exception&) {
        throw_unusable(file_.name(), "is damaged");
      }
    }();
    if (monitor.trace().empty()) throw_unusable(file_.name(), "is damaged");
    Effort again;  // the E-step was counted when it was made first
    auto point = Steps<Model>(data, monitor, again).at(std::move(model));
    if (point.objective != monitor.trace().back().objective) {
      throw_unusable(file_.name(), "was made with other data, or on another kind of processor");
    }
    return Run<Model>{
        .point = std::move(point), .memory = std::move(memory), .monitor = std::move(monitor), .effort = effort};
  }

  void keep(int restart, const Run<Model>& run) override {
    if (file_.due(restart)) keep_end(restart, run);
  }

  void keep_end(int restart, const Run<Model>& run) override {
    const auto& memory = std::any_cast<const typename Method::Memory&>(run.memory);
    file_.keep(restart, to_text(run.point.model, memory, run.monitor, run.effort));
  }

  void finish() override { file_.finish(); }

  void add_warning(std::vector<std::string>& warnings) const {
    if (file_.failure()) warnings.push_back(*file_.failure());
  }

 private:
  CheckpointFile file_;
  Method method_;
};

template <class Model, class Method>
FitIdentity identity_of(const Model& model, const FitOptions& options, const Method& method, bool initializable) {
  const ShortRuns short_runs = options.short_runs.value_or(ShortRuns{.runs = 0, .iterations = 0});
  return {.model = to_text(model),
          .method = method.name(),
          .settings = to_text(method),
          .seed = options.seed,
          .restarts = number_of_restarts(options, initializable),
          .short_runs = short_runs.runs,
          .short_iterations = short_runs.iterations};
}

template <class Model>
consteval void require_persistent() {
  static_assert(PersistentModel<Model>,
                "latent: a checkpoint needs a model with cereal's `template <class Archive> void serialize(Archive&)` "
                "(PersistentModel).");
}

// Compiles where the method and its memory can be written, and otherwise says what is missing.
template <class Method>
consteval bool require_persistent_method() {
  constexpr bool persistent =
      cereal::traits::is_output_serializable<Method, cereal::PortableBinaryOutputArchive>::value &&
      cereal::traits::is_output_serializable<typename Method::Memory, cereal::PortableBinaryOutputArchive>::value;
  static_assert(persistent,
                "latent: a checkpoint needs an update method that has cereal's `serialize(Archive&)`, as its "
                "`Memory` must.");
  return persistent;
}

// The result of `fit(observed, method, store)`, whose runs are kept in the file; with a warning if the file could not
// be written.
template <class Model, class Data, class Method, class Fit>
auto with_checkpoint(const Model& model, const Data& data, const Checkpoint& checkpoint, const FitOptions& options,
                     const Method& method, bool initializable, const Fit& fit) {
  require_persistent<Model>();
  if constexpr (PersistentModel<Model> && require_persistent_method<Method>()) {
    return with_fittable(
        model, data, method, [&]<class Its>(const auto& observed, const UpdateMethod<Its>& its_method) {
          CheckpointStore<Its, Method> store(checkpoint, identity_of(model, options, method, initializable), method);
          auto result = fit(observed, its_method, store);
          store.add_warning(result.warnings);
          return result;
        });
  }
}

}  // namespace detail

/// `fit_from`, kept in a file and resumed from it. For a `PersistentModel`.
/// @throws InvalidOption where the file is of another fit: another model, method, seed or number of restarts, or other
/// data; Error where it can't be written at the beginning. Later failures to write become a warning.
template <class Model, class Data, class Method = PlainEM>
auto resumable_fit_from(Model model, const Data& data, const Checkpoint& checkpoint, const FitOptions& options = {},
                        const Method& method = {}) {
  return detail::with_checkpoint(model, data, checkpoint, options, method, false,
                                 [&](const auto& observed, const auto& its_method, auto& store) {
                                   return detail::fit_from(std::move(model), observed, options, its_method, store);
                                 });
}

/// `fit`, kept in a file and resumed from it, restarts included. For a `PersistentModel`.
/// @throws as `resumable_fit_from`, and as `fit`.
template <class Model, class Data, class Method = PlainEM>
auto resumable_fit(Model model, const Data& data, const Checkpoint& checkpoint, const FitOptions& options = {},
                   const Method& method = {}) {
  return detail::with_checkpoint(model, data, checkpoint, options, method, InitializableModel<Model>,
                                 [&](const auto& observed, const auto& its_method, auto& store) {
                                   return detail::fit(std::move(model), observed, options, its_method, store);
                                 });
}

}  // namespace latent
