// The curvature of a classification likelihood is no information.
#include "latent/inference/uncertainty.hpp"
#include "latent/methods/classification_em.hpp"
#include "latent/models/coin_mixture.hpp"

int main() {
  const std::vector<latent::TossSet> sets;
  (void)latent::observed_information(latent::ClassificationModel(latent::CoinMixture(2)),
                                     std::span<const latent::TossSet>(sets));
}
