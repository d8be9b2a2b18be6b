// The weights of a mixture one component of which is divided into two.
#pragma once

#include "latent/data/observations.hpp"

namespace latent {

// The weights with that of component k (from 0) shared by two components, k and k + 1.
inline Vector halved(const Vector& weights, Index k) {
  Vector larger(weights.size() + 1);
  larger << weights.head(k), 0.5 * weights[k], 0.5 * weights[k], weights.tail(weights.size() - k - 1);
  return larger;
}

inline bool same_weights(const Vector& a, const Vector& b) {
  constexpr double rounding = 1e-12;
  return a.size() == b.size() && (a - b).cwiseAbs().maxCoeff() <= rounding;
}

}  // namespace latent
