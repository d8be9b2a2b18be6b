// What predict, impute and sample write: the same numbers as CSV, JSON and .npy.
#include <gmock/gmock.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <filesystem>

#include "command/fixture.hpp"

namespace latent::command {
namespace {

using testing::HasSubstr;

std::vector<std::vector<double>> rows_of_csv(const std::string& text) {
  std::vector<std::vector<double>> rows;
  for (const std::string& line : lines(text)) {
    rows.emplace_back();
    for (const std::string& cell : cells(line)) rows.back().push_back(std::strtod(cell.c_str(), nullptr));
  }
  rows.erase(rows.begin());
  return rows;
}

std::vector<std::vector<double>> rows_of_json(const std::string& text) {
  return json::parse(text).at("data").get<std::vector<std::vector<double>>>();
}

std::vector<std::vector<double>> rows_of_npy(const std::string& bytes, std::size_t columns) {
  const std::size_t header = bytes.find('\n') + 1;
  EXPECT_EQ(header % 64, 0U);
  std::vector<std::vector<double>> rows((bytes.size() - header) / (8 * columns), std::vector<double>(columns));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    std::memcpy(rows[row].data(), bytes.data() + header + row * columns * 8, columns * 8);
  }
  return rows;
}

std::vector<std::uint64_t> bits(const std::vector<std::vector<double>>& rows) {
  std::vector<std::uint64_t> all;
  for (const auto& row : rows) {
    for (const double value : row) all.push_back(std::bit_cast<std::uint64_t>(value));
  }
  return all;
}

const std::string model = R"({"model": "gaussian-mixture", "columns": ["a", "b \"c\""], "parameters":
  {"weights": [0.5, 0.5], "means": [[0, 1], [3, 1e-3]], "covariances": [[[1, 0.5], [0.5, 1]], [[2, 0], [0, 1]]]}})";

TEST_F(Command, SampleWritesTheSameNumbersInEveryForm) {
  write("model.json", model);
  const std::string sample = "sample model.json --count 50";
  const auto expected = bits(rows_of_csv(latent(sample).out));
  ASSERT_EQ(expected.size(), 100U);
  for (const std::string file : {"out.csv", "out.json", "out.npy"}) {
    const Outcome outcome = latent(fmt::format("{} --output {}", sample, file));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.out, "");
  }
  EXPECT_EQ(bits(rows_of_csv(read("out.csv"))), expected);
  EXPECT_EQ(bits(rows_of_json(read("out.json"))), expected);
  EXPECT_EQ(bits(rows_of_npy(read("out.npy"), 2)), expected);
  EXPECT_EQ(json::parse(read("out.json")).at("columns"), json({"a", "b \"c\""}));
}

TEST_F(Command, PredictWritesTheSameNumbersInEveryForm) {
  write("model.json", model);
  ASSERT_EQ(latent("sample model.json --count 20 --output data.npy").status, 0);
  const auto expected = bits(rows_of_csv(latent("predict model.json data.npy").out));
  ASSERT_EQ(expected.size(), 60U);
  ASSERT_EQ(latent("predict model.json data.npy --output out.npy").status, 0);
  ASSERT_EQ(latent("predict model.json data.npy --output out.json").status, 0);
  EXPECT_EQ(bits(rows_of_npy(read("out.npy"), 3)), expected);
  EXPECT_EQ(bits(rows_of_json(read("out.json"))), expected);
  EXPECT_EQ(json::parse(read("out.json")).at("columns"), json({"component", "p1", "p2"}));
}

