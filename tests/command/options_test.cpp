// What is said of options, values and arguments that are not right: the word as it was typed, and what is allowed, in
// one line of latent's own.
#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "command/fixture.hpp"
#include "command/options/fit_arguments.hpp"
#include "command/options/options.hpp"
#include "paths.hpp"

namespace latent::command {
namespace {

class Mistyped : public Command, public testing::WithParamInterface<Refusal> {
 protected:
  void SetUp() override {
    Command::SetUp();
    write("x.csv", "x\n1\n2\n4\n5\n9\n");
    write("heads.csv", "heads,tosses\n1,10\n9,10\n3,10\n");
    write("holes.csv", "a,b\n1,2\n,3\n4,5\n6,4\n");
    write("start.json", R"({"parameters": {"weights": [1], "means": [[1]], "covariances": [[[1]]]}})");
    write("normal.json", R"({"model": "incomplete-gaussian", "parameters": {"mean": [0], "covariance": [[1]]}})");
  }
};

TEST_P(Mistyped, IsRefusedInOneLineThatSaysWhatIsAllowed) {
  const Outcome outcome = latent(GetParam().arguments);
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err, "latent: " + GetParam().message + "\n");
}

const std::string fit = "fit gaussian-mixture x.csv --components 1 ";
const std::string select = "select gaussian-mixture x.csv --components 1 ";
const std::string usage_of_fit = "latent fit MODEL DATA [OPTIONS]";

INSTANTIATE_TEST_SUITE_P(
    WholeNumbers, Mistyped,
    testing::Values(
        Refusal{fit + "--seed -1", "--seed: -1: must be a whole number from 0 to 18446744073709551615"},
        Refusal{fit + "--seed 18446744073709551616",
                "--seed: 18446744073709551616: must be a whole number from 0 to 18446744073709551615"},
        Refusal{fit + "--seed 1.5", "--seed: 1.5: must be a whole number from 0 to 18446744073709551615"},
        Refusal{fit + "--seed=today", "--seed: today: must be a whole number from 0 to 18446744073709551615"},
        Refusal{"fit gaussian-mixture x.csv --components abc",
                "--components: abc: must be a whole number from 1 to 1000000"},
        Refusal{"fit gaussian-mixture x.csv --components 9223372036854775808",
                "--components: 9223372036854775808: must be a whole number from 1 to 1000000"},
        Refusal{"fit gaussian-mixture x.csv --components -2",
                "--components: -2: must be a whole number from 1 to 1000000"},
        Refusal{"fit gaussian-mixture x.csv --components 0",
                "--components: 0: must be a whole number from 1 to 1000000"},
        Refusal{"fit gaussian-mixture x.csv --components 0x2",
                "--components: 0x2: must be a whole number from 1 to 1000000"},
        Refusal{"fit gaussian-mixture x.csv --components 1:3",
                "--components: 1:3: must be a whole number from 1 to 1000000; latent select compares several"},
        Refusal{"fit gaussian-mixture x.csv --components 1,2,4",
                "--components: 1,2,4: must be a whole number from 1 to 1000000; latent select compares several"},
        Refusal{"fit gaussian-mixture x.csv --components 2,000",
                "--components: 2,000: must be a whole number from 1 to 1000000"},
        Refusal{fit + "--restarts 0", "--restarts: 0: must be a whole number from 1 to 1000000"},
        Refusal{fit + "--restarts 1e2", "--restarts: 1e2: must be a whole number from 1 to 1000000"},
        Refusal{fit + "--restarts ten", "--restarts: ten: must be a whole number from 1 to 1000000"},
        Refusal{fit + "--short-runs 0", "--short-runs: 0: must be a whole number from 1 to 1000000"},
        Refusal{fit + "--threads -2", "--threads: -2: must be a whole number from 0 to 1024"},
        Refusal{fit + "--threads all", "--threads: all: must be a whole number from 0 to 1024"},
        Refusal{fit + "--threads 2.0", "--threads: 2.0: must be a whole number from 0 to 1024"},
        Refusal{fit + "--max-iterations -1", "--max-iterations: -1: must be a whole number from 0 to 2147483647"},
        Refusal{fit + "--max-iterations 2147483648",
                "--max-iterations: 2147483648: must be a whole number from 0 to 2147483647"},
        Refusal{select + "--criterion cv --folds 1", "--folds: 1: must be a whole number from 2 to 2147483647"},
        Refusal{select + "--criterion lrt --replicates 0", "--replicates: 0: must be a whole number from 1 to 1000000"},
        Refusal{"sample normal.json --count -1", "--count: -1: must be a whole number from 1 to 2000000000"},
        Refusal{"sample normal.json --count many", "--count: many: must be a whole number from 1 to 2000000000"},
        Refusal{"sample normal.json --count 3 --tosses 0", "--tosses: 0: must be a whole number from 1 to 2000000000"},
        Refusal{"sample normal.json --count 3 --seed -1",
                "--seed: -1: must be a whole number from 0 to 18446744073709551615"}));

INSTANTIATE_TEST_SUITE_P(
    Numbers, Mistyped,
    testing::Values(
        Refusal{fit + "--time-limit -1", "--time-limit: -1: must be a finite number of seconds, at least 0"},
        Refusal{fit + "--time-limit 5m", "--time-limit: 5m: must be a finite number of seconds, at least 0"},
        Refusal{fit + "--tolerance nan", "--tolerance: nan: must be a finite number, at least 0"},
        Refusal{fit + "--tolerance 1e999", "--tolerance: 1e999: must be a finite number, at least 0"},
        Refusal{fit + "--tolerance small", "--tolerance: small: must be a finite number, at least 0"},
        Refusal{fit + "--penalty -1", "--penalty: -1: must be a finite number, at least 0"},
        Refusal{fit + "--penalty inf", "--penalty: inf: must be a finite number, at least 0"},
        Refusal{fit + "--ridge 1,5", "--ridge: 1,5: must be a finite number, at least 0"},
        Refusal{select + "--criterion heldout --held-out 1",
                "--held-out: 1: must be a finite number more than 0 and less than 1"},
        Refusal{select + "--criterion heldout --held-out 20%",
                "--held-out: 20%: must be a finite number more than 0 and less than 1"},
        Refusal{select + "--criterion lrt --level 0",
                "--level: 0: must be a finite number more than 0 and less than 1"}));

INSTANTIATE_TEST_SUITE_P(
    Names, Mistyped,
    testing::Values(
        Refusal{fit + "--covariance round", "--covariance: round: must be full, tied, diagonal or spherical"},
        Refusal{fit + "--covariance diagnoal",
                "--covariance: diagnoal: must be full, tied, diagonal or spherical; did you mean diagonal?"},
        Refusal{fit + "--stop a",
                "--stop: a: may be absolute or aitken; must be rest, relative, absolute, aitken or parameters"},
        Refusal{fit + "--stop never", "--stop: never: must be rest, relative, absolute, aitken or parameters"},
        Refusal{fit + "--acceleration squerem",
                "--acceleration: squerem: must be none, squarem, anderson or parabolic; did you mean squarem?"},
        Refusal{fit + "--on-decrease stop", "--on-decrease: stop: must be warn, throw or ignore"},
        Refusal{select + "--criterion best", "--criterion: best: must be bic, aic, icl, cv, mccv, heldout or lrt"},
        Refusal{select + "--criterion bci",
                "--criterion: bci: must be bic, aic, icl, cv, mccv, heldout or lrt; did you mean bic?"},
        Refusal{select + "--covariance full,round",
                "--covariance: round: must be full, tied, diagonal, spherical or all"},
        Refusal{"fit no-such-model x.csv",
                "MODEL: no-such-model: must be gaussian-mixture, coin-mixture or incomplete-gaussian"},
        Refusal{"fit gausian-mixture x.csv --components 1",
                "MODEL: gausian-mixture: must be gaussian-mixture, coin-mixture or incomplete-gaussian; did you mean "
                "gaussian-mixture?"},
        Refusal{"completion tcsh", "SHELL: tcsh: must be bash"}));

const std::string lists = ": must be numbers from 1 to 1000, or ranges of them, as 1..6, 1:6, 1-6 or 1,2,4";

INSTANTIATE_TEST_SUITE_P(
    ListsOfComponents, Mistyped,
    testing::Values(Refusal{"select gaussian-mixture x.csv --components 0..2", "--components: 0..2" + lists},
                    Refusal{"select gaussian-mixture x.csv --components 3-1", "--components: 3-1" + lists},
                    Refusal{"select gaussian-mixture x.csv --components 1,,2", "--components: 1,,2" + lists},
                    Refusal{"select gaussian-mixture x.csv --components 1.5", "--components: 1.5" + lists},
                    Refusal{"select gaussian-mixture x.csv --components 1:3:2", "--components: 1:3:2" + lists},
                    Refusal{"select gaussian-mixture x.csv --components -3", "--components: -3" + lists},
                    Refusal{"select gaussian-mixture x.csv --components 1..", "--components: 1.." + lists},
                    Refusal{"select gaussian-mixture x.csv --components 1..1001", "--components: 1..1001" + lists}));

INSTANTIATE_TEST_SUITE_P(
    OptionsAndTheirValues, Mistyped,
    testing::Values(
        Refusal{fit + "--threads ''", "--threads: '': is empty; write --threads T"},
        Refusal{fit + "--threads=", "--threads: '': is empty; write --threads T"},
        Refusal{fit + "--save ''", "--save: '': is empty; write --save FILE.json"},
        Refusal{fit + "--columns a,,b",
                "--columns: 'a,,b': one of the list is empty; write --columns NAMES, with a comma between two"},
        Refusal{fit + "--columns ,x",
                "--columns: ',x': one of the list is empty; write --columns NAMES, with a comma between two"},
        Refusal{fit + "--columns , --quiet",
                "--columns: ',': one of the list is empty; write --columns NAMES, with a comma between two"},
        Refusal{fit + "--columns=x,",
                "--columns: 'x,': one of the list is empty; write --columns NAMES, with a comma between two"},
        Refusal{fit + "--missing '?, ,-9'",
                "--missing: '?, ,-9': one of the list is empty; write --missing CODES, with a comma between two"},
        Refusal{select + "--covariance full,,tied",
                "--covariance: 'full,,tied': one of the list is empty; write --covariance KINDS, with a comma between "
                "two"},
        Refusal{fit + "--seed", "--seed: has no value; write --seed S"},
        Refusal{"fit gaussian-mixture x.csv --components --seed 3", "--components: has no value; write --components K"},
        Refusal{fit + "--seed 1 --seed 2", "--seed: given twice; leave one of them out"},
        Refusal{fit + "--json=3", "--json: 3: takes no value; leave it out"},
        Refusal{fit + "--quiet=false", "--quiet: false: takes no value; leave it out"},
        Refusal{"fit --help=1", "--help: 1: takes no value; leave it out"},
        Refusal{"select -h=1", "-h: 1: takes no value; leave it out"},
        Refusal{"fit gaussian-mixture x.csv -k 2", "-k: there is no such option; did you mean --components?"},
        Refusal{"fit gaussian-mixture x.csv -components 2",
                "-components: there is no such option; did you mean --components?"},
        Refusal{"fit gaussian-mixture x.csv —components 2",
                "—components: there is no such option; did you mean --components?"},
        Refusal{"fit gaussian-mixture x.csv --Components 2",
                "--Components: there is no such option; did you mean --components?"},
        Refusal{"impute holes.csv --model normal.json --penalty 1",
                "--model: can't be given with --penalty; leave one of the two out"},
        Refusal{"--seed 3 fit gaussian-mixture x.csv --components 1",
                "--seed: must come after the subcommand: " + usage_of_fit + " --seed S"},
        Refusal{"--quiet=1 fit gaussian-mixture x.csv",
                "--quiet: must come after the subcommand: " + usage_of_fit + " --quiet"},
        Refusal{"--version=2", "--version: takes no value; leave it out"}));

INSTANTIATE_TEST_SUITE_P(
    Arguments, Mistyped,
    testing::Values(Refusal{"", "SUBCOMMAND: not given; latent --help lists the subcommands"},
                    Refusal{"fit", "MODEL: not given; " + usage_of_fit},
                    Refusal{"fit gaussian-mixture", "DATA: not given; " + usage_of_fit},
                    Refusal{"fit gaussian-mixture '' --components 1", "'': is empty; " + usage_of_fit},
                    Refusal{"sample normal.json", "--count: not given; write --count N, the number of draws"},
                    Refusal{"fit gaussian-mixture my data.csv --components 1",
                            "data.csv: is one argument too many for " + usage_of_fit +
                                "; quote a name that has spaces, and write lists with commas and without spaces"},
                    Refusal{"fit gaussian-mixture x.csv components=2",
                            "components=2: is one argument too many; did you mean --components?"},
                    Refusal{"gaussian-mixture x.csv",
                            "gaussian-mixture: there is no such subcommand; did you mean latent fit gaussian-mixture?"},
                    Refusal{"FIT gaussian-mixture x.csv", "FIT: there is no such subcommand; did you mean fit?"}));

// What can only be known when other options or the model are.
INSTANTIATE_TEST_SUITE_P(
    Combinations, Mistyped,
    testing::Values(
        Refusal{"fit gaussian-mixture x.csv --restarts 20 --start start.json",
                "--restarts: 20: a fit from --start is one run; leave the option out"},
        Refusal{"fit gaussian-mixture x.csv --short-runs 5 --start start.json",
                "--short-runs: 5: a fit from --start is one run; leave the option out"},
        Refusal{"fit incomplete-gaussian holes.csv --restarts 20",
                "--restarts: 20: incomplete-gaussian has one start, and no random ones; leave the option out"},
        Refusal{"fit gaussian-mixture x.csv", "--components: not given: say how many, or give a --start"},
        Refusal{select + "--criterion cv --folds 9", "--folds: 9: must be at least 2, and at most the 5 observations"},
        Refusal{fit + "--order start",
                "--order: start: is the order of --start FILE.json, which is not given; give it, or leave --order out"},
        Refusal{"select gaussian-mixture x.csv --components 1,2 --order weight",
                "--order: there is no such option; latent select --help lists them"},
        Refusal{
            select + "--criterion lrt",
            "--components: 1: must be at least two numbers with --criterion lrt, which tests each against the next"},
        Refusal{"select coin-mixture heads.csv --components 2..2 --criterion lrt",
                "--components: 2..2: must be at least two numbers with --criterion lrt, which tests each against the "
                "next"},
        Refusal{"select gaussian-mixture x.csv --components 1,2 --criterion lrt --replicates 9",
                "--replicates: 9: must be at least 19 for a p-value to reach the level 0.05"}));

// Twice the same file would be twice the same pipe, of which the second is empty.
class PipedModel : public Command {
 protected:
  // Runs the command on a pipe that gives the text once, for at most 20 seconds.
  [[nodiscard]] Outcome on_pipe(const std::string& text, const std::string& arguments) const {
    write("text.json", text);
    return latent(arguments, "mkfifo pipe.json; (cat text.json >pipe.json &) ; timeout 20");
  }
};

TEST_F(PipedModel, IsReadOnceAsAStart) {
  write("x.csv", "x,y\n1,2\n2,1\n4,7\n5,5\n9,6\n");
  const Outcome outcome =
      on_pipe(R"({"columns": ["y"], "parameters": {"weights": [1], "means": [[1]], "covariances": [[[1]]]}})",
              "fit gaussian-mixture x.csv --start pipe.json --json");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NEAR(json::parse(outcome.out).at("parameters").at("means").at(0).at(0).get<double>(), 21.0 / 5.0, 1e-9);
}

TEST_F(PipedModel, IsReadOnceToImpute) {
  write("holes.csv", "a,b\n1,2\n2,NA\n");
  const Outcome outcome =
      on_pipe(R"({"columns": ["a", "b"], "parameters": {"mean": [1, 2], "covariance": [[1, 0], [0, 1]]}})",
              "impute holes.csv --model pipe.json");
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "a,b\n1,2\n2,2\n");
}

