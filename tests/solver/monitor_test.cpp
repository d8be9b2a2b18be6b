#include "latent/solver/monitor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "latent/solver/fit.hpp"

namespace latent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

// y = z + noise, z ~ N(m, 1), noise ~ N(0, 1): the maximum is the mean of y. Each function can be made wrong.
struct Shifted {
  using Data = Vector;
  struct Statistics {
    double count;
    double sum_z;
    double sum_z2;
    double sum_residual2;
  };

  double m = 5.0;
  double overshoot = 1.0;           // an M-step that goes this many times too far
  double posterior_variance = 0.5;  // of z given y; 1/2 is right
  double posterior_pull = 0.5;      // E(z | y) = m + pull (y − m); 1/2 is right
  double forgotten = 0.0;           // a constant left out of expected_log_joint

  Statistics e_step(const Vector& y) const {
    Statistics s{static_cast<double>(y.size()), 0, 0, 0};
    for (const double value : y) {
      const double z = m + posterior_pull * (value - m);
      s.sum_z += z;
      s.sum_z2 += z * z + posterior_variance;
      s.sum_residual2 += (value - z) * (value - z) + posterior_variance;
    }
    return s;
  }
  void m_step(const Statistics& s) { m += overshoot * (s.sum_z / s.count - m); }
  double log_likelihood(const Vector& y) const {
    return -0.5 * static_cast<double>(y.size()) * std::log(4.0 * std::numbers::pi) -
           0.25 * (y.array() - m).square().sum();
  }
  double expected_log_joint(const Statistics& s) const {
    return -s.count * std::log(2.0 * std::numbers::pi) - 0.5 * (s.sum_z2 - 2.0 * m * s.sum_z + s.count * m * m) -
           0.5 * s.sum_residual2 - forgotten * m;
  }
};

const Vector observed{{1.0, 2.0, 4.0}};

FitOptions ten_steps(OnDecrease on_decrease = OnDecrease::warn) {
  return {.stop = iteration_limit(10), .on_decrease = on_decrease};
}

TEST(Monitor, ARightModelIsNotWarnedOf) {
  const auto result = fit(Shifted(), observed, {.stop = relative_gain(1e-12), .on_decrease = OnDecrease::raise});
  EXPECT_NEAR(result.model.m, 7.0 / 3.0, 1e-4);
  EXPECT_THAT(result.warnings, IsEmpty());
}

TEST(Monitor, AnMStepThatOvershootsIsNamed) {
  Shifted model;
  model.overshoot = 5.0;
  EXPECT_THAT([&] { fit(model, observed, ten_steps(OnDecrease::raise)); },
              ThrowsMessage<ObjectiveDecreased>(HasSubstr("iteration 1: the M-step lowered the ELBO by")));
}

TEST(Monitor, AnEStepThatIsNotThePosteriorIsNamed) {
  Shifted model;
  model.posterior_pull = -0.5;
  EXPECT_THAT([&] { fit(model, observed, ten_steps(OnDecrease::raise)); },
              ThrowsMessage<ObjectiveDecreased>(HasSubstr("the E-step left the objective")));
}

TEST(Monitor, ATermMissingInTheExpectationIsNamed) {
  Shifted model;
  model.forgotten = -40.0;
  EXPECT_THAT([&] { fit(model, observed, ten_steps(OnDecrease::raise)); },
              ThrowsMessage<ObjectiveDecreased>(HasSubstr("iteration 1")));
}

TEST(Monitor, ByDefaultADecreaseIsAWarningWithTheFirstOneSpeltOut) {
  Shifted model;
  model.overshoot = 5.0;
  const auto result = fit(model, observed, ten_steps());
  EXPECT_THAT(result.warnings, ElementsAre(HasSubstr("iteration 1: the M-step lowered"), HasSubstr("9 times more"),
                                           HasSubstr("not converged")));
}

