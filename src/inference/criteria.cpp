#include "latent/inference/criteria.hpp"

#include <cmath>

namespace latent {

double aic(double log_likelihood, double free_parameters) { return -2.0 * log_likelihood + 2.0 * free_parameters; }

double bic(double log_likelihood, double free_parameters, double observations) {
  return -2.0 * log_likelihood + free_parameters * std::log(observations);
}

double classification_certainty(const Matrix& posterior, const Vector& weights) {
  Vector largest = posterior.col(0);
  for (Index k = 1; k < posterior.cols(); ++k) largest = largest.cwiseMax(posterior.col(k));
  return weights.dot(largest.array().log().matrix());
}

double icl(double bic, double classification_certainty) { return bic - 2.0 * classification_certainty; }

}  // namespace latent
