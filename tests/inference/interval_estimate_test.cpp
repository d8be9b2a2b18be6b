#include "latent/inference/interval_estimate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "latent/core/errors.hpp"
#include "latent/data/effective_size.hpp"

namespace latent {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// By hand, with SciPy's normal quantile: expit(logit(0.36) ± 1.95996 · 0.03/(0.36 · 0.64)), and so on.
TEST(WaldInterval, IsSymmetricOnTheScaleAskedFor) {
  const IntervalEstimate identity = wald_interval(0.36, 0.03);
  EXPECT_NEAR(identity.lower, 0.36 - 1.959963984540054 * 0.03, 1e-15);
  EXPECT_NEAR(identity.upper, 0.36 + 1.959963984540054 * 0.03, 1e-15);
  const IntervalEstimate logit = wald_interval(0.36, 0.03, 0.95, IntervalScale::logit);
  EXPECT_NEAR(logit.lower, 0.3035250276227419, 1e-14);
  EXPECT_NEAR(logit.upper, 0.4206366330054209, 1e-14);
  EXPECT_EQ(logit.estimate, 0.36);
  EXPECT_EQ(logit.standard_error, 0.03);
  const IntervalEstimate log = wald_interval(2.5, 0.8, 0.95, IntervalScale::log);
  EXPECT_NEAR(log.lower, 1.335228257745265, 1e-14);
  EXPECT_NEAR(log.upper, 4.680847610695472, 1e-13);
  // r = 0.8 of 30: (1 − r²)/√30, which is 1/√30 on Fisher's scale.
  const IntervalEstimate z = wald_interval(0.8, 0.36 / std::sqrt(30.0), 0.95, IntervalScale::fisher_z);
  EXPECT_NEAR(z.lower, 0.6296122402381024, 1e-14);
  EXPECT_NEAR(z.upper, 0.8969611349868636, 1e-14);
}

TEST(WaldInterval, StaysInsideTheRange) {
  for (const double p : {1e-12, 0.01, 0.999}) {
    const IntervalEstimate interval = wald_interval(p, 0.4, 0.99, IntervalScale::logit);
    EXPECT_GE(interval.lower, 0.0);
    EXPECT_LE(interval.upper, 1.0);
    EXPECT_FALSE(std::isnan(interval.lower) || std::isnan(interval.upper));
  }
  EXPECT_GE(wald_interval(-0.99, 3.0, 0.95, IntervalScale::fisher_z).lower, -1.0);
  EXPECT_GT(wald_interval(1e-5, 1.0, 0.95, IntervalScale::log).upper, 1e-5);
  const IntervalEstimate known = wald_interval(0.3, 0.0, 0.95, IntervalScale::logit);
  EXPECT_NEAR(known.lower, 0.3, 1e-15);
  EXPECT_NEAR(known.upper, 0.3, 1e-15);
}

TEST(WaldInterval, RefusesWhatIsOutsideOfTheScale) {
  EXPECT_THAT([] { (void)wald_interval(0.0, 0.1, 0.95, IntervalScale::logit); },
              ThrowsMessage<InvalidOption>(HasSubstr("scale: logit: must suit the estimate, which is 0")));
  EXPECT_THAT([] { (void)wald_interval(-2.0, 0.1, 0.95, IntervalScale::log); },
              ThrowsMessage<InvalidOption>(HasSubstr("scale: log")));
  EXPECT_THAT([] { (void)wald_interval(1.0, 0.1, 0.95, IntervalScale::fisher_z); },
              ThrowsMessage<InvalidOption>(HasSubstr("scale: fisher_z")));
  EXPECT_THROW((void)wald_interval(0.5, -1.0), InvalidOption);
  EXPECT_THROW((void)wald_interval(std::nan(""), 1.0), InvalidOption);
  EXPECT_THROW((void)wald_interval(0.5, 1.0, 95.0), InvalidOption);
}

// SciPy 1.17, binomtest(…).proportion_ci(method='exact'); one-sided at an end: 1 − 0.05^(1/200).
TEST(BinomialInterval, IsExact) {
  const IntervalEstimate some = binomial_interval(7, 10);
  EXPECT_NEAR(some.lower, 0.3475471499399921, 1e-12);
  EXPECT_NEAR(some.upper, 0.9332604888222655, 1e-12);
  const IntervalEstimate few = binomial_interval(3, 20, 0.99);
  EXPECT_NEAR(few.lower, 0.0176426379541102, 1e-12);
  EXPECT_NEAR(few.upper, 0.449465406739486, 1e-12);
  const IntervalEstimate none = binomial_interval(0, 200);
  EXPECT_EQ(none.estimate, 0.0);
  EXPECT_EQ(none.lower, 0.0);
  EXPECT_NEAR(none.upper, 0.014867039231272083, 1e-14);
  const IntervalEstimate all = binomial_interval(200, 200);
  EXPECT_NEAR(all.lower, 1.0 - 0.014867039231272083, 1e-14);
  EXPECT_EQ(all.upper, 1.0);
}

TEST(BinomialInterval, RefusesWhatIsNoCount) {
  EXPECT_THAT([] { (void)binomial_interval(3, 2); },
              ThrowsMessage<InvalidOption>(HasSubstr("successes: 3: must be from 0 to the number of trials, 2")));
  EXPECT_THROW((void)binomial_interval(0, 0), InvalidOption);
  EXPECT_THROW((void)binomial_interval(-1, 2), InvalidOption);
  EXPECT_THROW((void)binomial_interval(1, 2, 1.0), InvalidOption);
}

// (1 + 2 + 3)²/(1 + 4 + 9) = 36/14.
TEST(EffectiveSize, IsKishs) {
  EXPECT_DOUBLE_EQ(effective_size(Vector{{1.0, 2.0, 3.0}}), 36.0 / 14.0);
  EXPECT_DOUBLE_EQ(effective_size(Vector::Constant(7, 0.3)), 7.0);
  EXPECT_DOUBLE_EQ(effective_size(1e200 * Vector{{1.0, 2.0, 3.0}}), 36.0 / 14.0);
  EXPECT_EQ(effective_size(Vector::Zero(3)), 0.0);
}

TEST(EffectiveSize, OnlyWeightsThatAreNotWholeAreWorthANote) {
  EXPECT_EQ(note_on_weights(Vector{{0.0, 1.0, 2.0, 1e6}}), std::nullopt);
  const auto note = note_on_weights(Vector{{0.5, 1.0, 1.5}});
  ASSERT_TRUE(note.has_value());
  EXPECT_THAT(*note, HasSubstr("3 observations in all"));
  EXPECT_THAT(*note, HasSubstr("Kish's effective size is 2.6"));
}

}  // namespace
}  // namespace latent
