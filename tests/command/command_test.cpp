// The command as its users meet it: arguments in, standard output, standard error and exit status out.
#include "command/fixture.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

namespace latent::command {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string faithful = data("old_faithful.csv");

TEST_F(Command, ListsTheModels) {
  const Outcome outcome = latent("models");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.out, HasSubstr("gaussian-mixture\n"));
  EXPECT_THAT(outcome.out, HasSubstr("coin-mixture\n"));
  EXPECT_THAT(outcome.out, HasSubstr("incomplete-gaussian\n"));
}

TEST_F(Command, SaysItsVersionAndHelp) {
  EXPECT_THAT(latent("--version").out, StartsWith("latent "));
  EXPECT_EQ(latent("--help").status, 0);
  EXPECT_THAT(latent("fit --help").out, HasSubstr("--components"));
}

// mclust 6.0.0 gives -1130.26407 with its looser stopping rule.
TEST_F(Command, FitsOldFaithful) {
  const json fitted = fit("gaussian-mixture " + faithful + " --components 2 --penalty 0");
  EXPECT_NEAR(fitted.at("log_likelihood").get<double>(), -1130.264, 5e-4);
  EXPECT_TRUE(fitted.at("converged").get<bool>());
  EXPECT_EQ(fitted.at("observations"), 272);
  EXPECT_EQ(fitted.at("dimension"), 2);
  EXPECT_EQ(fitted.at("free_parameters"), 11);
  EXPECT_EQ(fitted.at("restarts").size(), 10);
}

TEST_F(Command, FindsTheBestTiedFitOfOldFaithfulWithinTwentyRestarts) {
  const json fitted =
      fit("gaussian-mixture " + faithful + " --components 3 --covariance tied --penalty 0 --restarts 20");
  EXPECT_GE(fitted.at("log_likelihood").get<double>(), -1126.316);
}

TEST_F(Command, PrintsEveryKeyOfTheContract) {
  const json fitted = fit("gaussian-mixture " + faithful + " --components 2");
  for (const char* key :
       {"model", "observations", "dimension", "log_likelihood", "objective", "iterations", "converged", "stop_reason",
        "free_parameters", "aic", "bic", "parameters", "restarts", "trace", "warnings"}) {
    EXPECT_TRUE(fitted.contains(key)) << key;
  }
}

TEST_F(Command, CriteriaFollowFromTheLogLikelihood) {
  const json fitted = fit("gaussian-mixture " + faithful + " --components 2");
  const double log_likelihood = fitted.at("log_likelihood");
  EXPECT_NEAR(fitted.at("aic").get<double>(), -2.0 * log_likelihood + 2.0 * 11.0, 1e-9);
  EXPECT_NEAR(fitted.at("bic").get<double>(), -2.0 * log_likelihood + 11.0 * std::log(272.0), 1e-9);
}

class ReferenceCase : public Command, public testing::WithParamInterface<const char*> {};

TEST_P(ReferenceCase, HasTheLogLikelihoodAfterSoManySteps) {
  const json known = json::parse(contents(reference(std::string(GetParam()) + ".json")));
  write("start.json", json{{"parameters", known.at("start").at("parameters")}}.dump());
  for (const auto& [steps, expected] : known.at("reference").at("log_likelihood_after").items()) {
    const json fitted =
        fit(fmt::format("gaussian-mixture {} --start start.json --penalty 0 --tolerance 0 --max-iterations {}",
                        reference(known.at("data")), steps));
    const double value = expected;
    EXPECT_NEAR(fitted.at("log_likelihood").get<double>(), value,
                std::abs(value) * known.at("relative_tolerance").get<double>())
        << steps;
    EXPECT_EQ(fitted.at("iterations").get<int>(), std::stoi(steps));
  }
}

INSTANTIATE_TEST_SUITE_P(All, ReferenceCase,
                         testing::Values("faithful-2-full", "faithful-2-diagonal", "faithful-2-spherical",
                                         "faithful-3-tied", "iris-3-full", "six-points"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::erase(name, '-');
                           return name;
                         });

// Do & Batzoglou (2008), figure 1b.
TEST_F(Command, ReproducesTheCoinsOfDoAndBatzoglou) {
  write("start.json", R"({"parameters": {"weights": [0.5, 0.5], "biases": [0.6, 0.5]}})");
  const json fitted = fit("coin-mixture " + data("coin_tosses.csv") +
                          " --start start.json --fixed-weights --max-iterations 10 --tolerance 0");
  EXPECT_NEAR(fitted.at("parameters").at("biases").at(0).get<double>(), 0.80, 0.005);
  EXPECT_NEAR(fitted.at("parameters").at("biases").at(1).get<double>(), 0.52, 0.005);
}

