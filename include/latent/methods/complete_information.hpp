/// @file
/// The metric of the complete data, by which accelerations measure steps in the unconstrained parameters: no unit of a
/// parameter is in it.
#pragma once

#include <exception>
#include <functional>
#include <limits>

#include "latent/core/failures.hpp"
#include "latent/core/model.hpp"

namespace latent::detail {

// −∂²q/∂θ_i² for each i by second differences, at a maximum of q. The width of a difference is found from the step,
// which has the parameter's unit: where q decreases by about 0.1. A parameter that made no step has 0, and so has one
// in which q has no such decrease. `q` is to give no number where it is not defined.
[[nodiscard]] Vector curvatures(const std::function<double(const Vector&)>& q, const Vector& at, const Vector& step);

// `information`, with 0 for what is no positive number; 1 everywhere where nothing is left.
[[nodiscard]] Vector usable_information(Vector information);

// Q of the statistics, as a function of the parameters; not a number outside of the parameter space.
template <class Model>
  requires ParameterizedModel<Model> && BoundedModel<Model>
[[nodiscard]] double expected_log_joint_at(Model& model, const typename Model::Statistics& statistics,
                                           const Vector& parameters) {
  try {
    model.set_parameters(parameters);
    return model.expected_log_joint(statistics);
  } catch (...) {
    rethrow_if_fatal(std::current_exception());
  }
  return std::numeric_limits<double>::quiet_NaN();
}

// The information of a run, and when to take second differences again: they cost 2p and more evaluations of Q.
class InformationSchedule {
 public:
  // The diagonal of the complete-data information on the parameters after an M-step from the statistics; `step` is the
  // EM step that ended there. By `complete_information` where the model has it, else by second differences of
  // `expected_log_joint` at the first, second, fourth, … and every sixteenth call; 1 everywhere for a model that has
  // neither.
  template <ParameterizedModel Model>
  [[nodiscard]] Vector at(const Model& model, const typename Model::Statistics& statistics, const Vector& step) {
    if constexpr (CompleteInformationModel<Model>) {
      return usable_information(model.complete_information(statistics));
    } else if constexpr (BoundedModel<Model>) {
      if (is_due()) {
        Model moved = model;
        const auto q = [&](const Vector& there) { return expected_log_joint_at(moved, statistics, there); };
        kept_ = usable_information(curvatures(q, model.parameters(), step));
      }
      return kept_;
    } else {
      return Vector::Ones(step.size());
    }
  }

  // For cereal; see latent/solver/checkpoint.hpp.
  template <class Archive>
  void serialize(Archive& archive) {
    archive(calls_, kept_);
  }

 private:
  // Counts a call.
  bool is_due();

  int calls_ = 0;
  Vector kept_;
};

}  // namespace latent::detail
