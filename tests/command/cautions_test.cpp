// What a statistician would ask about a fit, said in one line each.
#include <gmock/gmock.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "command/fixture.hpp"
#include "command/reports/cautions.hpp"
#include "latent/solver/monitor.hpp"
#include "paths.hpp"

namespace latent::command {
namespace {

using cli::Warnings;
using testing::Contains;
using testing::ElementsAre;
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
    const auto judged = [](const json& restart) -> double {
      return restart.at("objective").get<double>() - restart.value("discount", 0.0);
    };
    for (const json& restart : report.at("restarts")) best = std::max(best, judged(restart));
    int at_best = 0;
    for (const json& restart : report.at("restarts")) at_best += judged(restart) > best - 1e-3 ? 1 : 0;
    EXPECT_EQ(outcome.err.find("reached the best maximum") != std::string::npos, at_best == 1) << outcome.err;
    (at_best == 1 ? warned : not_warned) += 1;
  }
  EXPECT_GT(warned, 0) << "no seed reaches its best maximum once only";
  EXPECT_GT(not_warned, 0) << "no seed reaches its best maximum twice";
}

// What the monitor says of an iteration in which the objective, or the ELBO halfway, went from 0 to −1.
Warnings words_of_monitor(std::optional<double> target_before, std::optional<double> target_after) {
  Monitor monitor(OnDecrease::warn);
  monitor.record({.objective = 0.0});
  monitor.after_e_step(monitor.after_m_step(0.0, target_before, target_after), -1.0);
  return monitor.warnings();
}

using cli::reword_decreases;

// A monitor's words for the author of a model never reach those who use it.
TEST(Decreases, AreToldInWordsForUsers) {
  const std::string remedy =
      ": rounding can do this at extreme parameters; check the result with another seed or start";
  Warnings objective = words_of_monitor({}, {});
  reword_decreases(objective);
  EXPECT_THAT(objective, ElementsAre("iteration 1: the objective decreased by 1" + remedy));
  Warnings m_step = words_of_monitor(0.0, -1.0);
  reword_decreases(m_step);
  EXPECT_THAT(m_step, ElementsAre("iteration 1: the M-step lowered the ELBO by 1" + remedy));
  Warnings e_step = words_of_monitor(0.0, 0.5);
  e_step.emplace_back("the objective decreased once more after that");
  reword_decreases(e_step);
  EXPECT_THAT(e_step, ElementsAre("iteration 1: the E-step left the objective 1.5 below the ELBO" + remedy,
                                  "the objective decreased once more after that"));
}

TEST(Decreases, NameTheNearlyCollinearColumns) {
  Warnings warnings = words_of_monitor({}, {});
  // The correlation of a and c is 0.99999: 1 − R² is 2e-5.
  const Matrix covariance{{1.0, 0.0, 0.99999}, {0.0, 1.0, 0.0}, {0.99999, 0.0, 1.0}};
  reword_decreases(warnings, {"a", "b", "c"}, {Matrix::Identity(3, 3), covariance});
  EXPECT_THAT(warnings,
              ElementsAre("iteration 1: the objective decreased by 1: rounding can do this, as columns 'a', 'c' are "
                          "nearly linear combinations of others; leave one of them out"));
}

TEST(Decreases, AreCountedAfterTheFirst) {
  Monitor monitor(OnDecrease::warn);
  monitor.record({.objective = 0.0});
  for (const char* last : {"once", "2 times"}) {
    while (monitor.warnings().empty()) monitor.after_e_step(monitor.after_m_step(0.0, {}, {}), -1.0);
    monitor.after_e_step(monitor.after_m_step(0.0, {}, {}), -1.0);
    EXPECT_EQ(monitor.warnings().back(), fmt::format("the objective decreased {} more after that", last));
  }
}

TEST(Plurals, OfOneFreeParameter) {
  Warnings warnings;
  cli::warn_of_many_parameters(warnings, 1.0, 2.0);
  cli::warn_of_many_parameters(warnings, 2.0, 1.0);
  cli::warn_of_many_parameters(warnings, 1.0, 3.0);
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("1 free parameter is more than a third of the 2 observations:"),
                                    HasSubstr("2 free parameters are more than a third of the 1 observation:")));
}

}  // namespace
}  // namespace latent::command
