/// @file
/// Data drawn from a fitted model in place of given data, for the parametric bootstrap and the bootstrap
/// likelihood-ratio test.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "latent/core/model.hpp"
#include "latent/core/random.hpp"
#include "latent/data/total_weight.hpp"

namespace latent::detail {

// `sample` suffices if data are known by their number; it counts a weight of 2 as two observations.
template <class Model>
concept CanRedraw = RedrawingModel<Model> || (GenerativeModel<Model> && HasTotalWeight<Model>);

// Observations in place of the data, drawn from the model: as many, their total weight rounded.
template <CanRedraw Model>
auto redraw(const Model& model, const typename Model::Data& data, RandomEngine& rng) {
  if constexpr (RedrawingModel<Model>) {
    return model.sample_like(data, rng);
  } else {
    const auto count = static_cast<std::size_t>(std::llround(total_weight_of(model, data)));
    return model.sample(std::max<std::size_t>(1, count), rng);
  }
}

}  // namespace latent::detail
