#include "latent/bootstrap_lrt.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "latent/bootstrap.hpp"  // both in one program
#include "latent/data_file.hpp"
#include "latent/errors.hpp"
#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "paths.hpp"
#include "random_models.hpp"

namespace latent {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

GaussianMixture mixture(std::size_t components, CovarianceKind kind = CovarianceKind::tied) {
  return GaussianMixture(components, {.covariance = kind, .penalty = 0.0});
}

// `clusters` clusters on a line, eight standard deviations apart.
RowMatrix clusters_on_a_line(Index rows, Index clusters) {
  RandomEngine rng = random_stream(22, 0);
  RowMatrix data = random_models::normal_draws(rows, 1, rng);
  for (Index row = 0; row < rows; ++row) data(row, 0) += 8.0 * static_cast<double>(row % clusters);
  return data;
}

const FitOptions few_restarts = {.restarts = 4, .seed = 3, .stop = relative_gain(1e-8) || iteration_limit(500)};

TEST(BootstrapLrt, RejectsOneComponentWhereThereAreTwoClusters) {
  const auto test =
      bootstrap_lrt(mixture(1), mixture(2), clusters_on_a_line(60, 2), {.replicates = 19, .fit = few_restarts});
  EXPECT_EQ(test.p_value, 1.0 / 20.0);
  EXPECT_EQ(test.replicates.size(), 19);
  EXPECT_GT(test.statistic, 20.0);
  EXPECT_NEAR(test.statistic, 2.0 * (test.alternative.log_likelihood - test.null.log_likelihood), 1e-12);
}

TEST(BootstrapLrt, DoesNotRejectUnderTheNull) {
  const auto test =
      bootstrap_lrt(mixture(1), mixture(2), clusters_on_a_line(60, 1), {.replicates = 39, .fit = few_restarts});
  EXPECT_GT(test.p_value, 0.05);
}

TEST(BootstrapLrt, CountsTheReplicatesThatAreAsLarge) {
  const auto test =
      bootstrap_lrt(mixture(1), mixture(2), clusters_on_a_line(40, 1), {.replicates = 25, .fit = few_restarts});
  const auto as_large = std::ranges::count_if(
      test.replicates, [&](const ReplicateOutcome& replicate) { return *replicate.statistic >= test.statistic; });
  EXPECT_DOUBLE_EQ(test.p_value, (1.0 + static_cast<double>(as_large)) / 26.0);
  for (std::size_t b = 0; b < test.replicates.size(); ++b) {
    EXPECT_EQ(test.replicates[b].number, static_cast<int>(b) + 1);
    EXPECT_GT(*test.replicates[b].statistic, -1e-6);
  }
}

// One component in closed form, -n/2 (d log 2π + log|S| + d); two are those of mclust 6.0.0, -1130.264.
TEST(BootstrapLrt, HasTheStatisticOfOldFaithful) {
  const auto table = open_data(std::string(LATENT_DATA_DIR) + "/old_faithful.csv").numbers();
  const auto test = bootstrap_lrt(mixture(1, CovarianceKind::full), mixture(2, CovarianceKind::full),
                                  table.observations(), {.replicates = 9, .fit = {.restarts = 3}});
  const RowMatrix centred = table.observations().matrix().rowwise() - table.observations().matrix().colwise().mean();
  const Eigen::Matrix2d covariance = centred.transpose() * centred / 272.0;
  const double of_one = -136.0 * (2.0 * std::log(2.0 * std::numbers::pi) + std::log(covariance.determinant()) + 2.0);
  EXPECT_NEAR(test.statistic, 2.0 * (-1130.264 - of_one), 1e-3);
  EXPECT_EQ(test.p_value, 0.1);
}

TEST(BootstrapLrt, HasTheSameBitsForAnyNumberOfThreads) {
  const RowMatrix data = clusters_on_a_line(30, 1);
  const auto with = [&](int threads) {
    return bootstrap_lrt(mixture(1), mixture(2), data,
                         {.replicates = 9, .fit = {.restarts = 2, .seed = 5, .threads = threads}});
  };
  const auto one = with(1);
  const auto three = with(3);
  EXPECT_EQ(one.p_value, three.p_value);
  for (std::size_t b = 0; b < 9; ++b) EXPECT_EQ(one.replicates[b].statistic, three.replicates[b].statistic);
  const auto other = bootstrap_lrt(mixture(1), mixture(2), data, {.replicates = 9, .fit = {.restarts = 2, .seed = 6}});
  EXPECT_NE(one.replicates[0].statistic, other.replicates[0].statistic);
}

// A model that is drawn from, and whose fits fail where the first draw is below 0.
struct Fragile {
  using Data = std::span<const double>;
  struct Statistics {
    double sum = 0.0;
    double count = 0.0;
  };
  double mean = 0.0;
  bool fails = false;

