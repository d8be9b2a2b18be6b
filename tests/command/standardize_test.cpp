// --standardize: the same maximum, in the units of the data.
#include <gmock/gmock.h>

#include <cmath>

#include "command/fixture.hpp"
#include "command/options/standardize.hpp"
#include "fixtures/random_models.hpp"
#include "fixtures/rows_with_holes.hpp"

namespace latent::command {
namespace {

using testing::HasSubstr;

double number(const json& object, const std::string& key) { return object.at(key).get<double>(); }

const std::string faithful = data("old_faithful.csv");

// Maximum likelihood of these kinds is the same whatever the units of each column.
TEST_F(Command, StandardizedFitsHaveTheSameMaximum) {
  for (const std::string kind : {"full", "tied", "diagonal"}) {
    for (const std::string penalty : {" --penalty 0", ""}) {
      const std::string arguments =
          fmt::format("gaussian-mixture {} --components 2 --covariance {}{}", faithful, kind, penalty);
      const json plain = fit(arguments);
      const json standardized = fit(arguments + " --standardize");
      for (const std::string key : {"log_likelihood", "objective", "aic", "bic", "icl"}) {
        EXPECT_NEAR(number(standardized, key), number(plain, key), 2e-5) << kind << penalty << " " << key;
      }
      const json& trace = standardized.at("trace");
      EXPECT_EQ(number(trace.back(), "log_likelihood"), number(standardized, "log_likelihood"));
      EXPECT_EQ(number(trace.back(), "objective"), number(standardized, "objective"));
      const json& best = standardized.at("restarts").at(standardized.at("best_restart").get<std::size_t>() - 1);
      EXPECT_EQ(number(best, "log_likelihood"), number(standardized, "log_likelihood"));
    }
  }
}

// The log-likelihood that is reported is that of the parameters that are: no iteration, and it comes out again.
TEST_F(Command, StandardizedFitsCanBeStartedFrom) {
  const std::string arguments = "gaussian-mixture " + faithful + " --components 3 --penalty 0";
  const json first = fit(arguments + " --standardize --save model.json");
  const json plain = fit(arguments + " --start model.json --max-iterations 0");
  const json standardized = fit(arguments + " --start model.json --max-iterations 0 --standardize");
  EXPECT_NEAR(number(plain, "log_likelihood"), number(first, "log_likelihood"), 1e-9);
  EXPECT_NEAR(number(standardized, "log_likelihood"), number(first, "log_likelihood"), 1e-9);
  const auto means = first.at("parameters").at("means").get<std::vector<std::vector<double>>>();
  const auto again = standardized.at("parameters").at("means").get<std::vector<std::vector<double>>>();
  for (std::size_t k = 0; k < means.size(); ++k) EXPECT_NEAR(again.at(k).at(1), means.at(k).at(1), 1e-12);
}

TEST_F(Command, StandardizedFitsTakeWeightsAndMissingValues) {
  write("w.csv", "x,y,w\n1,300,2\n2,100,2\n4,250,2\n8,100,2\n9,700,2\n");
  write("twice.csv", "x,y\n1,300\n2,100\n4,250\n8,100\n9,700\n1,300\n2,100\n4,250\n8,100\n9,700\n");
  const std::string options = " --components 1 --penalty 0 --standardize";
  const double weighted = number(fit("gaussian-mixture w.csv --weights w" + options), "log_likelihood");
  EXPECT_NEAR(weighted, number(fit("gaussian-mixture twice.csv" + options), "log_likelihood"), 1e-10);
  EXPECT_NEAR(weighted, number(fit("gaussian-mixture twice.csv --components 1 --penalty 0"), "log_likelihood"), 1e-10);

  const std::string air = "incomplete-gaussian " + data("airquality.csv");
  for (const std::string penalty : {"", " --penalty 1"}) {
    const json plain = fit(air + penalty);
    const json standardized = fit(air + penalty + " --standardize");
    EXPECT_NEAR(number(standardized, "log_likelihood"), number(plain, "log_likelihood"), 1e-5) << penalty;
    EXPECT_NEAR(number(standardized, "objective"), number(plain, "objective"), 1e-5) << penalty;
  }
}

// The model in the units of the data is the one that was fitted, however far from 0 the data lie.
TEST(Standardize, AnIncompleteGaussianKeepsItsDigitsFarFrom0) {
  for (const double deviations : {1e6, 1e9, 1e12}) {
    RandomEngine rng = random_stream(71, 0);
    const Matrix mix = random_models::normal_draws(3, 3, rng);
    RowMatrix values = random_models::normal_draws(200, 3, rng) * mix;
    values.array() += deviations * mix.norm();
    for (Index row = 0; row < 200; row += 3) values(row, row % 2) = std::nan("");
    const Observations far(values);
    const Standardization units = standardization(far);
    const RowMatrix standard_values = standardized(far, units);
    const IncompleteObservations standard{Observations(standard_values)};
    const auto fitted = fit(IncompleteGaussian(standard), standard);

    const IncompleteGaussian model = cli::in_data_units(fitted.model, units);
    const double expected = fitted.log_likelihood + log_likelihood_change(far, units);
    const auto by_formula = static_cast<double>(
        rows_with_holes::log_likelihood(values, model.mean(), model.mean_remainder(), model.covariance()));
    EXPECT_NEAR(by_formula, expected, 1e-12 * std::abs(expected)) << deviations;
    EXPECT_NEAR(model.log_likelihood(IncompleteObservations(far)), expected, 1e-12 * std::abs(expected)) << deviations;
    const IncompleteGaussian again = cli::standardized(model, units);
    EXPECT_LT((again.mean() - fitted.model.mean()).norm(), 1e-14) << deviations;
  }
}

TEST_F(Command, StandardizedSelectionsHaveTheSameTable) {
  const std::string arguments = "select gaussian-mixture " + faithful + " --components 1..2 --penalty 0 --json";
  for (const std::string criterion : {"bic", "aic", "icl", "cv"}) {
    const json plain = json::parse(latent(fmt::format("{} --criterion {}", arguments, criterion)).out);
    const json standardized =
        json::parse(latent(fmt::format("{} --standardize --criterion {}", arguments, criterion)).out);
    for (const std::size_t i : {0U, 1U}) {
      for (const std::string& key : {std::string("log_likelihood"), std::string("bic"), criterion}) {
        EXPECT_NEAR(number(standardized.at("candidates").at(i), key), number(plain.at("candidates").at(i), key), 1e-3)
            << criterion << " " << key;
      }
    }
  }
}

// Added in units of standard deviations: with one component and a huge ridge nothing else is left.
TEST_F(Command, ARidgeIsOnStandardizedColumns) {
  const json fitted =
      fit("gaussian-mixture " + faithful + " --components 1 --penalty 0 --covariance diagonal --ridge 3 --standardize");
  const json plain = fit("gaussian-mixture " + faithful + " --components 1 --penalty 0 --covariance diagonal");
  for (const std::size_t j : {0U, 1U}) {
    const double variance = plain.at("parameters").at("covariances").at(0).at(j).get<double>();
    EXPECT_NEAR(fitted.at("parameters").at("covariances").at(0).at(j).get<double>() / variance, 4.0, 1e-9);
  }
}

TEST_F(Command, StandardizeIsRefusedWhereItMeansNothing) {
  write("constant.csv", "a,b\n1,7\n2,7\n3,7\n");
  const auto refused = [&](const std::string& arguments) {
    const Outcome outcome = latent(arguments + " --standardize");
    EXPECT_EQ(outcome.status, 2);
    return outcome.err;
  };
  EXPECT_THAT(refused("fit gaussian-mixture " + faithful + " --components 2 --covariance spherical"),
              HasSubstr("--standardize: given: not with spherical covariances"));
  EXPECT_THAT(refused("select gaussian-mixture " + faithful + " --components 1..2 --covariance all"),
              HasSubstr("--standardize: given: not with spherical covariances"));
  EXPECT_THAT(refused("select gaussian-mixture " + faithful + " --components 1..2 --criterion heldout"),
              HasSubstr("--standardize: given: not with --criterion heldout"));
  EXPECT_THAT(refused("fit coin-mixture " + data("coin_tosses.csv") + " --components 2"),
              HasSubstr("--standardize: given: coin-mixture has no such option"));
  EXPECT_THAT(refused("fit gaussian-mixture constant.csv --components 1"),
              HasSubstr("constant.csv: column 'b': all its values are equal"));
}

}  // namespace
}  // namespace latent::command