// Observed cells of any size come through CSV, .npy, JSON and back with the same bits, and -0 with its sign.
TEST_F(Command, ImputeKeepsObservedValuesToTheBit) {
  write("model.json",
        R"({"model": "incomplete-gaussian", "parameters": {"mean": [0, 7], "covariance": [[1, 0], [0, 1]]}})");
  write("data.csv", "x,y\n1e-300,5e-324\n-0.0,2.2250738585072011e-308\n0.1,0.30000000000000004\n-1e15,\n");
  const std::vector<std::vector<double>> expected = {
      {1e-300, 5e-324}, {-0.0, 2.2250738585072011e-308}, {0.1, 0.1 + 0.2}, {-1e15, 7.0}};
  const std::string first = "first.npy";
  for (const std::string& from : {std::string("data.csv"), first}) {
    const std::string npy = from == first ? "second.npy" : first;
    for (const std::string& to : {std::string("out.json"), std::string("other.csv"), npy}) {
      const Outcome outcome = latent(fmt::format("impute {} --model model.json --output {}", from, to));
      ASSERT_EQ(outcome.status, 0) << outcome.err;
    }
    EXPECT_EQ(bits(rows_of_json(read("out.json"))), bits(expected));
    EXPECT_EQ(bits(rows_of_csv(read("other.csv"))), bits(expected));
    EXPECT_EQ(bits(rows_of_npy(read(npy), 2)), bits(expected));
  }
}

TEST_F(Command, ImputeWritesToACsvFileWhatItPrints) {
  const std::string impute = "impute " + data("airquality.csv");
  ASSERT_EQ(latent(impute + " --output out.csv").status, 0);
  EXPECT_EQ(read("out.csv"), latent(impute).out);
}

// By what the names lead to, before any work, and both options are named.
TEST_F(Command, AnOutputThatIsAnInputOrAnotherOutputIsRefused) {
  write("model.json", model);
  write("data.csv", "a,b\n1,2\n2,1\n3,5\n4,4\n6,7\n9,8\n");
  write("data.json", model);
  std::filesystem::create_symlink("data.csv", path("link.csv"));
  std::filesystem::create_hard_link(path("data.csv"), path("hard.csv"));
  std::filesystem::create_symlink("nowhere.csv", path("dangling.csv"));
  std::filesystem::create_directory(path("folder"));
  const std::string fit = "fit gaussian-mixture data.csv --components 1 ";
  const std::string predict = "predict model.json data.csv --columns a,b ";
  for (const Refusal& refusal : {
           Refusal{fit + "--save data.csv", "--save: data.csv: is the file of DATA too"},
           Refusal{fit + "--trace link.csv", "--trace: link.csv: is the file of DATA too"},
           Refusal{fit + "--trace hard.csv", "--trace: hard.csv: is the file of DATA too"},
           Refusal{fit + "--trace folder/../data.csv", "--trace: folder/../data.csv: is the file of DATA too"},
           Refusal{fit + "--checkpoint data.csv", "--checkpoint: data.csv: is the file of DATA too"},
           Refusal{fit + "--trace x --save x", "--trace: x: is the file of --save too"},
           Refusal{fit + "--trace folder/../x --save ./x", "--trace: folder/../x: is the file of --save too"},
           Refusal{fit + "--trace nowhere.csv --save dangling.csv", "--trace: nowhere.csv: is the file of --save too"},
           Refusal{fit + "--checkpoint x --save x", "--checkpoint: x: is the file of --save too"},
           Refusal{fit + "--trace /dev/stdout --save /dev/stdout", "--trace: /dev/stdout: is the file of --save too"},
           Refusal{fit + "--save out.txt", "--save: out.txt: is where standard output goes too"},
           Refusal{"fit gaussian-mixture data.csv --start model.json --save model.json",
                   "--save: model.json: is the file of --start too"},
           Refusal{"fit gaussian-mixture - --components 1 --save data.csv <data.csv",
                   "--save: data.csv: is the file of DATA too"},
           Refusal{"select gaussian-mixture data.csv --components 1..2 --save link.csv",
                   "--save: link.csv: is the file of DATA too"},
           Refusal{predict + "--output link.csv", "--output: link.csv: is the file of DATA too"},
           Refusal{predict + "--output model.json", "--output: model.json: is the file of MODEL.json too"},
           Refusal{"impute data.csv --output hard.csv", "--output: hard.csv: is the file of DATA too"},
           Refusal{"impute data.csv --model model.json --output model.json",
                   "--output: model.json: is the file of --model too"},
           Refusal{"sample model.json --count 3 --output model.json",
                   "--output: model.json: is the file of MODEL.json too"},
       }) {
    SCOPED_TRACE(refusal.arguments);
    expect_refusal(latent(refusal.arguments), refusal.message);
  }
  EXPECT_EQ(read("data.csv"), "a,b\n1,2\n2,1\n3,5\n4,4\n6,7\n9,8\n");
  EXPECT_EQ(read("model.json"), model);
  EXPECT_EQ(read("x"), "");
  const Outcome appended = latent("impute data.csv 2>err.txt >>data.csv #");
  EXPECT_EQ(appended.status, 2);
  EXPECT_THAT(appended.err, HasSubstr("DATA: data.csv: is where standard output goes too"));

  EXPECT_EQ(latent(fit + "--save /dev/null --trace /dev/null").status, 0);
  EXPECT_EQ(latent(fit + "--save one.json --trace two.csv --checkpoint three").status, 0);
}