TEST(Monitor, ADecreaseCanBeIgnored) {
  Shifted model;
  model.overshoot = 5.0;
  EXPECT_THAT(fit(model, observed, ten_steps(OnDecrease::ignore)).warnings, ElementsAre(HasSubstr("not converged")));
}

// Without expected_log_joint nobody can say which half-step it was.
struct Unbounded : Shifted {
  double expected_log_joint(const Statistics&) const = delete;
};

TEST(Monitor, ADecreaseOfTheObjectiveIsSeenWithoutTheElbo) {
  Unbounded model;
  model.overshoot = 5.0;
  EXPECT_THAT([&] { fit(model, observed, ten_steps(OnDecrease::raise)); },
              ThrowsMessage<ObjectiveDecreased>(HasSubstr("iteration 1: the objective decreased by")));
}

// m ~ N(0, 1/strength): the maximum of the posterior shrinks to 0.
struct Shrunk : Shifted {
  double strength = 2.0;
  void m_step(const Statistics& s) { m = s.sum_z / (s.count + strength); }
  double log_prior() const { return -0.5 * strength * m * m; }
};

TEST(Monitor, TheObjectiveOfAPenalizedModelHoldsTheLogPrior) {
  const auto result =
      fit(Shrunk(), observed, {.stop = relative_gain(1e-15) || iteration_limit(200), .on_decrease = OnDecrease::raise});
  // d/dm { −¼ Σ (y − m)² − ½ s m² } = 0 at m = ½ Σ y / (½ n + s).
  EXPECT_NEAR(result.model.m, 0.5 * 7.0 / (0.5 * 3.0 + 2.0), 1e-6);
  EXPECT_EQ(result.objective, result.log_likelihood + result.model.log_prior());
}

TEST(Monitor, TheElboLiesBetweenTheObjectives) {
  const auto result = fit(Shifted(), observed, {.stop = iteration_limit(5)});
  for (std::size_t t = 1; t < result.trace.size(); ++t) {
    EXPECT_GT(*result.trace[t].elbo_after_m_step, result.trace[t - 1].objective);
    EXPECT_LT(*result.trace[t].elbo_after_m_step, result.trace[t].objective);
  }
}

// By hand: z | y ~ N((m + y)/2, 1/2), so F(q, m') − F(q, m) = −½ Σ { E(z − m')² − E(z − m)² }.
TEST(Monitor, TheElboAfterTheMStepIsThatOfItsDefinition) {
  const auto result = fit(Shifted(), observed, {.stop = iteration_limit(1)});
  const double m = 5.0;
  const Vector z = (observed.array() + m) / 2.0;
  const double new_m = z.mean();
  const double gain = -0.5 * ((z.array() - new_m).square().sum() - (z.array() - m).square().sum());
  EXPECT_NEAR(*result.trace[1].elbo_after_m_step, result.trace[0].objective + gain, 1e-12);
}

TEST(LargestChange, IsRelativeForLargeParametersAndAbsoluteForSmallOnes) {
  EXPECT_NEAR(*largest_change(Vector{{99.0}}, Vector{{100.0}}), 0.01, 1e-15);
  EXPECT_NEAR(*largest_change(Vector{{1e-9, 0.0}}, Vector{{0.0, 0.0}}), 1e-9, 1e-15);
}

TEST(LargestChange, OfInfiniteParametersIsNothingOrInfinite) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(*largest_change(Vector{{infinity}}, Vector{{infinity}}), 0.0);
  EXPECT_EQ(*largest_change(Vector{{infinity}}, Vector{{1.0}}), infinity);
  EXPECT_EQ(*largest_change(Vector{{1.0}}, Vector{{-infinity}}), infinity);
}

TEST(LargestChange, IsUnknownWithoutParameters) {
  EXPECT_FALSE(largest_change(std::nullopt, Vector{{1.0}}).has_value());
}

}  // namespace
}  // namespace latent
