// A model of one's own, and one that comes with latent. The gene frequencies are those of Lange (2010), Numerical
// Analysis for Statisticians; the biases those of Do & Batzoglou (2008), figure 1b.
#include <latent/models/coin_mixture.hpp>
#include <latent/solver/fit.hpp>

#include <cstdio>
#include <vector>

#include "blood_groups.hpp"

int main() {
  const auto [a, b, o] = latent::fit(BloodGroups(), patients).model;
  std::printf("A %.4f, B %.4f, O %.4f\n", a, b, o);

  const std::vector<latent::TossSet> tosses = {{5, 10}, {9, 10}, {8, 10}, {4, 10}, {7, 10}};
  const latent::CoinMixture start(latent::Vector{{0.5, 0.5}}, latent::Vector{{0.6, 0.5}}, {.fixed_weights = true});
  const auto coins = latent::fit_from(start, tosses, {.stop = latent::iteration_limit(10)});
  std::printf("coins %.2f and %.2f\n", coins.model.biases()[0], coins.model.biases()[1]);
}
