// What a statistician would ask about a fit, said in one line each.
#include <gmock/gmock.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "paths.hpp"

namespace latent::command {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

std::string case_of(const std::string& name) { return std::string(LATENT_CASES_DIR) + "/" + name; }

class Cautions : public Command {
 protected:
  // The lines on standard error of a command that succeeds.
  [[nodiscard]] std::vector<std::string> warnings(const std::string& arguments) const {
    const Outcome outcome = latent(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return lines(outcome.err);
  }
};

TEST_F(Cautions, ManyParametersForTheObservations) {
  write("few.csv", "x\n1\n2\n4\n5\n9\n");
  write("enough.csv", "x\n1\n2\n4\n5\n9\n7\n");
  const std::string warning = "2 free parameters are more than a third of the 5 observations";
  EXPECT_THAT(warnings("fit gaussian-mixture few.csv --components 1"), Contains(HasSubstr(warning)));
  EXPECT_THAT(warnings("fit gaussian-mixture enough.csv --components 1"), testing::IsEmpty());
}

TEST_F(Cautions, EqualComponents) {
  EXPECT_THAT(warnings(fmt::format("fit gaussian-mixture {} --start {} --max-iterations 0", case_of("equal-start.csv"),
                                   case_of("equal-start.json"))),
              Contains(HasSubstr("components 1 and 2 are equal")));
  write("coins.csv", "heads,tosses\n5,10\n9,10\n1,10\n8,10\n2,10\n7,10\n");
  write("equal.json", R"({"parameters": {"weights": [0.5, 0.2, 0.3], "biases": [0.3, 0.5, 0.5]}})");
  EXPECT_THAT(warnings("fit coin-mixture coins.csv --start equal.json"),
              Contains(HasSubstr("components 2 and 3 are equal")));
  EXPECT_THAT(warnings("fit gaussian-mixture " + data("old_faithful.csv") + " --components 2"), testing::IsEmpty());
}

// By one rule for every mixture and every tolerance, in text and in JSON.
TEST_F(Cautions, AComponentThatHoldsLessThanOneObservation) {
  write("data.csv", "x\n-1\n0\n1\n0.5\n");
  write("start.json",
        R"({"parameters": {"weights": [0.5, 0.5], "means": [[0], [4]], "covariances": [[[1]], [[0.01]]]}})");
  write("coins.csv", "heads,tosses\n5,10\n4,10\n6,10\n5,10\n");
  write("coins.json", R"({"parameters": {"weights": [0.5, 0.5], "biases": [0.5, 1]}})");
  const auto warning =
      Contains(testing::AllOf(HasSubstr(": component 2 holds "), HasSubstr(" observations, less than one: ")));
  for (const std::string fitting :
       {"gaussian-mixture data.csv --start start.json", "coin-mixture coins.csv --start coins.json"}) {
    for (const std::string tolerance : {"0.01", "1e-6", "1e-12", "0"}) {
      EXPECT_THAT(warnings(fmt::format("fit {} --tolerance {} --max-iterations 3000", fitting, tolerance)), warning)
          << fitting << ' ' << tolerance;
    }
    EXPECT_THAT(latent("fit " + fitting).err, HasSubstr("latent: warning: component 2 holds "));
  }
}

TEST_F(Cautions, ColumnsThatAreNeverObservedTogether) {
  const auto warning = Contains(HasSubstr("columns 'a' and 'b' are never observed together"));
  EXPECT_THAT(warnings("fit incomplete-gaussian " + case_of("never-together.csv")), warning);
  EXPECT_THAT(warnings("impute " + case_of("never-together.csv") + " --output filled.csv"), warning);
  EXPECT_THAT(warnings("fit incomplete-gaussian " + data("airquality.csv")), testing::IsEmpty());
}

TEST_F(Cautions, ColumnsOfTwoValues) {
  std::string rows = "a,b,c\n";
  for (int row = 0; row < 40; ++row) rows += fmt::format("{},{},{}\n", row % 2, row * row % 17, row % 3 == 0 ? 5 : 7);
  write("two-valued.csv", rows);
  EXPECT_THAT(warnings("select gaussian-mixture two-valued.csv --components 1"),
              Contains(HasSubstr("columns 'a', 'c' have only two values each")));
}

// By every criterion.
TEST_F(Cautions, TheBestAtTheEndOfTheList) {
  const std::string list = "select gaussian-mixture " + data("old_faithful.csv") + " --components ";
  for (const std::string& criterion :
       std::vector<std::string>{"bic", "aic", "icl", "cv", "heldout", "lrt --replicates 19"}) {
    const std::string name = criterion.substr(0, criterion.find(' '));
    EXPECT_THAT(warnings(list + "1,2 --criterion " + criterion),
                Contains(HasSubstr("the best by " + name + " has 2 components, the most that were compared")));
  }
  EXPECT_THAT(warnings(list + "2..3"), Contains(HasSubstr("has 2 components, the fewest that were compared")));
  EXPECT_THAT(warnings(list + "1..3"), Not(Contains(HasSubstr("compared"))));
}

TEST_F(Cautions, TheBestMaximumFoundOnce) {
  write("numbers.csv", "x\n1\n2\n4\n8\n9\n13\n17\n18\n25\n27\n31\n38\n41\n44\n52\n53\n57\n60\n66\n71\n");
  int warned = 0;
  int not_warned = 0;
  for (int seed = 1; seed <= 10; ++seed) {
    const Outcome outcome =
        latent(fmt::format("fit gaussian-mixture numbers.csv --components 4 --restarts 3 --seed {} --json", seed));
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const json report = json::parse(outcome.out);
    double best = -std::numeric_limits<double>::infinity();
    for (const json& restart : report.at("restarts")) best = std::max(best, restart.at("objective").get<double>());
    int at_best = 0;
    for (const json& restart : report.at("restarts")) at_best += restart.at("objective") > best - 1e-3 ? 1 : 0;
    EXPECT_EQ(outcome.err.find("reached the best maximum") != std::string::npos, at_best == 1) << outcome.err;
    (at_best == 1 ? warned : not_warned) += 1;
  }
  EXPECT_GT(warned, 0) << "no seed reaches its best maximum once only";
  EXPECT_GT(not_warned, 0) << "no seed reaches its best maximum twice";
}

// A monitor's words for the author of a model never reach those who use it.
TEST_F(Cautions, DecreasesAreToldInWordsForUsers) {
  for (const std::string& arguments : {"fit incomplete-gaussian " + case_of("nearly-collinear-holes.csv"),
                                       "impute " + case_of("nearly-collinear-holes.csv") + " --output filled.csv",
                                       "fit gaussian-mixture " + case_of("percent.csv") + " --components 2"}) {
    for (const std::string& warning : warnings(arguments)) {
      EXPECT_THAT(warning, Not(HasSubstr("e_step"))) << arguments;
      EXPECT_THAT(warning, Not(HasSubstr("m_step"))) << arguments;
    }
  }
}

}  // namespace
}  // namespace latent::command
