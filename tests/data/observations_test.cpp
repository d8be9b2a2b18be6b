#include "latent/data/observations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "latent/core/errors.hpp"

namespace latent {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

const RowMatrix values{{1.0, 10.0}, {2.0, 20.0}, {4.0, 60.0}};
const std::vector<double> weights = {1.0, 2.0, 0.5};

// Rows of weight 0 are no observations, wherever they stand and whatever they hold.
TEST(Observations, MeansAndVariancesLookAtNoRowOfWeight0) {
  const RowMatrix points{{1e100}, {1.0}, {2.0}, {6.0}, {-1e149}};
  const std::vector<double> counts = {0.0, 1.0, 1.0, 1.0, 0.0};
  const Observations data(points, counts);
  EXPECT_NEAR(column_means(data)[0], 3.0, 1e-15);
  EXPECT_NEAR(column_variances(data)[0], 14.0 / 3.0, 1e-14);
}

TEST(Observations, LookAtTheRowsOfAMatrix) {
  const Observations data(values);
  EXPECT_EQ(data.size(), 3);
  EXPECT_EQ(data.dimension(), 2);
  EXPECT_EQ(data(2, 1), 60.0);
  EXPECT_EQ(data[1], (Vector{{2.0, 20.0}}));
  EXPECT_EQ(data.matrix(), values);
  EXPECT_FALSE(data.weighted());
  EXPECT_EQ(data.weight(1), 1.0);
  EXPECT_EQ(data.total_weight(), 3.0);
}

TEST(Observations, APartHasItsRowsAndItsWeights) {
  const Observations part = Observations(values, weights).subspan(1, 2);
  EXPECT_EQ(part.size(), 2);
  EXPECT_EQ(part(0, 0), 2.0);
  EXPECT_EQ(part.weight(1), 0.5);
  EXPECT_EQ(part.total_weight(), 2.5);
}

TEST(Observations, RefuseImpossibleWeights) {
  const auto weighted = [](const std::vector<double>& some) { return [&some] { Observations(values, some); }; };
  EXPECT_THAT(weighted({1.0, 2.0}), ThrowsMessage<InvalidData>(HasSubstr("2 weights for 3 observations")));
  EXPECT_THAT(weighted({1.0, -2.0, 1.0}), ThrowsMessage<InvalidData>(HasSubstr("row 2: the weight is -2")));
  EXPECT_THAT(weighted({1.0, 1.0, std::nan("")}), ThrowsMessage<InvalidData>(HasSubstr("row 3: the weight is nan")));
  EXPECT_THAT(weighted({INFINITY, 1.0, 1.0}), ThrowsMessage<InvalidData>(HasSubstr("row 1: the weight is inf")));
}

// Weighted mean (1 + 4 + 2) / 3.5 = 2; variance (1·1 + 2·0 + 0.5·4) / 3.5.
TEST(Observations, HaveWeightedMomentsOfColumns) {
  const Observations data(values, weights);
  EXPECT_NEAR(column_means(data)[0], 2.0, 1e-15);
  EXPECT_NEAR(column_variances(data)[0], 3.0 / 3.5, 1e-15);
}

// A naive mean of 0.1 a hundred times is not 0.1.
TEST(Observations, EqualValuesHaveNoSpread) {
  const RowMatrix constant = RowMatrix::Constant(100'000, 1, 0.1);
  EXPECT_EQ(column_means(constant)[0], 0.1);
  EXPECT_EQ(column_variances(constant)[0], 0.0);
  EXPECT_THAT([&] { require_spread(column_means(constant), column_variances(constant)); },
              ThrowsMessage<InvalidData>(HasSubstr("column 1: all its values are equal")));
  EXPECT_NO_THROW(require_spread(Vector{{1e9}}, Vector{{1.0}}));
}

TEST(RequireComplete, NamesRowAndColumn) {
  RowMatrix bad = values;
  bad(1, 0) = std::nan("");
  EXPECT_THAT([&] { require_complete(bad); },
              ThrowsMessage<InvalidData>(HasSubstr("row 2, column 1: the value is missing")));
  EXPECT_NO_THROW(require_usable_or_missing(bad));
  bad(1, 0) = -INFINITY;
  EXPECT_THAT([&] { require_complete(bad); },
              ThrowsMessage<InvalidData>(HasSubstr("row 2, column 1: the value is infinite")));
  bad(1, 0) = 1e151;
  EXPECT_THAT([&] { require_usable_or_missing(bad); },
              ThrowsMessage<InvalidData>(HasSubstr("row 2, column 1: 1e+151 is too large")));
}

TEST(RequireComplete, RefusesDataWithoutWeight) {
  const std::vector<double> none = {0.0, 0.0, 0.0};
  const std::vector<double> huge(3, std::numeric_limits<double>::max());
  EXPECT_THAT([&] { require_complete(Observations(values, none)); }, ThrowsMessage<InvalidData>(HasSubstr("weight 0")));
  EXPECT_THAT([&] { require_complete(Observations(values, huge)); },
              ThrowsMessage<InvalidData>(HasSubstr("the sum of the weights, inf, is too large")));
  const std::vector<double> large(3, 1e306);
  EXPECT_THAT([&] { require_complete(Observations(values, large)); },
              ThrowsMessage<InvalidData>(HasSubstr("the sum of the weights, 3e+306, is too large")));
  EXPECT_THAT([] { require_complete(RowMatrix(0, 2)); }, ThrowsMessage<InvalidData>(HasSubstr("no observations")));
}

}  // namespace
}  // namespace latent
