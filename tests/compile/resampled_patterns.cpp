// A missingness pattern stands for many observations, and is not to be drawn as one.
#include "latent/inference/bootstrap.hpp"
#include "latent/models/incomplete_gaussian.hpp"

void patterns(const latent::IncompleteGaussian& model, const latent::IncompleteObservations& data) {
  latent::nonparametric_bootstrap(model, data, [](const latent::IncompleteGaussian& fitted) { return fitted.mean(); });
}
