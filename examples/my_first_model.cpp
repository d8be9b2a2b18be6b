// A latent-variable model from nothing: on some days deaths come at one rate, on others at another; which day was of
// which kind is not known. Counts of deaths a day of women over 80 in London, 1910-12 (Hasselblad 1969).
//
// What to look for: a model is three functions, and `initialize` makes it four for restarts. Nothing is inherited.
// The fit is the published maximum: weight 0.3599, means 1.2561 and 2.6634.
#include <array>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/random/uniform_real_distribution.hpp>
#include <cmath>
#include <cstdio>
#include <span>

#include "latent/fit.hpp"

// p(y) = w Poisson(y | a) + (1 - w) Poisson(y | b).
struct TwoPoissons {
  using Data = std::span<const double>;  // days on which there were 0, 1, 2 ... deaths
  struct Statistics {
    double days[2] = {0, 0};    // expected number of days of each kind
    double deaths[2] = {0, 0};  // expected number of deaths on them
  };

  double w = 0.5, a = 1, b = 2;

  // log of w Poisson(y | a), or of (1 - w) Poisson(y | b).
  double log_joint(int kind, double y) const {
    const double weight = kind == 0 ? w : 1 - w, mean = kind == 0 ? a : b;
    return std::log(weight) + y * std::log(mean) - mean - boost::math::lgamma(y + 1.0);
  }

  Statistics e_step(Data days) const {
    Statistics expected;
    for (int y = 0; y < int(days.size()); ++y) {
      const double first = 1 / (1 + std::exp(log_joint(1, y) - log_joint(0, y)));  // Bayes' rule
      for (int kind : {0, 1}) {
        const double share = days[size_t(y)] * (kind == 0 ? first : 1 - first);
        expected.days[kind] += share;
        expected.deaths[kind] += share * y;
      }
    }
    return expected;
  }

  void m_step(const Statistics& s) {
    w = s.days[0] / (s.days[0] + s.days[1]);
    a = s.deaths[0] / s.days[0];
    b = s.deaths[1] / s.days[1];
  }

  double log_likelihood(Data days) const {
    double sum = 0;
    for (int y = 0; y < int(days.size()); ++y)
      sum += days[size_t(y)] * std::log(std::exp(log_joint(0, y)) + std::exp(log_joint(1, y)));
    return sum;
  }

  void initialize(Data, latent::RandomEngine& rng) {
    boost::random::uniform_real_distribution<double> mean(0.5, 4.0);
    a = mean(rng);
    b = mean(rng);
  }
};

int main() {
  const std::array<double, 10> days = {162, 267, 271, 185, 111, 61, 27, 8, 3, 1};
  const auto result =
      latent::fit(TwoPoissons(), days, {.stop = latent::relative_gain(1e-14) || latent::iteration_limit(20000)});
  auto [w, a, b] = result.model;
  if (a > b) w = 1 - w, std::swap(a, b);  // which kind comes first is chance
  std::printf("weight %.4f, means %.3f and %.3f\n", w, a, b);
  std::printf("log-likelihood %.4f after %d iterations\n", result.log_likelihood, result.iterations);
}
