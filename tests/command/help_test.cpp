// The command's face: help that fits a terminal, examples that work, words that are almost right, completion, manual
// and progress.
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "command/fixture.hpp"
#include "paths.hpp"

namespace latent::command {
namespace {

using testing::HasSubstr;
using testing::Not;

// The subcommands as the help of the command lists them.
std::vector<std::string> listed(const std::string& help) {
  std::vector<std::string> names;
  bool listing = false;
  for (const std::string& line : lines(help)) {
    if (listing && line.empty()) break;
    if (listing && line.size() > 2 && line[2] != ' ') names.push_back(line.substr(2, line.find(' ', 2) - 2));
    listing = listing || line == "Subcommands:";
  }
  return names;
}

class Help : public Command {
 protected:
  [[nodiscard]] std::vector<std::string> subcommands() const { return listed(latent("--help").out); }
  [[nodiscard]] std::string help(const std::string& subcommand) const { return latent(subcommand + " --help").out; }
};

TEST_F(Help, ListsEverySubcommand) {
  EXPECT_THAT(subcommands(), testing::IsSupersetOf({"models", "fit", "select", "predict", "impute", "sample",
                                                    "new-model", "completion"}));
}

TEST_F(Help, IsAtMostEightyColumnsWide) {
  std::vector<std::string> all = subcommands();
  all.emplace_back("");
  for (const std::string& subcommand : all) {
    for (const std::string& line : lines(help(subcommand))) EXPECT_LE(line.size(), 80U) << line;
  }
}

// Each in a folder with the files that the examples name: the data, and what the example of fit saved.
TEST_F(Help, ShowsExamplesThatWork) {
  write("data.csv", contents(data("old_faithful.csv")));
  EXPECT_EQ(latent("fit gaussian-mixture data.csv --components 2 --save model.json").status, 0);
  for (const std::string& subcommand : subcommands()) {
    const auto text = lines(help(subcommand));
    const std::string begin = "Example: latent ";
    const auto example = std::ranges::find_if(text, [&](const auto& line) { return line.starts_with(begin); });
    ASSERT_NE(example, text.end()) << subcommand;
    const std::string arguments = example->substr(begin.size());
    EXPECT_TRUE(arguments.starts_with(subcommand)) << arguments;
    const Outcome outcome = latent(arguments);
    EXPECT_EQ(outcome.status, 0) << arguments << "\n" << outcome.err;
  }
}

class NearlyRight : public Command, public testing::WithParamInterface<Refusal> {};

TEST_P(NearlyRight, IsToldWhatIsNear) {
  const Outcome outcome = latent(GetParam().arguments);
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.err, "latent: " + GetParam().message + "\n");
}

INSTANTIATE_TEST_SUITE_P(
    Words, NearlyRight,
    testing::Values(Refusal{"fit --componets 2", "--componets: there is no such option; did you mean --components?"},
                    Refusal{"fit gaussian-mixture x.csv --componets=2",
                            "--componets: there is no such option; did you mean --components?"},
                    Refusal{"select gaussian-mixture x.csv --critreion bic",
                            "--critreion: there is no such option; did you mean --criterion?"},
                    Refusal{"fit gaussian-mixture x.csv --max-iter 5",
                            "--max-iter: there is no such option; did you mean --max-iterations?"},
                    Refusal{"fit gaussian-mixture x.csv --unheard-of",
                            "--unheard-of: there is no such option; latent fit --help lists them"},
                    Refusal{"--verison", "--verison: there is no such option; did you mean --version?"},
                    Refusal{"fti", "fti: there is no such subcommand; did you mean fit?"},
                    Refusal{"predcit m.json x.csv", "predcit: there is no such subcommand; did you mean predict?"}));

class Completion : public Command {
 protected:
  // What bash offers for a line, of which the last word is being completed: the words, in order.
  [[nodiscard]] std::vector<std::string> offers(const std::vector<std::string>& words) const {
    write("ask.bash", fmt::format("source latent.bash\nCOMP_WORDS=('{}')\nCOMP_CWORD={}\n_latent\n"
                                  "printf '%s\\n' \"${{COMPREPLY[@]}}\" >offers.txt\n",
                                  fmt::join(words, "' '"), words.size() - 1));
    const Outcome outcome = latent("completion bash >latent.bash && bash -eu ask.bash");
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    std::vector<std::string> all = lines(read("offers.txt"));
    std::erase(all, "");
    std::ranges::sort(all);
    return all;
  }
};

TEST_F(Completion, OffersSubcommandsModelsAndOptions) {
  EXPECT_THAT(offers({"latent", "s"}), testing::ElementsAre("sample", "select"));
  EXPECT_THAT(offers({"latent", "--v"}), testing::ElementsAre("--version"));
  EXPECT_THAT(offers({"latent", "fit", "g"}), testing::ElementsAre("gaussian-mixture"));
  EXPECT_THAT(offers({"latent", "fit", "gaussian-mixture", "data.csv", "--comp"}),
              testing::ElementsAre("--components"));
  EXPECT_THAT(offers({"latent", "sample", "--components"}), testing::IsEmpty());
}

TEST_F(Completion, OffersFilesWhereAFileIsAskedFor) {
  write("a start.json", "");
  EXPECT_THAT(offers({"latent", "fit", "coin-mixture", "data.csv", "--start", "a"}), testing::Contains("a start.json"));
  EXPECT_THAT(offers({"latent", "fit", "coin-mixture", "--components", ""}), testing::IsEmpty());
}

TEST_F(Completion, OffersTheNamesThatAnOptionTakes) {
  EXPECT_THAT(offers({"latent", "fit", "gaussian-mixture", "data.csv", "--covariance", ""}),
              testing::ElementsAre("diagonal", "full", "spherical", "tied"));
  EXPECT_THAT(offers({"latent", "select", "gaussian-mixture", "data.csv", "--criterion", "b"}),
              testing::ElementsAre("bic"));
}

// Every option that a help page lists.
TEST_F(Completion, KnowsEveryOptionOfHelp) {
  for (const std::string& subcommand : listed(latent("--help").out)) {
    const auto offered = offers({"latent", subcommand, "--"});
    for (const std::string& line : lines(latent(subcommand + " --help").out)) {
      const auto begin = line.find("--");
      if (!line.starts_with("  -") || begin > 6) continue;
      EXPECT_THAT(offered, testing::Contains(line.substr(begin, line.find(' ', begin) - begin))) << subcommand;
    }
  }
}

TEST_F(Command, TheManualIsWithoutAMistakeAndHasEveryOption) {
  const Outcome outcome = latent("man-page >latent.1 && mandoc -T lint -W warning latent.1");
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(read("latent.1"), HasSubstr("\\fB\\-\\-components K\\fR"));
  EXPECT_THAT(read("latent.1"), HasSubstr("\\fB\\-\\-criterion NAME\\fR"));
}

// In a terminal that `script` makes; its standard error and output are one.
TEST_F(Command, ProgressIsForATerminalOnly) {
  const std::string arguments =
      "fit gaussian-mixture " + data("old_faithful.csv") + " --components 3 --restarts 200 --threads 1";
  const auto in_terminal = [&](const std::string& more) {
    write("run.sh", fmt::format("stty cols 60\n{} {} {}\n", LATENT_COMMAND, arguments, more));
    EXPECT_EQ(latent("--version >version.txt && script -qec 'sh run.sh' seen.txt >/dev/null </dev/null").status, 0);
    return read("seen.txt");
  };
  const std::string seen = in_terminal("");
  EXPECT_THAT(seen, HasSubstr("/200 done; restart "));
  EXPECT_THAT(seen, HasSubstr("objective -1"));
  EXPECT_THAT(seen, HasSubstr("log-likelihood       -11"));  // the summary comes after
  std::size_t longest = 0;
  for (std::size_t at = seen.find("\x1b[K"); at != std::string::npos; at = seen.find("\x1b[K", at + 1)) {
    const std::string line = seen.substr(at + 3, seen.find_first_of("\r\n", at) - at - 3);
    if (line.find("done; ") != std::string::npos) longest = std::max(longest, line.size());
  }
  EXPECT_LT(longest, 60U);
  EXPECT_THAT(in_terminal("--quiet"), Not(HasSubstr("done; ")));
  EXPECT_EQ(latent(arguments).err, "");
}

}  // namespace
}  // namespace latent::command
