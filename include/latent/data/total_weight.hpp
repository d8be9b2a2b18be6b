/// @file
/// How many observations there are, by their weights.
#pragma once

#include <concepts>

#include "latent/core/model.hpp"
#include "latent/data/data_set.hpp"

namespace latent {

namespace detail {

template <class Model>
concept WeighingModel = EMModel<Model> && requires(const Model& model, const typename Model::Data& data) {
  { model.total_weight(data) } -> std::convertible_to<double>;
};

template <class Model>
concept HasTotalWeight =
    WeighingModel<Model> || (EMModel<Model> && requires(const typename Model::Data& data) { weights_of(data); });

}  // namespace detail

/// n, the number of observations, or their total weight: `model.total_weight(data)` where the model has that, else the
/// sum of `weights_of(data)`.
template <detail::HasTotalWeight Model>
[[nodiscard]] double total_weight_of(const Model& model, const typename Model::Data& data) {
  if constexpr (detail::WeighingModel<Model>) {
    return model.total_weight(data);
  } else {
    return weights_of(data).sum();
  }
}

}  // namespace latent
