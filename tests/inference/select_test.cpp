#include "latent/inference/select.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <span>
#include <vector>

#include "fixtures/random_models.hpp"
#include "fixtures/reference.hpp"
#include "latent/core/errors.hpp"
#include "latent/data/data_file.hpp"
#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/models/incomplete_gaussian.hpp"
#include "paths.hpp"

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
using Criteria = testing::Types<Bic, Icl, HeldOut, CrossValidation, MonteCarloCrossValidation>;
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
// A normal mean, with two states of a latent variable for each item, as sequences have many.
struct TwoStatesPerItem {
  using Data = std::span<const double>;
  struct Statistics {
    double mean;
  };
  Statistics e_step(Data data) const { return {std::accumulate(data.begin(), data.end(), 0.0) / double(data.size())}; }
  void m_step(const Statistics& statistics) { mean = statistics.mean; }
  double log_likelihood(Data data) const {
    return std::accumulate(data.begin(), data.end(), 0.0, [&](double sum, double x) {
      return sum - 0.5 * (x - mean) * (x - mean) - 0.5 * std::log(2.0 * std::numbers::pi);
    });
  }
  static double free_parameters() { return 1.0; }
  static Matrix posterior(Data data) { return Matrix::Constant(2 * static_cast<Index>(data.size()), 2, 0.5); }
  double mean = 0.0;
};

TEST(Select, HasNoIclWherePosteriorsAreNotOneRowPerItem) {
  const std::vector<double> data = {1.0, 2.0, 3.0};
  const std::vector<Candidate<TwoStatesPerItem>> candidates = {{"pairs", {}}};
  const auto selection = select(candidates, std::span(data), Bic());
  EXPECT_FALSE(selection.candidates[0].scores.value().icl.has_value());
  EXPECT_THAT([&] { select(candidates, std::span(data), Icl()); },
              ThrowsMessage<Error>(HasSubstr("ICL needs one row of `posterior(data)` for each item of the data")));
}

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

// The normal log-density of each observation with the mean and variance of all others, by hand.
Vector left_out_densities(const RowMatrix& data, bool mean_is_zero) {
  const auto n = static_cast<double>(data.rows());
  Vector densities(data.rows());
  for (Index i = 0; i < data.rows(); ++i) {
    const double x = data(i, 0);
    const double mean = mean_is_zero ? 0.0 : (data.sum() - x) / (n - 1.0);
    const double variance = ((data.array() - mean).square().sum() - (x - mean) * (x - mean)) / (n - 1.0);
    densities[i] = -0.5 * std::log(2.0 * std::numbers::pi * variance) - 0.5 * (x - mean) * (x - mean) / variance;
  }
  return densities;
}

// A normal distribution in one dimension whose mean is estimated, or 0.
struct Normal {
  using Data = Observations;
  using Statistics = Vector;  // Σ w, Σ w x, Σ w x²
  bool mean_is_zero = false;
  double mean = 0.0;
  double variance = 1.0;
  Statistics e_step(const Observations& data) const {
    Statistics sums = Vector::Zero(3);
    for (std::size_t n = 0; n < data.size(); ++n) {
      const double x = data(n, 0);
      sums += data.weight(n) * Vector{{1.0, x, x * x}};
    }
    return sums;
  }
  void m_step(const Statistics& sums) {
    if (!mean_is_zero) mean = sums[1] / sums[0];
    variance = sums[2] / sums[0] - 2.0 * mean * sums[1] / sums[0] + mean * mean;
  }
  double log_likelihood(const Observations& data) const {
    double sum = 0.0;
    for (std::size_t n = 0; n < data.size(); ++n) {
      const double away = data(n, 0) - mean;
      sum -= 0.5 * data.weight(n) * (std::log(2.0 * std::numbers::pi * variance) + away * away / variance);
    }
    return sum;
  }
  double free_parameters() const { return mean_is_zero ? 1.0 : 2.0; }
};

const std::vector<Candidate<Normal>> zero_or_not = {{"mean 0", Normal{.mean_is_zero = true}}, {"any mean", Normal{}}};

