/// @file
/// Online EM: the statistics are blended over batches of observations as they come, with an M-step after each batch
/// (Cappé & Moulines 2009, JRSS B 71:593).
///
///     OnlineEM<GaussianMixture> online(start, {.warm_up = 5});
///     for (…) online.observe(batch);
///     online.model().means();
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "latent/core/model.hpp"
#include "latent/core/parallel.hpp"
#include "latent/core/random.hpp"
#include "latent/expectation/expectation.hpp"
#include "latent/expectation/running_mean.hpp"
#include "latent/solver/fit.hpp"

namespace latent {

/// γ_t = scale · (t + offset)^(−power), the weight of batch t (from 1) against what came before it. The first batch,
/// before which there is nothing, counts alone.
struct StepSize {
  /// Scales all weights; positive.
  double scale = 1.0;
  /// Batches that the first ones are taken to have behind them; not negative.
  double offset = 1.0;
  /// Above 1/2 and at most 1, for convergence; or 0 for a constant weight, which follows a source that drifts.
  double power = 0.6;

  /// γ_t of batch `t`, from 1.
  [[nodiscard]] double operator()(std::size_t t) const;
};

/// How batches are blended.
struct OnlineOptions {
  /// How much a batch weighs.
  StepSize step = {};
  /// Batches that only feed the statistics, before the first M-step: so few observations may leave a component too
  /// little.
  std::size_t warm_up = 0;
  /// From which batch (from 1) on the unconstrained parameters of a `ParameterizedModel` are averaged; 0 for never.
  /// The average converges at the best rate for a power strictly between 1/2 and 1 (Polyak & Juditsky 1992, SIAM J.
  /// Control Optim. 30:838): with a power of 1 the steps are too short for it, and with constant weights the parameters
  /// do not settle. Begin it once the model is near its place.
  std::size_t average_from = 0;
  /// How many observations the M-step is to count, as the weight of a prior or penalty against theirs; 0 means all that
  /// were seen so far.
  std::size_t observations = 0;
};

namespace detail {

// Throws InvalidOption where the weights of batches would not be in (0, 1], or not converge.
void require_valid(const StepSize& step);

// Throws InvalidOption where parameters would not be averaged at the best rate.
void require_averageable(const StepSize& step);

// Throws DegenerateFit where the log-likelihood of a batch is not finite.
void require_finite_batch(double log_likelihood, std::size_t batch);

template <class Model>
concept OnlineModel = DivisibleModel<Model> && ScalableModel<Model>;

// Compiles for an `OnlineModel`, and otherwise says what is missing.
template <class Model>
consteval void require_online() {
  static_assert(DivisibleModel<Model>,
                "latent: online EM needs a model with `Statistics` that have `+=`, and `Data` with `size()` and "
                "`subspan(first, count)` (DivisibleModel).");
  static_assert(ScalableModel<Model>,
                "latent: online EM needs a model with `Statistics` that have `*= double` (ScalableModel).");
}

// The numbers 0 to `count` − 1 in an order drawn from the engine.
std::vector<std::size_t> shuffled(std::size_t count, RandomEngine& rng);

}  // namespace detail

/// A model that learns from batches of observations: s ← (1 − γ_t) s + γ_t s̄(batch), θ ← M-step(s), with s̄ the
/// statistics of a batch under the present θ, as the mean over its observations.
///
/// A batch costs its E-step and one M-step; nothing is kept but the statistics.
template <class Model>
class OnlineEM {
  static_assert((detail::require_online<Model>(), true));

 public:
  /// That of the model; a batch is such data.
  using Data = typename Model::Data;

  /// From the parameters that the model comes with.
  /// @throws InvalidOption where a step size is not in (0, 1] from batch 2 on, its power neither 0 nor in (1/2, 1], or
  /// the parameters are to be averaged with a power that is not between 1/2 and 1, or of a model that is not a
  /// `ParameterizedModel`.
  explicit OnlineEM(Model model, const OnlineOptions& options = {}) : model_(std::move(model)), options_(options) {
    detail::require_valid(options.step);
    if (options.average_from > 0) detail::require_averageable(options.step);
    if constexpr (!ParameterizedModel<Model>) {
      if (options.average_from > 0) {
        throw InvalidOption("average_from", std::to_string(options.average_from),
                            "must be 0 for a model without parameters()");
      }
    }
  }

