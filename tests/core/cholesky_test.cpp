#include "latent/core/cholesky.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>
#include <limits>

#include "fixtures/random_models.hpp"

namespace latent {
namespace {

TEST(CholeskyFactor, GivesTheMatrixBack) {
  RandomEngine rng = random_stream(1, 0);
  const Matrix covariance = random_models::covariance(6, rng);
  const Matrix factor = *cholesky_factor(covariance);
  EXPECT_LT((factor * factor.transpose() - covariance).norm(), 1e-13);
  EXPECT_TRUE(factor.isLowerTriangular());
}

TEST(CholeskyFactor, IsNoneForWhatIsNotPositiveDefinite) {
  EXPECT_FALSE(cholesky_factor(Matrix{{1.0, 2.0}, {2.0, 1.0}}));
  EXPECT_FALSE(cholesky_factor(Matrix{{0.0}}));
  EXPECT_FALSE(cholesky_factor(Matrix{{-1.0}}));
  EXPECT_FALSE(cholesky_factor(Matrix{{std::numeric_limits<double>::quiet_NaN()}}));
  EXPECT_FALSE(cholesky_factor(Matrix{{std::numeric_limits<double>::infinity()}}));
}

// (1, 1/3) and its triple: singular but for rounding, and a factor exists; the pivot says that it means nothing.
TEST(CholeskyFactor, IsNoneForWhatIsSingularButForRounding) {
  const Vector v{{1.0, 1.0 / 3.0, 0.7}};
  Matrix singular = v * v.transpose();
  singular.diagonal() *= 1.0 + 2e-16;
  EXPECT_FALSE(cholesky_factor(singular));
}

TEST(IsSymmetric, LooksAtEachEntryInUnitsOfItsColumns) {
  EXPECT_TRUE(is_symmetric(Matrix{{1e16, 1e8}, {1e8, 1.0}}));
  EXPECT_FALSE(is_symmetric(Matrix{{1e16, 0.0, 0.0}, {0.0, 1.0, 0.5}, {0.0, 0.0, 1.0}}));
  EXPECT_FALSE(is_symmetric(Matrix{{std::numeric_limits<double>::quiet_NaN()}}));
}

TEST(CholeskyFactor, DoesNotMindScales) {
  EXPECT_TRUE(cholesky_factor(Matrix{{1e-300, 0.0}, {0.0, 1e300}}));
  EXPECT_TRUE(cholesky_factor(Matrix{{1e-16, 0.5e-8}, {0.5e-8, 1.0}}));
}

TEST(LogDeterminant, IsThatOfTheMatrix) {
  RandomEngine rng = random_stream(2, 0);
  const Matrix covariance = random_models::covariance(5, rng);
  EXPECT_NEAR(log_determinant(*cholesky_factor(covariance)), std::log(covariance.determinant()), 1e-12);
}

TEST(LogDeterminant, DoesNotUnderflow) {
  const Matrix factor = 1e-100 * Matrix::Identity(10, 10);
  EXPECT_NEAR(log_determinant(factor), 20.0 * std::log(1e-100), 1e-10);
}

TEST(TraceOfSolve, IsTheTraceOfTheInverseTimesTheMatrix) {
  RandomEngine rng = random_stream(3, 0);
  const Matrix covariance = random_models::covariance(4, rng);
  const Matrix other = random_models::covariance(4, rng);
  EXPECT_NEAR(trace_of_solve(*cholesky_factor(covariance), other), (covariance.inverse() * other).trace(), 1e-11);
}

TEST(LogCholesky, GivesTheFactorBack) {
  RandomEngine rng = random_stream(4, 0);
  const Matrix factor = *cholesky_factor(random_models::covariance(4, rng));
  const Vector entries = log_cholesky(factor);
  EXPECT_EQ(entries.size(), log_cholesky_size(4));
  EXPECT_LT((from_log_cholesky(entries, 4) - factor).norm(), 1e-15);
}

TEST(LogCholesky, EveryVectorIsACovariance) {
  RandomEngine rng = random_stream(5, 0);
  const Matrix factor = from_log_cholesky(random_models::normal_draws(6, 1, rng), 3);
  EXPECT_TRUE(cholesky_factor(factor * factor.transpose()));
}

}  // namespace
}  // namespace latent
