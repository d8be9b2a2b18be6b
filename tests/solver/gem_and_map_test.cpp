// Generalised EM, in which an M-step only improves, and MAP estimation: both by what a model's own functions do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "fixtures/random_models.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/solver/fit.hpp"

namespace latent {
namespace {

// A mixture of normal distributions on a line, whose M-step is left to others.
struct OnALine {
  using Data = Observations;
  using Statistics = GaussianMixtureStatistics;

  Vector weights{{0.5, 0.5}};
  Vector means{{-1.0, 4.0}};
  Vector variances{{1.0, 1.0}};

  GaussianMixture mixture() const {
    return GaussianMixture(weights, means,
                           {Matrix::Constant(1, 1, variances[0]), Matrix::Constant(1, 1, variances[1])});
  }
  Statistics e_step(const Data& data) const { return mixture().e_step(data); }
  double log_likelihood(const Data& data) const { return mixture().log_likelihood(data); }
  double expected_log_joint(const Statistics& s) const { return mixture().expected_log_joint(s); }

  // Σ_n r_nk (x_n − μ_k)² at any μ.
  double scatter_about(const Statistics& s, Index k, double mean) const {
    const double shift = mean - s.centres(k, 0);
    return s.scatters[static_cast<std::size_t>(k)](0, 0) - 2.0 * shift * s.sums(k, 0) + s.weights[k] * shift * shift;
  }
  double best_mean(const Statistics& s, Index k) const { return s.centres(k, 0) + s.sums(k, 0) / s.weights[k]; }
};

// Expectation–conditional maximisation (Meng & Rubin 1993, Biometrika 80:267): the means given the variances, or the
// variances given the means, in turn with each E-step.
struct Conditional : OnALine {
  bool means_next = true;

  void m_step(const Statistics& s) {
    weights = s.weights / s.weights.sum();
    for (Index k = 0; k < 2; ++k) {
      if (means_next) {
        means[k] = best_mean(s, k);
      } else {
        variances[k] = scatter_about(s, k, means[k]) / s.weights[k];
      }
    }
    means_next = !means_next;
  }
};

// Generalised EM (Dempster, Laird & Rubin 1977): half of the way to the best mean, and a step along the gradient of Q
// in log σ², of Newton's length for the expected curvature n/2.
struct Gradient : OnALine {
  void m_step(const Statistics& s) {
    weights = 0.5 * weights + 0.5 * s.weights / s.weights.sum();
    for (Index k = 0; k < 2; ++k) {
      means[k] = 0.5 * means[k] + 0.5 * best_mean(s, k);
      const double ratio = scatter_about(s, k, means[k]) / (s.weights[k] * variances[k]);
      variances[k] *= std::exp(0.5 * std::min(ratio - 1.0, 1.0));
    }
  }
};

RowMatrix two_groups() {
  RandomEngine rng = random_stream(31, 0);
  RowMatrix data = random_models::normal_draws(400, 1, rng);
  for (Index row = 0; row < 400; row += 4) data(row, 0) = 3.0 + 0.6 * data(row, 0);
  return data;
}

template <class Partial>
void expect_the_maximum_of_em() {
  const RowMatrix data = two_groups();
  const FitOptions options = {.stop = relative_gain(1e-14) || iteration_limit(20'000),
                              .on_decrease = OnDecrease::raise};
  const auto full = fit_from(OnALine().mixture(), data, options);
  const auto partial = fit_from(Partial(), data, options);
  EXPECT_GT(partial.iterations, full.iterations);
  EXPECT_NEAR(partial.objective, full.objective, 1e-8);
  EXPECT_LE((partial.model.mixture().parameters() - full.model.parameters()).cwiseAbs().maxCoeff(), 1e-4);
}

TEST(GeneralisedEM, ByConditionalMaximisationGoesToTheMaximum) { expect_the_maximum_of_em<Conditional>(); }

TEST(GeneralisedEM, ByPartOfTheWayGoesToTheMaximum) { expect_the_maximum_of_em<Gradient>(); }

// The linkage example of Dempster, Laird & Rubin (1977) with a Beta(a, b) prior on p.
struct Linkage {
  using Data = std::array<double, 4>;
  using Statistics = std::array<double, 3>;  // expected numbers of p/4, (1 − p)/4 and 1/2

  double a = 1.0;
  double b = 1.0;
  double p = 0.5;

  Statistics e_step(const Data& y) const {
    const double recessive = y[0] * p / (2.0 + p);
    return {recessive + y[3], y[1] + y[2], y[0] - recessive};
  }
  void m_step(const Statistics& s) { p = (s[0] + a - 1.0) / (s[0] + s[1] + a + b - 2.0); }
  double log_likelihood(const Data& y) const {
    return y[0] * std::log(0.5 + p / 4.0) + (y[1] + y[2]) * std::log((1.0 - p) / 4.0) + y[3] * std::log(p / 4.0);
  }
  double expected_log_joint(const Statistics& s) const {
    return s[0] * std::log(p / 4.0) + s[1] * std::log((1.0 - p) / 4.0) + s[2] * std::log(0.5);
  }
  double log_prior() const { return (a - 1.0) * std::log(p) + (b - 1.0) * std::log1p(-p); }
};

// The mode solves y₁/(2 + p) + (y₄ + a − 1)/p = (y₂ + y₃ + b − 1)/(1 − p), a quadratic equation: with s and f the last
// two numerators, (y₁ + s + f) p² − (y₁ − s − 2f) p − 2s = 0.
double mode(const Linkage::Data& y, double a, double b) {
  const double s = y[3] + a - 1.0;
  const double f = y[1] + y[2] + b - 1.0;
  const double square = y[0] + s + f;
  const double linear = y[0] - s - 2.0 * f;
  return (linear + std::sqrt(linear * linear + 8.0 * square * s)) / (2.0 * square);
}

TEST(MapEstimation, EndsAtTheModeOfThePosterior) {
  const Linkage::Data y = {125, 18, 20, 34};
  ASSERT_NEAR(mode(y, 1.0, 1.0), 0.626821, 1e-6);  // without prior: Dempster, Laird & Rubin (1977)
  for (const auto& [a, b] : {std::pair(1.0, 1.0), std::pair(5.0, 10.0), std::pair(40.0, 2.5)}) {
    const auto result = fit(Linkage{.a = a, .b = b}, y,
                            {.stop = relative_gain(1e-15) || iteration_limit(500), .on_decrease = OnDecrease::raise});
    EXPECT_NEAR(result.model.p, mode(y, a, b), 1e-6);
    EXPECT_EQ(result.objective, result.log_likelihood + result.model.log_prior());
  }
}

}  // namespace
}  // namespace latent
