// The defaults of gaussian-mixture on easy data; the figures are those of plain maximum likelihood by other software.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "command/fixture.hpp"

namespace latent::command {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string case_of(const std::string& name) { return fmt::format("{}/{}", LATENT_CASES_DIR, name); }

class Defaults : public Command {
 protected:
  static double deviation(const json& fitted, std::size_t component) {
    return std::sqrt(fitted.at("parameters").at("covariances").at(component).at(0).at(0).get<double>());
  }
};

TEST_F(Defaults, GroupsADayApartKeepTheirWidth) {
  const json fitted = fit("gaussian-mixture " + case_of("far-groups.csv") + " --components 2");
  EXPECT_NEAR(fitted.at("log_likelihood").get<double>(), -1231.156, 1e-3);
  EXPECT_NEAR(deviation(fitted, 0), 57.743, 1e-3);
  EXPECT_NEAR(deviation(fitted, 1), 56.339, 1e-3);
  EXPECT_THAT(fitted.at("warnings"), IsEmpty());
}

TEST_F(Defaults, TenAndTenObservationsKeepTheirWidth) {
  const json fitted = fit("gaussian-mixture " + case_of("far-groups-small.csv") + " --components 2");
  EXPECT_NEAR(fitted.at("log_likelihood").get<double>(), -41.5197, 1e-4);
  EXPECT_NEAR(deviation(fitted, 0), 0.951, 1e-3);
  EXPECT_NEAR(deviation(fitted, 1), 0.978, 1e-3);
}

TEST_F(Defaults, WholeNumbersOfTwoGroupsAreTwoGroups) {
  const Outcome outcome = latent("select gaussian-mixture " + case_of("counts.csv") + " --components 1..12 --json");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::parse(outcome.out).at("fit").at("parameters").at("weights").size(), 2);
}

TEST_F(Defaults, AComponentThatRestsOnTheFloorIsNamed) {
  std::string rows = "x,y\n";
  for (int i = 0; i < 100; ++i)
    rows += fmt::format("{},{}\n{},{}\n", std::sin(i), std::cos(2.7 * i), 9 + std::sin(3.1 * i), 9 + std::cos(i * i));
  write("outlier.csv", rows + "10000,10000\n");
  const json fitted = fit("gaussian-mixture outlier.csv --components 3");
  EXPECT_NEAR(fitted.at("parameters").at("weights").at(0).get<double>(), 100.0 / 201.0, 1e-6);
  EXPECT_NEAR(fitted.at("parameters").at("weights").at(2).get<double>(), 1.0 / 201.0, 1e-6);
  EXPECT_EQ(fitted.at("floor").at("components_on_floor"), json({3}));
  EXPECT_THAT(fitted.at("warnings"), Contains("component 3 rests on the floor: it holds 1 observation"));
}

TEST_F(Defaults, LinearDependenceIsRefusedWithTheOptionsThatTakeIt) {
  expect_refusal(latent("fit gaussian-mixture " + case_of("two-points.csv") + " --components 1"),
                 "they are linearly dependent; leave one of them out, or use --covariance diagonal or spherical, or "
                 "--ridge\n");
  expect_refusal(latent("fit incomplete-gaussian " + case_of("two-points.csv")), "or set a penalty (--penalty)\n");
}

// scikit-learn 1.2, reg_covar=1e-6: 1128.4486 is of two components, one at each of the two points.
TEST_F(Defaults, ARidgeTakesSingularData) {
  const std::string ridge = "gaussian-mixture " + case_of("two-points.csv") + " --penalty 0 --ridge 1e-6 --components ";
  EXPECT_NEAR(fit(ridge + "2").at("log_likelihood").get<double>(), 1128.4486, 1e-4);
  // One component: 13 + 1e-6 and 1e-6 are the eigenvalues of the covariance, 13/2 the mean of their quadratic forms.
  const double one =
      -100.0 * (std::log(2.0 * std::numbers::pi) + 0.5 * std::log((13.0 + 1e-6) * 1e-6)) - 50.0 * 13.0 / (13.0 + 1e-6);
  EXPECT_NEAR(fit(ridge + "1").at("log_likelihood").get<double>(), one, 1e-5);
}

TEST_F(Defaults, NearlyCollinearColumnsRaiseNoFalseAlarm) {
  const json holes = fit("incomplete-gaussian " + case_of("nearly-collinear-holes.csv"));
  EXPECT_NEAR(holes.at("log_likelihood").get<double>(), 194.7137007, 1e-6);
  EXPECT_THAT(holes.at("warnings"), Not(Contains(HasSubstr("lowered"))));
  EXPECT_THAT(holes.at("warnings"), Not(Contains(HasSubstr("below the ELBO"))));
  const json percent = fit("gaussian-mixture " + case_of("percent.csv") + " --components 2");
  EXPECT_THAT(percent.at("warnings"), Not(Contains(HasSubstr("ELBO"))));
  EXPECT_THAT(percent.at("warnings"), Contains(HasSubstr("are nearly linear combinations of others")));
}

TEST_F(Defaults, ComponentsComeOutByWeightUnlessTheStartIsToBeKept) {
  write("start.json",
        R"({"model": "gaussian-mixture", "columns": ["x"], "parameters":
            {"weights": [0.5, 0.5], "means": [[0], [20]], "covariances": [[[1]], [[1]]]}})");
  std::string rows = "x\n";
  for (int i = 0; i < 60; ++i) rows += fmt::format("{}\n", i < 20 ? std::sin(i) : 20 + std::sin(i));
  write("groups.csv", rows);
  const auto first_weight = [&](const std::string& options) {
    return fit("gaussian-mixture groups.csv " + options).at("parameters").at("weights").at(0).get<double>();
  };
  for (int seed = 1; seed <= 4; ++seed)
    EXPECT_NEAR(first_weight(fmt::format("--components 2 --seed {}", seed)), 2.0 / 3.0, 1e-6);
  EXPECT_NEAR(first_weight("--start start.json"), 1.0 / 3.0, 1e-6);
  EXPECT_NEAR(first_weight("--start start.json --order weight"), 2.0 / 3.0, 1e-6);
}

}  // namespace
}  // namespace latent::command
