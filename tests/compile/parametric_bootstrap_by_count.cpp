// Sets of tosses are more than a number of sets.
#include "latent/inference/bootstrap.hpp"
#include "latent/models/coin_mixture.hpp"

int main() {
  latent::parametric_bootstrap(latent::CoinMixture(1), 10, [](const latent::CoinMixture& m) { return m.biases(); });
}
