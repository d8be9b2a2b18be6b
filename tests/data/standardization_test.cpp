#include "latent/data/standardization.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "latent/core/errors.hpp"

namespace latent {
namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

// Means 2.5 and 30, variances 1.25 and 200: by hand.
const RowMatrix by_hand{{1.0, 10.0}, {2.0, missing}, {3.0, missing}, {4.0, 50.0}};

TEST(Standardization, IsThatOfTheObservedValues) {
  const Standardization units = standardization(Observations(by_hand));
  EXPECT_DOUBLE_EQ(units.mean[0], 2.5);
  EXPECT_DOUBLE_EQ(units.mean[1], 30.0);
  EXPECT_DOUBLE_EQ(units.scale[0], std::sqrt(1.25));
  EXPECT_DOUBLE_EQ(units.scale[1], 20.0);
  const RowMatrix z = standardized(Observations(by_hand), units);
  EXPECT_DOUBLE_EQ(z(0, 1), -1.0);
  EXPECT_TRUE(std::isnan(z(1, 1)));
  EXPECT_NEAR(z.col(0).sum(), 0.0, 1e-15);
  EXPECT_NEAR(z.col(0).squaredNorm(), 4.0, 1e-15);
}

TEST(Standardization, AWeightOfTwoIsTheObservationTwice) {
  const RowMatrix once{{1.0}, {4.0}, {1e6}};
  const std::vector<double> weights = {2, 1, 0};
  const RowMatrix twice{{1.0}, {1.0}, {4.0}};
  const Standardization weighted = standardization(Observations(once.data(), 3, 1, weights));
  const Standardization doubled = standardization(Observations(twice));
  EXPECT_DOUBLE_EQ(weighted.mean[0], doubled.mean[0]);
  EXPECT_DOUBLE_EQ(weighted.scale[0], doubled.scale[0]);
  EXPECT_DOUBLE_EQ(log_likelihood_change(Observations(once.data(), 3, 1, weights), weighted),
                   log_likelihood_change(Observations(twice), doubled));
}

// The standard normal density of z, changed by the Jacobian, is the normal density of x.
TEST(Standardization, TheChangeOfTheLogLikelihoodIsTheJacobian) {
  const Observations data(by_hand);
  const Standardization units = standardization(data);
  const RowMatrix z = standardized(data, units);
  const auto log_normal = [](double x, double mean, double deviation) {
    return -0.5 * std::log(2.0 * std::numbers::pi) - std::log(deviation) -
           0.5 * (x - mean) * (x - mean) / (deviation * deviation);
  };
  double of_x = 0.0;
  double of_z = 0.0;
  for (Index row = 0; row < 4; ++row) {
    for (Index column = 0; column < 2; ++column) {
      if (std::isnan(z(row, column))) continue;
      of_x += log_normal(by_hand(row, column), units.mean[column], units.scale[column]);
      of_z += log_normal(z(row, column), 0.0, 1.0);
    }
  }
  EXPECT_NEAR(of_z + log_likelihood_change(data, units), of_x, 1e-12);
}

TEST(Standardization, MomentsGoBothWays) {
  const Standardization units = standardization(Observations(by_hand));
  const RowMatrix means{{4.0, -7.0}};
  const Matrix covariance{{2.0, -3.0}, {-3.0, 50.0}};
  const Vector variances = Eigen::Vector2d(2, 50);
  EXPECT_TRUE(units.means_in_data_units(units.standardized_means(means)).isApprox(means, 1e-15));
  EXPECT_TRUE(units.covariance_in_data_units(units.standardized_covariance(covariance)).isApprox(covariance, 1e-15));
  EXPECT_TRUE(units.covariance_in_data_units(units.standardized_covariance(variances)).isApprox(variances, 1e-15));
  // s_1 s_2 = √1.25 · 20
  EXPECT_NEAR(units.covariance_in_data_units(Matrix::Ones(2, 2))(1, 0), std::sqrt(1.25) * 20.0, 1e-13);
}

TEST(Standardization, HugeAndTinyValuesAreNoMatter) {
  for (const double size : {1e-300, 1e-150, 1e150, 1e300}) {
    const RowMatrix data{{size}, {2.0 * size}, {3.0 * size}, {4.0 * size}};
    const Standardization units = standardization(Observations(data));
    EXPECT_NEAR(units.mean[0] / size, 2.5, 1e-14);
    EXPECT_NEAR(units.scale[0] / size, std::sqrt(1.25), 1e-14);
  }
}

TEST(Standardization, RefusesAColumnWithoutSpread) {
  const auto refused = [](double first, double second) {
    const RowMatrix data{{1.0, first}, {2.0, second}, {3.0, second}};
    try {
      (void)standardization(Observations(data));
      return std::string("not refused");
    } catch (const InvalidData& error) {
      EXPECT_EQ(error.column(), 2U);
      return error.reason();
    }
  };
  EXPECT_THAT(refused(7, 7), testing::StartsWith("all its values are equal"));
  EXPECT_THAT(refused(7, missing), testing::StartsWith("all its values are equal"));
  EXPECT_EQ(refused(missing, missing), "it has no value of positive weight");
  EXPECT_EQ(refused(1, std::numeric_limits<double>::infinity()), "a value is infinite");
  EXPECT_THAT(refused(-1.7e308, 1.7e308), testing::StartsWith("its values are too far apart"));
}

}  // namespace
}  // namespace latent
