#include "latent/inference/criteria.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace latent {
namespace {

// R 4.2.2: fit <- lm(eruptions ~ waiting, faithful); logLik(fit) is -194.5079446 with 3 parameters, AIC(fit)
// 395.0158891, and BIC(fit) 405.8332953.
TEST(Criteria, AreThoseOfR) {
  const double log_likelihood = -194.5079446;
  EXPECT_NEAR(aic(log_likelihood, 3), 395.0158891, 2e-7);
  EXPECT_NEAR(bic(log_likelihood, 3, 272), 405.8332953, 2e-7);
}

TEST(Criteria, IclChargesForDoubt) {
  const Matrix certain{{1.0, 0.0}, {0.0, 1.0}};
  const Matrix doubtful{{0.5, 0.5}, {0.25, 0.75}};
  EXPECT_EQ(icl(100.0, classification_certainty(certain, Vector::Ones(2))), 100.0);
  EXPECT_NEAR(icl(100.0, classification_certainty(doubtful, Vector{{2.0, 1.0}})),
              100.0 - 2.0 * (2.0 * std::log(0.5) + std::log(0.75)), 1e-13);
}

}  // namespace
}  // namespace latent
