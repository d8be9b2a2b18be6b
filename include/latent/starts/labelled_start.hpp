/// @file
/// A start from labels: from a clustering by other means, or an expert's guess.
///
///     auto result = fit_from(labelled_start(GaussianMixture(3), data, labels), data);
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include "latent/core/model.hpp"
#include "latent/expectation/expectation.hpp"
#include "latent/expectation/parts.hpp"

namespace latent {

namespace detail {

// N×K, with a 1 at each observation's label.
Matrix one_hot(std::span<const std::size_t> labels, std::size_t components);

// Throws InvalidData unless there is a label for each observation, InvalidOption where one is no component.
void require_labels(std::span<const std::size_t> labels, std::size_t observations, std::size_t components);

}  // namespace detail

/// The model after an M-step in which each observation belongs wholly to the component of its label (from 0).
///
/// An `InitializableModel` is given a random start first, which brings what a start brings beside the parameters, such
/// as a penalty, and is then replaced. Weights that are fixed are those of the random start, or of the model. For an
/// `AssignableModel` with data that have a size; O(N·K) in parts.
/// @throws InvalidData unless there are as many labels as observations; InvalidOption where a label is no component;
/// DegenerateFit where the M-step finds no parameters, as for a component without observations.
template <class Model, class Data>
Model labelled_start(Model model, const Data& data, std::span<const std::size_t> labels) {
  static_assert(AssignableModel<Model>,
                "latent: labelled_start needs a model with `Statistics complete_statistics(const Data&, const Matrix& "
                "responsibilities) const` (AssignableModel).");
  static_assert(DivisibleModel<Model>,
                "latent: labelled_start needs statistics with `+=`, and data with `size()` and `subspan(first, count)` "
                "(DivisibleModel).");
  if constexpr (AssignableModel<Model> && DivisibleModel<Model>) {
    const typename Model::Data& observed = data;
    if constexpr (CheckingModel<Model>) model.check(observed);
    if constexpr (InitializableModel<Model>) {
      RandomEngine rng = random_stream(1, 0);
      model.initialize(observed, rng);
    }
    const auto components = static_cast<std::size_t>(model.posterior(observed.subspan(0, 1)).cols());
    detail::require_labels(labels, observed.size(), components);
    model.m_step(sum_over_parts(
        observed,
        [&](std::size_t first, const typename Model::Data& part) {
          return model.complete_statistics(part, detail::one_hot(labels.subspan(first, part.size()), components));
        },
        detail::smallest_part_of(model)));
    return model;
  }
}

}  // namespace latent
