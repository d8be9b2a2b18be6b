#include <gtest/gtest.h>

#include <cmath>

#include "fixtures/instruction_sets.hpp"
#include "fixtures/random_models.hpp"
#include "latent/models/coin_mixture.hpp"

namespace latent {
namespace {

using CoinKernels = OnInstructionSet;

// The plain reference: one set and coin at a time, in long double.
TEST_P(CoinKernels, AreThePlainReference) {
  for (const Index coins : {1, 2, 3, 5}) {
    for (const bool weighted : {false, true}) {
      RandomEngine rng = random_stream(1, static_cast<std::uint64_t>(coins));
      std::vector<TossSet> sets;
      for (int n = 0; n < 1100; ++n) {
        const auto tosses = static_cast<double>(rng() % 40);
        const double heads = tosses == 0.0 ? 0.0 : static_cast<double>(rng() % static_cast<std::uint64_t>(tosses));
        sets.emplace_back(heads, tosses, weighted ? static_cast<double>(rng() % 4) : 1.0);
      }
      const Vector biases = random_models::uniform_draws(coins, 0.05, 0.95, rng);
      const Vector weights = random_responsibilities(static_cast<std::size_t>(coins), rng);
      const CoinMixture model(weights, biases);

      std::vector<long double> n_k(static_cast<std::size_t>(coins));
      std::vector<long double> heads(n_k.size());
      std::vector<long double> tails(n_k.size());
      long double log_likelihood = 0.0L;
      for (const TossSet& set : sets) {
        std::vector<long double> joint;
        long double sum = 0.0L;
        for (Index k = 0; k < coins; ++k) {
          const long double bias = biases[k];
          joint.push_back(weights[k] * std::pow(bias, static_cast<long double>(set.heads())) *
                          std::pow(1.0L - bias, static_cast<long double>(set.tails())));
          sum += joint.back();
        }
        log_likelihood += set.weight() * (std::log(sum) + set.log_orders());
        for (std::size_t k = 0; k < joint.size(); ++k) {
          n_k[k] += set.weight() * joint[k] / sum;
          heads[k] += set.weight() * set.heads() * joint[k] / sum;
          tails[k] += set.weight() * set.tails() * joint[k] / sum;
        }
      }

      const auto statistics = model.e_step(sets);
      EXPECT_NEAR(statistics.log_likelihood, static_cast<double>(log_likelihood),
                  1e-12 * std::abs(static_cast<double>(log_likelihood)));
      EXPECT_NEAR(model.log_likelihood(sets), static_cast<double>(log_likelihood),
                  1e-12 * std::abs(static_cast<double>(log_likelihood)));
      for (Index k = 0; k < coins; ++k) {
        const auto at = static_cast<std::size_t>(k);
        EXPECT_NEAR(statistics.weights[k], static_cast<double>(n_k[at]), 1e-12 * static_cast<double>(n_k[at]));
        EXPECT_NEAR(statistics.heads[k], static_cast<double>(heads[at]), 1e-12 * static_cast<double>(heads[at]));
        EXPECT_NEAR(statistics.tails[k], static_cast<double>(tails[at]), 1e-12 * static_cast<double>(tails[at]));
      }
    }
  }
}

LATENT_ON_EACH_INSTRUCTION_SET(CoinKernels);

}  // namespace
}  // namespace latent
