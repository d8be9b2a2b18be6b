#include "latent/select.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "latent/data_file.hpp"
#include "latent/errors.hpp"
#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/models/incomplete_gaussian.hpp"
#include "paths.hpp"
#include "random_models.hpp"
#include "reference.hpp"

namespace latent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

using GaussianCandidates = std::vector<Candidate<GaussianMixture>>;

NumericTable old_faithful() { return open_data(std::string(LATENT_DATA_DIR) + "/old_faithful.csv").numbers(); }

// Mixtures of 1 to `most` components, by plain maximum likelihood.
GaussianCandidates mixtures(std::size_t most, CovarianceKind kind) {
  GaussianCandidates candidates;
  for (std::size_t k = 1; k <= most; ++k) {
    candidates.push_back(
        {fmt::format("{} {}", k, to_string(kind)), GaussianMixture(k, {.covariance = kind, .penalty = 0.0})});
  }
  return candidates;
}

// Three normal clusters in the plane, ten standard deviations apart.
RowMatrix three_clusters(Index rows) {
  RandomEngine rng = random_stream(5, 0);
  RowMatrix data = random_models::normal_draws(rows, 2, rng);
  const RowMatrix centres{{0.0, 0.0}, {10.0, 0.0}, {0.0, 10.0}};
  for (Index row = 0; row < rows; ++row) data.row(row) += centres.row(row % 3);
  return data;
}

// mclust 6.0.0: BIC -2322.192 for VVV,2, with log-likelihood -1130.264 and 11 parameters; its BIC has the other sign.
TEST(Select, ByBicThereAreTwoComponentsOfFullCovarianceInOldFaithful) {
  const NumericTable table = old_faithful();
  const auto selection = select(mixtures(4, CovarianceKind::full), table.observations());
  EXPECT_EQ(selection.criterion, "bic");
  EXPECT_EQ(selection.best, 1);
  EXPECT_EQ(selection.fit.model.components(), 2);
  const Scores& best = selection.candidates[1].scores.value();
  EXPECT_NEAR(best.log_likelihood, -1130.264, 5e-4);
  EXPECT_EQ(best.free_parameters, 11.0);
  EXPECT_NEAR(best.bic, 2322.192, 5e-4);
  EXPECT_EQ(selection.candidates[1].value, best.bic);
}

// mclust's best of all its models is EEE,3, with BIC -2314.316 at its looser stopping rule; the log-likelihood is that
// of tests/reference/faithful-3-tied.json.
TEST(Select, ByBicTheBestOfAllOfOldFaithfulIsThreeComponentsOfTiedCovariance) {
  const NumericTable table = old_faithful();
  GaussianCandidates candidates = mixtures(4, CovarianceKind::full);
  for (auto& candidate : mixtures(4, CovarianceKind::tied)) candidates.push_back(candidate);
  const auto selection = select(candidates, table.observations(), Bic{}, {.restarts = 20});
  EXPECT_EQ(selection.candidates[selection.best].label, "3 tied");
  EXPECT_EQ(selection.candidates[selection.best].components, 3);
  EXPECT_NEAR(selection.fit.log_likelihood,
              reference::load_case("faithful-3-tied").results().at("log_likelihood").get<double>(), 1e-3);
  EXPECT_NEAR(selection.candidates[selection.best].value.value(), 2314.316, 0.03);
}

// mclust 6.0.0: BIC -574.0178 for VVV,2, with log-likelihood -214.3547 and 29 parameters.
TEST(Select, IrisHasTwoComponentsOfFullCovariance) {
  const auto iris = reference::load_case("iris-3-full");
  const auto selection = select(mixtures(3, CovarianceKind::full), iris.data());
  EXPECT_EQ(selection.best, 1);
  const Scores& best = selection.candidates[1].scores.value();
  EXPECT_NEAR(best.log_likelihood, -214.3547, 5e-4);
  EXPECT_EQ(best.free_parameters, 29.0);
  EXPECT_NEAR(best.bic, 574.0178, 1e-3);
}

template <class Criterion>
class EveryCriterion : public testing::Test {};
using Criteria = testing::Types<Bic, Icl, HeldOut, CrossValidation>;
TYPED_TEST_SUITE(EveryCriterion, Criteria);

TYPED_TEST(EveryCriterion, FindsThreeClusters) {
  const RowMatrix data = three_clusters(240);
  const auto selection = select(mixtures(4, CovarianceKind::spherical), data, TypeParam{}, {.restarts = 5});
  EXPECT_EQ(selection.fit.model.components(), 3);
  EXPECT_EQ(selection.best, 2);
}

