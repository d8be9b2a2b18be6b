#include "latent/methods/annealing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "fixtures/random_models.hpp"
#include "latent/core/errors.hpp"
#include "latent/core/persistence.hpp"
#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/solver/fit.hpp"

namespace latent {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

static_assert(DivisibleModel<TemperedModel<GaussianMixture>> && BoundedModel<TemperedModel<GaussianMixture>>);

RowMatrix three_groups() {
  RandomEngine rng = random_stream(5, 0);
  return random_models::clustered_data(400, 2, 3, rng);
}

GaussianMixture started(const RowMatrix& data, std::uint64_t stream) {
  GaussianMixture start(3);
  RandomEngine rng = random_stream(1, stream);
  start.initialize(data, rng);
  return start;
}

TEST(Annealing, AtBetaOneIsPlainEM) {
  const RowMatrix data = three_groups();
  const FitOptions options = {.stop = iteration_limit(30)};
  const auto plain = fit_from(started(data, 0), data, options);
  const auto tempered = fit_from(TemperedModel(started(data, 0), 1.0), data, options);
  ASSERT_EQ(tempered.trace.size(), plain.trace.size());
  for (std::size_t t = 0; t < plain.trace.size(); ++t) {
    EXPECT_NEAR(tempered.trace[t].objective, plain.trace[t].objective, 1e-8) << t;
  }
  EXPECT_LE((tempered.model.parameters() - plain.model.parameters()).cwiseAbs().maxCoeff(), 1e-8);
}

// −F_β = (1/β) Σ_n w_n log Σ_k p(x_n, k)^β, summed as it is written.
TEST(Annealing, MaximisesTheFreeEnergy) {
  const double beta = 0.35;
  const std::vector<TossSet> sets = {{3, 10, 2.0}, {5, 10, 0.5}, {9, 10}, {1, 3}, {0, 4}};
  const CoinMixture coins(Vector{{0.2, 0.5, 0.3}}, Vector{{0.15, 0.4, 0.8}});
  double expected = 0.0;
  for (const TossSet& set : sets) {
    double sum = 0.0;
    for (Index k = 0; k < 3; ++k) {
      const double p = coins.biases()[k];
      sum += std::pow(
          coins.weights()[k] * std::exp(set.log_orders()) * std::pow(p, set.heads()) * std::pow(1 - p, set.tails()),
          beta);
    }
    expected += set.weight() * std::log(sum) / beta;
  }
  EXPECT_NEAR(TemperedModel(coins, beta).log_likelihood(sets), expected, 1e-11);
}

TEST(Annealing, IsMonotoneAtEveryBeta) {
  const RowMatrix data = three_groups();
  for (const double beta : {0.0625, 0.2, 0.5, 0.8, 1.0}) {
    for (std::uint64_t stream = 0; stream < 5; ++stream) {
      const auto result = fit_from(TemperedModel(started(data, stream), beta), data,
                                   {.stop = iteration_limit(60), .on_decrease = OnDecrease::raise});
      EXPECT_GT(result.objective, result.trace.front().objective);
    }
  }
}

// The responsibilities of the tempered E-step, by its M-step: a weight is their mean.
TEST(Annealing, FlattensThePosterior) {
  const std::vector<TossSet> sets = {{3, 10}, {8, 10}};
  const CoinMixture coins(Vector{{0.3, 0.7}}, Vector{{0.2, 0.9}});
  const Matrix r = coins.posterior(sets);
  for (const double beta : {0.0625, 0.5}) {
    const Matrix f = r.array().pow(beta);
    const double expected = 0.5 * (f(0, 0) / f.row(0).sum() + f(1, 0) / f.row(1).sum());
    TemperedModel tempered(coins, beta);
    tempered.m_step(tempered.e_step(sets));
    EXPECT_NEAR(tempered.model().weights()[0], expected, 1e-14);
  }
}

// Five round groups on a line. From many starts EM ends with two components in one group and one over two groups, as
// far from each other as that is from the maximum.
class AnnealingFromPoorStarts : public testing::Test {
 protected:
  AnnealingFromPoorStarts() : data_(RowMatrix::Zero(600, 2)) {
    RandomEngine rng = random_stream(22, 0);
    data_ = random_models::normal_draws(600, 2, rng);
    for (Index row = 0; row < 600; ++row) data_(row, 0) += 5.0 * static_cast<double>(row % 5);
  }

  GaussianMixture start(std::uint64_t stream) const {
    GaussianMixture mixture(5, {.covariance = CovarianceKind::spherical, .start = MixtureStart::random_observations});
    RandomEngine rng = random_stream(3, stream);
    mixture.initialize(data_, rng);
    return mixture;
  }