  /// Takes in a batch; an empty one is nothing. The E-step runs on the threads at hand. After an exception all is as it
  /// was before the batch.
  /// @pre the batch passes the model's `check`, but for how many observations there are.
  /// @throws DegenerateFit where the batch has no finite log-likelihood, and as the model's M-step.
  void observe(const Data& batch) {
    const std::size_t size = batch.size();
    if (size == 0) return;
    typename Model::Statistics statistics = statistics_with(batch);
    if (batches_ + 1 > options_.warm_up) {
      const auto counted = static_cast<double>(options_.observations > 0 ? options_.observations : seen_ + size);
      typename Model::Statistics of_all = statistics;
      of_all *= counted / static_cast<double>(size);
      Model next = model_;
      next.m_step(of_all);
      model_ = std::move(next);
    }
    statistics_ = std::move(statistics);
    size_ = size;
    seen_ += size;
    ++batches_;
    if constexpr (ParameterizedModel<Model>) {
      if (options_.average_from > 0 && batches_ >= options_.average_from && batches_ > options_.warm_up) {
        mean_.add(model_.parameters());
      }
    }
  }

  /// The model with its present parameters.
  [[nodiscard]] const Model& model() const { return model_; }

  /// The model with the average of its parameters since batch `average_from`; the present ones before it, and where the
  /// average is not finite.
  [[nodiscard]] Model averaged() const
    requires ParameterizedModel<Model>
  {
    Model averaged = model_;
    if (mean_.count() > 0 && mean_.mean().allFinite()) averaged.set_parameters(mean_.mean());
    return averaged;
  }

  /// Batches taken in.
  [[nodiscard]] std::size_t batches() const { return batches_; }
  /// Observations taken in.
  [[nodiscard]] std::size_t observations() const { return seen_; }

 private:
  // s with the batch blended in, in units of the batch's size. The sum is about the batch's centres, as those are the
  // present ones.
  [[nodiscard]] typename Model::Statistics statistics_with(const Data& batch) const {
    Expectation<Model> expected = expect(model_, batch);
    detail::require_finite_batch(expected.log_likelihood, batches_ + 1);
    if (!statistics_) return std::move(expected.statistics);
    const double step = options_.step(batches_ + 1);
    typename Model::Statistics before = *statistics_;
    before *= (1.0 - step) * static_cast<double>(batch.size()) / static_cast<double>(size_);
    expected.statistics *= step;
    expected.statistics += std::as_const(before);
    return std::move(expected.statistics);
  }

  Model model_;
  OnlineOptions options_;
  std::optional<typename Model::Statistics> statistics_;
  std::size_t size_ = 0;  // the observations that the statistics are in units of
  std::size_t seen_ = 0;
  std::size_t batches_ = 0;
  RunningMean mean_;
};

/// How passes over data are made.
struct OnlinePasses {
  /// Observations in a batch, at most: the data are cut into batches that are as good as equal.
  std::size_t batch = 1000;
  /// How often all the data are gone through.
  int passes = 1;
  /// Each pass takes the batches in another order, drawn from this seed.
  std::uint64_t seed = 1;
  /// The number of threads; 0 means one for each core.
  int threads = 0;
  /// How batches are blended; its `observations` are those of the data where they are not given.
  OnlineOptions online = {};
};

namespace detail {

// Throws InvalidOption where there is no batch, or no pass.
void require_valid(const OnlinePasses& options);

template <class Model, class Data>
OnlineEM<Model> run_online_em(Model model, const Data& data, const OnlinePasses& options) {
  const typename Model::Data& observed = data;
  require_valid(options);
  model = prepared(std::move(model), observed, options.threads);
  OnlineOptions blend = options.online;
  if (blend.observations == 0) blend.observations = observed.size();
  OnlineEM<Model> online(std::move(model), blend);
  RandomEngine rng = random_stream(options.seed, 0);
  const std::size_t batches = (observed.size() + options.batch - 1) / options.batch;
  with_threads(options.threads, [&] {
    for (int pass = 0; pass < options.passes; ++pass) {
      for (const std::size_t batch : shuffled(batches, rng)) {
        // Of nearly equal size, as each counts the same.
        const std::size_t first = batch * observed.size() / batches;
        online.observe(observed.subspan(first, (batch + 1) * observed.size() / batches - first));
      }
    }
  });
  return online;
}

}  // namespace detail

/// Online EM over data at hand, in passes of batches: contiguous parts of the data, so shuffle rows that are sorted.
/// Few passes come near to the maximum, and `fit_from` the model goes the rest of the way.
/// @return an `OnlineEM<Model>`.
/// @throws InvalidData, InvalidOption, and as `OnlineEM`.
template <class Model, class Data>
auto online_em(Model model, const Data& data, const OnlinePasses& options = {}) {
  require_em_model<Model, Data>();
  detail::require_online<Model>();
  if constexpr (detail::OnlineModel<Model>) return detail::run_online_em(std::move(model), data, options);
}

}  // namespace latent
