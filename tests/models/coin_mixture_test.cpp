#include "latent/models/coin_mixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "fixtures/random_models.hpp"
#include "fixtures/reference.hpp"
#include "latent/core/errors.hpp"
#include "latent/inference/criteria.hpp"
#include "latent/solver/fit.hpp"

namespace latent {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

const std::vector<TossSet> published = {{5, 10}, {9, 10}, {8, 10}, {4, 10}, {7, 10}};

CoinMixture published_start() { return CoinMixture(Vector{{0.5, 0.5}}, Vector{{0.6, 0.5}}, {.fixed_weights = true}); }

// Do & Batzoglou (2008), figure 1b.
TEST(CoinMixture, ReproducesDoAndBatzoglou) {
  const auto result = fit_from(published_start(), published, {.stop = iteration_limit(10)});
  EXPECT_NEAR(result.model.biases()[0], 0.80, 0.005);
  EXPECT_NEAR(result.model.biases()[1], 0.52, 0.005);
  EXPECT_EQ(result.model.weights(), (Vector{{0.5, 0.5}}));
}

// The same figure: the first set is of coin A with 0.45, and the first iteration leads to 0.71 and 0.58.
TEST(CoinMixture, ReproducesTheFirstIterationOfDoAndBatzoglou) {
  CoinMixture model = published_start();
  const Matrix responsibilities = model.posterior(published);
  EXPECT_NEAR(responsibilities(0, 0), 0.45, 0.005);
  EXPECT_NEAR(responsibilities(1, 0), 0.80, 0.006);
  EXPECT_NEAR(responsibilities(2, 0), 0.73, 0.005);
  EXPECT_NEAR(responsibilities(3, 0), 0.35, 0.005);
  EXPECT_NEAR(responsibilities(4, 0), 0.65, 0.005);
  model.m_step(model.e_step(published));
  EXPECT_NEAR(model.biases()[0], 0.71, 0.005);
  EXPECT_NEAR(model.biases()[1], 0.58, 0.005);
}

TEST(CoinMixture, AgreesWithTheReferenceAfterSoManySteps) {
  const auto known = reference::load_case("do-batzoglou");
  const CoinMixture start = reference::coin_mixture(known.known.at("start").at("parameters"), true);
  // The same tosses in order: their probability has no binomial coefficient.
  const std::vector<TossSet> in_order = {TossSet::sequence("HTTTHHTHTH"), TossSet::sequence("HHHHTHHHHH"),
                                         TossSet::sequence("HTHHHHHTHH"), TossSet::sequence("HTHTTTHHTT"),
                                         TossSet::sequence("THHHTHHHTH")};
  for (const auto& [steps, expected] : known.results().at("after").items()) {
    const FitOptions options{.stop = iteration_limit(std::stoi(steps))};
    const auto counted = fit_from(start, published, options);
    const auto ordered = fit_from(start, in_order, options);
    EXPECT_NEAR(counted.log_likelihood, expected.at("log_likelihood").get<double>(), 1e-9);
    EXPECT_NEAR(ordered.log_likelihood, expected.at("log_likelihood_without_coefficients").get<double>(), 1e-9);
    const Vector biases = reference::vector(expected.at("biases"));
    EXPECT_LT((counted.model.biases() - biases).cwiseAbs().maxCoeff(), 1e-9);
    EXPECT_LT((ordered.model.biases() - biases).cwiseAbs().maxCoeff(), 1e-9);
  }
}

// R 4.2.2: log(0.3*dbinom(3, 7, 0.2) + 0.7*dbinom(3, 7, 0.9)) + 2*log(0.3*dbinom(7, 7, 0.2) + 0.7*dbinom(7, 7, 0.9)).
TEST(CoinMixture, LogLikelihoodIsTheLogOfTheMixedProbabilities) {
  const CoinMixture model(Vector{{0.3, 0.7}}, Vector{{0.2, 0.9}});
  EXPECT_NEAR(model.log_likelihood(std::vector<TossSet>{{3, 7}, {7, 7, 2.0}}), -5.50727891413, 1e-11);
}

TEST(CoinMixture, OneCoinIsTheProportionOfHeads) {
  const auto result = fit(CoinMixture(1), published);
  EXPECT_NEAR(result.model.biases()[0], 33.0 / 50.0, 1e-15);
}

std::vector<TossSet> random_sets(std::uint64_t stream) {
  RandomEngine rng = random_stream(31, stream);
  return CoinMixture(Vector{{0.3, 0.5, 0.2}}, Vector{{0.15, 0.5, 0.8}}).sample(3000, rng, 12);
}

TEST(CoinMixture, EveryHalfStepAscends) {
  for (std::uint64_t round = 0; round < 5; ++round) {
    for (const bool fixed : {false, true}) {
      const auto result = fit(CoinMixture(3, {.fixed_weights = fixed}), random_sets(round),
                              {.restarts = 3, .seed = round, .on_decrease = OnDecrease::raise});
      for (std::size_t t = 1; t < result.trace.size(); ++t) {
        EXPECT_GE(*result.trace[t].elbo_after_m_step, result.trace[t - 1].objective - 1e-7);
        EXPECT_GE(result.trace[t].objective, *result.trace[t].elbo_after_m_step - 1e-7);
      }
    }
  }
}

TEST(CoinMixture, TheElboTouchesTheLogLikelihoodAtTheEStep) {
  const auto sets = random_sets(0);
  const CoinMixture model(Vector{{0.6, 0.4}}, Vector{{0.3, 0.6}});
  const Matrix r = model.posterior(sets);
  const double entropy = -(r.array() * r.array().max(1e-300).log()).sum();
  const auto statistics = model.e_step(sets);
  EXPECT_NEAR(model.expected_log_joint(statistics) + entropy, statistics.log_likelihood, 1e-8);
  EXPECT_NEAR(model.log_likelihood(sets), statistics.log_likelihood, 1e-8);
}

TEST(CoinMixture, RecoversTheCoinsThatTossed) {
  auto result = fit(CoinMixture(3), random_sets(7));
  Vector biases = result.model.biases();
  std::ranges::sort(biases);
  EXPECT_NEAR(biases[0], 0.15, 0.05);
  EXPECT_NEAR(biases[1], 0.5, 0.05);
  EXPECT_NEAR(biases[2], 0.8, 0.05);
}

TEST(CoinMixture, TheSameBitsForAnyNumberOfThreads) {
  const auto sets = random_sets(1);
  const auto with_threads = [&](int threads) {
    return fit(CoinMixture(2), sets, {.restarts = 3, .threads = threads, .stop = iteration_limit(10)});
  };
  const auto one = with_threads(1);
  for (const int threads : {2, 3, 8}) {
    EXPECT_EQ(with_threads(threads).model.parameters(), one.model.parameters());
    EXPECT_EQ(with_threads(threads).log_likelihood, one.log_likelihood);
  }
}

TEST(CoinMixture, AWeightIsSoManySets) {
  const std::vector<TossSet> weighted = {{3, 5, 2.0}, {1, 5, 3.0}, {4, 9, 0.0}};
  const std::vector<TossSet> repeated = {{3, 5}, {3, 5}, {1, 5}, {1, 5}, {1, 5}};
  const CoinMixture model(Vector{{0.5, 0.5}}, Vector{{0.3, 0.6}});
  EXPECT_NEAR(model.log_likelihood(weighted), model.log_likelihood(repeated), 1e-12);
  EXPECT_NEAR((model.e_step(weighted).heads - model.e_step(repeated).heads).norm(), 0.0, 1e-12);
}

TEST(CoinMixture, CoinsThatNeverFailAreNoTrouble) {
  const std::vector<TossSet> sets = {{10, 10}, {10, 10}, {0, 10}, {0, 10}};
  const auto result = fit(CoinMixture(2), sets);
  Vector biases = result.model.biases();
  std::ranges::sort(biases);
  EXPECT_NEAR(biases[0], 0.0, 1e-9);
  EXPECT_NEAR(biases[1], 1.0, 1e-9);
  EXPECT_NEAR(result.log_likelihood, 4.0 * std::log(0.5), 1e-6);
}

// Tails of 1e-50 beside 20 heads: the bias is 1 to working precision, and that is not a decrease of the ELBO.
TEST(CoinMixture, ABiasThatRoundsToItsLimitRaisesNoAlarm) {
  const std::vector<TossSet> sets = {{10, 10}, {10, 10}, {0, 10}, {0, 10}};
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const auto result = fit(CoinMixture(2), sets, {.restarts = 2, .seed = seed, .on_decrease = OnDecrease::raise});
    for (std::size_t t = 1; t < result.trace.size(); ++t) {
      EXPECT_GE(*result.trace[t].elbo_after_m_step, result.trace[t - 1].objective - 1e-9);
    }
  }
}

