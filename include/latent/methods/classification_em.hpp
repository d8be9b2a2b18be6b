/// @file
/// Classification EM (CEM): each observation is assigned to one component, and the parameters and the partition that
/// maximise the classification log-likelihood are sought (Celeux & Govaert 1992, Comput. Statist. Data Anal. 14:315).
///
///     auto result = fit(ClassificationModel(GaussianMixture(3)), data);
///     result.model.model().means();
///
/// It converges in few iterations, as k-means does, and is biased as k-means is: components that overlap come out too
/// far apart and too narrow.
#pragma once

#include <utility>

#include "latent/core/model.hpp"
#include "latent/expectation/assignment.hpp"
#include "latent/expectation/expectation.hpp"
#include "latent/methods/adapted_model.hpp"

namespace latent {

/// A model fitted by classification EM. Its log-likelihood is the classification log-likelihood
/// CL = Σ_n w_n max_k log p(x_n, k), which no iteration lowers, the C-step being its maximum over partitions.
///
/// An E-step costs that of `posterior` and `complete_statistics`, and holds the responsibilities of one part of the
/// data for each thread.
/// @throws DegenerateFit from its E-step where an observation has no posterior, and from its M-step where the model
/// does for a component that has too few observations left.
template <class Model>
class ClassificationModel : public AdaptedModel<Model> {
  static_assert(AssignableModel<Model>,
                "latent: classification EM needs a model with "
                "`Statistics complete_statistics(const Data&, const Matrix& responsibilities) const` and "
                "`Matrix posterior(const Data&) const` (AssignableModel).");
  static_assert(BoundedModel<Model>,
                "latent: classification EM needs a model with "
                "`double expected_log_joint(const Statistics&) const` (BoundedModel).");

 public:
  /// That of the model.
  using Data = typename Model::Data;
  /// Those of the model, with the classification log-likelihood for a log-likelihood.
  using Statistics = AdaptedStatistics<Model>;

  /// Holds the model, from its present parameters on.
  explicit ClassificationModel(Model model) : AdaptedModel<Model>(std::move(model)) {}

  /// E-step and C-step: the statistics of the partition by the largest posterior probability.
  [[nodiscard]] Statistics e_step(const Data& data) const {
    Matrix assignment = posterior_within_run(this->model(), data);
    assign_to_largest(assignment);
    auto complete = this->model().complete_statistics(data, assignment);
    const double objective = this->model().expected_log_joint(complete);
    return {.complete = std::move(complete), .log_likelihood = objective};
  }

  /// The classification log-likelihood, natural log.
  [[nodiscard]] double log_likelihood(const Data& data) const { return expect(*this, data).log_likelihood; }
};

}  // namespace latent
