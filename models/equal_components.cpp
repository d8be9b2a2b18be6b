#include "latent/models/equal_components.hpp"

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

bool close(double a, double b, double variance) { return std::abs(a - b) <= closeness * std::sqrt(variance); }

// With n observations of a component, a mean has variance Σ_jj/n, and a covariance (Σ_ii Σ_jj + Σ_ij²)/n.
bool close(const Vector& mean, const Matrix& covariance, const Vector& other_mean, const Matrix& other_covariance,
           double n) {
  for (Index j = 0; j < mean.size(); ++j) {
    if (!close(mean[j], other_mean[j], covariance(j, j) / n)) return false;
    for (Index i = 0; i <= j; ++i) {
      const double variance = (covariance(i, i) * covariance(j, j) + covariance(i, j) * covariance(i, j)) / n;
      if (!close(covariance(i, j), other_covariance(i, j), variance)) return false;
    }
  }
  return true;
}

}  // namespace

std::optional<ComponentPair> equal_components(const GaussianMixture& model, double total_weight) {
  return first_pair(model.components(), [&](Index k, Index l) {
    const auto a = static_cast<std::size_t>(k);
    const auto b = static_cast<std::size_t>(l);
    return close(model.means().row(k), model.covariance(a), model.means().row(l), model.covariance(b),
                 total_weight * model.weights()[k]);
  });
}

std::optional<ComponentPair> equal_components(const CoinMixture& model, double tosses) {
  return first_pair(model.components(), [&](Index k, Index l) {
    const double p = model.biases()[k];
    return close(p, model.biases()[l], p * (1.0 - p) / (tosses * model.weights()[k]));
  });
}

}  // namespace latent
