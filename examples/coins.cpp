// Two coins of unknown bias: five times one of them was picked, nobody noted which, and tossed ten times
// (Do & Batzoglou 2008, Nature Biotechnology 26:897).
//
// What to look for: from 0.60 and 0.50 the biases go to 0.80 and 0.52, the figures of the paper, in ten iterations.
// With the chance of picking each coin estimated as well, and ten random starts, the likelihood is a little higher.
#include <fmt/format.h>

#include <vector>

#include "latent/models/coin_mixture.hpp"
#include "latent/solver/fit.hpp"

int main() {
  using latent::Vector;
  const std::vector<latent::TossSet> tosses = {{5, 10}, {9, 10}, {8, 10}, {4, 10}, {7, 10}};

  fmt::print("iteration  coin A   coin B   log-likelihood\n");
  for (int iterations = 0; iterations <= 10; ++iterations) {
    const latent::CoinMixture start(Vector{{0.5, 0.5}}, Vector{{0.6, 0.5}}, {.fixed_weights = true});
    const auto result = latent::fit_from(start, tosses, {.stop = latent::iteration_limit(iterations)});
    const Vector& biases = result.model.biases();
    fmt::print("{:>9}   {:.4f}   {:.4f}   {:.6f}\n", iterations, biases[0], biases[1], result.log_likelihood);
  }

  const auto free = latent::fit(latent::CoinMixture(2), tosses);
  fmt::print("\nwith the weights estimated too, best of {} restarts: log-likelihood {:.6f}\n", free.restarts.size(),
             free.log_likelihood);
  for (latent::Index k = 0; k < 2; ++k) {
    fmt::print("  a coin of bias {:.4f}, picked with probability {:.4f}\n", free.model.biases()[k],
               free.model.weights()[k]);
  }
}
