// Whether the functions of MyModel are right, by latent's conformance suite, and whether it finds what was published.
#include "my_model.hpp"

#include <gtest/gtest.h>
#include <latent/data/data_file.hpp>
#include <latent/solver/fit.hpp>
#include <latent/testing/conformance_suite.hpp>

#include <algorithm>

namespace {

// Days with 0, 1, 2, … deaths of women over 80, London 1910-12 (Hasselblad 1969).
const latent::NumericTable& deaths() {
  static const latent::NumericTable table =
      latent::open_data(COUNTS_FILE).numbers({.columns = {"deaths"}, .weights = "weight"});
  return table;
}

LATENT_CONFORMANCE_SUITE(MyModelOfDeaths, MyModel(2), deaths().observations());

// Hasselblad (1969): weight 0.3599, means 1.256 and 2.663.
TEST(MyModel, FindsThePublishedMaximum) {
  const latent::StoppingRule stop = latent::relative_gain(1e-14) || latent::iteration_limit(20000);
  const MyModel model = latent::fit(MyModel(2), deaths().observations(), {.stop = stop}).model;
  latent::Index low = 0;
  EXPECT_NEAR(model.means().minCoeff(&low), 1.256, 1e-3);
  EXPECT_NEAR(model.means().maxCoeff(), 2.663, 1e-3);
  EXPECT_NEAR(model.weights()[low], 0.3599, 2e-4);
}

// One kind is a Poisson distribution, whose estimate is the mean.
TEST(MyModel, OfOneKindIsThePoissonDistribution) {
  const MyModel model = latent::fit(MyModel(1), deaths().observations()).model;
  EXPECT_NEAR(model.means()[0], latent::column_means(deaths().observations())[0], 1e-12);
  EXPECT_EQ(model.weights()[0], 1.0);
}

TEST(MyModel, RefusesWhatIsNoCount) {
  const latent::RowMatrix data{{1.0}, {2.5}};
  try {
    (void)latent::fit(MyModel(2), data);
    FAIL() << "2.5 was taken for a count";
  } catch (const latent::InvalidData& error) {
    EXPECT_EQ(error.row(), 2U);
  }
}

}  // namespace
