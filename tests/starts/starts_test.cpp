#include "latent/starts/starts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <set>
#include <vector>

#include "latent/core/errors.hpp"

namespace latent {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr int rounds = 20'000;

// |frequency − probability| of so many draws stays below 5 standard errors.
void expect_frequency(int count, double probability) {
  const double error = std::sqrt(probability * (1.0 - probability) / rounds);
  EXPECT_NEAR(static_cast<double>(count) / rounds, probability, 5.0 * error + 1e-12);
}

// How often each pair of three points on a line is picked, the first of the pair by row and the second by column.
Eigen::Matrix3i counts_of_pairs(const RowMatrix& points, RandomEngine rng) {
  Eigen::Matrix3i counts = Eigen::Matrix3i::Zero();
  for (int round = 0; round < rounds; ++round) {
    const auto picked = kmeans_plus_plus(points, 2, Vector::Ones(1), rng);
    ++counts(static_cast<Index>(picked[0]), static_cast<Index>(picked[1]));
  }
  return counts;
}

// Arthur & Vassilvitskii (2007), section 2.2, by hand: of 0, 1 and 3, with 0 picked first, the squared distances are 1
// and 9.
TEST(KMeansPlusPlus, DrawsBySquaredDistance) {
  const RowMatrix points{{0.0}, {1.0}, {3.0}};
  const Eigen::Matrix3i counts = counts_of_pairs(points, random_stream(1, 0));
  expect_frequency(counts(0, 1), 1.0 / 3.0 * 1.0 / 10.0);
  expect_frequency(counts(0, 2), 1.0 / 3.0 * 9.0 / 10.0);
  expect_frequency(counts(1, 0), 1.0 / 3.0 * 1.0 / 5.0);
  expect_frequency(counts(1, 2), 1.0 / 3.0 * 4.0 / 5.0);
  expect_frequency(counts(2, 0), 1.0 / 3.0 * 9.0 / 13.0);
  EXPECT_EQ(counts.trace(), 0);
}

TEST(KMeansPlusPlus, WeightsCountAsRepeats) {
  const RowMatrix points{{0.0}, {1.0}, {2.0}};
  const std::vector<double> weights = {1.0, 3.0, 0.0};
  RandomEngine rng = random_stream(2, 0);
  int first_is_1 = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto picked = kmeans_plus_plus(Observations(points, weights), 2, Vector::Ones(1), rng);
    EXPECT_THAT(picked, testing::UnorderedElementsAre(0, 1));  // a weight of 0 is never drawn
    first_is_1 += picked[0] == 1 ? 1 : 0;
  }
  expect_frequency(first_is_1, 0.75);
}

TEST(KMeansPlusPlus, DistancesAreTakenInUnitsOfTheScale) {
  const RowMatrix points{{0.0, 0.0}, {1e6, 0.0}, {0.0, 1.0}};
  RandomEngine rng = random_stream(3, 0);
  int far_column = 0;
  for (int round = 0; round < rounds; ++round) {
    const auto picked = kmeans_plus_plus(points, 2, Vector{{1e6, 1.0}}, rng);
    far_column += picked[0] == 0 && picked[1] == 1 ? 1 : 0;
  }
  expect_frequency(far_column, 1.0 / 3.0 * 0.5);
}

TEST(KMeansPlusPlus, RefusesMoreCentresThanDistinctObservations) {
  const RowMatrix points{{1.0}, {1.0}, {2.0}};
  RandomEngine rng = random_stream(4, 0);
  EXPECT_THAT([&] { (void)kmeans_plus_plus(points, 3, Vector::Ones(1), rng); },
              ThrowsMessage<InvalidData>(HasSubstr("only 2 distinct observations for 3 components")));
}