TEST(CoinMixture, StatisticsAddUpOverAnySplit) {
  const auto sets = random_sets(2);
  const CoinMixture::Data all(sets);
  const CoinMixture model(Vector{{0.6, 0.4}}, Vector{{0.3, 0.6}});
  const auto whole = model.e_step(all);
  for (const std::size_t cut : {std::size_t{0}, std::size_t{1}, std::size_t{1234}, all.size()}) {
    auto sum = model.e_step(all.subspan(0, cut));
    sum += model.e_step(all.subspan(cut));
    EXPECT_NEAR(sum.log_likelihood, whole.log_likelihood, 1e-12 * std::abs(whole.log_likelihood));
    EXPECT_NEAR(sum.log_orders, whole.log_orders, 1e-12 * whole.log_orders);
    EXPECT_LE((sum.weights - whole.weights).norm(), 1e-12 * whole.weights.norm());
    EXPECT_LE((sum.heads - whole.heads).norm(), 1e-12 * whole.heads.norm());
    EXPECT_LE((sum.tails - whole.tails).norm(), 1e-12 * whole.tails.norm());
  }
}

TEST(CoinMixture, NoDirectionImprovesOnTheMStep) {
  const auto sets = random_sets(3);
  CoinMixture model(Vector{{0.6, 0.4}}, Vector{{0.3, 0.6}});
  const auto statistics = model.e_step(sets);
  model.m_step(statistics);
  const double best = model.expected_log_joint(statistics);
  RandomEngine rng = random_stream(32, 0);
  for (int direction = 0; direction < 40; ++direction) {
    CoinMixture other = model;
    other.set_parameters(model.parameters() + 1e-3 * random_models::normal_draws(3, 1, rng));
    EXPECT_LT(other.expected_log_joint(statistics), best);
  }
}

