/// @file
/// `check_model`: whether the functions of a model agree with each other and with the theory of EM.
///
///     const auto report = latent::check_model(MyModel(), data);
///     std::cout << report;  // what was checked, and what to look at
///     return report.passed() ? 0 : 1;
///
/// The same checks as tests, one each: latent/testing/conformance_suite.hpp. docs/testing.md says what each proves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "latent/core/model.hpp"
#include "latent/testing/any_model.hpp"
#include "latent/testing/model_adapter.hpp"

namespace latent {

/// What the E-step claims.
enum class EStepKind {
  exact,       ///< the posterior: at the E-step the ELBO is the log-likelihood
  approximate  ///< another distribution, as of variational EM: `log_likelihood` is the bound F
};

/// What the M-step claims.
enum class MStepKind {
  maximises,  ///< Q (plus the log-prior) has its maximum at the new parameters
  increases   ///< Q does not decrease: generalised EM; it may depend on the parameters before
};

/// How to check a model.
struct CheckOptions {
  /// Random starts, for a model with `initialize`; other models are checked along a run from the parameters given.
  int starts = 4;
  /// EM iterations from each start.
  int iterations = 25;
  /// The same seed gives the same report.
  std::uint64_t seed = 1;
  /// What the E-step claims.
  EStepKind e_step = EStepKind::exact;
  /// What the M-step claims.
  MStepKind m_step = MStepKind::maximises;
  /// How far, in standard errors of the complete data, a maximum may be from its place, or two gradients from each
  /// other, beyond what the differences and rounding leave open. Raise it for an M-step that iterates to a tolerance.
  double accuracy = 1e-6;
  /// Whether the components may be exchanged: no component differs from the others but by its parameters, and mixing
  /// weights that are held are equal. Checked through `complete_statistics`.
  bool exchangeable = false;
  /// How many observations each one stands for, N, where the type of the data does not tell (`weights_of` in
  /// latent/data/data_set.hpp).
  std::optional<Vector> weights = {};
  /// Entries of `parameters()` that are more than are free, as K logits of K probabilities have one.
  int redundant_parameters = 0;
  /// Draws in each data set that `sample` is checked by.
  std::size_t draws = 200;
};

/// The joint density of a discrete latent variable, for the check against the sum over its states.
///
///     LatentStates{2, [](const MyModel& model, MyModel::Data data, std::size_t i, std::size_t z) { … }}
template <class LogJoint>
struct LatentStates {
  /// States of the latent variable of one observation.
  std::size_t count;
  /// log p(x_i, z), natural log, written independently of the model's own functions; without the observation's weight.
  LogJoint log_joint;
};

/// For a count written as an int.
template <class LogJoint>
LatentStates(int, LogJoint) -> LatentStates<LogJoint>;
/// For a count written as a size.
template <class LogJoint>
LatentStates(std::size_t, LogJoint) -> LatentStates<LogJoint>;

/// How a check ended.
enum class CheckOutcome { passed, failed, not_applicable };

/// What one check found.
struct CheckResult {
  /// Which check, as in `check_names`.
  std::string name;
  /// How it ended.
  CheckOutcome outcome = CheckOutcome::passed;
  /// The function at fault; of a check that passed, the one that was looked at.
  std::string function = {};
  /// The largest disagreement seen beside what is allowed, in the units that the message names.
  double disagreement = 0.0;
  /// What rounding, the error of differences, and `accuracy` leave open.
  double allowed = 0.0;
  /// What disagrees and what to look at; what was compared; or what the model lacks.
  std::string message = {};
};

/// What the checks found, one entry each.
struct ModelReport {
  /// In the order of `check_names`.
  std::vector<CheckResult> checks;

  /// No check failed, and one was made.
  [[nodiscard]] bool passed() const;
  /// The check of that name.
  /// @throws InvalidOption where there is none.
  [[nodiscard]] const CheckResult& operator[](std::string_view name) const;
};

/// A table, and a sentence for each check that failed.
std::ostream& operator<<(std::ostream& out, const ModelReport& report);
/// One line: what was found, by which function, how much.
std::ostream& operator<<(std::ostream& out, const CheckResult& result);

/// The names of the checks, in their order.
[[nodiscard]] std::span<const std::string_view> check_names();

namespace detail {

ModelReport check_model(const AnyModel& model, const AnyData& data, const CheckOptions& options,
                        std::span<const std::string_view> names);

// Stands for no enumeration of latent states.
struct NoLogJoint {
  template <class Model, class Data>
  double operator()(const Model& /*model*/, const Data& /*data*/, std::size_t /*observation*/,
                    std::size_t /*state*/) const {
    not_there();
  }
};

}  // namespace detail

/// Makes the checks of these names; see below.
template <class Model, class Data, class LogJoint = detail::NoLogJoint>
[[nodiscard]] ModelReport check_model(std::span<const std::string_view> names, const Model& model, const Data& data,
                                      const CheckOptions& options = {}, const LatentStates<LogJoint>& states = {}) {
  require_em_model<Model, Data>();
  if constexpr (EMModel<Model>) {
    const typename Model::Data& observed = data;
    if constexpr (CheckingModel<Model>) model.check(observed);
    const detail::ModelAdapter<Model, LatentStates<LogJoint>> adapter(model, states);
    return detail::check_model(adapter, detail::AnyData(detail::AnyData(), &observed), options, names);
  }
}

/// Makes every check that the model has the functions for. Some hundred observations that the model can be fitted to
/// do: the checks cost some thousands of E-steps, those of derivatives and of draws in proportion to the number of
/// parameters.
///
/// The model's functions are what is under test, so what they throw is a failure in the report.
/// @throws InvalidOption for an option outside of what is allowed; what the model's `check(data)` throws.
template <class Model, class Data, class LogJoint = detail::NoLogJoint>
[[nodiscard]] ModelReport check_model(const Model& model, const Data& data, const CheckOptions& options = {},
                                      const LatentStates<LogJoint>& states = {}) {
  return check_model(check_names(), model, data, options, states);
}

}  // namespace latent
