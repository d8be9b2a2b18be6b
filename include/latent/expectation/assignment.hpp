/// @file
/// What variants of EM do to responsibilities before they are summed up: assign, draw, temper.
#pragma once

#include <cstddef>

#include "latent/core/errors.hpp"
#include "latent/core/model.hpp"

namespace latent {

/// Sets each row (one observation's responsibilities) to 1 at its largest entry, the first of equals, and 0 elsewhere:
/// the C-step of Celeux & Govaert (1992). Cost O(N·K).
void assign_to_largest(Matrix& responsibilities);

/// Sets each row to the proportions of `draws` components that are drawn from it, independently: the S-step of Celeux &
/// Diebolt (1985) for one draw. Cost O(N·K), whatever the number of draws.
/// @pre rows that sum to 1; at least one draw.
void draw_assignments(Matrix& responsibilities, std::size_t draws, RandomEngine& rng);

/// Sets each row r to r^β / Σ_k r_k^β: the posterior at the temperature 1/β. Cost O(N·K).
/// @pre rows that sum to 1; β > 0.
void temper(Matrix& responsibilities, double beta);

/// The posterior of a model, as a step of a run takes it: data that no component reaches under the present parameters
/// are no fault of the data.
/// @throws DegenerateFit where the model's `posterior` throws InvalidData.
template <PredictiveModel Model>
Matrix posterior_within_run(const Model& model, const typename Model::Data& data) {
  try {
    return model.posterior(data);
  } catch (const InvalidData& error) {
    throw DegenerateFit("an observation has no posterior (" + error.reason() + "); use another start");
  }
}

}  // namespace latent