// The bias goes to 1 faster than its expected tails go to 0; neither half-step may go down on the way.
TEST(CoinMixture, CoinsThatCanBeToldApartForCertainGoToTheEnd) {
  const std::vector<TossSet> sets = {{0, 5}, {5, 5}};
  const auto result = fit(CoinMixture(2), sets, {.on_decrease = OnDecrease::raise});
  EXPECT_NEAR(result.log_likelihood, 2.0 * std::log(0.5), 1e-9);
}

TEST(CoinMixture, ParametersSurviveTheRoundTripAtTheirLimitsToo) {
  const CoinMixture model(Vector{{0.2, 0.5, 0.3}}, Vector{{0.0, 0.25, 1.0}});
  CoinMixture other(Vector{{0.4, 0.3, 0.3}}, Vector{{0.5, 0.5, 0.5}});
  other.set_parameters(model.parameters());
  EXPECT_LT((other.weights() - model.weights()).norm(), 1e-15);
  EXPECT_LT((other.biases() - model.biases()).norm(), 1e-15);
  EXPECT_EQ(model.free_parameters(), 5);
}

TEST(CoinMixture, SetsThatNoCoinCanMakeAreRefused) {
  const CoinMixture model(Vector::Ones(1), Vector{{1.0}});
  EXPECT_THAT([&] { (void)model.posterior(std::vector<TossSet>{{3, 3}, {2, 3}}); },
              ThrowsMessage<InvalidData>(HasSubstr("row 2: the set has probability 0")));
  EXPECT_THAT([&] { fit_from(model, std::vector<TossSet>{{2, 3}}); },
              ThrowsMessage<DegenerateFit>(HasSubstr("-inf at iteration 0")));
}

TEST(CoinMixture, RefusesWhatIsNoMixture) {
  const auto make = [](const Vector& weights, const Vector& biases) { return [=] { CoinMixture(weights, biases); }; };
  EXPECT_THAT([] { CoinMixture(0); }, ThrowsMessage<InvalidOption>(HasSubstr("components: 0")));
  EXPECT_THAT(make(Vector{{0.5, 0.4}}, Vector{{0.1, 0.2}}),
              ThrowsMessage<InvalidOption>(HasSubstr("weights: 2 of sum 0.9")));
  EXPECT_THAT(make(Vector{{0.5, 0.5}}, Vector{{0.1}}),
              ThrowsMessage<InvalidOption>(HasSubstr("biases: 1 of them: must be 2")));
  EXPECT_THAT(make(Vector{{0.5, 0.5}}, Vector{{0.1, 1.2}}),
              ThrowsMessage<InvalidOption>(HasSubstr("biases: 1.2: must be from 0 to 1")));
}

