// Observations grouped by pattern can't be held out one by one.
#include "latent/inference/select.hpp"
#include "latent/models/incomplete_gaussian.hpp"

void cross_validate(const latent::IncompleteObservations& data) {
  const std::vector<latent::Candidate<latent::IncompleteGaussian>> candidates = {
      {"one", latent::IncompleteGaussian(data)}};
  latent::select(candidates, data, latent::CrossValidation{});
}