TYPED_TEST(EveryCriterion, HasTheSameBitsForAnyNumberOfThreads) {
  const RowMatrix data = three_clusters(90);
  const auto with = [&](int threads) {
    return select(mixtures(3, CovarianceKind::tied), data, TypeParam{}, {.restarts = 3, .threads = threads});
  };
  const auto one = with(1);
  const auto three = with(3);
  EXPECT_EQ(one.best, three.best);
  EXPECT_EQ(one.fit.model.means(), three.fit.model.means());
  for (std::size_t i = 0; i < one.candidates.size(); ++i) {
    EXPECT_EQ(one.candidates[i].value.value(), three.candidates[i].value.value());
  }
}

TEST(Select, AicIsLowestWhereItIsLowest) {
  const NumericTable table = old_faithful();
  const auto selection = select(mixtures(3, CovarianceKind::diagonal), table.observations(), Aic{}, {.restarts = 3});
  for (const CandidateOutcome& outcome : selection.candidates) {
    EXPECT_EQ(outcome.value, outcome.scores.value().aic);
    EXPECT_GE(outcome.value.value(), selection.candidates[selection.best].value.value());
  }
}

TEST(Select, IclIsThatOfTheResponsibilities) {
  const NumericTable table = old_faithful();
  const Observations data = table.observations();
  const auto selection = select(mixtures(2, CovarianceKind::tied), data, Icl{});
  const Scores& scores = selection.candidates[selection.best].scores.value();
  const Matrix responsibilities = selection.fit.model.posterior(data);
  EXPECT_NEAR(scores.icl.value(), scores.bic - 2.0 * responsibilities.rowwise().maxCoeff().array().log().sum(), 1e-9);
}

// A weight of 2 is the observation twice: in the likelihood, and in the n of BIC.
TEST(Select, CountsByWeight) {
  const RowMatrix once = three_clusters(60);
  RowMatrix twice(120, 2);
  twice << once, once;
  const std::vector<double> weights(60, 2.0);
  const auto candidates = mixtures(1, CovarianceKind::full);
  const auto weighted = select(candidates, Observations(once, weights)).candidates[0].scores.value();
  const auto doubled = select(candidates, twice).candidates[0].scores.value();
  EXPECT_NEAR(weighted.log_likelihood, doubled.log_likelihood, 1e-9);
  EXPECT_NEAR(weighted.bic, doubled.bic, 1e-9);

  const std::vector<TossSet> heavy = {{5, 10, 2}, {9, 10, 2}};
  const std::vector<TossSet> light = {{5, 10}, {5, 10}, {9, 10}, {9, 10}};
  const std::vector<Candidate<CoinMixture>> coins = {{"one", CoinMixture(1)}};
  EXPECT_NEAR(select(coins, heavy).candidates[0].scores.value().bic,
              select(coins, light).candidates[0].scores.value().bic, 1e-12);
}

// The mean and covariance of all others, and the normal density there: one observation at a time, in closed form.
TEST(CrossValidation, WithAFoldForEachObservationIsLeaveOneOut) {
  RandomEngine rng = random_stream(8, 0);
  const RowMatrix data = random_models::normal_draws(9, 2, rng);
  double expected = 0.0;
  for (Index left_out = 0; left_out < 9; ++left_out) {
    Eigen::RowVector2d mean = Eigen::RowVector2d::Zero();
    for (Index row = 0; row < 9; ++row) {
      if (row != left_out) mean += data.row(row) / 8.0;
    }
    Eigen::Matrix2d covariance = Eigen::Matrix2d::Zero();
    for (Index row = 0; row < 9; ++row) {
      if (row != left_out) covariance += (data.row(row) - mean).transpose() * (data.row(row) - mean) / 8.0;
    }
    const Eigen::RowVector2d away = data.row(left_out) - mean;
    const double distance = (away * covariance.inverse() * away.transpose())(0, 0);
    expected += -std::log(2.0 * std::numbers::pi) - 0.5 * std::log(covariance.determinant()) - 0.5 * distance;
  }
  const auto selection = select(mixtures(1, CovarianceKind::full), data, CrossValidation{.folds = 9});
  EXPECT_NEAR(selection.candidates[0].value.value(), expected, 1e-10);
}

// The same where there is something latent: each fold refitted from its own data.
TEST(CrossValidation, OfAMixtureIsThatOfTheFitsToAllOtherObservations) {
  const RowMatrix data = three_clusters(12);
  const GaussianMixture three(3, {.covariance = CovarianceKind::tied, .penalty = 0.0});
  double expected = 0.0;
  for (Index left_out = 0; left_out < 12; ++left_out) {
    RowMatrix others(11, 2);
    others << data.topRows(left_out), data.bottomRows(11 - left_out);
    const RowMatrix one = data.row(left_out);
    expected += fit(three, others, {.restarts = 5, .seed = 99}).model.log_likelihood(one);
  }
  const std::vector<Candidate<GaussianMixture>> candidates = {{"three", three}};
  const auto selection = select(candidates, data, CrossValidation{.folds = 12}, {.restarts = 5});
  EXPECT_NEAR(selection.candidates[0].value.value(), expected, 1e-6);
}

