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

#include "latent/solver/fit.hpp"

// p(y) = weight[0] Poisson(y | mean[0]) + weight[1] Poisson(y | mean[1]).
struct TwoPoissons {
  using Data = std::span<const double>;  // how many days had 0, 1, 2 ... deaths
  struct Statistics {
    double days[2] = {0, 0}, deaths[2] = {0, 0};  // expected, of each kind
  };
  double weight[2] = {0.5, 0.5}, mean[2] = {1, 2};

  double joint(int kind, double y) const {  // p(y, kind)
    return weight[kind] * std::exp(y * std::log(mean[kind]) - mean[kind] - boost::math::lgamma(y + 1));
  }

  Statistics e_step(Data days) const {
    Statistics expected;
    for (int y = 0; y < int(days.size()); ++y) {
      for (int kind : {0, 1}) {
        const double share = days[size_t(y)] * joint(kind, y) / (joint(0, y) + joint(1, y));  // Bayes' rule
        expected.days[kind] += share;
        expected.deaths[kind] += share * y;
      }
    }
    return expected;
  }

  void m_step(const Statistics& s) {
    for (int kind : {0, 1}) {
      weight[kind] = s.days[kind] / (s.days[0] + s.days[1]);
      mean[kind] = s.deaths[kind] / s.days[kind];
    }
  }

  double log_likelihood(Data days) const {
    double sum = 0;
    for (int y = 0; y < int(days.size()); ++y) sum += days[size_t(y)] * std::log(joint(0, y) + joint(1, y));
    return sum;
  }

  void initialize(Data, latent::RandomEngine& rng) {
    for (double& each : mean) each = boost::random::uniform_real_distribution<double>(0.5, 4.0)(rng);
  }
};

int main() {
  const std::array<double, 10> days = {162, 267, 271, 185, 111, 61, 27, 8, 3, 1};
  const auto stop = latent::relative_gain(1e-14) || latent::iteration_limit(20000);
  const auto result = latent::fit(TwoPoissons(), days, {.restarts = 20, .stop = stop});
  const auto& [weight, mean] = result.model;
  const int first = mean[0] < mean[1] ? 0 : 1;  // which kind comes first is chance
  std::printf("weight %.4f, means %.3f and %.3f\n", weight[first], mean[first], mean[1 - first]);
}