// More observations than a sample has: clusters at 0, 2000 and 6000, of a half, a third and a sixth of the weight.
TEST(KMeansPlusPlus, OfManyObservationsDrawsFromASampleByWeight) {
  constexpr Index rows = 60'000;
  RowMatrix points(rows, 1);
  std::vector<double> weights(rows);
  for (Index row = 0; row < rows; ++row) {
    const Index cluster = row % 3;
    points(row, 0) = 1000.0 * static_cast<double>(cluster * (cluster + 1)) + 1e-3 * static_cast<double>(row % 7);
    weights[static_cast<std::size_t>(row)] = cluster == 0 ? 3.0 : cluster == 1 ? 2.0 : 1.0;
  }
  for (Index row = 0; row < rows; row += 10) weights[static_cast<std::size_t>(row)] = 0.0;
  const Observations data(points, weights);
  RandomEngine rng = random_stream(7, 0);
  constexpr int draws = 600;
  std::array<int, 3> first{};
  for (int draw = 0; draw < draws; ++draw) {
    const auto picked = kmeans_plus_plus(data, 3, Vector::Ones(1), rng);
    std::set<std::size_t> clusters;
    for (const std::size_t row : picked) {
      EXPECT_GT(weights[row], 0.0);
      clusters.insert(row % 3);
    }
    EXPECT_EQ(clusters.size(), 3U);  // the clusters are far apart
    ++first.at(picked[0] % 3);
  }
  EXPECT_NEAR(first[0] / double(draws), 1.0 / 2.0, 5.0 * std::sqrt(1.0 / 4.0 / draws));
  EXPECT_NEAR(first[1] / double(draws), 1.0 / 3.0, 5.0 * std::sqrt(2.0 / 9.0 / draws));
}

// One row weighs as much as all others, which are in four clusters: the sample must not be that row alone.
TEST(KMeansPlusPlus, AHeavyObservationDoesNotCrowdOutTheOthers) {
  constexpr Index rows = 40'000;
  RowMatrix points(rows, 1);
  std::vector<double> weights(rows, 1.0);
  for (Index row = 0; row < rows; ++row) points(row, 0) = 100.0 * static_cast<double>(1 + row % 4);
  points(17, 0) = 0.0;
  weights[17] = 1e9;
  RandomEngine rng = random_stream(8, 0);
  for (int draw = 0; draw < 20; ++draw) {
    std::set<double> values;
    for (const std::size_t row : kmeans_plus_plus(Observations(points, weights), 5, Vector::Ones(1), rng)) {
      values.insert(points(static_cast<Index>(row), 0));
    }
    EXPECT_EQ(values.size(), 5U);
  }
}

