/// @file
/// How an E-step is run: on the whole data, or on its parts by several threads.
#pragma once

#include <cstddef>
#include <utility>

#include "latent/core/model.hpp"
#include "latent/expectation/parts.hpp"

namespace latent {

/// What an E-step gives: the statistics, and the log-likelihood under the parameters it was made with (natural log).
template <EMModel Model>
struct Expectation {
  /// The expected sufficient statistics.
  typename Model::Statistics statistics;
  /// log p(x | θ), natural log.
  double log_likelihood;
};

namespace detail {

template <EMModel Model>
std::size_t smallest_part_of(const Model& model) {
  if constexpr (requires { model.smallest_part(); }) {
    return model.smallest_part();
  } else {
    return smallest_part;
  }
}

}  // namespace detail

/// The E-step of a model on the data: by the threads at hand for a `DivisibleModel`, with the same bits for any number
/// of them; in one pass for a `OnePassModel`.
/// @throws what the model throws.
template <EMModel Model>
Expectation<Model> expect(const Model& model, const typename Model::Data& data) {
  auto statistics = [&] {
    if constexpr (DivisibleModel<Model>) {
      const auto of_part = [&](std::size_t /*first*/, const typename Model::Data& part) { return model.e_step(part); };
      return sum_over_parts(data, of_part, detail::smallest_part_of(model));
    } else {
      return model.e_step(data);
    }
  }();
  const double log_likelihood = [&] {
    if constexpr (OnePassModel<Model>) {
      return static_cast<double>(statistics.log_likelihood);
    } else {
      return static_cast<double>(model.log_likelihood(data));
    }
  }();
  return {std::move(statistics), log_likelihood};
}

}  // namespace latent