TEST(CoinMixture, RefusesDataWithoutTosses) {
  EXPECT_THAT([] { fit(CoinMixture(1), std::vector<TossSet>{}); },
              ThrowsMessage<InvalidData>(HasSubstr("no observations")));
  EXPECT_THAT([] { fit(CoinMixture(1), std::vector<TossSet>{{0, 0}}); },
              ThrowsMessage<InvalidData>(HasSubstr("no tosses")));
  EXPECT_THAT([] { fit(CoinMixture(1), std::vector<TossSet>{{1, 2, 0.0}}); },
              ThrowsMessage<InvalidData>(HasSubstr("weight 0")));
}

TEST(CoinMixture, RefusesWeightsThatDoNotCount) {
  EXPECT_THAT([] { fit(CoinMixture(1), std::vector<TossSet>{{1, 2, 1e307}}); },
              ThrowsMessage<InvalidData>(HasSubstr("the sum of the weights, 1e+307, is too large")));
  EXPECT_THAT([] { fit(CoinMixture(2), std::vector<TossSet>{{1, 2, 0.5}, {2, 2, 0.5}}); },
              ThrowsMessage<InvalidData>(HasSubstr("the weights sum to 1, and must sum to at least 2")));
}

TEST(TossSet, RefusesWhatIsNoSetOfTosses) {
  EXPECT_THAT([] { TossSet(3, 2); }, ThrowsMessage<InvalidData>(HasSubstr("3 heads in 2 tosses")));
  EXPECT_THAT([] { TossSet(-1, 2); }, ThrowsMessage<InvalidData>(HasSubstr("-1 heads")));
  EXPECT_THAT([] { TossSet(0.5, 2); }, ThrowsMessage<InvalidData>(HasSubstr("whole numbers")));
  EXPECT_THAT([] { TossSet(NAN, 2); }, ThrowsMessage<InvalidData>(HasSubstr("nan heads")));
  EXPECT_THAT([] { TossSet(1, 2, -1.0); }, ThrowsMessage<InvalidData>(HasSubstr("weight is -1")));
  EXPECT_THAT([] { (void)TossSet::sequence("HTX"); }, ThrowsMessage<InvalidData>(HasSubstr("'X' at position 3")));
}

TEST(TossSet, CountsHeadsAndOrders) {
  EXPECT_EQ(TossSet::sequence("HTTh").heads(), 2.0);
  EXPECT_EQ(TossSet::sequence("HTTh").log_orders(), 0.0);
  EXPECT_NEAR(TossSet(3, 10).log_orders(), std::log(120.0), 1e-13);
  EXPECT_NEAR(TossSet(1, 1e15).log_orders(), std::log(1e15), 1e-13);
}

// The logarithm of the exact integer (Python 3.11's math.comb, in 40 digits), where few factors turn into many.
TEST(TossSet, CountsTheOrdersOfLongSets) {
  EXPECT_NEAR(TossSet(999, 2000).log_orders(), 1382.26699403714697, 1e-11);
  EXPECT_NEAR(TossSet(5000, 20000).log_orders(), 11241.6691802279246, 1e-10);
  EXPECT_NEAR(TossSet(300000, 1000000).log_orders(), 610857.255684641916, 1e-8);
}

// ICL's term, by its definition; a set of weight 0 is no observation, even where no coin could have made it.
TEST(CoinMixture, CertaintyIsThatOfThePosterior) {
  const CoinMixture model(Vector{{0.4, 0.6}}, Vector{{0.3, 0.7}});
  RandomEngine rng = random_stream(90, 0);
  const std::vector<TossSet> sets = model.sample(1500, rng, 8);
  EXPECT_NEAR(model.certainty(sets), classification_certainty(model.posterior(sets), Vector::Ones(1500)), 1e-10);
  const CoinMixture sure(Vector{{0.5, 0.5}}, Vector{{0.0, 0.0}});
  const std::vector<TossSet> impossible = {TossSet(0.0, 3.0), TossSet(1.0, 3.0, 0.0)};
  EXPECT_NEAR(sure.certainty(impossible), -std::log(2.0), 1e-15);
}

}  // namespace
}  // namespace latent
