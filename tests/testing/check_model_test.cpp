// The checks pass on models that are right, at any scale and on data of any size, and say in words what is wrong with
// one that isn't. (tests/testing/mutants_test.cpp makes the shipped models wrong.)
#include "latent/testing/check_model.hpp"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "fixtures/linkage_model.hpp"
#include "fixtures/random_models.hpp"
#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/models/incomplete_gaussian.hpp"
#include "latent/testing/conformance_suite.hpp"

namespace latent {
namespace {

using enum CheckOutcome;

std::string text_of(const ModelReport& report) {
  std::ostringstream text;
  text << report;
  return text.str();
}

// ---------------------------------------------------------------------------------------------------------------------
// Right models.

constexpr CheckOptions exchangeable = {.starts = 3, .exchangeable = true, .draws = 100};

const LatentStates coins_and_tosses{2,
                                    [](const CoinMixture& coins, CoinMixture::Data sets, std::size_t i, std::size_t z) {
                                      const auto k = static_cast<Index>(z);
                                      const double p = coins.biases()[k];
                                      return std::log(coins.weights()[k]) + sets[i].log_orders() +
                                             sets[i].heads() * std::log(p) + sets[i].tails() * std::log1p(-p);
                                    }};

// Do & Batzoglou (2008), some sets seen more than once.
std::vector<TossSet> tosses() { return {{5, 10, 2.0}, {9, 10}, {8, 10, 0.5}, {4, 10}, {7, 10}, {2, 12, 3.0}}; }

// Registered as tests, as a user does it.
LATENT_CONFORMANCE_SUITE(CoinMixtureConforms, CoinMixture(2), tosses(), {.exchangeable = true}, coins_and_tosses);

TEST(CheckModel, GaussianMixturesOfAllKindsPassWithWeightsAtAnyScale) {
  RandomEngine rng = random_stream(11, 0);
  const RowMatrix data = random_models::clustered_data(60, 2, 2, rng);
  std::vector<double> weights;
  for (const double weight : random_models::uniform_draws(60, 0.5, 3.0, rng)) weights.push_back(weight);
  double scale = 1e-6;
  for (const auto kind :
       {CovarianceKind::full, CovarianceKind::tied, CovarianceKind::diagonal, CovarianceKind::spherical}) {
    const RowMatrix scaled = scale * (data.array() + 100.0);
    const ModelReport report =
        check_model(GaussianMixture(2, {.covariance = kind}), Observations(scaled, weights), exchangeable);
    EXPECT_TRUE(report.passed()) << to_string(kind) << " scale " << scale << "\n" << report;
    EXPECT_EQ(report["brute_force"].outcome, not_applicable);
    scale *= 1e4;
  }
}

TEST(CheckModel, AnIncompleteGaussianPasses) {
  RandomEngine rng = random_stream(12, 0);
  RowMatrix data = random_models::normal_draws(40, 3, rng);
  for (Index row = 0; row < data.rows(); row += 2) data(row, row % 3) = std::numeric_limits<double>::quiet_NaN();
  const IncompleteObservations incomplete{Observations(data)};
  const ModelReport report = check_model(IncompleteGaussian(incomplete, 0.2), incomplete);
  EXPECT_TRUE(report.passed()) << report;
  EXPECT_EQ(report["sample_score"].message, "sample(count, rng) (GenerativeModel)");
  EXPECT_EQ(report["starts"].message, "initialize(data, rng) (InitializableModel)");
}

TEST(CheckModel, AModelWithoutManyObservationsPasses) {
  for (const Index n : {1, 2, 3}) {
    RandomEngine rng = random_stream(13, static_cast<std::uint64_t>(n));
    std::vector<TossSet> sets;
    for (Index i = 0; i < n; ++i) sets.emplace_back(static_cast<double>(rng() % 4), 3.0);
    const ModelReport coins = check_model(CoinMixture(1), sets, exchangeable);
    EXPECT_TRUE(coins.passed()) << n << "\n" << coins;
    if (n == 1) continue;
    const RowMatrix data = random_models::normal_draws(n, 2, rng);
    const ModelReport normal =
        check_model(GaussianMixture(2, {.covariance = CovarianceKind::diagonal}), data, exchangeable);
    EXPECT_TRUE(normal.passed()) << n << "\n" << normal;
  }
}

TEST(CheckModel, ABiasOfZeroOrOneIsNoFailure) {
  const std::vector<TossSet> sets = {{3, 3}, {0, 3}, {3, 3}};  // the fit has biases 0 and 1: infinite logits
  const ModelReport report = check_model(CoinMixture(2), sets, exchangeable);
  EXPECT_TRUE(report.passed()) << report;
}

TEST(CheckModel, AModelThatIsNoMixturePasses) {
  const ModelReport report = check_model(linkage::Model(), linkage::animals);
  EXPECT_TRUE(report.passed()) << report;
  EXPECT_EQ(report["fisher_identity"].outcome, passed);
  EXPECT_EQ(report["m_step"].outcome, passed);
  EXPECT_EQ(report["sample_score"].outcome, passed);
}

// ---------------------------------------------------------------------------------------------------------------------
// The same, over seeds, scales, distances from 0 and numbers of observations. LATENT_CHECK_SEEDS=12 looks further.

std::uint64_t seeds_to_sweep() {
  const char* const given = std::getenv("LATENT_CHECK_SEEDS");  // NOLINT(concurrency-mt-unsafe)
  return given == nullptr ? 2 : std::stoull(given);
}

CheckOptions with_seed(std::uint64_t seed) { return {.starts = 3, .seed = seed, .exchangeable = true, .draws = 100}; }

constexpr std::array all_kinds = {CovarianceKind::full, CovarianceKind::tied, CovarianceKind::diagonal,
                                  CovarianceKind::spherical};

TEST(CheckModelSweep, GaussianMixturesAtAnyScaleAndPlace) {
  for (std::uint64_t seed = 1; seed <= seeds_to_sweep(); ++seed) {
    RandomEngine rng = random_stream(31, seed);
    const RowMatrix data = random_models::clustered_data(40, 2, 2, rng);
    std::vector<double> weights;
    for (const double weight : random_models::uniform_draws(40, 0.5, 3.0, rng)) weights.push_back(weight);
    for (const double scale : {1e-6, 1.0, 1e6}) {
      for (const double offset : {0.0, 1000.0}) {
        // Each kind at each scale and place comes up over the seeds.
        const std::size_t turn = seed + (scale < 1.0 ? 2U : scale > 1.0 ? 1U : 0U) + (offset > 0.0 ? 1U : 0U);
        const CovarianceKind kind = all_kinds[turn % all_kinds.size()];
        const RowMatrix scaled = scale * (data.array() + offset);
        const ModelReport report =
            check_model(GaussianMixture(2, {.covariance = kind}), Observations(scaled, weights), with_seed(seed));
        EXPECT_TRUE(report.passed()) << "seed " << seed << " " << to_string(kind) << " scale " << scale << " offset "
                                     << offset << "\n"
                                     << report;
      }
    }
  }
}

TEST(CheckModelSweep, OneToFiveObservations) {
  for (std::uint64_t seed = 1; seed <= seeds_to_sweep(); ++seed) {
    for (const Index n : {1, 2, 3, 4, 5}) {
      RandomEngine rng = random_stream(32, 10 * seed + static_cast<std::uint64_t>(n));
      std::vector<TossSet> sets;
      for (Index i = 0; i < n; ++i) sets.emplace_back(static_cast<double>(rng() % 4), 3.0);
      const ModelReport coins = check_model(CoinMixture(n == 1 ? 1 : 2), sets, with_seed(seed));
      EXPECT_TRUE(coins.passed()) << "seed " << seed << " n " << n << "\n" << coins;
      if (n == 1) continue;
      // Two observations of two columns have no full covariance.
      const std::size_t turn = n == 2 ? 2 + seed % 2 : (seed + static_cast<std::size_t>(n)) % all_kinds.size();
      const CovarianceKind kind = all_kinds[turn];
      const RowMatrix data = random_models::normal_draws(n, 2, rng);
      const ModelReport normal = check_model(GaussianMixture(2, {.covariance = kind}), data, with_seed(seed));
      EXPECT_TRUE(normal.passed()) << "seed " << seed << " n " << n << " " << to_string(kind) << "\n" << normal;
    }
  }
}

TEST(CheckModelSweep, IncompleteGaussians) {
  for (std::uint64_t seed = 1; seed <= seeds_to_sweep(); ++seed) {
    for (const double offset : {0.0, 1000.0}) {
      RandomEngine rng = random_stream(33, seed);
      RowMatrix data = random_models::normal_draws(40, 3, rng).array() + offset;
      for (Index row = 0; row < data.rows(); ++row) {
        if (rng() % 2 == 0) data(row, static_cast<Index>(rng() % 3)) = std::numeric_limits<double>::quiet_NaN();
      }
      const IncompleteObservations incomplete{Observations(data)};
      const ModelReport report = check_model(IncompleteGaussian(incomplete, 0.2), incomplete, with_seed(seed));
      EXPECT_TRUE(report.passed()) << "seed " << seed << " offset " << offset << "\n" << report;
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// A wrong one, in words.

// The linkage model with one thing replaced.
struct Slip : linkage::Model {
  double given_to_pi = 1.0;

  Statistics e_step(const Data& x) const { return {given_to_pi * x[0] * pi / (2.0 + pi) + x[3], x[1] + x[2]}; }
};

TEST(CheckModel, AFailureNamesTheFunctionAndTheSize) {
  Slip slip;
  slip.given_to_pi = 0.9;
  const ModelReport report = check_model(slip, linkage::animals);
  EXPECT_FALSE(report.passed());
  const CheckResult& fisher = report["fisher_identity"];
  EXPECT_EQ(fisher.outcome, failed);
  EXPECT_EQ(fisher.function, "e_step");
  // By hand: the slopes along logit π differ by 0.1 · 125 π (1 − π) / (2 + π), the tenth of the animals of the first
  // kind that was not given to π, times 1 − π; at π = 0.6 that is 1.2. In units of 1/√{s π (1 − π)} with s some 93
  // animals that tell of π, and not quite at 0.6, some 0.25.
  EXPECT_GT(std::abs(fisher.disagreement), 0.15);
  EXPECT_LT(std::abs(fisher.disagreement), 0.4);
  EXPECT_LT(fisher.allowed, 1e-4);
  EXPECT_NE(fisher.message.find("parameter 1 of parameters()"), std::string::npos) << fisher.message;
  EXPECT_EQ(report["m_step"].outcome, passed);  // the M-step is right: it is not blamed
  const std::string text = text_of(report);
  EXPECT_NE(text.find("FAILED fisher_identity"), std::string::npos) << text;
  EXPECT_NE(text.find("-      posterior"), std::string::npos) << text;
}

struct Throwing : linkage::Model {
  void m_step(const Statistics&) { throw std::out_of_range("index 4 of 3"); }
};

TEST(CheckModel, WhatAFunctionThrowsIsItsFailure) {
  const ModelReport report = check_model(Throwing(), linkage::animals);
  EXPECT_FALSE(report.passed());
  EXPECT_EQ(report["starts"].outcome, failed);
  EXPECT_NE(report["starts"].message.find("m_step threw: index 4 of 3"), std::string::npos) << report;
  EXPECT_NE(report["fisher_identity"].message.find("m_step threw: index 4 of 3"), std::string::npos) << report;
}

// The M-step of a generalised EM: half of the way.
struct Partial : linkage::Model {
  void m_step(const Statistics& s) { pi = 0.5 * (pi + s[0] / (s[0] + s[1])); }
};

TEST(CheckModel, AGeneralisedMStepMustBeDeclared) {
  const ModelReport undeclared = check_model(Partial(), linkage::animals);
  EXPECT_EQ(undeclared["m_step"].outcome, failed);
  EXPECT_EQ(undeclared["m_step_state"].outcome, failed);
  const ModelReport declared = check_model(Partial(), linkage::animals, {.m_step = MStepKind::increases});
  EXPECT_TRUE(declared.passed()) << declared;
  EXPECT_EQ(declared["m_step"].outcome, passed);
  EXPECT_EQ(declared["m_step_state"].outcome, not_applicable);
}

// The least that is a model: the mean of three numbers, of which none is missing.
struct MeanOfThree {
  using Data = std::vector<double>;
  using Statistics = double;
  double mean = 0.0;
  double e_step(const Data& y) const { return (y[0] + y[1] + y[2]) / 3.0; }
  void m_step(double average) { mean = average; }
  double log_likelihood(const Data& y) const {
    double sum = 0.0;
    for (const double each : y) sum -= 0.5 * (each - mean) * (each - mean);
    return sum;
  }
};

TEST(CheckModel, ThreeFunctionsAreChecked) {
  const ModelReport report = check_model(MeanOfThree(), std::vector<double>{1.0, 2.0, 3.0});
  EXPECT_TRUE(report.passed()) << report;
  EXPECT_EQ(report["ascent"].outcome, passed);
  EXPECT_EQ(report["copies"].outcome, passed);
  EXPECT_EQ(report["m_step_state"].outcome, passed);
  EXPECT_EQ(report["fisher_identity"].message, "expected_log_joint(statistics) (BoundedModel)");
}

TEST(CheckModel, TheSameSeedGivesTheSameReport) {
  const auto once = check_model(CoinMixture(2), tosses(), exchangeable);
  const auto again = check_model(CoinMixture(2), tosses(), exchangeable);
  for (std::size_t i = 0; i < once.checks.size(); ++i) {
    EXPECT_EQ(once.checks[i].disagreement, again.checks[i].disagreement) << once.checks[i].name;
  }
}

template <class Call>
std::string message_of(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(CheckModel, OptionsOutsideOfWhatIsAllowedAreRefused) {
  const auto with = [](const CheckOptions& options) {
    return message_of([&] { (void)check_model(linkage::Model(), linkage::animals, options); });
  };
  EXPECT_EQ(with({.starts = 0}), "starts: 0: must be greater than 0");
  EXPECT_EQ(with({.iterations = -1}), "iterations: -1: must be greater than 0");
  EXPECT_EQ(with({.accuracy = 0.0}), "accuracy: 0: must be greater than 0");
  EXPECT_EQ(with({.redundant_parameters = -1}), "redundant_parameters: -1: must not be negative");
  EXPECT_EQ(with({.draws = 0}), "draws: 0: must be greater than 0");
  const ModelReport report = check_model(linkage::Model(), linkage::animals);
  EXPECT_NE(message_of([&] { (void)report["fischer"]; }), "");
}

TEST(ConformanceTest, AFailureIsTheTestsFailure) {
  testing::ConformanceTest test("fisher_identity", [](std::string_view name) {
    Slip slip;
    slip.given_to_pi = 0.9;
    return testing::check_result(name, slip, linkage::animals);
  });
  EXPECT_NONFATAL_FAILURE(test.TestBody(), "fisher_identity: FAILED, e_step");
}

}  // namespace
}  // namespace latent

// ---------------------------------------------------------------------------------------------------------------------
// The models of the examples, each in a namespace of its own; all that they include has been included before.

#include <fmt/format.h>

#include <array>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/random/exponential_distribution.hpp>
#include <boost/random/poisson_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <span>

#include "latent/core/persistence.hpp"
#include "latent/expectation/packed_block.hpp"
#include "latent/expectation/responsibilities.hpp"
#include "latent/inference/criteria.hpp"
#include "latent/methods/classification_em.hpp"
#include "latent/solver/fit.hpp"

// Their main functions are functions like any here, and end without a value.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wreturn-type"
// NOLINTBEGIN(bugprone-suspicious-include)
namespace first {
#include "../../examples/my_first_model.cpp"
}
namespace refined {
#include "../../examples/my_model_refined.cpp"
}
namespace fast {
#include "../../examples/fast_mixture.cpp"
}
// NOLINTEND(bugprone-suspicious-include)
#pragma GCC diagnostic pop

namespace latent {
namespace {

TEST(CheckModel, TheExamplesPass) {
  const std::array<double, 6> days = {40, 60, 55, 30, 12, 3};
  const ModelReport of_first = check_model(first::TwoPoissons(), days);
  EXPECT_TRUE(of_first.passed()) << of_first;

  // Days are weights that the type does not tell.
  const std::vector<refined::Count> counts = {{0, 40}, {1, 60}, {2, 55}, {3, 30}, {4, 12}, {5, 3}};
  const ModelReport of_refined = check_model(refined::TwoPoissons(), counts, exchangeable);
  EXPECT_TRUE(of_refined.passed()) << of_refined;
  EXPECT_EQ(of_refined["elbo"].outcome, passed);
  const ModelReport weighted = check_model(refined::TwoPoissons(), counts,
                                           {.starts = 2, .weights = Vector{{40, 60, 55, 30, 12, 3}}, .draws = 100});
  EXPECT_TRUE(weighted.passed()) << weighted;
  EXPECT_FALSE(check_model(refined::Careless(), counts)["m_step"].outcome == passed);

  const RowMatrix times = RowMatrix{{0.2}, {0.5}, {1.1}, {0.3}, {9.0}, {14.0}, {0.1}, {2.0}};
  const ModelReport of_fast = check_model(fast::ExponentialMixture(), times);
  EXPECT_TRUE(of_fast.passed()) << of_fast;
}

}  // namespace
}  // namespace latent