  // EM from the true parameters.
  double best() const {
    RowMatrix centres = RowMatrix::Zero(5, 2);
    for (Index k = 0; k < 5; ++k) centres(k, 0) = 5.0 * static_cast<double>(k);
    GaussianMixture truth(Vector::Constant(5, 0.2), centres, std::vector<Matrix>(5, Matrix::Ones(1, 1)),
                          {.covariance = CovarianceKind::spherical});
    truth.set_penalty(start(0).penalty());
    return fit_from(truth, data_).objective;
  }

  RowMatrix data_;
};

TEST_F(AnnealingFromPoorStarts, ReachesTheMaximumMoreOften) {
  const double maximum = best();
  const AnnealingOptions options = {.schedule = {0.5, 0.6, 0.7, 0.8, 0.9}, .stop = iteration_limit(20)};
  int by_em = 0;
  int by_annealing = 0;
  int mended = 0;
  for (std::uint64_t stream = 0; stream < 20; ++stream) {
    const bool em = fit_from(start(stream), data_).objective > maximum - 0.01;
    const bool annealing = anneal(start(stream), data_, options).fit.objective > maximum - 0.01;
    by_em += em ? 1 : 0;
    by_annealing += annealing ? 1 : 0;
    mended += annealing && !em ? 1 : 0;
  }
  EXPECT_GE(mended, 4);
  EXPECT_GE(by_annealing, 18);
  EXPECT_LE(by_em, 16);
}

// Of full components that have merged, the difference of the means shrinks by β in each iteration: with Σ the
// covariance of the data, δ' = β Σ Σ⁻¹ δ to first order.
TEST(Annealing, MergedComponentsWithCovariancesOfTheirOwnStayMerged) {
  const RowMatrix data = three_groups();
  GaussianMixture one(1);
  RandomEngine rng = random_stream(1, 0);
  one.initialize(data, rng);
  one = fit_from(one, data).model;
  one.set_penalty({});
  one = fit_from(one, data).model;
  const Eigen::RowVector2d shift(1e-5, -3e-5);
  RowMatrix means(2, 2);
  means << one.means() + shift, one.means() - shift;
  const GaussianMixture merged(Vector{{0.5, 0.5}}, means, {one.covariance(0), one.covariance(0)});
  for (const double beta : {0.5, 0.9}) {
    TemperedModel tempered(merged, beta);
    tempered.m_step(tempered.e_step(data));
    const RowMatrix& moved = tempered.model().means();
    EXPECT_LE((0.5 * (moved.row(0) - moved.row(1)) - beta * shift).cwiseAbs().maxCoeff(), 1e-9);
  }
}

TEST(Annealing, ReportsEachTemperature) {
  const RowMatrix data = three_groups();
  const auto result = anneal(started(data, 0), data, {.schedule = {0.5, 0.75}, .stop = iteration_limit(7)});
  ASSERT_EQ(result.stages.size(), 2);
  EXPECT_EQ(result.stages[0].beta, 0.5);
  EXPECT_EQ(result.stages[1].beta, 0.75);
  EXPECT_EQ(result.stages[0].iterations, 7);
  const auto first = fit_from(TemperedModel(started(data, 0), 0.5), data, {.stop = iteration_limit(7)});
  EXPECT_EQ(result.stages[0].objective, first.objective);
  EXPECT_EQ(result.fit.log_likelihood, result.fit.model.log_likelihood(data));
}

TEST(Annealing, ATemperedModelComesBackFromAFile) {
  const RowMatrix data = three_groups();
  const TemperedModel tempered(started(data, 0), 0.5);
  const std::string file = testing::TempDir() + "tempered.latent";
  save(tempered, file);
  const auto loaded = load(file, TemperedModel(GaussianMixture(3), 1.0));
  EXPECT_EQ(loaded.beta(), 0.5);
  EXPECT_EQ(loaded.parameters(), tempered.parameters());
  EXPECT_EQ(loaded.log_likelihood(data), tempered.log_likelihood(data));
}

TEST(Annealing, AnEmptyScheduleIsPlainEM) {
  const RowMatrix data = three_groups();
  EXPECT_EQ(anneal(started(data, 0), data, {.schedule = {}}).fit.model.parameters(),
            fit_from(started(data, 0), data).model.parameters());
}

TEST(Annealing, RefusesImpossibleSchedules) {
  const RowMatrix data = three_groups();
  EXPECT_THAT([&] { (void)anneal(started(data, 0), data, {.schedule = {0.01}}); },
              ThrowsMessage<InvalidOption>("beta: 0.01: must be from 0.0625 to 1"));
  EXPECT_THAT([&] { (void)anneal(started(data, 0), data, {.schedule = {0.5, 0.5}}); },
              ThrowsMessage<InvalidOption>("schedule: 0.5 after 0.5: must rise towards 1"));
  EXPECT_THAT([&] { (void)TemperedModel(started(data, 0), std::nan("")); },
              ThrowsMessage<InvalidOption>(HasSubstr("beta: nan")));
}

}  // namespace
}  // namespace latent