  Statistics e_step(Data data) const {
    Statistics statistics;
    for (const double x : data) statistics.sum += x;
    statistics.count = static_cast<double>(data.size());
    if (fails && data.front() < 0.0) throw DegenerateFit("the first draw is below 0");
    return statistics;
  }
  void m_step(const Statistics& statistics) { mean = statistics.sum / statistics.count; }
  double log_likelihood(Data data) const {
    double sum = 0.0;
    for (const double x : data) sum -= 0.5 * (x - mean) * (x - mean);
    return sum;
  }
  std::vector<double> sample(std::size_t count, RandomEngine& rng) const {
    const Vector draws = random_models::normal_draws(static_cast<Index>(count), 1, rng).col(0);
    std::vector<double> shifted(draws.begin(), draws.end());
    for (double& x : shifted) x += mean;
    return shifted;
  }
};

TEST(BootstrapLrt, ReplicatesThatFailAreCountedOut) {
  const std::vector<double> data = {0.3, -0.2, 0.1, -0.2};
  const auto test = bootstrap_lrt(Fragile{}, Fragile{.mean = 0.0, .fails = true}, data, {.replicates = 60});
  int failed = 0;
  int as_large = 0;
  for (const ReplicateOutcome& replicate : test.replicates) {
    EXPECT_NE(replicate.failure.has_value(), replicate.statistic.has_value());
    if (replicate.failure) {
      ++failed;
      EXPECT_EQ(*replicate.failure, "the first draw is below 0");
    } else if (*replicate.statistic >= test.statistic) {
      ++as_large;
    }
  }
  EXPECT_GT(failed, 15);
  EXPECT_LT(failed, 45);
  EXPECT_DOUBLE_EQ(test.p_value, (1.0 + as_large) / (1.0 + 60 - failed));
}

TEST(BootstrapLrt, RedrawsAsManyTossesAsTheDataHave) {
  const std::vector<TossSet> data = {{5, 10, 2}, {900, 1000}, {1, 3, 1.5}};
  RandomEngine rng = random_stream(1, 0);
  const auto drawn = CoinMixture(Vector{{0.5, 0.5}}, Vector{{0.0, 1.0}}).sample_like(data, rng);
  ASSERT_EQ(drawn.size(), 5);
  const std::vector<double> tosses = {10, 10, 1000, 3, 3};
  const std::vector<double> weights = {1, 1, 1, 1, 0.5};
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    EXPECT_EQ(drawn[i].tosses(), tosses[i]);
    EXPECT_EQ(drawn[i].weight(), weights[i]);
    EXPECT_TRUE(drawn[i].heads() == 0.0 || drawn[i].heads() == tosses[i]);
  }
}

TEST(BootstrapLrt, TellsTwoCoinsFromOne) {
  std::vector<TossSet> two_coins;
  std::vector<TossSet> one_coin;
  RandomEngine rng = random_stream(2, 0);
  for (const TossSet& set : CoinMixture(Vector{{0.5, 0.5}}, Vector{{0.2, 0.9}}).sample(40, rng, 20)) {
    two_coins.push_back(set);
  }
  for (const TossSet& set : CoinMixture(Vector{{1.0}}, Vector{{0.4}}).sample(40, rng, 20)) one_coin.push_back(set);
  const BootstrapTestOptions options = {.replicates = 39, .fit = few_restarts};
  EXPECT_EQ(bootstrap_lrt(CoinMixture(1), CoinMixture(2), two_coins, options).p_value, 1.0 / 40.0);
  EXPECT_GT(bootstrap_lrt(CoinMixture(1), CoinMixture(2), one_coin, options).p_value, 0.05);
}

std::vector<Candidate<GaussianMixture>> up_to(std::size_t most) {
  std::vector<Candidate<GaussianMixture>> candidates;
  for (std::size_t k = 1; k <= most; ++k) candidates.push_back({fmt::format("{}", k), mixture(k)});
  return candidates;
}

TEST(SelectByLrt, StopsAtTheFirstThatIsNotRejected) {
  const auto selection =
      select_by_lrt(up_to(5), clusters_on_a_line(90, 3), 0.05, {.replicates = 39, .fit = few_restarts});
  EXPECT_EQ(selection.criterion, "lrt");
  EXPECT_EQ(selection.best, 2);
  EXPECT_EQ(selection.fit.model.components(), 3);
  EXPECT_FALSE(selection.candidates[0].value.has_value());
  EXPECT_EQ(selection.candidates[1].value, 1.0 / 40.0);
  EXPECT_EQ(selection.candidates[2].value, 1.0 / 40.0);
  EXPECT_GT(selection.candidates[3].value.value(), 0.05);
  EXPECT_FALSE(selection.candidates[4].value.has_value());
}

TEST(SelectByLrt, RefusesWhatCanNotBe) {
  const RowMatrix data = clusters_on_a_line(20, 1);
  for (const double level : {0.0, 1.0, -1.0, std::nan("")}) {
    EXPECT_THAT([&] { (void)select_by_lrt(up_to(2), data, level); },
                ThrowsMessage<InvalidOption>(HasSubstr("level: ")));
  }
  EXPECT_THAT([&] { (void)select_by_lrt(up_to(2), data, 0.01, {.replicates = 98}); },
              ThrowsMessage<InvalidOption>(HasSubstr("replicates: 98: must be at least 99")));
  EXPECT_THAT([&] { (void)bootstrap_lrt(mixture(1), mixture(2), data, {.replicates = 0}); },
              ThrowsMessage<InvalidOption>(HasSubstr("replicates: 0: must be at least 1")));
  auto descending = up_to(2);
  std::swap(descending[0], descending[1]);
  EXPECT_THAT([&] { (void)select_by_lrt(descending, data, 0.05, {.replicates = 19}); },
              ThrowsMessage<InvalidOption>(HasSubstr("candidates: 1: must have more free parameters")));
}

// With 81 of 99 replicates lost, no p-value is below 1/19: that is no sign that the null holds.
TEST(SelectByLrt, ReplicatesThatFailAreNoEvidenceForTheNull) {
  std::vector<ReplicateOutcome> replicates(99);
  for (std::size_t b = 0; b < replicates.size(); ++b) {
    if (b < 81) {
      replicates[b].failure = "a component collapsed";
    } else {
      replicates[b].statistic = 1.0;
    }
  }
  EXPECT_EQ(detail::failure_to_reach(0.05, replicates),
            "81 of 99 replicates could not be fitted, too many for a test at the level 0.05; the first: a component "
            "collapsed");
  EXPECT_EQ(detail::failure_to_reach(0.06, replicates), std::nullopt);
}

}  // namespace
}  // namespace latent