TEST(KMeansPlusPlus, LooksAtAllObservationsWhereTheSampleHasTooFewDistinctOnes) {
  RowMatrix points = RowMatrix::Zero(300'000, 1);
  points(123'456, 0) = 1.0;
  points(234'567, 0) = 2.0;
  for (std::uint64_t stream = 0; stream < 5; ++stream) {
    RandomEngine rng = random_stream(9, stream);
    const auto picked = kmeans_plus_plus(points, 3, Vector::Ones(1), rng);
    EXPECT_THAT(picked, testing::IsSupersetOf({123'456U, 234'567U}));
    EXPECT_THAT([&] { (void)kmeans_plus_plus(points, 4, Vector::Ones(1), rng); },
                ThrowsMessage<InvalidData>(HasSubstr("only 3 distinct observations for 4 components")));
  }
}

TEST(KMeansPlusPlus, AWeightOf0IsNeverDrawnHoweverFar) {
  const RowMatrix points{{0.0}, {1e-5}, {1e150}};
  const std::vector<double> weights = {1.0, 1.0, 0.0};
  RandomEngine rng = random_stream(10, 0);
  EXPECT_THAT(kmeans_plus_plus(Observations(points, weights), 2, Vector::Constant(1, 1e-5), rng),
              testing::UnorderedElementsAre(0, 1));
}

// Products of weights and squared distances that overflow and underflow at once: the outlier weighs nothing beside the
// others, which lie nearer to each other than a squared distance can tell.
TEST(KMeansPlusPlus, WeightsAndDistancesMayBeOfAnySize) {
  const RowMatrix points{{1e20}, {0.0}, {1e-140}, {2e-140}};
  const std::vector<double> weights = {1e-300, 1e10, 1e10, 1e10};
  RandomEngine rng = random_stream(11, 0);
  for (const double scale : {1e-140, 1.0, 1e20, 1e150}) {
    for (int round = 0; round < 50; ++round) {
      const auto picked = kmeans_plus_plus(Observations(points, weights), 4, Vector::Constant(1, scale), rng);
      EXPECT_THAT(picked, testing::UnorderedElementsAre(0, 1, 2, 3));
    }
  }
}

// As `DrawsBySquaredDistance`, of distances whose squares overflow, or underflow.
TEST(KMeansPlusPlus, DrawsBySquaredDistanceWhereItIsNoNumber) {
  for (const double unit : {1e-200, 1e200, 5e307}) {
    SCOPED_TRACE(unit);
    const RowMatrix points{{-1.0 * unit}, {0.0}, {2.0 * unit}};
    const Eigen::Matrix3i counts = counts_of_pairs(points, random_stream(12, 0));
    expect_frequency(counts(0, 1), 1.0 / 3.0 * 1.0 / 10.0);
    expect_frequency(counts(0, 2), 1.0 / 3.0 * 9.0 / 10.0);
    expect_frequency(counts(1, 2), 1.0 / 3.0 * 4.0 / 5.0);
    expect_frequency(counts(2, 0), 1.0 / 3.0 * 9.0 / 13.0);
  }
}

TEST(KMeansPlusPlus, TheSumOfTheWeightsMayOverflow) {
  const RowMatrix points = RowMatrix::NullaryExpr(20'000, 1, [](Index row) { return static_cast<double>(row % 3); });
  const std::vector<double> weights(20'000, 1e306);
  RandomEngine rng = random_stream(13, 0);
  std::set<double> values;
  for (const std::size_t row : kmeans_plus_plus(Observations(points, weights), 3, Vector::Ones(1), rng)) {
    values.insert(points(static_cast<Index>(row), 0));
  }
  EXPECT_EQ(values.size(), 3U);
}

TEST(RandomObservations, MayBeOfAnyWeight) {
  const RowMatrix points{{1.0}, {2.0}, {3.0}, {4.0}};
  RandomEngine rng = random_stream(14, 0);
  const std::array<std::vector<double>, 3> of_any_size = {std::vector<double>{1e308, 1e308, 1e308, 0.0},
                                                          std::vector<double>{1e-320, 1e308, 1.0, 0.0},
                                                          std::vector<double>{1e-320, 1e-322, 1e-320, 0.0}};
  for (const auto& weights : of_any_size) {
    EXPECT_THAT(random_observations(Observations(points, weights), 3, rng), testing::UnorderedElementsAre(0, 1, 2));
  }
}

TEST(RandomObservations, AreDifferentAndDrawnByWeight) {
  const RowMatrix points{{1.0}, {1.0}, {2.0}, {3.0}};
  const std::vector<double> weights = {1.0, 1.0, 2.0, 0.0};
  RandomEngine rng = random_stream(5, 0);
  std::array<int, 4> first{};
  for (int round = 0; round < rounds; ++round) {
    const auto picked = random_observations(Observations(points, weights), 3, rng);
    EXPECT_EQ(std::set<std::size_t>(picked.begin(), picked.end()), (std::set<std::size_t>{0, 1, 2}));
    ++first.at(picked[0]);
  }
  expect_frequency(first[0], 0.25);
  expect_frequency(first[2], 0.5);
  EXPECT_THAT([&] { (void)random_observations(Observations(points, weights), 4, rng); },
              ThrowsMessage<InvalidData>(HasSubstr("only 3 distinct observations for 4 components")));
}

// Uniform on the simplex: each has mean 1/3 and variance 1/18.
TEST(RandomResponsibilities, AreUniformOnTheSimplex) {
  RandomEngine rng = random_stream(6, 0);
  Vector sum = Vector::Zero(3);
  Vector squares = Vector::Zero(3);
  for (int round = 0; round < rounds; ++round) {
    const Vector r = random_responsibilities(3, rng);
    EXPECT_NEAR(r.sum(), 1.0, 1e-14);
    EXPECT_GT(r.minCoeff(), 0.0);
    sum += r;
    squares += r.cwiseAbs2();
  }
  for (Index k = 0; k < 3; ++k) {
    EXPECT_NEAR(sum[k] / rounds, 1.0 / 3.0, 5.0 * std::sqrt(1.0 / 18.0 / rounds));
    // E r² = 1/6 and E r⁴ = 1/15.
    EXPECT_NEAR(squares[k] / rounds, 1.0 / 6.0, 5.0 * std::sqrt((1.0 / 15.0 - 1.0 / 36.0) / rounds));
  }
}

}  // namespace
}  // namespace latent
