// What predict, impute and sample write: the same numbers as CSV, JSON and .npy.
#include <gmock/gmock.h>

#include <bit>
#include <cstdint>
#include <cstring>

#include "command.hpp"

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
  for (const std::string from : {"data.csv", "out.npy"}) {
    for (const std::string to : {"out.json", "other.csv", "out.npy"}) {
      const Outcome outcome = latent(fmt::format("impute {} --model model.json --output {}", from, to));
      ASSERT_EQ(outcome.status, 0) << outcome.err;
    }
    EXPECT_EQ(bits(rows_of_json(read("out.json"))), bits(expected));
    EXPECT_EQ(bits(rows_of_csv(read("other.csv"))), bits(expected));
    EXPECT_EQ(bits(rows_of_npy(read("out.npy"), 2)), bits(expected));
  }
}

TEST_F(Command, ImputeWritesToACsvFileWhatItPrints) {
  const std::string impute = "impute " + data("airquality.csv");
  ASSERT_EQ(latent(impute + " --output out.csv").status, 0);
  EXPECT_EQ(read("out.csv"), latent(impute).out);
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
