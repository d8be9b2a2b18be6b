// What people have, and how the command reads it: a test for each input that was once misread.
#include <cmath>
#include <string>

#include "command/fixture.hpp"

namespace latent::command {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string input(const std::string& name) { return fmt::format("{}/{}", LATENT_CASES_DIR, name); }

TEST_F(Command, NanInAnyCaseIsMissing) {
  EXPECT_EQ(latent("fit incomplete-gaussian " + input("missing-nan.csv")).status, 0);
  write("cases.csv", "a,b\n1,2\nNAN,3\n-nan,2\n2,7\n+NaN,5\n3,4\n");
  EXPECT_EQ(fit("incomplete-gaussian cases.csv").at("parameters").at("mean").size(), 2);
}

TEST_F(Command, OtherTokensAreNamedWithTheOption) {
  const std::string file = input("missing-qmark.csv");
  const Outcome refused = latent("fit incomplete-gaussian " + file);
  expect_refusal(refused, "--missing '?,.'");
  EXPECT_THAT(refused.err, HasSubstr("'age' (1 of 6 cells, as '?' in row 2), 'chol' (1 of 6 cells, as '.' in row 4)"));
  EXPECT_EQ(latent("fit incomplete-gaussian " + file + " --missing '?,.'").status, 0);
}

// The mean of the values of temp that are there is 113 / 8.
TEST_F(Command, ACodeOfMissingValuesIsHintedAtAndTaken) {
  const std::string file = input("sentinel.csv");
  EXPECT_THAT(latent("fit incomplete-gaussian " + file).err,
              HasSubstr("3 values are -999; if that means missing, declare it (--missing -999)"));
  const Outcome told = latent("fit incomplete-gaussian " + file + " --columns temp --missing -999.0 --json");
  EXPECT_EQ(told.err, "");
  EXPECT_NEAR(json::parse(told.out).at("parameters").at("mean").at(0).get<double>(), 14.125, 1e-12);
  write("spread.csv", "x,y\n-9,1\n-9,3\n-5,2\n0,4\n20,7\n");
  EXPECT_THAT(latent("fit incomplete-gaussian spread.csv").err, Not(HasSubstr("--missing")));
}

TEST_F(Command, AdviceOfTheLibraryNamesTheOption) {
  write("text.csv", "x,kind,y\n1,a,2\n2,b,1\n4,c,4\n3,d,7\n");
  expect_refusal(latent("fit incomplete-gaussian text.csv"), "leave the column out (--columns -kind)");
  write("constant.csv", "x,a,b,y\n1,5,6,2\n2,5,6,1\n4,5,6,4\n3,5,6,7\n");
  expect_refusal(latent("fit incomplete-gaussian constant.csv"), "leave these columns out (--columns -constant)");
  expect_refusal(latent("fit incomplete-gaussian text.csv --columns -x,-kind,-y"), "--columns leaves no column");
}

TEST_F(Command, AColumnWithoutANameIsNoData) {
  const std::string model = "gaussian-mixture " + input("unnamed-index.csv") + " --components 1";
  EXPECT_THAT(fit(model + " --columns 'sepal, petal'").at("columns"), ElementsAre("sepal", "petal"));
  const Outcome usual = latent("fit " + model + " --json");
  EXPECT_THAT(json::parse(usual.out).at("columns"), ElementsAre("sepal", "petal"));
  EXPECT_THAT(usual.err, HasSubstr("row names"));
  write("data.csv", ",b\n1.5,2\n1.5,3\n2,7\n");
  expect_refusal(latent("fit gaussian-mixture data.csv --components 1"), "column 1 has no name");
}

TEST_F(Command, AnotherEncodingIsRefusedAtReading) {
  write("model.json", R"({"model": "gaussian-mixture", "parameters": {"weights": [1], "means": [[1, 2]],
                          "covariances": [[[1, 0], [0, 1]]]}})");
  expect_refusal(latent("fit gaussian-mixture " + input("latin1.csv") + " --components 1"), "looks like Latin-1");
  expect_refusal(latent("predict model.json " + input("latin1.csv")), "looks like Latin-1");
  write("wide.csv", std::string("\xFF\xFE"
                                "a\0\n\0"
                                "1\0\n\0",
                                10));
  expect_refusal(latent("fit incomplete-gaussian wide.csv"), "UTF-16");
}

