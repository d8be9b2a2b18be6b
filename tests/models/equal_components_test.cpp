// Components that are equal to within a small part of their standard errors, in any unit.
#include "latent/models/equal_components.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace latent {
namespace {

constexpr double observations = 100.0;

GaussianMixture two_components(double unit, double apart, const Vector& weights = Vector{{0.5, 0.5}}) {
  const RowMatrix means = unit * RowMatrix{{0.0, 0.0}, {apart, 0.0}};
  const Matrix covariance = unit * unit * Matrix{{1.0, 0.5}, {0.5, 2.0}};
  return {weights, means, {covariance, covariance}, {.floor = 0.0}};
}

// The products of variances overflow in the largest unit, and underflow in the smallest.
TEST(EqualComponents, AreEqualInAnyUnit) {
  for (const double unit : {1e-100, 1e-3, 1.0, 1e5, 1e100}) {
    EXPECT_EQ(equal_components(two_components(unit, 0.0), observations), ComponentPair(0, 1)) << unit;
    EXPECT_EQ(equal_components(two_components(unit, 1e-9), observations), ComponentPair(0, 1)) << unit;
    EXPECT_EQ(equal_components(two_components(unit, 0.01), observations), std::nullopt) << unit;
  }
}

TEST(EqualComponents, AComponentThatHoldsNothingIsLikeNoOther) {
  EXPECT_EQ(equal_components(two_components(1.0, 1.0, Vector{{0.0, 1.0}}), observations), std::nullopt);
  EXPECT_EQ(equal_components(two_components(1.0, 1.0, Vector{{1.0, 0.0}}), observations), std::nullopt);
  EXPECT_EQ(equal_components(CoinMixture(Vector{{0.0, 1.0}}, Vector{{0.2, 0.7}}), observations), std::nullopt);
}

TEST(EqualComponents, OfCoinsAreThoseOfEqualBias) {
  EXPECT_EQ(equal_components(CoinMixture(Vector{{0.3, 0.7}}, Vector{{0.4, 0.4}}), observations), ComponentPair(0, 1));
  EXPECT_EQ(equal_components(CoinMixture(Vector{{0.3, 0.7}}, Vector{{0.4, 0.5}}), observations), std::nullopt);
}

}  // namespace
}  // namespace latent
