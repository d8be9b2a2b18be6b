#include "latent/core/draw_by_mass.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace latent {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// |frequency − probability| of so many draws stays below 5 standard errors.
void expect_frequencies(const Vector& counts, const Vector& probabilities) {
  const double draws = counts.sum();
  for (Index i = 0; i < counts.size(); ++i) {
    const double p = probabilities[i];
    EXPECT_NEAR(counts[i] / draws, p, 5.0 * std::sqrt(p * (1.0 - p) / draws)) << i;
  }
}

Vector counts_of_single_draws(const Masses& masses, int draws, RandomEngine& rng) {
  Vector counts = Vector::Zero(masses.size());
  for (int i = 0; i < draws; ++i) counts[static_cast<Index>(draw_by_mass(masses, rng).value())] += 1.0;
  return counts;
}

Vector counts_of_one_draw(const Masses& masses, std::int64_t draws, RandomEngine& rng) {
  const auto counts = draw_counts_by_mass(masses, draws, rng).value();
  Vector numbers(masses.size());
  for (Index i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<double>(counts[static_cast<std::size_t>(i)]);
  EXPECT_EQ(numbers.sum(), static_cast<double>(draws));
  EXPECT_GE(numbers.minCoeff(), 0.0);
  return numbers;
}

void expect_probabilities(const Masses& masses, const Vector& probabilities, RandomEngine& rng) {
  constexpr int draws = 20'000;
  expect_frequencies(counts_of_single_draws(masses, draws, rng), probabilities);
  expect_frequencies(counts_of_one_draw(masses, draws, rng), probabilities);
}

TEST(DrawByMass, HasTheProportionsOfTheMassesInAnyUnit) {
  const Vector masses{{3.0, 0.0, 1.0, 4.0}};
  const Vector probabilities = masses / 8.0;
  RandomEngine rng = random_stream(1, 0);
  // Their sum is normal, overflows, and is subnormal.
  for (const double unit : {1.0, 1e-200, 1e300, 4e307, 1e-308, 1e-312}) {
    SCOPED_TRACE(unit);
    expect_probabilities(unit * masses, probabilities, rng);
  }
}

TEST(DrawByMass, OfNothingDrawsNothing) {
  RandomEngine rng = random_stream(2, 0);
  const RandomEngine before = rng;
  for (const Vector& masses : {Vector(), Vector{{0.0}}, Vector{{0.0, -0.0, -1.0}}, Vector{{nan, 0.0}}}) {
    EXPECT_FALSE(draw_by_mass(masses, rng).has_value());
    EXPECT_FALSE(draw_counts_by_mass(masses, 5, rng).has_value());
  }
  EXPECT_EQ(rng, before);
}

TEST(DrawByMass, WhatIsNotPositiveIsNeverDrawn) {
  RandomEngine rng = random_stream(3, 0);
  expect_probabilities(Vector{{-1.0, 2.0, nan, 2.0, 0.0, -infinity}}, Vector{{0.0, 0.5, 0.0, 0.5, 0.0, 0.0}}, rng);
}

TEST(DrawByMass, InfiniteMassesOutweighTheOthersAndAreAlike) {
  RandomEngine rng = random_stream(4, 0);
  expect_probabilities(Vector{{1e308, infinity, 0.0, infinity}}, Vector{{0.0, 0.5, 0.0, 0.5}}, rng);
}

TEST(DrawByMass, TakesARowOfAMatrix) {
  Matrix masses{{1.0, 0.0, 3.0}, {0.0, 2.0, 0.0}};
  RandomEngine rng = random_stream(5, 0);
  expect_probabilities(masses.row(0).transpose(), Vector{{0.25, 0.0, 0.75}}, rng);
  EXPECT_EQ(draw_by_mass(masses.row(1).transpose(), rng), 1U);
}

// Masses of all sizes, brute force: each draw is an item of positive mass, and no draw is lost.
TEST(DrawByMass, EveryMixtureOfSizesIsDrawnFrom) {
  constexpr std::array sizes = {0.0,   5e-324, 1e-320, 1e-308, 1e-300, 1e-160, 1e-16,
                                1e-10, 1.0,    1e10,   1e20,   1e160,  1e300,  1.7e308};
  RandomEngine rng = random_stream(6, 0);
  const Vector which = Vector::Ones(static_cast<Index>(sizes.size()));
  for (int round = 0; round < 20'000; ++round) {
    Vector masses(1 + round % 7);
    for (double& mass : masses) mass = sizes.at(*draw_by_mass(which, rng));
    const auto drawn = draw_by_mass(masses, rng);
    const auto counts = draw_counts_by_mass(masses, 12, rng);
    ASSERT_EQ(drawn.has_value(), masses.maxCoeff() > 0.0);
    ASSERT_EQ(counts.has_value(), masses.maxCoeff() > 0.0);
    if (!drawn) continue;
    EXPECT_GT(masses[static_cast<Index>(*drawn)], 0.0);
    std::int64_t sum = 0;
    for (Index i = 0; i < masses.size(); ++i) {
      const std::int64_t count = (*counts)[static_cast<std::size_t>(i)];
      EXPECT_TRUE(masses[i] > 0.0 ? count >= 0 : count == 0);
      sum += count;
    }
    EXPECT_EQ(sum, 12);
  }
}

}  // namespace
}  // namespace latent
