#include "latent/models/equal_components.hpp"

#include <algorithm>
#include <cmath>

namespace latent {
namespace {

constexpr double closeness = 1e-6;  // in standard errors

template <class AreEqual>
std::optional<ComponentPair> first_pair(std::size_t components, const AreEqual& are_equal) {
  for (std::size_t k = 0; k < components; ++k) {
    for (std::size_t l = k + 1; l < components; ++l) {
      if (are_equal(static_cast<Index>(k), static_cast<Index>(l))) return ComponentPair(k, l);
    }
  }
  return std::nullopt;
}

// With n observations of a component, a mean has variance Σ_jj/n, and a covariance (Σ_ii Σ_jj + Σ_ij²)/n. In units of
// the deviations √Σ_jj, as their products may overflow.
bool close(const Vector& mean, const Matrix& covariance, const Vector& other_mean, const Matrix& other_covariance,
           double n) {
  const Vector deviations = covariance.diagonal().cwiseSqrt();
  for (Index j = 0; j < mean.size(); ++j) {
    if (!(std::abs(mean[j] - other_mean[j]) / deviations[j] <= closeness / std::sqrt(n))) return false;
    for (Index i = 0; i <= j; ++i) {
      const double correlation = covariance(i, j) / deviations[i] / deviations[j];
      const double distance = std::abs(covariance(i, j) - other_covariance(i, j)) / deviations[i] / deviations[j];
      if (!(distance <= closeness * std::sqrt((1.0 + correlation * correlation) / n))) return false;
    }
  }
  return true;
}

// What the lighter of two components holds. One that holds nothing is like no other.
double lighter(const Vector& weights, Index k, Index l, double total) {
  return total * std::min(weights[k], weights[l]);
}

}  // namespace

std::optional<ComponentPair> equal_components(const GaussianMixture& model, double total_weight) {
  return first_pair(model.components(), [&](Index k, Index l) {
    const auto a = static_cast<std::size_t>(k);
    const auto b = static_cast<std::size_t>(l);
    const double n = lighter(model.weights(), k, l, total_weight);
    return n > 0.0 && close(model.means().row(k), model.covariance(a), model.means().row(l), model.covariance(b), n);
  });
}

std::optional<ComponentPair> equal_components(const CoinMixture& model, double tosses) {
  return first_pair(model.components(), [&](Index k, Index l) {
    const double p = model.biases()[k];
    const double n = lighter(model.weights(), k, l, tosses);
    return n > 0.0 && std::abs(p - model.biases()[l]) <= closeness * std::sqrt(p * (1.0 - p) / n);
  });
}

}  // namespace latent
