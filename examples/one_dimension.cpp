// A mixture in one dimension: 300 draws of N(1.5, 0.5^2) and 300 of N(8.5, 0.5^2).
//
// What to look for: the estimates are off by about a standard error, 0.5 / sqrt(300) = 0.029 for a mean, and that is
// all that 600 observations can tell. The groups are so far apart that the start hardly matters.
#include <fmt/format.h>

#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <cmath>

#include "latent/models/gaussian_mixture.hpp"
#include "latent/solver/fit.hpp"

int main() {
  using namespace latent;
  constexpr Index each = 300;
  constexpr double sd = 0.5;
  const Vector true_means{{1.5, 8.5}};

  RandomEngine rng = random_stream(2024, 0);
  RowMatrix draws(2 * each, 1);
  for (Index row = 0; row < draws.rows(); ++row) {
    draws(row, 0) = boost::random::normal_distribution<double>(true_means[row / each], sd)(rng);
  }

  const auto result = fit(GaussianMixture(2), draws);
  const GaussianMixture& mixture = result.model;
  const Index low = mixture.means()(0, 0) < mixture.means()(1, 0) ? 0 : 1;

  const double error_of_mean = sd / std::sqrt(each);
  const double error_of_sd = sd / std::sqrt(2.0 * each);
  double worst = 0.0;
  fmt::print("truth                      estimate\n");
  for (const Index k : {low, 1 - low}) {
    const double truth = true_means[k == low ? 0 : 1];
    const double mean = mixture.means()(k, 0);
    const double estimated_sd = std::sqrt(mixture.covariance(static_cast<std::size_t>(k))(0, 0));
    fmt::print("weight 0.5, N({:.1f}, 0.5^2)   weight {:.4f}, N({:.4f}, {:.4f}^2)\n", truth, mixture.weights()[k], mean,
               estimated_sd);
    worst = std::max({worst, std::abs(mean - truth) / error_of_mean, std::abs(estimated_sd - sd) / error_of_sd});
  }
  fmt::print("\nlog-likelihood {:.4f} after {} iterations\n", result.log_likelihood, result.iterations);
  fmt::print("within 3 standard errors: {}\n", worst < 3.0 ? "yes" : "no");
}
