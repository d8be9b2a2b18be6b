#include <latent/solver/fit.hpp>

#include <array>
#include <cmath>
#include <iostream>

// 197 animals of four kinds, of probabilities 1/2 + p/4, (1-p)/4, (1-p)/4 and p/4 (Dempster, Laird & Rubin 1977).
// The latent variable: which of the first kind are so because of the p/4.
struct Linkage {
  using Data = std::array<double, 4>;
  struct Statistics {
    double with_p, without;  // expected numbers of animals that tell of p, and of 1 - p
  };
  double p = 0.5;

  Statistics e_step(const Data& y) const { return {y[0] * p / (2 + p) + y[3], y[1] + y[2]}; }
  void m_step(const Statistics& s) { p = s.with_p / (s.with_p + s.without); }
  double log_likelihood(const Data& y) const {  // but for the multinomial coefficient, a constant
    return y[0] * std::log(0.5 + p / 4) + (y[1] + y[2]) * std::log((1 - p) / 4) + y[3] * std::log(p / 4);
  }
};

int main() {
  const auto result = latent::fit(Linkage(), Linkage::Data{125, 18, 20, 34});
  std::cout << "p = " << result.model.p << "\n" << result << "\n";
}