// A file that can't be written whole is as it was, and the others are written.
TEST_F(Command, AFileThatCanNotBeWrittenIsAsItWas) {
  write("model.json", model);
  for (const std::string name : {"out.csv", "out.json", "out.npy"}) {
    write(name, "old");
    const Outcome outcome = latent("sample model.json --count 5000 --output " + name, "ulimit -f 8;");
    EXPECT_EQ(outcome.status, 2);
    EXPECT_EQ(outcome.err, "latent: " + name + ": can't be written: File too large\n");
    EXPECT_EQ(read(name), "old");
  }
  write("save.json", "old");
  const Outcome outcome = latent("fit gaussian-mixture " + data("old_faithful.csv") +
                                     " --components 2 --restarts 60 --save save.json --trace trace.csv --json "
                                     "2>err.txt | cat >out.txt #",
                                 R"(bash -c 'ulimit -f 12; "$0" "$@"')");
  EXPECT_EQ(read("save.json"), "old");
  EXPECT_THAT(outcome.err, HasSubstr("trace.csv: can't be written: File too large"));
  EXPECT_EQ(json::parse(outcome.out).at("model"), "gaussian-mixture");
  EXPECT_FALSE(std::filesystem::exists(path("trace.csv")));
  for (const auto& entry : std::filesystem::directory_iterator(path("."))) {
    EXPECT_THAT(entry.path().string(), testing::Not(testing::EndsWith(".partial")));
  }
}

TEST_F(Command, OutputsMayBePipesAndDevices) {
  write("model.json", model);
  const std::string sample = "sample model.json --count 5000 ";
  const std::string expected = latent(sample).out;
  EXPECT_EQ(latent(sample + "--output /dev/stdout").out, expected);
  EXPECT_EQ(latent(sample + "--output /dev/stdout | cat").out, expected);
  EXPECT_EQ(latent(sample + "--output /dev/fd/3 3>third.txt").status, 0);
  EXPECT_EQ(read("third.txt"), expected);
  EXPECT_EQ(latent(sample + "--output pipe.csv & cat pipe.csv", "mkfifo pipe.csv;").out, expected);
  EXPECT_EQ(latent(sample + "--output /dev/null").status, 0);
  const Outcome full = latent(sample + "--output /dev/full");
  EXPECT_EQ(full.status, 2);
  EXPECT_EQ(full.err, "latent: /dev/full: can't be written: No space left on device\n");
  // In the order in which they are written, and nothing over anything.
  const std::string fit = "fit gaussian-mixture " + data("old_faithful.csv") + " --components 2 ";
  const std::string summary = latent(fit).out;
  ASSERT_EQ(latent(fit + "--save saved.json").status, 0);
  EXPECT_EQ(latent(fit + "--save /dev/stdout").out, summary + read("saved.json"));
}

TEST_F(Command, OutputOfAnotherKindIsRefused) {
  write("model.json", model);
  for (const std::string file : {"out.txt", "out", "out.csv.gz"}) {
    const Outcome outcome = latent("sample model.json --count 1 --output " + file);
    EXPECT_EQ(outcome.status, 2);
    EXPECT_THAT(outcome.err, HasSubstr("--output: " + file + ": must end in .csv, .json or .npy"));
  }
  const Outcome outcome = latent("sample model.json --count 1 --output none/out.npy");
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, HasSubstr("none/out.npy: No such file"));
}

}  // namespace
}  // namespace latent::command