TEST_F(Command, OtherFormatsAreNamed) {
  expect_refusal(latent("fit incomplete-gaussian " + input("a.npz")), "a NumPy archive (.npz)");
  expect_refusal(latent("fit incomplete-gaussian " + input("book.xlsx")), "an Excel workbook");
  write("a.csv", "\x1F\x8B\x08 and so on");
  expect_refusal(latent("fit incomplete-gaussian a.csv"), "compressed by gzip, and its name doesn't end in .gz");
  write("b.csv.gz", "a,b\n1,2\n3,5\n4,4\n");
  expect_refusal(latent("fit incomplete-gaussian b.csv.gz"), "rename it to b.csv");
  write("c.csv", std::string("PAR1\x15\x04\x15\0", 8));
  expect_refusal(latent("fit incomplete-gaussian c.csv"), "a Parquet file");
  write("named.csv", "PAR1,b\n1,2\n3,5\n4,4\n");
  EXPECT_EQ(latent("fit incomplete-gaussian named.csv").status, 0);
}

TEST_F(Command, CommentsBeforeTheHeaderAreSkipped) {
  EXPECT_THAT(fit("incomplete-gaussian " + input("comment-lines.csv")).at("columns"), ElementsAre("a", "b"));
  write("numpy.csv", "# x, y\n1,2\n2,5\n4,4\n");
  const json of_numpy = fit("incomplete-gaussian numpy.csv");
  EXPECT_THAT(of_numpy.at("columns"), ElementsAre("x", "y"));
  EXPECT_EQ(of_numpy.at("observations"), 3);
}

TEST_F(Command, TheLetterOfAnExponentIsNamed) {
  write("fortran.csv", "a,b\n1.0D+03,2\n2,3\n");
  expect_refusal(latent("fit incomplete-gaussian fortran.csv"), "the letter of its exponent is D");
}

TEST_F(Command, IntegersThatNoDoubleHoldsAreRefusedOnlyIfUsed) {
  const std::string file = input("long-ids.csv");
  expect_refusal(latent("fit incomplete-gaussian " + file), "'11898508762506083287' is a whole number beyond 2^53");
  EXPECT_EQ(latent("fit incomplete-gaussian " + file + " --columns b").status, 0);
  EXPECT_EQ(latent("fit incomplete-gaussian " + file + " --columns -id").status, 0);
}

TEST_F(Command, TruthValuesAreZeroAndOne) {
  write("truth.csv", "a,b\nTrue,2\nFALSE,3\ntrue,7\n,4\n");
  EXPECT_NEAR(fit("incomplete-gaussian truth.csv --columns a").at("parameters").at("mean").at(0).get<double>(), 2.0 / 3,
              1e-9);
  write("mixed.csv", "a\nTrue\n7\nFalse\n");
  expect_refusal(latent("fit incomplete-gaussian mixed.csv"), "'7' is neither true nor false");
}

TEST_F(Command, ColumnsAreChosenByKindAndByExclusion) {
  write("data.csv", "id,kind,x,y,same,\"a,b\"\n7,u,1,2,5,1\n5,v,2,1,5,9\n9,u,4,3,5,2\n2,v,5,7,5,4\n");
  const auto columns = [&](const std::string& list) {
    return fit("incomplete-gaussian data.csv --columns '" + list + "'").at("columns");
  };
  EXPECT_THAT(columns("numeric,-same,-id"), ElementsAre("x", "y", "a,b"));
  EXPECT_THAT(columns(" -id , -kind , -constant"), ElementsAre("x", "y", "a,b"));
  EXPECT_THAT(columns("y, a,b"), ElementsAre("y", "a,b"));
  write("names.csv", "numeric,-x,x\n1,2,4\n2,5,4\n4,4,1\n");
  EXPECT_THAT(fit("incomplete-gaussian names.csv --columns numeric").at("columns"), ElementsAre("numeric"));
  EXPECT_THAT(fit("incomplete-gaussian names.csv --columns -x").at("columns"), ElementsAre("-x"));
}

