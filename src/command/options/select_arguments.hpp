// The options of select, as they were given.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "command/options/fit_arguments.hpp"
#include "latent/inference/bootstrap_lrt.hpp"
#include "latent/inference/resumable_select.hpp"
#include "latent/inference/select.hpp"

namespace latent::cli {

struct SelectArguments {
  /// Without components and covariance, which are lists here.
  FitArguments fit;
  std::string components;
  std::vector<std::string> covariances;
  std::string criterion = "bic";
  std::optional<int> folds;
  std::optional<double> held_out;
  std::optional<int> splits;
  bool one_standard_error = false;
  std::optional<int> replicates;
  std::optional<double> level;
};

/// Adds --components, --covariance, --criterion, and the options of the criteria.
void add_selection_options(Command& command, SelectArguments& arguments);

/// Refuses the options of another criterion.
void require_criterion(const SelectArguments& arguments);

/// The numbers of components of --components: ascending, each once.
/// @throws InvalidOption if it isn't given, or is only one number for the likelihood-ratio test.
std::vector<std::size_t> component_counts(const SelectArguments& arguments);

/// A criterion that values each candidate on its own.
using AnyCriterion = std::variant<Aic, Bic, Icl, HeldOut, CrossValidation, MonteCarloCrossValidation>;
AnyCriterion criterion_of(const SelectArguments& arguments);

/// What must be the same for a selection to be resumed, beside what its checkpoint compares by itself.
std::string settings_of(const SelectArguments& arguments);

/// Selects by the criterion that was asked for, with a --checkpoint where one is asked for.
template <class Model, class Data>
Selection<Model> select_by_criterion(const SelectArguments& arguments, const std::vector<Candidate<Model>>& candidates,
                                     const Data& data, const FitOptions& options) {
  const SelectionCheckpoint checkpoint = {
      .file = arguments.fit.checkpoint, .seconds = 10.0, .settings = settings_of(arguments)};
  if (arguments.criterion == "lrt") {
    constexpr double usual_level = 0.05;
    const double level = arguments.level.value_or(usual_level);
    BootstrapTestOptions bootstrap{.fit = options};
    if (arguments.replicates) bootstrap.replicates = *arguments.replicates;
    return checkpoint.file.empty() ? select_by_lrt(candidates, data, level, bootstrap)
                                   : resumable_select_by_lrt(candidates, data, checkpoint, level, bootstrap);
  }
  return std::visit(
      [&](const auto& criterion) {
        return checkpoint.file.empty() ? select(candidates, data, criterion, options)
                                       : resumable_select(candidates, data, checkpoint, criterion, options);
      },
      criterion_of(arguments));
}

}  // namespace latent::cli
