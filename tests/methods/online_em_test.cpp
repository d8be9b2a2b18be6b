#include "latent/methods/online_em.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/random/uniform_real_distribution.hpp>
#include <cmath>
#include <vector>

#include "fixtures/random_models.hpp"
#include "latent/core/errors.hpp"
#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/solver/fit.hpp"

namespace latent {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr StepSize whole = {.scale = 1.0, .offset = 0.0, .power = 0.0};  // γ = 1

RowMatrix three_groups(Index rows) {
  RandomEngine rng = random_stream(41, 0);
  RowMatrix data = random_models::normal_draws(rows, 2, rng);
  boost::random::uniform_real_distribution<double> uniform;
  for (Index row = 0; row < rows; ++row) {
    const double u = uniform(rng);
    data.row(row).array() += u < 0.2 ? -4.0 : u < 0.5 ? 0.0 : 5.0;
  }
  return data;
}

GaussianMixture start_near(const CovarianceKind kind) {
  std::vector<Matrix> covariances(kind == CovarianceKind::tied ? 1 : 3);
  for (Matrix& covariance : covariances) {
    covariance = kind == CovarianceKind::full || kind == CovarianceKind::tied ? Matrix(2.0 * Matrix::Identity(2, 2))
                 : kind == CovarianceKind::diagonal                           ? Matrix::Constant(2, 1, 2.0)
                                                                              : Matrix::Constant(1, 1, 2.0);
  }
  return GaussianMixture(Vector::Constant(3, 1.0 / 3.0), RowMatrix{{-3.0, -3.0}, {1.0, 0.0}, {4.0, 6.0}}, covariances,
                         {.covariance = kind});
}

// One batch of all the data whose weight is 1 is an iteration of EM.
TEST(OnlineEM, OfOneBatchIsEMBitForBit) {
  const RowMatrix data = three_groups(3000);
  for (const auto kind :
       {CovarianceKind::full, CovarianceKind::tied, CovarianceKind::diagonal, CovarianceKind::spherical}) {
    const auto plain = fit_from(start_near(kind), data, {.stop = iteration_limit(8)});
    const auto online = online_em(start_near(kind), data, {.batch = 3000, .passes = 8, .online = {.step = whole}});
    EXPECT_EQ(online.model().parameters(), plain.model.parameters());
    EXPECT_EQ(online.batches(), 8);
    EXPECT_EQ(online.observations(), 24'000);
  }
}

TEST(OnlineEM, OfOneBatchOfCoinsIsEMBitForBit) {
  RandomEngine rng = random_stream(42, 0);
  const auto sets = CoinMixture(Vector{{0.3, 0.7}}, Vector{{0.2, 0.6}}).sample(800, rng);
  const CoinMixture start(Vector{{0.5, 0.5}}, Vector{{0.3, 0.5}});
  const auto plain = fit_from(start, sets, {.stop = iteration_limit(8)});
  const auto online = online_em(start, sets, {.batch = 800, .passes = 8, .online = {.step = whole}});
  EXPECT_EQ(online.model().parameters(), plain.model.parameters());
}

// s ← (1 − γ_t) s + γ_t s̄ with the weights of Cappé & Moulines (2009), written out for a weight alone.
TEST(OnlineEM, BlendsStatisticsByTheStepSize) {
  const std::vector<TossSet> sets = {{2, 3}, {0, 3}, {3, 3}, {1, 3}, {2, 3}, {3, 3}, {0, 3}};
  CoinMixture expected(Vector{{0.4, 0.6}}, Vector{{0.3, 0.7}});
  const StepSize step = {.scale = 0.9, .offset = 2.0, .power = 0.75};
  OnlineEM<CoinMixture> online(expected, {.step = step});
  // Batches of unequal sizes count by their means.
  const std::vector<std::pair<std::size_t, std::size_t>> batches = {{0, 2}, {2, 3}, {5, 1}, {6, 1}};
  CoinMixtureStatistics s;
  for (std::size_t t = 1; t <= batches.size(); ++t) {
    const auto [first, count] = batches[t - 1];
    const auto batch = CoinMixture::Data(sets).subspan(first, count);
    CoinMixtureStatistics mean = expected.e_step(batch);
    mean *= 1.0 / static_cast<double>(count);
    const double gamma = 0.9 * std::pow(static_cast<double>(t) + 2.0, -0.75);
    EXPECT_DOUBLE_EQ(step(t), gamma);
    if (t == 1) {
      s = mean;
    } else {
      s *= 1.0 - gamma;
      mean *= gamma;
      s += mean;
    }
    expected.m_step(s);
    online.observe(batch);
    EXPECT_LE((online.model().biases() - expected.biases()).cwiseAbs().maxCoeff(), 1e-14);
    EXPECT_LE((online.model().weights() - expected.weights()).cwiseAbs().maxCoeff(), 1e-14);
  }
}

TEST(OnlineEM, WaitsForTheWarmUpBeforeTheFirstMStep) {
  const RowMatrix data = three_groups(1000);
  OnlineEM<GaussianMixture> online(start_near(CovarianceKind::full), {.warm_up = 3});
  for (std::size_t batch = 0; batch < 5; ++batch) {
    online.observe(Observations(data).subspan(200 * batch, 200));
    const bool moved = online.model().means() != start_near(CovarianceKind::full).means();
    EXPECT_EQ(moved, batch >= 3) << batch;
  }
}

// Without warm-up, one observation alone has no covariance; with it there are enough.
TEST(OnlineEM, TheWarmUpMakesSingleObservationsEnough) {
  const RowMatrix data = three_groups(2000);
  const auto run = [&](std::size_t warm_up) {
    OnlineEM<GaussianMixture> online(start_near(CovarianceKind::full), {.warm_up = warm_up});
    for (std::size_t row = 0; row < 2000; ++row) online.observe(Observations(data).subspan(row, 1));
    return online.model();
  };
  EXPECT_THROW((void)run(0), DegenerateFit);
  EXPECT_LE((run(100).means() - RowMatrix{{-4, -4}, {0, 0}, {5, 5}}).cwiseAbs().maxCoeff(), 0.35);
}

// One pass over a large sample comes near to the maximum, and averaging nearer: the estimate of Cappé & Moulines is
// asymptotically as good as the maximum itself, whose standard errors are some 0.01 here.
TEST(OnlineEM, OnePassOverMuchDataComesNearToTheMaximum) {
  const RowMatrix data = three_groups(40'000);
  const auto maximum = fit_from(start_near(CovarianceKind::full), data).model.parameters();
  const auto online =
      online_em(start_near(CovarianceKind::full), data, {.batch = 100, .online = {.warm_up = 2, .average_from = 100}});
  const double last = (online.model().parameters() - maximum).cwiseAbs().maxCoeff();
  const double averaged = (online.averaged().parameters() - maximum).cwiseAbs().maxCoeff();
  EXPECT_LE(last, 0.1);
  EXPECT_LE(averaged, 0.03);
  EXPECT_LT(averaged, last);
}

TEST(OnlineEM, OnePassOverManyCoinsComesNearToTheMaximum) {
  RandomEngine rng = random_stream(43, 0);
  const auto sets = CoinMixture(Vector{{0.3, 0.7}}, Vector{{0.15, 0.6}}).sample(40'000, rng);
  const CoinMixture start(Vector{{0.5, 0.5}}, Vector{{0.3, 0.5}});
  const auto maximum = fit_from(start, sets).model.parameters();
  const auto online = online_em(start, sets, {.batch = 100, .online = {.average_from = 100}});
  EXPECT_LE((online.averaged().parameters() - maximum).cwiseAbs().maxCoeff(), 0.02);
}

// Data far from 0, and a start far from the data: the moments keep their digits, as their centres move along.
TEST(OnlineEM, KeepsTheDigitsOfDataFarFromTheirStart) {
  RowMatrix data = three_groups(5000);
  const auto near = online_em(start_near(CovarianceKind::full), data, {.batch = 250});
  data.array() += 1e6;
  GaussianMixture start = start_near(CovarianceKind::full);
  start = GaussianMixture(start.weights(), start.means().array() + 1e6, start.covariances());
  const auto far = online_em(start, data, {.batch = 250});
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_LE((near.model().covariance(k) - far.model().covariance(k)).cwiseAbs().maxCoeff(), 1e-7);
  }
}

// A penalty weighs against all observations, whatever the size of a batch: near the maximum of the penalised likelihood
// the run stays there, which is far from that without the penalty.
TEST(OnlineEM, APenaltyCountsAgainstAllObservations) {
  const RowMatrix data = three_groups(4000);
  GaussianMixture start = start_near(CovarianceKind::full);
  const auto plain = fit_from(start, data).model;
  start.set_penalty(covariance_penalty(data, CovarianceKind::full, 100.0));
  const auto penalised = fit_from(start, data).model;
  ASSERT_GT((plain.covariance(0) - penalised.covariance(0)).norm(), 1.0);
  const auto online = online_em(penalised, data, {.batch = 500, .passes = 10}).model();
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_LE((online.covariance(k) - penalised.covariance(k)).cwiseAbs().maxCoeff(), 0.25);
  }
}

TEST(OnlineEM, TheSeedDecidesTheOrderAndThreadsDoNot) {
  const RowMatrix data = three_groups(4000);
  const auto parameters = [&](std::uint64_t seed, int threads) {
    return online_em(start_near(CovarianceKind::full), data, {.batch = 1300, .seed = seed, .threads = threads})
        .model()
        .parameters();
  };
  EXPECT_EQ(parameters(1, 1), parameters(1, 4));
  EXPECT_NE(parameters(1, 1), parameters(2, 1));
}

TEST(OnlineEM, EveryPassTakesEveryBatchOnce) {
  RandomEngine rng = random_stream(1, 0);
  auto order = detail::shuffled(100, rng);
  EXPECT_NE(order, detail::shuffled(100, rng));
  std::ranges::sort(order);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(order[i], i);
}

TEST(OnlineEM, ABatchThatFailsLeavesAllAsItWas) {
  const RowMatrix data = three_groups(1000);
  OnlineEM<GaussianMixture> online(start_near(CovarianceKind::full));
  OnlineEM<GaussianMixture> other = online;
  const Observations first = Observations(data).subspan(0, 500);
  const Observations second = Observations(data).subspan(500, 500);
  const RowMatrix nowhere{{1e200, 1e200}};
  online.observe(first);
  EXPECT_THAT([&] { online.observe(nowhere); },
              ThrowsMessage<DegenerateFit>(HasSubstr("the log-likelihood of batch 2 is -inf")));
  online.observe(second);
  other.observe(first);
  other.observe(Observations(data).subspan(0, 0));
  other.observe(second);
  EXPECT_EQ(online.model().parameters(), other.model().parameters());
  EXPECT_EQ(online.batches(), 2);
}

TEST(OnlineEM, RefusesImpossibleOptions) {
  const RowMatrix data = three_groups(100);
  const auto with = [&](const StepSize& step) {
    return [&data, step] {
      OnlineEM<GaussianMixture> online(start_near(CovarianceKind::full), {.step = step});
      online.observe(data);
    };
  };
  EXPECT_THAT(with({.power = 0.5}), ThrowsMessage<InvalidOption>(HasSubstr("step power: 0.5: must be above 0.5")));
  for (const double power : {0.0, 1.0}) {
    EXPECT_NO_THROW(with({.scale = 0.5, .power = power})());
    EXPECT_THAT(
        [&] {
          OnlineEM<GaussianMixture>(start_near(CovarianceKind::full),
                                    {.step = {.scale = 0.5, .power = power}, .average_from = 10});
        },
        ThrowsMessage<InvalidOption>(HasSubstr("must be above 0.5 and below 1 for parameters that are averaged")));
  }
  EXPECT_THAT(with({.power = 1.5}), ThrowsMessage<InvalidOption>(HasSubstr("step power: 1.5")));
  EXPECT_THAT(with({.scale = 0.0}), ThrowsMessage<InvalidOption>(HasSubstr("step scale: 0: must be positive")));
  EXPECT_THAT(with({.scale = 3.0, .offset = 0.0, .power = 1.0}),
              ThrowsMessage<InvalidOption>(HasSubstr("step scale: 3: must be positive, and at most 2")));
  EXPECT_THAT(with({.offset = -1.0}), ThrowsMessage<InvalidOption>(HasSubstr("step offset: -1")));
  EXPECT_THAT([&] { (void)online_em(start_near(CovarianceKind::full), data, {.batch = 0}); },
              ThrowsMessage<InvalidOption>(HasSubstr("batch: 0")));
  EXPECT_THAT([&] { (void)online_em(start_near(CovarianceKind::full), data, {.passes = 0}); },
              ThrowsMessage<InvalidOption>(HasSubstr("passes: 0")));
}

// One row more than a number of full batches: a batch of that row alone would weigh as much as each of the others.
TEST(OnlineEM, ARowLeftOverIsNoBatchOfItsOwn) {
  const RowMatrix data = three_groups(3001);
  const auto maximum = fit_from(start_near(CovarianceKind::full), data).model;
  for (const std::uint64_t seed : {1, 2, 3, 4}) {
    const auto online = online_em(maximum, data, {.batch = 1000, .seed = seed});
    EXPECT_EQ(online.batches(), 4);
    EXPECT_LT((online.model().weights() - maximum.weights()).cwiseAbs().maxCoeff(), 0.03);
  }
}

TEST(OnlineEM, TheAverageLeavesOutTheStart) {
  const RowMatrix data = three_groups(400);
  const auto online =
      online_em(start_near(CovarianceKind::full), data, {.batch = 100, .online = {.warm_up = 3, .average_from = 1}});
  EXPECT_LT((online.averaged().parameters() - online.model().parameters()).norm(), 1e-12);  // of the last batch alone
}

}  // namespace
}  // namespace latent