TEST_F(Command, SequencesHaveNoBinomialCoefficient) {
  const json known = json::parse(contents(reference("do-batzoglou.json"))).at("reference").at("after").at("10");
  write("start.json", R"({"parameters": {"weights": [0.5, 0.5], "biases": [0.6, 0.5]}})");
  const std::string options = " --start start.json --fixed-weights --max-iterations 10 --tolerance 0";
  EXPECT_NEAR(fit("coin-mixture " + data("coin_sequences.csv") + options).at("log_likelihood").get<double>(),
              known.at("log_likelihood_without_coefficients").get<double>(), 1e-9);
  EXPECT_NEAR(fit("coin-mixture " + data("coin_tosses.csv") + options).at("log_likelihood").get<double>(),
              known.at("log_likelihood").get<double>(), 1e-9);
}

TEST_F(Command, AFitCanBeStartedFromWhatWasSaved) {
  const json first = fit("gaussian-mixture " + faithful + " --components 2 --covariance tied --save model.json");
  const json again = fit("gaussian-mixture " + faithful + " --start model.json --max-iterations 0 --covariance tied");
  EXPECT_EQ(again.at("log_likelihood"), first.at("log_likelihood"));
  EXPECT_EQ(again.at("parameters"), first.at("parameters"));
}

TEST_F(Command, TheSameSeedGivesTheSameBitsForAnyNumberOfThreads) {
  write("model.json", R"({"model": "gaussian-mixture", "parameters": {"weights": [0.3, 0.7], "means": [[0, 0], [2, 1]],
                          "covariance": "spherical", "covariances": [1, 2]}})");
  write("data.csv", latent("sample model.json --count 5000").out);
  const std::string command = "fit gaussian-mixture data.csv --components 2 --restarts 3 --json --threads ";
  const std::string one = latent(command + "1").out;
  EXPECT_EQ(latent(command + "2").out, one);
  EXPECT_EQ(latent(command + "3").out, one);
}

TEST_F(Command, WritesTheTrace) {
  const json fitted = fit("gaussian-mixture " + faithful +
                          " --components 2 --restarts 3 --max-iterations 3 --tolerance 0 --trace trace.csv");
  const auto rows = lines(read("trace.csv"));
  ASSERT_EQ(rows.size(), 1 + 3 * 4);
  EXPECT_EQ(rows[0],
            "restart,iteration,log_likelihood,objective,gain,elbo_after_m_step,parameter_change,e_steps,seconds");
  std::vector<double> best;
  for (std::size_t row = 1; row < rows.size(); ++row) {
    if (std::stoi(cells(rows[row])[0]) == fitted.at("best_restart")) best.push_back(std::stod(cells(rows[row])[3]));
  }
  ASSERT_EQ(best.size(), 4);
  ASSERT_EQ(fitted.at("trace").size(), 4);
  for (std::size_t t = 0; t < 4; ++t) EXPECT_EQ(best[t], fitted.at("trace")[t].at("objective").get<double>());
  EXPECT_EQ(fitted.at("trace_every"), 1);
}

// A long run's trace is thinned in the JSON, and whole in the file.
TEST_F(Command, TheTraceOfALongRunIsBounded) {
  write("coins.csv", "heads,tosses\n5,10\n9,10\n1,10\n8,10\n2,10\n7,10\n");
  const std::string fitting = "coin-mixture coins.csv --components 2 --restarts 1 --tolerance 0 --max-iterations 9000";
  const json fitted = fit(fitting + " --trace trace.csv");
  EXPECT_EQ(lines(read("trace.csv")).size(), 1 + 9001);
  const json& trace = fitted.at("trace");
  EXPECT_EQ(fitted.at("trace_every"), 8);
  EXPECT_LT(trace.size(), 2100);
  EXPECT_EQ(trace.front().at("iteration"), 0);
  EXPECT_EQ(trace.at(1).at("iteration"), 8);
  EXPECT_EQ(trace.back().at("iteration"), 9000);

  // Half of it before a checkpoint: what the checkpoint has, and then what is new.
  fit("coin-mixture coins.csv --components 2 --restarts 1 --tolerance 0 --max-iterations 100 --checkpoint kept");
  EXPECT_EQ(fit(fitting + " --checkpoint kept --trace resumed.csv"), fitted);
  EXPECT_EQ(lines(read("resumed.csv")).size(), 1 + 9001);
}

