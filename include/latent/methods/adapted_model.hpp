/// @file
/// What adaptors of a model have in common: they hold it, and pass on what they don't change.
///
/// An adaptor is a model of its own, made of another: it changes the E-step, and gets restarts, the monitor, stopping
/// rules and threads from `fit` as any model does.
#pragma once

#include <cstddef>
#include <utility>

#include "latent/core/model.hpp"
#include "latent/expectation/expectation.hpp"

namespace latent {

/// The statistics of an adapted model, and the objective that the adaptor's E-step met on its way, natural log; in the
/// place of a log-likelihood, as `fit` maximises it.
template <class Model>
struct AdaptedStatistics {
  /// What the model's M-step takes.
  typename Model::Statistics complete;
  /// The objective under the parameters of the E-step, natural log.
  double log_likelihood = 0.0;

  /// Adds those of another part of the data.
  AdaptedStatistics& operator+=(const AdaptedStatistics& other)
    requires requires(typename Model::Statistics& statistics) { statistics += std::as_const(statistics); }
  {
    complete += other.complete;
    log_likelihood += other.log_likelihood;
    return *this;
  }
};

/// The base of an adaptor: the M-step, the Q function, the start, the prior and the parameters are those of the model.
template <class Model>
class AdaptedModel {
 public:
  /// That of the model.
  using Data = typename Model::Data;
  /// Those of the model, with the adaptor's objective.
  using Statistics = AdaptedStatistics<Model>;

  /// What is maximised is another objective, of which information and criteria have no meaning.
  static constexpr bool objective_is_likelihood = false;

  /// Holds the model, from its present parameters on.
  explicit AdaptedModel(Model model) : model_(std::move(model)) {}

  /// The model with its present parameters.
  [[nodiscard]] const Model& model() const { return model_; }

  /// The model's M-step.
  /// @throws what the model's M-step does.
  void m_step(const Statistics& statistics) { model_.m_step(statistics.complete); }

  /// The model's check of the data.
  /// @throws InvalidData or InvalidOption, as the model does.
  void check(const Data& data) const
    requires CheckingModel<Model>
  {
    model_.check(data);
  }
  /// The model's preparation.
  void prepare(const Data& data)
    requires PreparedModel<Model>
  {
    model_.prepare(data);
  }
  /// The model's order of components.
  void sort_components()
    requires SortableModel<Model>
  {
    model_.sort_components();
  }
  /// The model's random start.
  void initialize(const Data& data, RandomEngine& rng)
    requires InitializableModel<Model>
  {
    model_.initialize(data, rng);
  }
  /// The fewest items that are worth a call of the E-step, as the model has it.
  [[nodiscard]] std::size_t smallest_part() const { return detail::smallest_part_of(model_); }

  /// The model's Q function, natural log.
  [[nodiscard]] double expected_log_joint(const Statistics& statistics) const
    requires BoundedModel<Model>
  {
    return model_.expected_log_joint(statistics.complete);
  }
  /// The model's log-prior, natural log.
  [[nodiscard]] double log_prior() const
    requires PenalizedModel<Model>
  {
    return model_.log_prior();
  }

  /// The model's parameters, without constraints.
  [[nodiscard]] Vector parameters() const
    requires ParameterizedModel<Model>
  {
    return model_.parameters();
  }
  /// Sets the model's parameters.
  /// @throws DegenerateFit as the model does.
  void set_parameters(const Vector& parameters)
    requires ParameterizedModel<Model>
  {
    model_.set_parameters(parameters);
  }
  /// For cereal; see latent/core/persistence.hpp.
  template <class Archive>
  void serialize(Archive& archive)
    requires PersistentModel<Model>
  {
    model_.serialize(archive);
  }

 private:
  Model model_;
};

}  // namespace latent