// One coin: p is the proportion of heads in all other sets.
TEST(CrossValidation, OfSpansIsLeaveOneOutToo) {
  const std::vector<TossSet> sets = {{5, 10}, {9, 12}, {8, 10}, {1, 3}};
  double expected = 0.0;
  for (const TossSet& left_out : sets) {
    const double heads = 5 + 9 + 8 + 1 - left_out.heads();
    const double tosses = 10 + 12 + 10 + 3 - left_out.tosses();
    expected += left_out.log_orders() + left_out.heads() * std::log(heads / tosses) +
                left_out.tails() * std::log(1.0 - heads / tosses);
  }
  const std::vector<Candidate<CoinMixture>> one = {{"one", CoinMixture(1)}};
  EXPECT_NEAR(select(one, sets, CrossValidation{.folds = 4}).candidates[0].value.value(), expected, 1e-12);
}

TEST(Folds, AreBalancedAndHoldEachObservationOutOnce) {
  for (const int count : {2, 3, 7, 10}) {
    const Folds folds = Folds::balanced(10, count, 4);
    Rows held_out;
    std::size_t smallest = 10;
    std::size_t largest = 0;
    for (std::size_t fold = 0; fold < folds.count(); ++fold) {
      const Split split = folds.split(fold);
      smallest = std::min(smallest, split.held_out.size());
      largest = std::max(largest, split.held_out.size());
      held_out.insert(held_out.end(), split.held_out.begin(), split.held_out.end());
      Rows all = split.training;
      all.insert(all.end(), split.held_out.begin(), split.held_out.end());
      std::ranges::sort(all);
      EXPECT_THAT(all, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
    }
    EXPECT_LE(largest - smallest, 1);
    std::ranges::sort(held_out);
    EXPECT_THAT(held_out, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
  }
}

TEST(Folds, AreThoseOfTheSeed) {
  const auto held_out = [](std::uint64_t seed) { return Folds::balanced(100, 5, seed).split(0).held_out; };
  EXPECT_EQ(held_out(1), held_out(1));
  EXPECT_NE(held_out(1), held_out(2));
}

TEST(Folds, ASingleOneIsTheFraction) {
  const Split split = Folds::single(10, 0.25, 1).split(0);
  EXPECT_EQ(split.held_out.size(), 3);
  EXPECT_EQ(split.training.size(), 7);
  EXPECT_EQ(Folds::single(3, 0.01, 1).split(0).held_out.size(), 1);
}

TEST(Subset, KeepsRowsWithTheirWeights) {
  const RowMatrix data{{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}};
  const std::vector<double> weights = {0.5, 1.5, 2.5};
  const auto chosen = subset(Observations(data, weights), {2, 0});
  const Observations view = chosen;
  EXPECT_EQ(view.matrix(), (RowMatrix{{5.0, 6.0}, {1.0, 2.0}}));
  EXPECT_EQ(view.weight(0), 2.5);
  EXPECT_EQ(view.weight(1), 0.5);
  EXPECT_FALSE(Observations(subset(Observations(data), {1})).weighted());
}

// Patterns are summed up observations.
static_assert(SubsettableData<Observations> && SubsettableData<CoinMixture::Data>);
static_assert(!SubsettableData<IncompleteGaussian::Data>);

TEST(Select, ComparesModelsThatHaveNoComponents) {
  const NumericTable table = open_data(std::string(LATENT_DATA_DIR) + "/airquality.csv").numbers();
  const IncompleteObservations data(table.observations());
  const std::vector<Candidate<IncompleteGaussian>> candidates = {{"penalised", IncompleteGaussian(data, 50.0)},
                                                                 {"plain", IncompleteGaussian(data)}};
  const auto selection = select(candidates, data);
  EXPECT_EQ(selection.best, 1);
  EXPECT_FALSE(selection.candidates[0].components.has_value());
  const Scores& scores = selection.candidates[1].scores.value();
  EXPECT_FALSE(scores.icl.has_value());
  EXPECT_NEAR(scores.bic, bic(scores.log_likelihood, 14.0, data.total_weight()), 1e-9);
}

// Each day counts as often as its weight says.
struct DaysModel {
  struct Item {
    double days;
  };
  using Data = std::span<const Item>;
  struct Statistics {};
  Statistics e_step(Data) const { return {}; }
  void m_step(const Statistics&) {}
  double log_likelihood(Data) const { return -10.0; }
  double free_parameters() const { return 2.0; }
  double total_weight(Data data) const {
    return std::accumulate(data.begin(), data.end(), 0.0, [](double sum, Item item) { return sum + item.days; });
  }
};

TEST(Select, AsksTheModelWhatTheDataWeigh) {
  const std::vector<DaysModel::Item> data = {{60.0}, {40.0}};
  const std::vector<Candidate<DaysModel>> candidates = {{"days", DaysModel{}}};
  EXPECT_NEAR(select(candidates, data).candidates[0].value.value(), 20.0 + 2.0 * std::log(100.0), 1e-12);
}

// A criterion of one's own: Hannan and Quinn's.
struct HannanQuinn {
  static constexpr std::string_view name = "hq";
  static constexpr bool lower_is_better = true;
  template <class Model>
  double operator()(const FittedCandidate<Model>& fitted) const {
    const double n = total_weight_of(fitted.fit.model, fitted.data);
    return -2.0 * fitted.scores.log_likelihood + 2.0 * fitted.scores.free_parameters * std::log(std::log(n));
  }
};

TEST(Select, TakesACriterionOfOnesOwn) {
  const auto selection = select(mixtures(3, CovarianceKind::spherical), three_clusters(60), HannanQuinn{});
  EXPECT_EQ(selection.criterion, "hq");
  EXPECT_EQ(selection.best, 2);
}

// Two distinct values: without a penalty, two components have variance 0, and three more centres than there are values.
TEST(Select, WhatCanNotBeFittedIsRecordedAndNotSelected) {
  const RowMatrix data{{0.0}, {0.0}, {0.0}, {1.0}, {1.0}, {1.0}};
  const auto selection = select(mixtures(3, CovarianceKind::full), data);
  EXPECT_EQ(selection.best, 0);
  EXPECT_FALSE(selection.candidates[0].failure.has_value());
  for (const std::size_t i : {1U, 2U}) {
    EXPECT_TRUE(selection.candidates[i].failure.has_value());
    EXPECT_FALSE(selection.candidates[i].scores.has_value());
    EXPECT_FALSE(selection.candidates[i].value.has_value());
  }
  EXPECT_THAT(*selection.candidates[1].failure, HasSubstr("all 10 restarts failed"));
}

// The one head there is makes p = 0 where it is held out.
TEST(Select, WhatGivesHeldOutDataProbabilityZeroIsNotSelected) {
  const std::vector<TossSet> sets = {{0, 5}, {0, 5}, {0, 5}, {1, 5}};
  const std::vector<Candidate<CoinMixture>> one = {{"one", CoinMixture(1)}};
  EXPECT_THAT([&] { (void)select(one, sets, CrossValidation{.folds = 4}); },
              ThrowsMessage<DegenerateFit>(HasSubstr("probability 0")));
}

TEST(Select, ThrowsWhereNothingCanBeFitted) {
  const RowMatrix data{{0.0}, {0.0}, {0.0}, {1.0}, {1.0}, {1.0}};
  auto candidates = mixtures(3, CovarianceKind::full);
  candidates.erase(candidates.begin());
  EXPECT_THAT([&] { (void)select(candidates, data); },
              ThrowsMessage<DegenerateFit>(HasSubstr("all 2 candidates failed; the first, 2 full: all 10 restarts")));

  const RowMatrix hole{{1.0}, {std::nan("")}, {2.0}};
  EXPECT_THAT([&] { (void)select(mixtures(2, CovarianceKind::full), hole); },
              ThrowsMessage<InvalidData>(HasSubstr("row 2, column 1: the value is missing")));
}

TEST(Select, RefusesWhatCanNotBe) {
  const RowMatrix data = three_clusters(9);
  EXPECT_THAT([&] { (void)select(GaussianCandidates{}, data); },
              ThrowsMessage<InvalidOption>(HasSubstr("candidates: none")));
  for (const int folds : {-1, 0, 1, 10}) {
    EXPECT_THAT([&] { (void)select(mixtures(1, CovarianceKind::full), data, CrossValidation{.folds = folds}); },
                ThrowsMessage<InvalidOption>(
                    HasSubstr(fmt::format("folds: {}: must be at least 2, and at most the 9", folds))));
  }
  for (const double fraction : {-0.1, 0.0, 1.0, 0.99, std::nan("")}) {
    EXPECT_THAT([&] { (void)select(mixtures(1, CovarianceKind::full), data, HeldOut{.fraction = fraction}); },
                ThrowsMessage<InvalidOption>(HasSubstr("held-out: ")));
  }
  EXPECT_THROW((void)select(mixtures(1, CovarianceKind::full), data, Bic{}, {.restarts = 0}), InvalidOption);
}

}  // namespace
}  // namespace latent