RowMatrix near_zero(double mean) {
  RandomEngine rng = random_stream(41, 0);
  return (random_models::normal_draws(30, 1, rng).array() + mean).matrix();
}

// d_n = log p_a(x_n) − log p_b(x_n): the difference is Σ d_n, and its standard error √(N · var d), divisor N − 1.
TEST(CrossValidation, HasTheStandardErrorOfPairedDifferences) {
  const RowMatrix data = near_zero(0.5);
  const Vector of_zero = left_out_densities(data, true);
  const Vector of_any = left_out_densities(data, false);
  const auto selection = select(zero_or_not, data, CrossValidation{.folds = 30});
  ASSERT_EQ(selection.best, 1);
  EXPECT_NEAR(selection.candidates[0].value.value(), of_zero.sum(), 1e-10);
  EXPECT_NEAR(selection.candidates[1].value.value(), of_any.sum(), 1e-10);
  const Vector d = of_any - of_zero;
  const PairedDifference behind = selection.candidates[0].behind_best.value();
  EXPECT_NEAR(behind.value, d.sum(), 1e-10);
  EXPECT_NEAR(behind.standard_error, std::sqrt(30.0 * (d.array() - d.mean()).square().sum() / 29.0), 1e-10);
  EXPECT_EQ(selection.candidates[1].behind_best->value, 0.0);
  EXPECT_EQ(selection.candidates[1].behind_best->standard_error, 0.0);
}

// A weight of 2 is the observation twice here too, where both copies are held out together.
TEST(CrossValidation, PairsObservationsByWeight) {
  const RowMatrix once = near_zero(0.5).topRows(6);
  const std::vector<double> weights = {1.0, 2.0, 0.0, 3.0, 1.0, 1.0};
  const auto selection = select(zero_or_not, Observations(once, weights), CrossValidation{.folds = 6});
  // Each row with all its copies out, by the sums of the others.
  Vector d(6);
  double total = 0.0;
  for (Index i = 0; i < 6; ++i) {
    std::array<double, 2> density = {};
    for (const bool zero : {false, true}) {
      Normal model{.mean_is_zero = zero};
      std::vector<double> others = weights;
      others[static_cast<std::size_t>(i)] = 0.0;
      model.m_step(model.e_step(Observations(once, others)));
      density.at(zero ? 1 : 0) = model.log_likelihood(RowMatrix(once.row(i)));
    }
    d[i] = density[0] - density[1];
    total += weights[static_cast<std::size_t>(i)] * d[i];
  }
  const double mean = total / 8.0;
  double squares = 0.0;
  for (Index i = 0; i < 6; ++i) squares += weights[static_cast<std::size_t>(i)] * (d[i] - mean) * (d[i] - mean);
  const std::size_t other = 1 - selection.best;
  const PairedDifference behind = selection.candidates[other].behind_best.value();
  EXPECT_NEAR(behind.value, std::abs(total), 1e-10);
  EXPECT_NEAR(behind.standard_error, std::sqrt(8.0 * squares / 7.0), 1e-10);
}

// The mean over random halves of the log-likelihood of the other half; Nadeau & Bengio's variance, (1/S + 1) s².
TEST(MonteCarloCrossValidation, IsTheMeanOverRandomHalves) {
  const RowMatrix data = near_zero(0.5);
  const FitOptions options = {.seed = 6};
  std::array<Vector, 2> halves = {Vector(12), Vector(12)};
  for (std::size_t s = 0; s < 12; ++s) {
    const Split split = Folds::single(30, 0.5, detail::derived_seed(6, detail::SeedFamily::folds, s)).split(0);
    EXPECT_EQ(split.training.size(), 15);
    for (const bool zero : {true, false}) {
      Normal model{.mean_is_zero = zero};
      const auto training = subset(Observations(data), split.training);
      const auto held_out = subset(Observations(data), split.held_out);
      model.m_step(model.e_step(training));
      halves.at(zero ? 0 : 1)[static_cast<Index>(s)] = model.log_likelihood(held_out);
    }
  }
  const auto selection = select(zero_or_not, data, MonteCarloCrossValidation{.splits = 12}, options);
  EXPECT_EQ(selection.criterion, "mccv");
  EXPECT_NEAR(selection.candidates[0].value.value(), halves[0].mean(), 1e-10);
  EXPECT_NEAR(selection.candidates[1].value.value(), halves[1].mean(), 1e-10);
  const Vector d = halves[1] - halves[0];
  const std::size_t other = 1 - selection.best;
  EXPECT_NEAR(selection.candidates[other].behind_best->value, std::abs(d.mean()), 1e-10);
  EXPECT_NEAR(selection.candidates[other].behind_best->standard_error,
              std::sqrt((1.0 / 12.0 + 1.0) * (d.array() - d.mean()).square().sum() / 11.0), 1e-10);
  EXPECT_NE(halves[0][0], halves[0][1]);
}

