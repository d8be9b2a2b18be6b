// latent select, as its users meet it.
#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "command/fixture.hpp"

namespace latent::command {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string faithful = data("old_faithful.csv");

class SelectCommand : public Command {
 protected:
  json select(const std::string& arguments) const {
    const Outcome outcome = latent("select " + arguments + " --json");
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return json::parse(outcome.out);
  }
};

const json& best_of(const json& selection) { return selection.at("candidates").at(selection.at("best").get<size_t>()); }

// mclust 6.0.0: BIC -2322.192 for VVV,2 and -2314.316 for EEE,3, the best of all; its BIC has the other sign.
TEST_F(SelectCommand, ComparesComponentsAndCovariancesOfOldFaithful) {
  const json full = select("gaussian-mixture " + faithful + " --components 1..4 --penalty 0");
  EXPECT_EQ(full.at("model"), "gaussian-mixture");
  EXPECT_EQ(full.at("criterion"), "bic");
  EXPECT_EQ(full.at("candidates").size(), 4);
  EXPECT_EQ(full.at("best"), 1);
  EXPECT_EQ(best_of(full).at("components"), 2);
  EXPECT_EQ(best_of(full).at("covariance"), "full");
  EXPECT_EQ(best_of(full).at("free_parameters"), 11);
  EXPECT_NEAR(best_of(full).at("bic").get<double>(), 2322.192, 1e-3);
  EXPECT_NEAR(best_of(full).at("log_likelihood").get<double>(), -1130.264, 1e-3);

  const json both = select("gaussian-mixture " + faithful + " --components 2,3 --covariance full,tied --penalty 0");
  EXPECT_EQ(both.at("candidates").size(), 4);
  EXPECT_EQ(best_of(both).at("components"), 3);
  EXPECT_EQ(best_of(both).at("covariance"), "tied");
  EXPECT_NEAR(best_of(both).at("bic").get<double>(), 2314.316, 0.03);
}

TEST_F(SelectCommand, TheBestIsTheFitThatFitWouldGive) {
  const json selection =
      select("gaussian-mixture " + faithful + " --components 1..3 --restarts 4 --seed 9 --save best.json");
  const json fitted = fit("gaussian-mixture " + faithful + " --components 2 --restarts 4 --seed 9");
  EXPECT_EQ(selection.at("fit"), fitted);
  EXPECT_EQ(json::parse(read("best.json")), fitted);
  EXPECT_EQ(latent("predict best.json " + faithful).status, 0);
}

TEST_F(SelectCommand, EachCandidateIsTheFitThatFitWouldGive) {
  const json selection = select("gaussian-mixture " + faithful + " --components 3 --covariance all --restarts 3");
  ASSERT_EQ(selection.at("candidates").size(), 4);
  for (const json& candidate : selection.at("candidates")) {
    const json fitted = fit("gaussian-mixture " + faithful + " --components 3 --restarts 3 --covariance " +
                            candidate.at("covariance").get<std::string>());
    for (const char* key : {"log_likelihood", "free_parameters", "aic", "bic", "icl"}) {
      EXPECT_EQ(candidate.at(key), fitted.at(key)) << key;
    }
  }
}

TEST_F(SelectCommand, TakesListsAndRangesOfComponents) {
  const auto components = [&](const std::string& list) {
    const json selection = select("coin-mixture " + data("coin_tosses.csv") + " --restarts 2 --components " + list);
    std::vector<int> all;
    for (const json& candidate : selection.at("candidates")) all.push_back(candidate.at("components").get<int>());
    return all;
  };
  EXPECT_THAT(components("2"), testing::ElementsAre(2));
  EXPECT_THAT(components("1..3"), testing::ElementsAre(1, 2, 3));
  EXPECT_THAT(components("3,1"), testing::ElementsAre(1, 3));
  EXPECT_THAT(components("1..2,2,4"), testing::ElementsAre(1, 2, 4));
}

TEST_F(SelectCommand, EveryCriterionHasItsValueAndItsBest) {
  const std::string command = "gaussian-mixture " + faithful + " --components 1..2 --restarts 2 --criterion ";
  for (const std::string name : {"aic", "bic", "icl", "cv --folds 3", "mccv --splits 3", "heldout --held-out 0.5"}) {
    const json selection = select(command + name);
    const std::string criterion = name.substr(0, name.find(' '));
    EXPECT_EQ(selection.at("criterion"), criterion);
    EXPECT_EQ(selection.at("best"), 1);
    const double one = selection.at("candidates").at(0).at(criterion);
    const double two = selection.at("candidates").at(1).at(criterion);
    if (criterion == "cv" || criterion == "mccv" || criterion == "heldout") {
      EXPECT_GT(two, one);
    } else {
      EXPECT_LT(two, one);
    }
  }
}

TEST_F(SelectCommand, ReportsPairedDifferencesAndTheSimplestWithinOneStandardError) {
  const std::string command = "gaussian-mixture " + faithful +
                              " --components 1..4 --covariance tied --restarts 3 --tolerance 1e-7 --criterion ";
  for (const std::string criterion : {"cv --folds 4", "mccv --splits 4"}) {
    const json best = select(command + criterion);
    const json simplest = select(command + criterion + " --one-standard-error");
    const std::size_t position = best.at("simplest");
    EXPECT_EQ(simplest.at("best"), position);
    EXPECT_EQ(best_of(best).at("behind_best"), 0.0);
    // The simplest of those that are within one standard error of the best.
    for (std::size_t i = 0; i < 4; ++i) {
      const json& candidate = best.at("candidates").at(i);
      const bool within = candidate.at("behind_best") <= candidate.at("behind_best_standard_error");
      if (i == position) {
        EXPECT_TRUE(within);
      }
      if (i < position) {
        EXPECT_FALSE(within);
      }
    }
    EXPECT_GT(best.at("candidates").at(0).at("behind_best").get<double>(), 20.0);
    const Outcome table = latent("select " + command + criterion);
    EXPECT_THAT(lines(table.out)[0], testing::EndsWith("behind best         s.e."));
    EXPECT_THAT(lines(table.out)[5], StartsWith("* best by " + criterion.substr(0, criterion.find(' ')) + "; "));
    EXPECT_THAT(lines(table.out)[5], HasSubstr("within one standard error of it"));
  }
}

// Sampling weights: the report says what BIC takes them for. Counts are what it takes them for.
TEST_F(SelectCommand, WarnsOfWeightsThatAreNotCounts) {
  write("weighted.csv", "x,w,n\n1,0.5,1\n2,1.5,2\n4,0.7,1\n5,1.3,3\n7,2,1\n");
  const std::string kish = "warning: the weights are not whole numbers, but BIC, ICL and standard errors";
  const Outcome fitted = latent("fit gaussian-mixture weighted.csv --columns x --weights w --components 1");
  EXPECT_EQ(fitted.status, 0);
  EXPECT_THAT(fitted.err, HasSubstr(kish));
  EXPECT_THAT(fitted.err, HasSubstr("effective size is 4.1"));  // 6²/8.68 = 4.147
  EXPECT_THAT(latent("select gaussian-mixture weighted.csv --columns x --weights w --components 1").err,
              HasSubstr(kish));
  EXPECT_THAT(latent("fit gaussian-mixture weighted.csv --columns x --weights n --components 1").err,
              testing::Not(HasSubstr(kish)));
  EXPECT_THAT(latent("fit incomplete-gaussian weighted.csv --columns x --weights w").err, HasSubstr(kish));
  write("coins.csv", "heads,tosses,w\n5,10,0.5\n9,10,1.5\n");
  EXPECT_THAT(latent("fit coin-mixture coins.csv --weights w --components 1").err, HasSubstr(kish));
}

TEST_F(SelectCommand, TestsOneComponentAfterTheOther) {
  const json selection = select("gaussian-mixture " + faithful +
                                " --components 1..4 --penalty 0 --restarts 3 --tolerance 1e-7 --criterion lrt "
                                "--replicates 19 --level 0.05");
  EXPECT_EQ(selection.at("criterion"), "lrt");
  EXPECT_FALSE(selection.at("candidates").at(0).contains("lrt"));
  EXPECT_EQ(selection.at("candidates").at(1).at("lrt"), 0.05);
  EXPECT_DOUBLE_EQ(selection.at("candidates").at(1).at("standard_error").get<double>(), std::sqrt(0.05 * 0.95 / 19.0));
  const auto best = selection.at("best").get<std::size_t>();
  EXPECT_GE(best, 1);
  EXPECT_GT(selection.at("candidates").at(best + 1).at("lrt").get<double>(), 0.05);
}

TEST_F(SelectCommand, TheSameSeedGivesTheSameBytesForAnyNumberOfThreads) {
  for (const std::string criterion : {"cv --folds 4", "lrt --replicates 19"}) {
    const std::string command =
        fmt::format("select gaussian-mixture {} --components 1..2 --restarts 2 --tolerance 1e-6 --json --criterion {}",
                    faithful, criterion);
    const Outcome one = latent(command + " --threads 1");
    EXPECT_EQ(one.status, 0) << one.err;
    EXPECT_EQ(latent(command + " --threads 3").out, one.out);
  }
}

TEST_F(SelectCommand, PrintsTheTableAndTheBest) {
  const Outcome outcome = latent("select gaussian-mixture " + faithful + " --components 1..3 --penalty 0");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "");
  const auto rows = lines(outcome.out);
  ASSERT_GT(rows.size(), 6);
  EXPECT_THAT(rows[0], StartsWith("  components  covariance  log-likelihood"));
  EXPECT_THAT(rows[1], StartsWith("           1  full          -1289.796"));
  EXPECT_THAT(rows[2], StartsWith("*          2  full          -1130.263960          11"));
  EXPECT_THAT(rows[3], StartsWith("           3  full"));
  EXPECT_EQ(rows[4], "* best by bic");
  EXPECT_THAT(outcome.out, HasSubstr("gaussian-mixture     2 components, full covariance, maximum likelihood\n"));
  EXPECT_EQ(latent("select gaussian-mixture " + faithful + " --components 1 --quiet").out, "");
}