// In the units of the data, as the report.
TEST_F(Command, TheTraceOfAStandardizedFitIsInTheUnitsOfTheData) {
  for (const std::string& fitting :
       {"gaussian-mixture " + faithful + " --components 2 --penalty 0.1 --restarts 1",
        "incomplete-gaussian " + data("airquality.csv") + " --columns Ozone,Solar.R,Wind,Temp --penalty 0.1"}) {
    const json fitted = fit(fitting + " --standardize --trace trace.csv");
    const auto last = cells(lines(read("trace.csv")).back());
    EXPECT_NEAR(std::stod(last[2]), fitted.at("log_likelihood").get<double>(), 1e-7) << fitting;
    EXPECT_NEAR(std::stod(last[3]), fitted.at("objective").get<double>(), 1e-7) << fitting;
  }
}

TEST_F(Command, PredictsResponsibilitiesAndLabels) {
  const json fitted = fit("gaussian-mixture " + faithful + " --components 2 --save model.json");
  const auto rows = lines(latent("predict model.json " + faithful).out);
  ASSERT_EQ(rows.size(), 273);
  EXPECT_EQ(rows[0], "component,p1,p2");
  for (std::size_t row = 1; row < rows.size(); ++row) {
    const auto values = cells(rows[row]);
    const double p1 = std::stod(values[1]);
    const double p2 = std::stod(values[2]);
    EXPECT_NEAR(p1 + p2, 1.0, 1e-12);
    EXPECT_EQ(values[0], p1 >= p2 ? "1" : "2");
  }
}

TEST_F(Command, PredictsCoins) {
  write("model.json", R"({"model": "coin-mixture", "parameters": {"weights": [0.5, 0.5], "biases": [0.6, 0.5]}})");
  // Do & Batzoglou (2008), figure 1b: the first set is of coin A with 0.45, the second with 0.80.
  const auto rows = lines(latent("predict model.json " + data("coin_tosses.csv")).out);
  ASSERT_EQ(rows.size(), 6);
  EXPECT_NEAR(std::stod(cells(rows[1])[1]), 0.45, 0.005);
  EXPECT_NEAR(std::stod(cells(rows[2])[1]), 0.80, 0.006);
}

TEST_F(Command, SamplesAreTheSameForTheSameSeed) {
  fit("gaussian-mixture " + faithful + " --components 2 --save model.json");
  const Outcome first = latent("sample model.json --count 7");
  EXPECT_EQ(first.status, 0);
  const auto rows = lines(first.out);
  ASSERT_EQ(rows.size(), 8);
  EXPECT_EQ(rows[0], "eruptions,waiting");
  EXPECT_EQ(latent("sample model.json --count 7").out, first.out);
  EXPECT_NE(latent("sample model.json --count 7 --seed 2").out, first.out);
}

TEST_F(Command, ImputesOnlyWhatIsMissing) {
  const Outcome outcome = latent("impute " + data("airquality.csv") + " --tolerance 1e-14");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto before = lines(contents(data("airquality.csv")));
  const auto after = lines(outcome.out);
  ASSERT_EQ(after.size(), before.size());
  EXPECT_EQ(after[0], before[0]);
  for (std::size_t row = 1; row < before.size(); ++row) {
    const auto observed = cells(before[row]);
    const auto imputed = cells(after[row]);
    ASSERT_EQ(imputed.size(), observed.size());
    for (std::size_t column = 0; column < observed.size(); ++column) {
      if (observed[column] == "NA") {
        EXPECT_TRUE(std::isfinite(std::stod(imputed[column])));
      } else {
        EXPECT_EQ(imputed[column], observed[column]);
      }
    }
  }
  const json all_known = json::parse(contents(reference("airquality.json"))).at("reference").at("imputed");
  for (const json& known : all_known) {
    const std::string cell = cells(after.at(known.at(0).get<std::size_t>())).at(known.at(1).get<std::size_t>() - 1);
    const double value = known.at(2);
    EXPECT_NEAR(std::stod(cell), value, 1e-6 * std::abs(value));
  }
}

TEST_F(Command, ImputesByAModelThatWasFittedBefore) {
  fit("incomplete-gaussian " + data("airquality.csv") + " --save model.json");
  const auto by_model = lines(latent("impute " + data("airquality.csv") + " --model model.json").out);
  const auto by_fit = lines(latent("impute " + data("airquality.csv")).out);
  ASSERT_EQ(by_model.size(), by_fit.size());
  EXPECT_EQ(by_model.front(), by_fit.front());
  for (std::size_t row = 1; row < by_fit.size(); ++row) {
    const auto numbers = cells(by_model[row]);
    const auto expected = cells(by_fit[row]);
    ASSERT_EQ(numbers.size(), expected.size());
    // The file has the means as doubles, which is a little less than the fit has.
    for (std::size_t j = 0; j < numbers.size(); ++j)
      EXPECT_NEAR(std::stod(numbers[j]), std::stod(expected[j]), 1e-12 * std::abs(std::stod(expected[j])));
  }
}

