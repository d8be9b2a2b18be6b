/// @file
/// What adaptors of a model have in common: they hold it, and pass on what they don't change.
///
/// An adaptor is a model of its own, made of another: it changes the E-step, and gets restarts, the monitor, stopping
/// rules and threads from `fit` as any model does.
#pragma once

#include <cstddef>
#include <utility>

#include "latent/em_model.hpp"
#include "latent/expectation.hpp"

namespace latent {

/// The statistics of an adapted model, and the objective that the adaptor's E-step met on its way, natural log; in the
/// place of a log-likelihood, as `fit` climbs it.
template <class Model>
struct AdaptedStatistics {
  typename Model::Statistics complete;
  double log_likelihood = 0.0;

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
  using Data = typename Model::Data;
  using Statistics = AdaptedStatistics<Model>;

  /// What is climbed is another objective, of which information and criteria have no meaning.
  static constexpr bool objective_is_likelihood = false;

  explicit AdaptedModel(Model model) : model_(std::move(model)) {}

  /// The model with its present parameters.
  [[nodiscard]] const Model& model() const { return model_; }

  void m_step(const Statistics& statistics) { model_.m_step(statistics.complete); }

  void check(const Data& data) const
    requires CheckingModel<Model>
  {
    model_.check(data);
  }
  void initialize(const Data& data, RandomEngine& rng)
    requires InitializableModel<Model>
  {
    model_.initialize(data, rng);
  }
  [[nodiscard]] std::size_t smallest_part() const { return detail::smallest_part_of(model_); }

  [[nodiscard]] double expected_log_joint(const Statistics& statistics) const
    requires BoundedModel<Model>
  {
    return model_.expected_log_joint(statistics.complete);
  }
  [[nodiscard]] double log_prior() const
    requires PenalizedModel<Model>
  {
    return model_.log_prior();
  }

  [[nodiscard]] Vector parameters() const
    requires ParameterizedModel<Model>
  {
    return model_.parameters();
  }
  void set_parameters(const Vector& parameters)
    requires ParameterizedModel<Model>
  {
    model_.set_parameters(parameters);
  }
  /// For cereal; see latent/persistence.hpp.
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