TEST(MonteCarloCrossValidation, RefusesTooFewSplits) {
  for (const int splits : {-1, 0, 1}) {
    EXPECT_THAT([&] { (void)select(zero_or_not, near_zero(0.0), MonteCarloCrossValidation{.splits = splits}); },
                ThrowsMessage<InvalidOption>(HasSubstr(fmt::format("splits: {}: must be at least 2", splits))));
  }
  EXPECT_THAT([&] { (void)select(zero_or_not, near_zero(0.0), MonteCarloCrossValidation{.fraction = 1.0}); },
              ThrowsMessage<InvalidOption>(HasSubstr("held-out: 1")));
}

// Of three clusters, more components are no better by more than their error, and fewer are far worse.
TEST(OneStandardError, TakesTheSimplestThatIsAsGood) {
  const RowMatrix data = three_clusters(150);
  const auto candidates = mixtures(5, CovarianceKind::spherical);
  for (const bool rule : {false, true}) {
    const auto selection =
        select(candidates, data, CrossValidation{.folds = 5, .one_standard_error = rule}, {.restarts = 4});
    ASSERT_TRUE(selection.simplest.has_value());
    EXPECT_EQ(*selection.simplest, 2);
    if (rule) {
      EXPECT_EQ(selection.best, 2);
    }
    if (rule) {
      EXPECT_EQ(selection.fit.model.components(), 3);
    }
    for (std::size_t i = 0; i < 5; ++i) {
      const PairedDifference behind = selection.candidates[i].behind_best.value();
      EXPECT_GE(behind.value, 0.0);
      if (i < 2) {
        EXPECT_GT(behind.value, 3.0 * behind.standard_error);
      }
    }
  }
  EXPECT_FALSE(select(candidates, data, Bic{}, {.restarts = 2}).simplest.has_value());
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

// A fold that fails counts as a likelihood of 0, is named, and takes no other candidate with it.
struct NeedsSixteen : Normal {
  bool needs_it = false;
  void m_step(const Statistics& sums) {
    if (needs_it && sums[2] < 256.0) throw DegenerateFit("there is no 16");
    Normal::m_step(sums);
  }
};

TEST(CrossValidation, SaysWhichFoldFailed) {
  const RowMatrix data{{1.0}, {2.0}, {16.0}, {4.0}, {8.0}};
  NeedsSixteen needy;
  needy.needs_it = true;
  const std::vector<Candidate<NeedsSixteen>> candidates = {{"needy", needy}, {"other", NeedsSixteen{}}};
  const auto selection = select(candidates, data, CrossValidation{.folds = 5});
  EXPECT_EQ(selection.best, 1);
  EXPECT_FALSE(selection.candidates[0].value.has_value());
  EXPECT_FALSE(selection.candidates[0].behind_best.has_value());
  EXPECT_THAT(selection.candidates[0].failure.value(), testing::MatchesRegex("fold [1-5] of 5: there is no 16"));
  const auto halves = select(candidates, data, MonteCarloCrossValidation{.splits = 20});
  EXPECT_THAT(halves.candidates[0].failure.value(),
              testing::MatchesRegex("split [0-9]+ of 20: there is no 16 \\(and [0-9]+ more\\)"));
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