TEST_F(Command, ReadsStandardInput) {
  const json fitted = fit("gaussian-mixture - --components 2 --penalty 0 <" + faithful);
  EXPECT_NEAR(fitted.at("log_likelihood").get<double>(), -1130.264, 5e-4);
}

TEST_F(Command, AWeightOfTwoIsTheObservationTwice) {
  write("twice.csv", "x,w\n1,2\n2,2\n4,2\n8,2\n9,2\n");
  write("both.csv", "x\n1\n2\n4\n8\n9\n1\n2\n4\n8\n9\n");
  const std::string options = " --components 1 --penalty 0";
  const json weighted = fit("gaussian-mixture twice.csv --weights w" + options);
  const json doubled = fit("gaussian-mixture both.csv" + options);
  EXPECT_NEAR(weighted.at("log_likelihood").get<double>(), doubled.at("log_likelihood").get<double>(), 1e-12);
  EXPECT_NEAR(weighted.at("bic").get<double>(), doubled.at("bic").get<double>(), 1e-12);
}

TEST_F(Command, QuietPrintsNothing) {
  const Outcome outcome = latent("fit gaussian-mixture " + faithful + " --components 2 --max-iterations 1 --quiet");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "");
}

TEST_F(Command, NotConvergedIsAWarning) {
  const Outcome outcome = latent("fit gaussian-mixture " + faithful + " --components 2 --max-iterations 1 --json");
  EXPECT_EQ(outcome.status, 0);
  EXPECT_THAT(outcome.err, HasSubstr("not converged"));
  EXPECT_FALSE(json::parse(outcome.out).at("converged").get<bool>());
}

TEST_F(Command, AFitThatNoStartGivesIsStatusThree) {
  write("two.csv", "x\n0\n0\n0\n1\n1\n1\n");
  const Outcome outcome = latent("fit gaussian-mixture two.csv --components 2 --penalty 0");
  EXPECT_EQ(outcome.status, 3);
  EXPECT_THAT(outcome.err, HasSubstr("all 10 restarts failed"));
  EXPECT_EQ(lines(outcome.err).size(), 1);
}

TEST_F(Command, AFullDiskIsNoSuccess) {
  // The last redirection counts.
  const Outcome outcome = latent("impute " + data("airquality.csv") + " --quiet 2>err.txt >/dev/full #");
  EXPECT_EQ(outcome.status, 2);
}

class Refuses : public Command, public testing::WithParamInterface<Refusal> {};

