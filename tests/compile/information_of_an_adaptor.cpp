// The curvature of a classification likelihood is no information.
#include "latent/classification_em.hpp"
#include "latent/models/coin_mixture.hpp"
#include "latent/uncertainty.hpp"

int main() {
  const std::vector<latent::TossSet> sets;
  (void)latent::observed_information(latent::ClassificationModel(latent::CoinMixture(2)),
                                     std::span<const latent::TossSet>(sets));
}
