#include "latent/data/resample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>
#include <vector>

#include "latent/core/errors.hpp"
#include "latent/models/coin_mixture.hpp"
#include "latent/models/incomplete_gaussian.hpp"

namespace latent {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

static_assert(ResampleableData<Observations>);
static_assert(ResampleableData<std::span<const double>>);
static_assert(ResampleableData<std::span<const TossSet>>);
static_assert(!ResampleableData<std::span<const MissingnessPattern>>);  // a pattern is no observation
static_assert(!ResampleableData<double>);

// Counts of a multinomial draw of n have mean n p_i, variance n p_i (1 − p_i), and covariance −n p_i p_j.
void expect_multinomial_moments(const std::vector<std::vector<double>>& draws, const std::vector<double>& p, double n) {
  const auto count = static_cast<double>(draws.size());
  for (std::size_t i = 0; i < p.size(); ++i) {
    for (std::size_t j = 0; j < p.size(); ++j) {
      double covariance = 0.0;
      double mean = 0.0;
      for (const auto& draw : draws) {
        mean += draw[i] / count;
        covariance += (draw[i] - n * p[i]) * (draw[j] - n * p[j]) / count;
      }
      EXPECT_NEAR(mean, n * p[i], 5.0 * std::sqrt(n * p[i] / count));
      const double expected = i == j ? n * p[i] * (1.0 - p[i]) : -n * p[i] * p[j];
      EXPECT_NEAR(covariance, expected, 10.0 * n * std::sqrt(p[i] * p[j] / count)) << i << ", " << j;
    }
  }
}

TEST(Resample, ObservationsAreDrawnEquallyOften) {
  const RowMatrix values{{1.0}, {2.0}, {3.0}, {4.0}};
  RandomEngine rng = random_stream(1, 0);
  std::vector<std::vector<double>> draws;
  for (int b = 0; b < 20000; ++b) {
    const ResampledObservations drawn = resample(values, rng);
    draws.push_back(drawn.weights());
    EXPECT_EQ(std::accumulate(draws.back().begin(), draws.back().end(), 0.0), 4.0);
  }
  expect_multinomial_moments(draws, {0.25, 0.25, 0.25, 0.25}, 4.0);
}

// As if each observation were there as often as its weight says.
TEST(Resample, WeightedObservationsAreDrawnByWeight) {
  const RowMatrix values{{1.0}, {2.0}, {3.0}, {4.0}};
  const std::vector<double> weights = {1.0, 0.0, 3.0, 6.0};
  RandomEngine rng = random_stream(2, 0);
  std::vector<std::vector<double>> draws;
  for (int b = 0; b < 20000; ++b) {
    draws.push_back(resample(Observations(values, weights), rng).weights());
    EXPECT_EQ(draws.back()[1], 0.0);
    EXPECT_EQ(std::accumulate(draws.back().begin(), draws.back().end(), 0.0), 10.0);
  }
  expect_multinomial_moments(draws, {0.1, 0.0, 0.3, 0.6}, 10.0);
}

TEST(Resample, TheSumOfTheWeightsStays) {
  RandomEngine rng = random_stream(3, 0);
  for (const double unit : {0.6, 1.7, 1e6, 1e14}) {
    const std::vector<double> weights = {unit, 0.0, 2.0 * unit, 0.5 * unit, 0.0};
    const std::vector<double> drawn = resampled_weights(weights, rng);
    EXPECT_NEAR(std::accumulate(drawn.begin(), drawn.end(), 0.0) / (3.5 * unit), 1.0, 1e-12);
    EXPECT_EQ(drawn[1], 0.0);
    EXPECT_EQ(drawn[4], 0.0);
    for (const double weight : drawn) EXPECT_GE(weight, 0.0);
  }
}

// They count observations: of weights that sum to 1 a single row would be drawn.
TEST(Resample, WeightsThatSumToOneAreRefused) {
  RandomEngine rng = random_stream(3, 1);
  EXPECT_THROW((void)resampled_weights(std::vector<double>(200, 1.0 / 200.0), rng), InvalidData);
  EXPECT_EQ(resampled_weights(std::vector<double>{1.0}, rng), std::vector<double>{1.0});
}

TEST(Resample, AResampleIsAViewOfTheSameValues) {
  const RowMatrix values{{1.0, 2.0}, {3.0, 4.0}};
  RandomEngine rng = random_stream(4, 0);
  const ResampledObservations drawn = resample(values, rng);
  const Observations observations = drawn;
  EXPECT_EQ(observations.matrix().data(), values.data());
  EXPECT_EQ(observations.size(), 2);
  EXPECT_EQ(observations.dimension(), 2);
  EXPECT_EQ(observations.weight(0), drawn.weights()[0]);
  EXPECT_EQ(observations.total_weight(), 2.0);
}

TEST(Resample, ItemsOfASpan) {
  const std::vector<int> items = {0, 1, 2};
  RandomEngine rng = random_stream(5, 0);
  std::vector<std::vector<double>> draws;
  for (int b = 0; b < 20000; ++b) {
    std::vector<double> counts(3, 0.0);
    for (const int item : resample(std::span<const int>(items), rng)) counts[static_cast<std::size_t>(item)] += 1.0;
    draws.push_back(counts);
  }
  expect_multinomial_moments(draws, {1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0}, 3.0);
}

TEST(Resample, SetsOfTossesKeepWhatTheyAre) {
  const std::vector<TossSet> sets = {TossSet::sequence("HTH"), TossSet(1, 3, 4.0), TossSet(2, 3, 0.0)};
  RandomEngine rng = random_stream(6, 0);
  double of_sequence = 0.0;
  constexpr int draws = 10000;
  for (int b = 0; b < draws; ++b) {
    double total = 0.0;
    for (const TossSet& set : resample(std::span<const TossSet>(sets), rng)) {
      const TossSet& original = set.heads() == 2.0 ? sets[0] : sets[1];
      EXPECT_EQ(set.heads(), original.heads());
      EXPECT_EQ(set.tosses(), original.tosses());
      EXPECT_EQ(set.log_orders(), original.log_orders());
      EXPECT_GT(set.weight(), 0.0);
      total += set.weight();
      if (set.heads() == 2.0) of_sequence += set.weight();
    }
    EXPECT_EQ(total, 5.0);
  }
  EXPECT_NEAR(of_sequence / draws, 1.0, 5.0 * std::sqrt(0.8 / draws));
}

TEST(Resample, RefusesWhatCannotBeDrawnFrom) {
  RandomEngine rng = random_stream(7, 0);
  EXPECT_THAT([&] { (void)resample(Observations(), rng); },
              ThrowsMessage<InvalidData>(HasSubstr("there are no observations")));
  EXPECT_THAT([&] { (void)resample(std::span<const int>(), rng); },
              ThrowsMessage<InvalidData>(HasSubstr("there are no observations")));
  const std::vector<double> nothing = {0.0, 0.0};
  EXPECT_THAT([&] { (void)resampled_weights(nothing, rng); }, ThrowsMessage<InvalidData>(HasSubstr("weight 0")));
  const std::vector<double> heavy = {1e20, 1.0};
  EXPECT_THAT([&] { (void)resampled_weights(heavy, rng); },
              ThrowsMessage<InvalidData>(HasSubstr("rescale the weights")));
}

}  // namespace
}  // namespace latent