TEST_P(Refuses, InOneLineThatNamesWhatIsWrong) {
  write("holes.csv", "a,b\n1,2\n,3\n4,5\n");
  write("words.csv", "a,b\n1,red\n2,blue\n3,red\n");
  write("constant.csv", "a,b\n1,7\n2,7\n3,7\n");
  write("empty_column.csv", "a,b\n1,NA\n2,NA\n3,NA\n");
  write("coins.csv", "heads,tosses\n5,10\n12,10\n");
  write("letters.csv", "sequence\nHTHT\nHTX\n");
  write("weights.csv", "x,w\n1,1\n2,-1\n3,1\n");
  write("three.csv", "x\n1\n2\n4\n");
  write("model.json", R"({"model": "incomplete-gaussian", "parameters": {"mean": [0], "covariance": [[1]]}})");
  write("of_x.json", R"({"model": "gaussian-mixture", "columns": ["x"], "parameters":
                         {"weights": [1], "means": [[1]], "covariances": [[[1]]]}})");
  write("zero.json", R"({"parameters": {"weights": [1, 0], "means": [[1], [2]], "covariances": [[[1]], [[1]]]}})");
  write("light.csv", "x,w\n1,0.1\n2,0.1\n4,0.1\n");
  write("double.csv", "a,b\n1,2\n2,4\n5,10\n7,14\n");
  write("hole.csv", "heads,tosses\n1,2\n,2\n");
  write("mixture.json", R"({"model": "gaussian-mixture", "parameters": {}})");
  write("nameless.json", R"({"parameters": {"weights": [1], "means": [[1]], "covariances": [[[1]]]}})");
  write("bad.json", R"({"parameters": {"weights": [0.5, 0.6], "means": [[1], [2]], "covariances": [[[1]], [[1]]]}})");
  expect_refusal(latent(GetParam().arguments), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Bad, Refuses,
    testing::Values(
        Refusal{"fitt", "fitt"}, Refusal{"fit", "MODEL"},
        Refusal{"fit no-such-model three.csv", "no-such-model: must be gaussian-mixture, coin-mixture"},
        Refusal{"fit gaussian-mixture three.csv --no-such-option", "--no-such-option"},
        Refusal{"fit gaussian-mixture three.csv", "--components: not given"},
        Refusal{"fit gaussian-mixture three.csv --components 4",
                "three.csv: there are 3 observations for 4 components"},
        Refusal{"fit gaussian-mixture three.csv --start bad.json", "bad.json: weights: 2 of sum 1.1"},
        Refusal{"fit gaussian-mixture three.csv --start none.json",
                "--start: none.json: cannot be opened: No such file"},
        Refusal{"fit gaussian-mixture three.csv --start " + std::string(300, 'x'),
                "xxx: cannot be opened: File name too long"},
        Refusal{"fit gaussian-mixture three.csv --start three.csv", "--start: three.csv: not a JSON object"},
        Refusal{"impute holes.csv --model none.json", "--model: none.json: cannot be opened: No such file"},
        Refusal{"fit gaussian-mixture three.csv --components 1 --columns y", "'y'"},
        Refusal{"fit gaussian-mixture three.csv --components 1 --save no/such/folder.json",
                "no/such/folder.json: No such"},
        Refusal{"fit gaussian-mixture none.csv --components 1", "none.csv: cannot be opened: No such file"},
        Refusal{"fit gaussian-mixture holes.csv --components 1", "holes.csv: row 2, column 'a': the value is missing"},
        Refusal{"fit gaussian-mixture words.csv --components 1", "words.csv: row 1, column 'b': 'red' is not a number"},
        Refusal{"fit gaussian-mixture constant.csv --components 1",
                "constant.csv: column 'b': all its values are equal"},
        Refusal{"fit gaussian-mixture weights.csv --components 1 --weights w", "row 2, column 'w'"},
        Refusal{"fit coin-mixture coins.csv --components 1", "coins.csv: row 2: 12 heads in 10 tosses"},
        Refusal{"fit coin-mixture letters.csv --components 1", "letters.csv: row 2: 'X' at position 3"},
        Refusal{"fit coin-mixture coins.csv --components 1 --penalty 1", "--penalty: 1: coin-mixture has no penalty"},
        Refusal{"fit coin-mixture coins.csv --components 1 --covariance full", "--covariance: given: coin-mixture has"},
        Refusal{"fit incomplete-gaussian holes.csv --components 2", "--components: given: incomplete-gaussian has no"},
        Refusal{"fit incomplete-gaussian empty_column.csv", "empty_column.csv: column 'b'"},
        Refusal{"fit gaussian-mixture three.csv --start model.json",
                "--start: model.json: holds a model of kind incomplete-gaussian; expected gaussian-mixture"},
        Refusal{"fit gaussian-mixture three.csv --start zero.json", "zero.json: component 2 has weight 0"},
        Refusal{"fit gaussian-mixture holes.csv --start of_x.json",
                "holes.csv: no column 'x', which the model in of_x"},
        Refusal{"fit gaussian-mixture double.csv --start nameless.json",
                "double.csv: the data have 2 columns, and the start in nameless.json has 1"},
        Refusal{"predict of_x.json holes.csv", "holes.csv: no column 'x', which the model in of_x.json was fitted to"},
        Refusal{"fit gaussian-mixture light.csv --weights w --components 1",
                "light.csv: the weights sum to 0.3, and must sum to at least"},
        Refusal{"fit gaussian-mixture double.csv --components 1",
                "double.csv: 2 of 2 columns, 'a', 'b': they are linearly dependent"},
        Refusal{"fit gaussian-mixture three.csv --start .", "--start: .: is a folder"},
        Refusal{"fit gaussian-mixture three.csv --components 1 --save .", ".: is a folder"},
        Refusal{"fit coin-mixture hole.csv --components 1", "hole.csv: row 2, column 'heads': the value is missing"},
        Refusal{"impute holes.csv --model mixture.json",
                "mixture.json: impute takes incomplete-gaussian, and this is gaussian-"},
        Refusal{"predict model.json three.csv", "model.json: incomplete-gaussian has no components"},
        Refusal{"predict bad.json three.csv", "bad.json: there is no \"model\""},
        Refusal{"sample model.json --count 3 --tosses 4", "--tosses: given: incomplete-gaussian has no"}));

}  // namespace
}  // namespace latent::command
