/// @file
/// Deterministic annealing EM: EM with flattened posteriors, sharpened step by step, so that the end depends less on
/// the start (Ueda & Nakano 1998, Neural Networks 11:271).
///
///     auto result = anneal(start, data, {.schedule = {0.6, 0.8}});
///     result.fit.model.means();
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "latent/core/model.hpp"
#include "latent/expectation/assignment.hpp"
#include "latent/expectation/expectation.hpp"
#include "latent/methods/adapted_model.hpp"
#include "latent/solver/fit.hpp"

namespace latent {

namespace detail {

// Throws InvalidOption unless β is from 1/16 to 1.
void require_inverse_temperature(double beta);

// Throws InvalidOption unless each β is in range and above the one before.
void require_schedule(const std::vector<double>& schedule);

template <class Model>
concept TemperableModel = AssignableModel<Model> && BoundedModel<Model> && OnePassModel<Model>;

// Compiles for a `TemperableModel`, and otherwise says what is missing.
template <class Model>
consteval void require_temperable() {
  static_assert(AssignableModel<Model>,
                "latent: annealing needs a model with "
                "`Statistics complete_statistics(const Data&, const Matrix& responsibilities) const` and "
                "`Matrix posterior(const Data&) const` (AssignableModel).");
  static_assert(BoundedModel<Model>,
                "latent: annealing needs a model with "
                "`double expected_log_joint(const Statistics&) const` (BoundedModel).");
  static_assert(OnePassModel<Model>,
                "latent: annealing needs a model with "
                "`Statistics::log_likelihood`, which complete_statistics sets to the ELBO (OnePassModel).");
}

}  // namespace detail

/// A model fitted at the temperature 1/β: the E-step's responsibilities are f_nk = p(x_n, k)^β / Σ_j p(x_n, j)^β. Its
/// log-likelihood is −F_β, the free energy with its sign changed,
///
///     −F_β = (1/β) Σ_n w_n log Σ_k p(x_n, k)^β = Q + H(f) / β,
///
/// which no iteration lowers, and which is the log-likelihood at β = 1.
///
/// An E-step costs that of `posterior` and `complete_statistics`, and holds the responsibilities of one part of the
/// data for each thread.
template <class Model>
class TemperedModel : public AdaptedModel<Model> {
  static_assert((detail::require_temperable<Model>(), true));

 public:
  /// That of the model.
  using Data = typename Model::Data;
  /// Those of the model, with −F_β for a log-likelihood.
  using Statistics = AdaptedStatistics<Model>;

  /// @param model as it is at the start.
  /// @param beta β, from 1/16 to 1: below, responsibilities count that are too small for the model to tell from 0.
  /// @throws InvalidOption where β is outside of that.
  TemperedModel(Model model, double beta) : AdaptedModel<Model>(std::move(model)), beta_(beta) {
    detail::require_inverse_temperature(beta);
  }

  /// β, the inverse temperature.
  [[nodiscard]] double beta() const { return beta_; }

  /// @throws DegenerateFit where an observation has no posterior.
  [[nodiscard]] Statistics e_step(const Data& data) const {
    Matrix responsibilities = posterior_within_run(this->model(), data);
    temper(responsibilities, beta_);
    auto complete = this->model().complete_statistics(data, responsibilities);
    const double q = this->model().expected_log_joint(complete);
    const double entropy = complete.log_likelihood - q;  // ELBO = Q + H(f)
    return {.complete = std::move(complete), .log_likelihood = q + entropy / beta_};
  }

  /// −F_β, natural log.
  [[nodiscard]] double log_likelihood(const Data& data) const { return expect(*this, data).log_likelihood; }

  /// For cereal; see latent/core/persistence.hpp.
  template <class Archive>
  void serialize(Archive& archive)
    requires PersistentModel<Model>
  {
    AdaptedModel<Model>::serialize(archive);
    archive(beta_);
  }

 private:
  double beta_;
};

/// How to anneal.
struct AnnealingOptions {
  /// The inverse temperatures β, from 1/16 to 1, each above the one before. Plain EM comes after the last.
  std::vector<double> schedule = {0.7, 0.8, 0.9};
  /// When a run at one temperature stops. Few iterations are enough, and better where components merge at that
  /// temperature: the next one can part them only while they differ.
  StoppingRule stop = iteration_limit(10);
  /// How plain EM is run at the end; threads and `on_decrease` hold for all of it.
  FitOptions fit = {};
};

/// One temperature of an annealing.
struct AnnealingStage {
  /// β, the inverse temperature.
  double beta;
  /// −F_β at the end, plus the log-prior of a `PenalizedModel`; natural log. Of different β they don't compare.
  double objective;
  /// M-steps made.
  int iterations;
};

/// What came of it.
template <class Model>
struct AnnealingResult {
  /// Plain EM from where the last temperature ended.
  FitResult<Model> fit;
  /// Each temperature, in the order of the schedule.
  std::vector<AnnealingStage> stages;
};

namespace detail {

template <class Model, class Data>
AnnealingResult<Model> run_annealing(Model model, const Data& data, const AnnealingOptions& options) {
  require_schedule(options.schedule);
  FitOptions at_temperature = {
      .threads = options.fit.threads, .stop = options.stop, .on_decrease = options.fit.on_decrease};
  std::vector<AnnealingStage> stages;
  std::vector<std::string> warnings;
  for (const double beta : options.schedule) {
    auto stage = fit_from(TemperedModel<Model>(std::move(model), beta), data, at_temperature);
    stages.push_back({.beta = beta, .objective = stage.objective, .iterations = stage.iterations});
    for (const std::string& warning : stage.warnings) {
      if (stage.converged || warning != stage.warnings.back()) warnings.push_back(warning);  // the end is no news
    }
    model = stage.model.model();
  }
  AnnealingResult<Model> result = {.fit = fit_from(std::move(model), data, options.fit), .stages = std::move(stages)};
  result.fit.warnings.insert(result.fit.warnings.begin(), warnings.begin(), warnings.end());
  return result;
}

}  // namespace detail

/// EM at each β of the schedule in turn, each from where the one before ended, and then plain EM; from the parameters
/// that the model comes with.
///
/// The lower β, the more components merge. Those of one covariance that is given, or grows little, part again as β
/// rises. Those with full covariances of their own don't: once merged, a difference of their means shrinks by the
/// factor β in each iteration, for any β below 1. For these, trust restarts.
/// @return an `AnnealingResult<Model>`.
/// @throws InvalidOption for a schedule that does not rise within its range; and as `fit_from`.
template <class Model, class Data>
auto anneal(Model model, const Data& data, const AnnealingOptions& options = {}) {
  require_em_model<Model, Data>();
  detail::require_temperable<Model>();
  if constexpr (detail::TemperableModel<Model>) return detail::run_annealing(std::move(model), data, options);
}

}  // namespace latent