TEST_F(SelectCommand, WhatCanNotBeFittedIsSaid) {
  write("two.csv", "x\n0\n0\n0\n1\n1\n1\n");
  const Outcome outcome = latent("select gaussian-mixture two.csv --components 1,2 --penalty 0 --json");
  EXPECT_EQ(outcome.status, 0);
  const json selection = json::parse(outcome.out);
  EXPECT_EQ(selection.at("best"), 0);
  EXPECT_THAT(selection.at("candidates").at(1).at("failure").get<std::string>(), HasSubstr("all 10 restarts failed"));
  EXPECT_FALSE(selection.at("candidates").at(1).contains("bic"));
  EXPECT_THAT(outcome.err, HasSubstr("warning: 2 components, full covariance: all 10 restarts failed"));

  const Outcome none = latent("select gaussian-mixture two.csv --components 2 --penalty 0");
  EXPECT_EQ(none.status, 3);
  EXPECT_EQ(lines(none.err).size(), 1);
}

class SelectRefuses : public Command, public testing::WithParamInterface<Refusal> {};

TEST_P(SelectRefuses, InOneLineThatNamesWhatIsWrong) {
  write("three.csv", "x\n1\n2\n4\n");
  write("hole.csv", "a,b\n1,2\n,3\n4,5\n");
  write("coins.csv", "heads,tosses\n5,10\n12,10\n");
  expect_refusal(latent("select " + GetParam().arguments), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Bad, SelectRefuses,
    testing::Values(
        Refusal{"incomplete-gaussian hole.csv --components 1..2",
                "MODEL: incomplete-gaussian: it has no components to select; must be one of gaussian-mixture, coin-"},
        Refusal{"gaussian-mixture three.csv", "--components: not given: say which to compare, as 1..6 or 1,2,4"},
        Refusal{"gaussian-mixture three.csv --components two", "--components: two: must be numbers"},
        Refusal{"gaussian-mixture three.csv --components 1..99999999999", "--components: 1..99999999999: must be"},
        Refusal{"gaussian-mixture three.csv --components 4", "three.csv: there are 3 observations for 4 components"},
        Refusal{"gaussian-mixture three.csv --components 1 --covariance full,round", "--covariance: round: must be"},
        Refusal{"gaussian-mixture three.csv --components 1 --covariance full,tied --criterion lrt",
                "--covariance: full,tied: must be one kind with --criterion lrt"},
        Refusal{"gaussian-mixture three.csv --components 1 --folds 2",
                "--folds: given: goes with --criterion cv, and not with bic"},
        Refusal{"gaussian-mixture three.csv --components 1 --splits 5 --criterion cv",
                "--splits: given: goes with --criterion mccv, and not with cv"},
        Refusal{"gaussian-mixture three.csv --components 1 --held-out 0.5 --criterion cv",
                "--held-out: given: goes with --criterion heldout or mccv, and not with cv"},
        Refusal{"gaussian-mixture three.csv --components 1 --one-standard-error",
                "--one-standard-error: given: goes with --criterion cv or mccv or heldout, and not with bic"},
        Refusal{"gaussian-mixture three.csv --components 1 --splits 1 --criterion mccv",
                "--splits: 1: must be a whole number from 2 to 2147483647"},
        Refusal{"gaussian-mixture three.csv --components 1 --level 0.1 --criterion cv",
                "--level: given: goes with --criterion lrt"},
        Refusal{"gaussian-mixture three.csv --components 1 --criterion cv", "--folds: 10: must be at least 2, and at"},
        Refusal{"gaussian-mixture three.csv --components 1 --criterion heldout --held-out 1.5",
                "--held-out: 1.5: must"},
        Refusal{"gaussian-mixture three.csv --components 1,2 --criterion lrt --replicates 9",
                "--replicates: 9: must be at least 19 for a p-value to reach the level 0.05"},
        Refusal{"gaussian-mixture three.csv --components 1,2 --criterion lrt --level 2",
                "--level: 2: must be a finite number more than"},
        Refusal{"gaussian-mixture hole.csv --components 1..2", "hole.csv: row 2, column 'a': the value is missing"},
        Refusal{"gaussian-mixture three.csv --components 1 --save .", ".: is a folder"},
        Refusal{"coin-mixture coins.csv --components 1", "coins.csv: row 2: 12 heads in 10 tosses"},
        Refusal{"coin-mixture coins.csv --components 1 --covariance all", "--covariance: given: coin-mixture has no"},
        Refusal{"coin-mixture coins.csv --components 1 --penalty 1", "--penalty: 1: coin-mixture has no penalty"},
        Refusal{"coin-mixture coins.csv --components 1 --start x.json", "--start"}));

}  // namespace
}  // namespace latent::command
