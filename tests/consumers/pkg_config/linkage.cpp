// A model of one's own, and one that comes with latent, compiled without CMake.
#include <latent/models/coin_mixture.hpp>
#include <latent/solver/fit.hpp>
#include <latent/testing/check_model.hpp>

#include <array>
#include <cmath>
#include <iostream>
#include <vector>

// Animals of four kinds, of probabilities 1/2 + p/4, (1-p)/4, (1-p)/4 and p/4 (Dempster, Laird & Rubin 1977).
struct Linkage {
  using Data = std::array<double, 4>;
  using Statistics = std::array<double, 2>;  // expected numbers of animals that tell of p, and of 1 - p
  double p = 0.5;

  Statistics e_step(const Data& y) const { return {y[0] * p / (2 + p) + y[3], y[1] + y[2]}; }
  void m_step(const Statistics& s) { p = s[0] / (s[0] + s[1]); }
  double log_likelihood(const Data& y) const {
    return y[0] * std::log(0.5 + p / 4) + (y[1] + y[2]) * std::log((1 - p) / 4) + y[3] * std::log(p / 4);
  }
};

int main() {
  const Linkage::Data animals = {125, 18, 20, 34};
  const auto report = latent::check_model(Linkage(), animals);
  std::cout << report << "\np = " << latent::fit(Linkage(), animals).model.p << "\n";

  const std::vector<latent::TossSet> tosses = {{5, 10}, {9, 10}, {8, 10}, {4, 10}, {7, 10}};
  std::cout << latent::fit(latent::CoinMixture(2), tosses) << "\n";
  return report.passed() ? 0 : 1;
}
