#include "latent/core/mixing_weights.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "latent/core/errors.hpp"

namespace latent {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(MixingWeights, SumToOneToRounding) {
  EXPECT_EQ(mixing_weights(Vector{{0.0, 0.25, 0.75}}), (Vector{{0.0, 0.25, 0.75}}));
  const Vector rounded = mixing_weights(Vector{{0.333333333, 0.333333333, 0.333333333}});
  EXPECT_NEAR(rounded.sum(), 1.0, 1e-15);
}

TEST(MixingWeights, RefuseWhatIsNoDistribution) {
  const auto require = [](const Vector& weights) { return [weights] { (void)mixing_weights(weights); }; };
  EXPECT_THAT(require(Vector{{0.5, 0.6}}), ThrowsMessage<InvalidOption>(HasSubstr("weights: 2 of sum 1.1: must be")));
  EXPECT_THAT(require(Vector{{1.5, -0.5}}), ThrowsMessage<InvalidOption>(HasSubstr("not negative")));
  EXPECT_THAT(require(Vector{{1.0, std::numeric_limits<double>::quiet_NaN()}}),
              ThrowsMessage<InvalidOption>(HasSubstr("nan")));
  EXPECT_THAT(require(Vector()), ThrowsMessage<InvalidOption>(HasSubstr("0 of sum 0")));
}

TEST(LogRatios, AreThoseToTheLastWeightAndLeadBack) {
  const Vector weights{{0.2, 0.5, 0.3}};
  EXPECT_NEAR(log_ratios(weights)[0], std::log(2.0 / 3.0), 1e-15);
  EXPECT_NEAR(log_ratios(weights)[1], std::log(5.0 / 3.0), 1e-15);
  EXPECT_LT((from_log_ratios(log_ratios(weights)) - weights).norm(), 1e-15);
}

TEST(LogRatios, AreFiniteAtAWeightOfZero) {
  for (const Vector& weights : {Vector{{1.0, 0.0}}, Vector{{0.0, 1.0, 0.0}}}) {
    EXPECT_TRUE(log_ratios(weights).allFinite());
    EXPECT_LT((from_log_ratios(log_ratios(weights)) - weights).norm(), 1e-15);
  }
}

TEST(LogRatios, OfOneWeightAreNone) {
  EXPECT_EQ(log_ratios(Vector::Ones(1)).size(), 0);
  EXPECT_EQ(from_log_ratios(Vector()), Vector::Ones(1));
}

TEST(FromLogRatios, DoesNotOverflow) {
  EXPECT_LT((from_log_ratios(Vector{{1e4}}) - Vector{{1.0, 0.0}}).norm(), 1e-300);
  EXPECT_LT((from_log_ratios(Vector{{-1e4}}) - Vector{{0.0, 1.0}}).norm(), 1e-300);
}

TEST(DrawComponent, DrawsWithTheWeightsAsProbabilities) {
  RandomEngine rng = random_stream(1, 0);
  const Vector weights{{0.1, 0.0, 0.6, 0.3}};
  constexpr int rounds = 50'000;
  Vector counts = Vector::Zero(4);
  for (int round = 0; round < rounds; ++round) counts[draw_component(weights, rng)] += 1.0;
  EXPECT_EQ(counts[1], 0.0);
  EXPECT_LT((counts / rounds - weights).cwiseAbs().maxCoeff(), 5.0 * std::sqrt(0.25 / rounds));
}

TEST(MixingWeights, OfNumbersAreTheirProportions) {
  EXPECT_EQ(maximising_weights(Vector{{1.0, 0.0, 3.0}}), (Vector{{0.25, 0.0, 0.75}}));
  // No observation becomes impossible by rounding.
  EXPECT_GT(maximising_weights(Vector{{1e-320, 1e10}})[0], 0.0);
}

TEST(MixingWeights, ComponentsOfLessThanOneObservationAreRemarkedOn) {
  EXPECT_THAT(remarks_on_small_components(Vector{{1.0, 0.9999999, 2.5}}), testing::IsEmpty());
  EXPECT_THAT(remarks_on_small_components(Vector{{0.0, 5.0, 0.5, 3e-17}}),
              testing::ElementsAre(testing::StartsWith("component 1 holds 0 observations, less than one: "),
                                   testing::StartsWith("component 3 holds 0.5 observations, less than one: "),
                                   testing::StartsWith("component 4 holds 3e-17 observations, less than one: ")));
  // What is less than one is not printed as one.
  EXPECT_THAT(remarks_on_small_components(Vector{{0.998, 5.0}}),
              testing::ElementsAre(testing::StartsWith("component 1 holds 0.998 observations, less than one: ")));
}

}  // namespace
}  // namespace latent