// ---------------------------------------------------------------------------------------------------------------------
// What is as good as the exact word.

// No data make the policy show in the output, so the option itself is asked.
TEST(Abbreviations, OfThePolicyForDecreases) {
  for (const auto& [typed, meant] : {std::pair("T", "throw"), std::pair("ign", "ignore"), std::pair("Warn", "warn")}) {
    cli::Command app("latent", "");
    cli::FitArguments arguments;
    arguments.on_decrease = "not set";
    cli::add_solver_options(app, arguments);
    app.parse({"--on-decrease", typed});
    EXPECT_EQ(arguments.on_decrease, meant);
  }
}

struct Same {
  std::string typed;
  std::string meant;
};

class AsGood : public Command, public testing::WithParamInterface<Same> {};

TEST_P(AsGood, AsTheExactWords) {
  write("x.csv", "x\n1\n2\n4\n5\n9\n7\n3\n");
  const Outcome typed = latent(GetParam().typed + " --json");
  const Outcome meant = latent(GetParam().meant + " --json");
  EXPECT_EQ(typed.status, 0) << typed.err;
  EXPECT_EQ(typed.out, meant.out);
  EXPECT_EQ(typed.err, meant.err);
}

INSTANTIATE_TEST_SUITE_P(
    Values, AsGood,
    testing::Values(
        Same{fit + "--covariance diag", fit + "--covariance diagonal"},
        Same{fit + "--covariance Full", fit + "--covariance full"},
        Same{fit + "--covariance sph", fit + "--covariance spherical"},
        Same{fit + "--acceleration SQ", fit + "--acceleration squarem"},
        Same{fit + "--stop ait", fit + "--stop aitken"}, Same{fit + "--seed +7", fit + "--seed 7"},
        Same{fit + "--seed 010", fit + "--seed 10"}, Same{fit + "--seed ' 7'", fit + "--seed 7"},
        Same{"fit Gaussian x.csv --components 1", fit}, Same{"fit gaussian_mixture x.csv --components 1", fit},
        Same{select + "--criterion BIC", select}, Same{select + "--criterion held-out", select + "--criterion heldout"},
        Same{select + "--covariance diag,Tied", select + "--covariance diagonal,tied"},
        Same{"select gaussian-mixture x.csv --components 1:3", "select gaussian-mixture x.csv --components 1,2,3"},
        Same{"select gaussian-mixture x.csv --components 1-3", "select gaussian-mixture x.csv --components 1,2,3"},
        Same{"select gaussian-mixture x.csv --components '1, 2..3'",
             "select gaussian-mixture x.csv --components 1,2,3"}));

}  // namespace
}  // namespace latent::command
