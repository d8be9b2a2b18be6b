// Model files that are not what fit writes, and names in files that a terminal would obey.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "command/fixture.hpp"

namespace latent::command {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string parameters =
    R"("parameters": {"weights": [1], "means": [[0, 1]], "covariances": [[[1, 0], [0, 1]]]})";

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

class ModelFiles : public Command {
 protected:
  void SetUp() override {
    Command::SetUp();
    write("data.csv", "a,b\n1,2\n2,1\n3,5\n4,4\n6,7\n9,8\n");
  }

  // Whoever reads it: predict, sample, impute and --start.
  void expect_refused(const std::string& content, const std::string& message) const {
    write("model.json", content);
    const auto expect = [&](const std::string& arguments, const std::string& option) {
      SCOPED_TRACE(arguments);
      expect_refusal(latent(arguments), "latent: " + option + "model.json: " + message);
    };
    expect("sample model.json --count 1", "");
    expect("predict model.json data.csv", "");
    expect("impute data.csv --model model.json", "--model: ");
    expect("fit gaussian-mixture data.csv --start model.json", "--start: ");
  }
};

TEST_F(ModelFiles, NestedTooDeepAreRefused) {
  for (const std::size_t depth : {65U, 1000U, 150'000U, 1'000'000U}) {
    const std::string message = "is nested more than 64 deep, the most that a file of a model may be";
    expect_refused(R"({"parameters": )" + repeated(R"({"a": )", depth) + "1" + repeated("}", depth) + "}", message);
    expect_refused(R"({"other": )" + repeated("[", depth) + repeated("]", depth) + ", " + parameters + "}", message);
    expect_refused(R"({"other": )" + repeated("[", depth), message);
  }
}

TEST_F(ModelFiles, ThatAreNoJsonAreRefused) {
  for (const std::string content : {"", "  ", "3", "[1, 2]", "null", "\x01", "model"}) {
    expect_refused(content, "not a JSON object, as latent fit --save writes it");
  }
  expect_refused("{", "not JSON from byte ");
  expect_refused("{" + parameters, "not JSON from byte ");
  expect_refused(R"({"parameters": {"a": nan}})", "not JSON from byte ");
  expect_refused(R"({"parameters": {"a": 1e999}})", "has a number beyond those of double precision");
  expect_refused("{}", "there is no object \"parameters\" in it");
}

TEST_F(ModelFiles, ThatGoOnAfterTheObjectAreRefused) {
  expect_refused("{" + parameters + "} {}", "goes on after its JSON object, at byte ");
  expect_refused("{" + parameters + "}\nx", "goes on after its JSON object, at byte ");
  expect_refused("{" + parameters + "}]", "goes on after its JSON object, at byte ");
  write("model.json", R"({"model": "gaussian-mixture", "columns": ["}", "\"}"], )" + parameters + "}\n \t\r\n");
  EXPECT_EQ(latent("sample model.json --count 1").status, 0);
}

TEST_F(ModelFiles, WithNamesThatAreNoStringsAreRefused) {
  for (const std::string value : {"3", "null", "[]", "{}", "true"}) {
    expect_refused(R"({"model": )" + value + ", " + parameters + "}", "\"model\" must be a string");
    expect_refused(R"({"columns": ["a", )" + value + "], " + parameters + "}", "each of \"columns\" must be a string");
  }
  expect_refused(R"({"columns": "a", )" + parameters + "}", "\"columns\" must be an array of strings");
}

TEST_F(ModelFiles, WithNamesThatAreTooLongAreRefused) {
  const std::string longest(10'000, 'n');
  expect_refused(R"({"model": "n)" + longest + "\", " + parameters + "}",
                 "\"model\" has 10001 bytes; a name may have at most 10000");
  expect_refused(R"({"columns": ["n)" + longest + R"(", "b"], )" + parameters + "}",
                 "each of \"columns\" has 10001 bytes; a name may have at most 10000");

  // What can be fitted can be read.
  write("long.csv", longest + ",b\n1,2\n2,1\n3,5\n4,4\n6,7\n9,8\n");
  ASSERT_EQ(latent("fit gaussian-mixture long.csv --components 1 --save model.json --quiet").status, 0);
  EXPECT_EQ(latent("predict model.json long.csv").status, 0);
  write("longer.csv", "n" + longest + ",b\n1,2\n2,1\n3,5\n4,4\n");
  expect_refusal(latent("fit gaussian-mixture longer.csv --components 1"),
                 "longer.csv: the name of column 1 has 10001 bytes; a name may have at most 10000");
}