TEST_F(Command, RowsWithMissingValuesAreLeftOutOnRequest) {
  write("holes.csv", "a,b\n1,2\n,3\n4,5\n6,1\n");
  write("whole.csv", "a,b\n1,2\n4,5\n6,1\n");
  const json dropped = fit("gaussian-mixture holes.csv --components 1 --drop-missing");
  EXPECT_EQ(dropped.at("rows_left_out"), 1);
  EXPECT_EQ(dropped.at("parameters"), fit("gaussian-mixture whole.csv --components 1").at("parameters"));
  EXPECT_THAT(latent("fit gaussian-mixture holes.csv --components 1 --drop-missing").out,
              HasSubstr("1 row with missing values left out"));
}

TEST_F(Command, ARowOfWeightZeroCountsAsNoRow) {
  EXPECT_EQ(latent("fit gaussian-mixture " + input("zero-weight-hole.csv") + " --components 1 --weights n").status, 0);
  write("few.csv", "x,w\n1,5\n,0\n4,3\n7,0\n");
  expect_refusal(latent("fit gaussian-mixture few.csv --components 3 --weights w"), "2 observations for 3 components");
}

// 10 heads in 40 tosses.
TEST_F(Command, TailsAreNotTosses) {
  const auto bias = [](const json& fitted) { return fitted.at("parameters").at("biases").at(0).get<double>(); };
  EXPECT_NEAR(bias(fit("coin-mixture " + input("heads-tails.csv") + " --components 1")), 0.25, 1e-12);
  write("order.csv", "Tosses,HEADS\n10,3\n10,2\n10,4\n10,1\n");
  EXPECT_NEAR(bias(fit("coin-mixture order.csv --components 1")), 0.25, 1e-12);
  write("unknown.csv", "h,t\n3,7\n2,8\n");
  expect_refusal(latent("fit coin-mixture unknown.csv --components 1"), "say which they are with --columns");
}

TEST_F(Command, AllColumnsWithoutSpreadAreNamed) {
  write("constant.csv", "a,b,c\n1,7,3\n2,7,3\n4,7,3\n");
  expect_refusal(latent("fit gaussian-mixture constant.csv --components 1"), "2 of 3 columns, 'b', 'c'");
}

TEST_F(Command, MeansHaveTheDigitsThatTheirDeviationAsksFor) {
  const std::string out = latent("fit gaussian-mixture " + input("hour-apart.csv") + " --components 2").out;
  EXPECT_THAT(out, HasSubstr("1599999989.9"));  // the groups have means 1599999989.86 and 1600003593.03
  EXPECT_THAT(out, HasSubstr("1600003593\n"));
}

TEST_F(Command, WideDataAreSummarisedInShort) {
  std::string text;
  for (int column = 0; column < 30; ++column) text += fmt::format("{}c{}", column == 0 ? "" : ",", column);
  for (int row = 0; row < 40; ++row) {
    for (int column = 0; column < 30; ++column)
      text += fmt::format("{}{}", column == 0 ? "\n" : ",", (row * (column + 3) * 7919) % 101);
  }
  write("wide.csv", text + "\n");
  const std::string fit_wide = "fit gaussian-mixture wide.csv --components 1 --covariance diagonal";
  const std::string shown = latent(fit_wide).out;
  EXPECT_LT(lines(shown).size(), 50);
  EXPECT_THAT(shown, HasSubstr("20 of 30 columns"));
  EXPECT_THAT(latent(fit_wide + " --covariances").out, HasSubstr("c29"));
}

TEST_F(Command, WeightsThatSumToTooLittleAreRefusedWithoutContradiction) {
  const Outcome refused = latent("fit gaussian-mixture " + input("weights-sum-1.csv") + " --components 2 --weights n");
  expect_refusal(refused, "the weights sum to 1, and must sum to at least 2");
}

// Text that is no number has the value 0 nowhere, and false is a truth value.
TEST_F(Command, ACodeOfZeroIsNotText) {
  write("text.csv", "x,y\n1,2\n3,abc\n5,7\n0,1\n4,4\n");
  const Outcome refused = latent("fit incomplete-gaussian text.csv --missing 0");
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("'abc'"));
  write("truth.csv", "x,y\n1,True\n3,False\n5,True\n0,False\n4,True\n");
  EXPECT_EQ(latent("fit incomplete-gaussian truth.csv --missing 0").status, 0);
}

}  // namespace
}  // namespace latent::command
