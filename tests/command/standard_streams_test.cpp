// Standard output and standard error that are closed, full, or a pipe that nobody reads.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "command/fixture.hpp"

namespace latent::command {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string faithful = data("old_faithful.csv");
const std::string model = R"({"model": "gaussian-mixture", "columns": ["a", "b"], "parameters":
  {"weights": [1], "means": [[0, 1]], "covariances": [[[1, 0.5], [0.5, 1]]]}})";

// One that prints, for each subcommand.
std::vector<std::string> commands_that_print() {
  return {"fit gaussian-mixture " + faithful + " --components 2 --restarts 2",
          "fit gaussian-mixture " + faithful + " --components 4 --restarts 2 --json",
          "select gaussian-mixture " + faithful + " --components 1..2 --restarts 2 --json",
          "predict model.json " + faithful + " --columns eruptions,waiting",
          "impute " + data("airquality.csv"),
          "sample model.json --count 5000",
          "models",
          "completion bash",
          "man-page",
          "--help",
          "fit --help",
          "--version"};
}

class StandardStreams : public Command {
 protected:
  void SetUp() override {
    Command::SetUp();
    write("model.json", model);
  }
};

TEST_F(StandardStreams, OutputThatCanNotBeWrittenEndsInStatus2AndASentence) {
  for (const std::string& arguments : commands_that_print()) {
    const Outcome closed = latent(arguments + " 2>err.txt >&- #");
    EXPECT_EQ(closed.status, 2) << arguments;
    EXPECT_THAT(closed.err, HasSubstr("latent: standard output can't be written: Bad file descriptor\n")) << arguments;
    const Outcome full = latent(arguments + " 2>err.txt >/dev/full #");
    EXPECT_EQ(full.status, 2) << arguments;
    EXPECT_THAT(full.err, HasSubstr("latent: standard output can't be written: No space left on device\n"));
  }
  EXPECT_EQ(latent("new-model mine 2>err.txt >/dev/full #").status, 2);
}

// The third case is a limit on the size of files, of which the system also tells by a signal.
TEST_F(StandardStreams, NoWriteEndsInASignal) {
  for (const std::string redirections : {"2>&- >&-", "2>/dev/full >/dev/full", "2>&- >/dev/full"}) {
    EXPECT_EQ(latent("sample model.json --count 5000 " + redirections + " #").status, 2) << redirections;
  }
  const Outcome limited = latent("sample model.json --count 5000", "ulimit -f 8;");
  EXPECT_EQ(limited.status, 2);
  EXPECT_THAT(limited.err, HasSubstr("standard output can't be written: File too large"));
}

TEST_F(StandardStreams, WithoutStandardErrorTheStatusAndTheOutputAreTheSame) {
  // It warns: nothing has converged.
  const std::string fitting = "fit gaussian-mixture " + faithful + " --components 4 --max-iterations 3";
  for (const std::string& arguments :
       {fitting + " --json", fitting,
        "select gaussian-mixture " + faithful + " --components 3..4 --max-iterations 3 --json",
        std::string("fit gaussian-mixture no-such.csv"), std::string("fit --no-such-option")}) {
    const Outcome expected = latent(arguments);
    EXPECT_NE(expected.err, "");
    for (const std::string closed_or_full : {"2>&-", "2>/dev/full"}) {
      const Outcome outcome = latent(fmt::format("{} >out.txt {} #", arguments, closed_or_full));
      EXPECT_EQ(outcome.status, expected.status) << arguments << closed_or_full;
      EXPECT_EQ(outcome.out, expected.out) << arguments << closed_or_full;
    }
  }
}

// What is said on a standard stream that is closed does not end up in the file that got its number.
TEST_F(StandardStreams, AFileDoesNotGetTheNumberOfAClosedStream) {
  const std::string fitting = "fit gaussian-mixture " + faithful + " --components 4 ";
  ASSERT_EQ(latent(fitting + "--save expected.json").status, 0);
  EXPECT_EQ(latent(fitting + "--save saved.json --trace trace.csv <&- 2>&- >&- #").status, 2);
  EXPECT_EQ(read("saved.json"), read("expected.json"));
  EXPECT_THAT(read("trace.csv"), StartsWith("restart,iteration,"));
}

TEST_F(StandardStreams, AReaderThatLeavesIsNoError) {
  for (const std::string under : {"", "trap '' PIPE;"}) {
    const Outcome outcome =
        latent("sample model.json --count 200000 2>err.txt && echo done >&2; } 2>status.txt | head -n 1 >out.txt #",
               under + std::string(" {"));
    EXPECT_EQ(outcome.out, "a,b\n");
    EXPECT_EQ(outcome.err, "");
    EXPECT_EQ(read("status.txt"), "done\n");
  }
}

// Whoever reads standard output decides nothing about files.
TEST_F(StandardStreams, FilesAreWrittenAlsoWhereStandardOutputCanNotBe) {
  EXPECT_EQ(latent("fit gaussian-mixture " + faithful +
                   " --components 2 --save saved.json --trace trace.csv 2>err.txt >/dev/full #")
                .status,
            2);
  EXPECT_EQ(json::parse(read("saved.json")).at("model"), "gaussian-mixture");
  EXPECT_THAT(read("trace.csv"), StartsWith("restart,iteration,"));
}

}  // namespace
}  // namespace latent::command