TEST_F(ModelFiles, MayBeADeviceOrAPipe) {
  EXPECT_EQ(latent("sample /dev/zero --count 1").err,
            "latent: /dev/zero: not a JSON object, as latent fit --save writes it\n");
  write("model.json", R"({"model": "gaussian-mixture", )" + parameters + "}");
  EXPECT_EQ(latent("sample /dev/stdin --count 1 --seed 7", "cat model.json |").out,
            latent("sample model.json --count 1 --seed 7").out);
}

// No byte of a name makes a terminal do more than show it, and none is shown at length.
TEST_F(ModelFiles, NamesReachTheTerminalPrintableAndCut) {
  const std::string evil =
      "\x1b[31mred\x1b]0;title\x07\x7f\xc2\x9b"
      "2J";
  const std::string at_length(3000, 'y');
  const std::string escaped = R"(\u001b[31mred\u009b2J\u0007)" + at_length;
  write("evil.csv", evil + at_length + ",b\n1,2\n2,1\n3,5\n4,4\n6,7\n9,8\n8,9\n1,1\n2,7\n3,3\n0,1\n");
  write("two.csv", evil + at_length + ",b\n1,2\n0,1\n1,5\n0,4\n1,7\n0,8\n1,9\n0,1\n1,7\n1,3\n0,1\n");
  write("model.json", R"({"model": ")" + escaped + "\", " + parameters + "}");
  write("columns.json", R"({"model": "gaussian-mixture", "columns": [")" + escaped + R"(", "b"], )" + parameters + "}");
  write("kind.json", R"({"model": "gaussian-mixture", "parameters": {"covariance": ")" + escaped + "\"}}");
  write("heads.csv", evil + "heads," + evil + "other\n1,2\n2,3\n");
  for (const std::string arguments :
       {"fit gaussian-mixture evil.csv --components 1", "fit gaussian-mixture evil.csv --components 1 --json",
        "fit gaussian-mixture two.csv --components 1", "select gaussian-mixture evil.csv --components 1..2",
        "fit gaussian-mixture evil.csv --components 1 --columns none", "fit incomplete-gaussian evil.csv",
        "fit gaussian-mixture evil.csv --components 3 --columns b --weights none", "sample model.json --count 1",
        "sample kind.json --count 1", "predict model.json data.csv", "predict columns.json data.csv",
        "impute data.csv --model model.json", "fit gaussian-mixture data.csv --start model.json",
        "fit gaussian-mixture data.csv --start columns.json", "fit coin-mixture heads.csv --components 1",
        "fit coin-mixture heads.csv --components 1 --columns $'\\e[31m'"}) {
    SCOPED_TRACE(arguments);
    const Outcome outcome = latent(arguments);
    const bool json = std::string(arguments).ends_with("--json");
    for (const std::string& shown : {outcome.out, outcome.err}) {
      for (const std::string control : {"\x1b", "\x07", "\x7f", "\xc2\x9b"})
        EXPECT_THAT(shown, Not(HasSubstr(control)));
      if (json) continue;
      EXPECT_THAT(shown, Not(HasSubstr(at_length.substr(0, 200))));
    }
    EXPECT_NE(outcome.out + outcome.err, "");
  }
  // In JSON the name is whole, and comes back.
  const json fitted = fit("gaussian-mixture evil.csv --components 1");
  EXPECT_EQ(fitted.at("columns").at(0), evil + at_length);
}

}  // namespace
}  // namespace latent::command
