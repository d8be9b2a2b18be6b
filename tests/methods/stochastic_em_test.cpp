#include "latent/methods/stochastic_em.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <span>
#include <vector>

#include "fixtures/random_models.hpp"
#include "latent/core/errors.hpp"
#include "latent/inference/uncertainty.hpp"
#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/solver/fit.hpp"

namespace latent {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// Observations that are all alike, of two components that are known: only the weight π of the first is estimated, with
// a Beta(2, 2) prior. With ρ = p(x | 1) / p(x | 2), each draw falls to the first with probability πρ / (πρ + 1 − π).
struct Alike {
  using Data = std::span<const int>;
  struct Statistics {
    double first = 0.0;
    double second = 0.0;
    Statistics& operator+=(const Statistics& other) {
      first += other.first;
      second += other.second;
      return *this;
    }
  };

  double weight = 0.5;
  double ratio = 2.0;

  double posterior_of_first() const { return weight * ratio / (weight * ratio + 1.0 - weight); }
  Matrix posterior(Data data) const {
    const double r = posterior_of_first();
    return Vector::Ones(static_cast<Index>(data.size())) * Eigen::RowVector2d(r, 1.0 - r);
  }
  Statistics complete_statistics(Data, const Matrix& q) const { return {q.col(0).sum(), q.col(1).sum()}; }
  Statistics e_step(Data data) const { return complete_statistics(data, posterior(data)); }
  void m_step(const Statistics& s) { weight = (s.first + 1.0) / (s.first + s.second + 2.0); }
  double log_likelihood(Data data) const {
    return static_cast<double>(data.size()) * std::log(weight * ratio + 1.0 - weight);
  }
  double log_prior() const { return std::log(weight) + std::log1p(-weight); }
  Vector parameters() const { return Vector{{std::log(weight / (1.0 - weight))}}; }
  void set_parameters(const Vector& logit) { weight = 1.0 / (1.0 + std::exp(-logit[0])); }
};
static_assert(AssignableModel<Alike> && DivisibleModel<Alike>);

// The chain of Alike on n observations has n + 1 states, the numbers drawn for the first component, and a binomial
// transition from each: its stationary distribution by iteration.
Vector stationary_distribution(int n, double ratio) {
  Matrix transition(n + 1, n + 1);
  for (int from = 0; from <= n; ++from) {
    Alike state;
    state.ratio = ratio;
    state.m_step({.first = static_cast<double>(from), .second = static_cast<double>(n - from)});
    const double p = state.posterior_of_first();
    for (int to = 0; to <= n; ++to) {
      transition(from, to) = std::exp(std::lgamma(n + 1.0) - std::lgamma(to + 1.0) - std::lgamma(n - to + 1.0) +
                                      to * std::log(p) + (n - to) * std::log1p(-p));
    }
  }
  Eigen::RowVectorXd distribution = Eigen::RowVectorXd::Constant(n + 1, 1.0 / (n + 1));
  for (int step = 0; step < 5000; ++step) distribution = (distribution * transition).eval();
  return distribution.transpose();
}

TEST(StochasticEM, TheChainHasItsStationaryDistribution) {
  constexpr int n = 5;
  constexpr double ratio = 1.6;
  const Vector stationary = stationary_distribution(n, ratio);
  double mean_logit = 0.0;
  Vector objectives(n + 1);
  const std::vector<int> data(n);
  for (int state = 0; state <= n; ++state) {
    Alike model;
    model.ratio = ratio;
    model.m_step({.first = static_cast<double>(state), .second = static_cast<double>(n - state)});
    mean_logit += stationary[state] * model.parameters()[0];
    objectives[state] = model.log_likelihood(data);
  }

  Alike start;
  start.ratio = ratio;
  const auto chain = stochastic_em(start, data, {.iterations = 60'000, .burn_in = 100});
  ASSERT_EQ(chain.trace.size(), 60'001);
  Vector visits = Vector::Zero(n + 1);
  for (std::size_t t = 101; t < chain.trace.size(); ++t) {
    for (int state = 0; state <= n; ++state) {
      if (std::abs(chain.trace[t].log_likelihood - objectives[state]) < 1e-9) visits[state] += 1.0;
    }
  }
  visits /= visits.sum();
  // The chain forgets in some ten steps, so 60,000 of them count as some 3,000: ±4 standard errors.
  for (int state = 0; state <= n; ++state) EXPECT_NEAR(visits[state], stationary[state], 0.035) << state;
  EXPECT_NEAR(chain.mean->parameters()[0], mean_logit, 0.08);
}

TEST(StochasticEM, KeepsTheBestModelVisited) {
  const std::vector<int> data(9);
  const auto chain = stochastic_em(Alike(), data, {.iterations = 200, .burn_in = 0});
  double best = -1e300;
  for (const Iteration& iteration : chain.trace) {
    EXPECT_LE(iteration.objective, chain.objective);
    best = std::max(best, iteration.objective);
  }
  EXPECT_EQ(best, chain.objective);
  EXPECT_EQ(chain.best.log_likelihood(data), chain.log_likelihood);
  EXPECT_EQ(chain.best.log_likelihood(data) + chain.best.log_prior(), chain.objective);
  EXPECT_EQ(chain.trace.size(), 201);
  EXPECT_EQ(chain.trace.front().log_likelihood, Alike().log_likelihood(data));
}

// For many observations the mean of the chain is near to the maximum, nearer than its single states are (Celeux &
// Diebolt 1985; Nielsen 2000, Bernoulli 6:457).
TEST(StochasticEM, MovesAroundTheMaximum) {
  RandomEngine rng = random_stream(8, 0);
  const CoinMixture truth(Vector{{0.35, 0.65}}, Vector{{0.25, 0.7}});
  const auto sets = truth.sample(4000, rng);
  const auto maximum = fit_from(truth, sets, {.stop = relative_gain(1e-13) || iteration_limit(2000)});
  const auto chain = stochastic_em(truth, sets, {.iterations = 600, .burn_in = 100});
  EXPECT_LE((chain.mean->parameters() - maximum.model.parameters()).cwiseAbs().maxCoeff(), 0.02);
  for (const Iteration& iteration : chain.trace) {
    EXPECT_LE(iteration.objective, maximum.objective + 1e-6);
    EXPECT_GT(iteration.objective, maximum.objective - 30.0);
  }
  EXPECT_NEAR(fit_from(chain.best, sets).log_likelihood, maximum.log_likelihood, 1e-4);
}

// A draw scatters the complete data's maximum by I_c⁻¹ F, with F the missing fraction, and a step pulls back by F: in
// the long run the covariance is I⁻¹ F / (1 + F), and the log-likelihood lies below its maximum by ½ Σ F / (1 + F),
// over the eigenvalues of F (Nielsen 2000, section 4, for θ_{t+1} = F θ_t + ε_t).
TEST(StochasticEM, IsAsFarBelowTheMaximumAsWhatIsMissingSays) {
  RandomEngine rng = random_stream(8, 0);
  const CoinMixture truth(Vector{{0.35, 0.65}}, Vector{{0.25, 0.7}});
  const auto sets = truth.sample(4000, rng);
  const auto maximum = fit_from(truth, sets, {.stop = relative_gain(1e-13) || iteration_limit(2000)});
  const Vector missing = observed_information(maximum.model, sets).missing_fractions();
  const double expected = 0.5 * (missing.array() / (1.0 + missing.array())).sum();

  constexpr int burn_in = 200;
  const auto chain = stochastic_em(maximum.model, sets, {.iterations = 5000, .burn_in = burn_in});
  double below = 0.0;
  for (std::size_t t = burn_in; t < chain.trace.size(); ++t) below += maximum.objective - chain.trace[t].objective;
  below /= static_cast<double>(chain.trace.size() - burn_in);
  EXPECT_NEAR(below, expected, 0.15 * expected);
}

TEST(StochasticEM, OfAGaussianMixtureMovesAroundTheMaximum) {
  RandomEngine rng = random_stream(9, 0);
  RowMatrix data = random_models::normal_draws(3000, 1, rng);
  for (Index row = 0; row < 3000; row += 3) data(row, 0) += 4.0;
  const GaussianMixture start(Vector{{0.5, 0.5}}, RowMatrix{{-1.0}, {5.0}}, {Matrix{{1.0}}, Matrix{{1.0}}});
  const auto maximum = fit_from(start, data);
  const auto chain = stochastic_em(start, data, {.iterations = 400, .burn_in = 100});
  EXPECT_LE((chain.mean->parameters() - maximum.model.parameters()).cwiseAbs().maxCoeff(), 0.03);
  EXPECT_EQ(chain.redrawn, 0);
}

TEST(StochasticEM, HasTheSameBitsForAnyNumberOfThreads) {
  RandomEngine rng = random_stream(4, 0);
  const RowMatrix data = random_models::clustered_data(5000, 3, 3, rng);
  GaussianMixture start(3);
  start.initialize(data, rng);
  const auto parameters = [&](int threads, std::uint64_t seed) {
    return stochastic_em(start, data, {.iterations = 10, .burn_in = 0, .seed = seed, .threads = threads})
        .mean->parameters();
  };
  EXPECT_EQ(parameters(1, 1), parameters(4, 1));
  EXPECT_NE(parameters(1, 1), parameters(1, 2));
}

// Of 6 observations a component now and then gets one alone, or none, which has no covariance.
TEST(StochasticEM, DrawsAgainWhereADrawLeavesAComponentTooLittle) {
  const RowMatrix data{{0.0}, {1.0}, {2.0}, {2.5}, {3.0}, {4.0}};
  const GaussianMixture start(Vector{{0.5, 0.5}}, RowMatrix{{1.5}, {2.5}}, {Matrix{{2.0}}, Matrix{{2.0}}},
                              {.floor = 0.0});
  const auto chain = stochastic_em(start, data, {.iterations = 20, .burn_in = 0});
  EXPECT_GT(chain.redrawn, 0);
  EXPECT_EQ(chain.trace.size(), 21);
  EXPECT_TRUE(chain.mean->parameters().allFinite());
}

TEST(StochasticEM, GivesUpWhereEveryDrawLeavesAComponentTooLittle) {
  const RowMatrix data{{0.0}, {1.0}, {2.0}};
  const GaussianMixture start(Vector{{0.5, 0.5}}, RowMatrix{{1.0}, {1000.0}}, {Matrix{{1.0}}, Matrix{{1.0}}});
  EXPECT_THAT([&] { (void)stochastic_em(start, data); },
              ThrowsMessage<DegenerateFit>(HasSubstr("every draw of the components leaves the parameter space")));
}

TEST(StochasticEM, RefusesAStartThatCanNotHaveMadeTheData) {
  const CoinMixture start(Vector{{0.5, 0.5}}, Vector{{0.0, 1.0}});
  const std::vector<TossSet> sets = {{0, 4}, {2, 4}};
  EXPECT_THAT([&] { (void)stochastic_em(start, sets); },
              ThrowsMessage<DegenerateFit>("the log-likelihood is -inf at iteration 0: use another start"));
}

TEST(StochasticEM, RefusesImpossibleOptions) {
  const std::vector<int> data(3);
  EXPECT_THAT([&] { (void)stochastic_em(Alike(), data, {.iterations = 0}); },
              ThrowsMessage<InvalidOption>(HasSubstr("iterations: 0")));
  EXPECT_THAT([&] { (void)stochastic_em(Alike(), data, {.iterations = 10, .burn_in = 10}); },
              ThrowsMessage<InvalidOption>(
                  HasSubstr("burn_in: 10: must not be negative, and less than the number of iterations, 10")));
}

// Each component is drawn as often as its probability says, and of many draws the proportions are kept.
TEST(Assignment, DrawsComponentsByTheirProbabilities) {
  RandomEngine rng = random_stream(6, 0);
  const Eigen::RowVector4d p(0.5, 0.0, 0.2, 0.3);
  Matrix single = Vector::Ones(40'000) * p;
  draw_assignments(single, 1, rng);
  EXPECT_EQ(single.rowwise().sum(), Vector::Ones(40'000));
  EXPECT_EQ(single.col(1).sum(), 0.0);
  EXPECT_LE((single.colwise().mean() - p).cwiseAbs().maxCoeff(), 4 * 0.5 / 200);

  Matrix many = Vector::Ones(2000) * p;
  draw_assignments(many, 50, rng);
  EXPECT_LE((many.rowwise().sum() - Vector::Ones(2000)).cwiseAbs().maxCoeff(), 1e-14);
  EXPECT_LE((many.colwise().mean() - p).cwiseAbs().maxCoeff(), 4 * 0.5 / std::sqrt(100'000.0));
  // A proportion of 50 draws has variance p (1 − p) / 50, and two of them covariance −p q / 50.
  const RowMatrix centred = many.rowwise() - p;
  const Matrix covariance = centred.transpose() * centred / 2000.0;
  const Matrix expected = (Matrix(p.asDiagonal()) - p.transpose() * p) / 50.0;
  EXPECT_LE((covariance - expected).cwiseAbs().maxCoeff(), 6e-4);
}

}  // namespace
}  // namespace latent
