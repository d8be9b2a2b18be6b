// Data, files and machines that are too large or too small: a sentence that says what needs how much.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <string>

#include "command/fixture.hpp"

namespace latent::command {
namespace {

using testing::HasSubstr;

const std::string faithful = data("old_faithful.csv");

class Limits : public Command {
 protected:
  // Runs a shell in the test's folder.
  void shell(const std::string& script) const {
    ASSERT_EQ(std::system(fmt::format("cd {} && {{ {}; }}", path("").string(), script).c_str()), 0) << script;
  }
  // A gzip file of 10 GB: a text, and then another one over and over. Files one behind the other are one.
  void write_bomb(const std::string& name, const std::string& first, const std::string& then) const {
    shell(
        fmt::format("printf '{}' | gzip >{}; yes '{}' | head -c 50000000 | gzip -1 >piece.gz; "
                    "for i in $(seq 200); do cat piece.gz; done >>{}",
                    first, name, then, name));
  }
};

// 800 MB of address space: what is refused is refused before it is taken.
constexpr auto in_little_memory = "ulimit -v 800000 &&";

TEST_F(Limits, ABombIsRefusedInLittleMemory) {
  const std::string command = "fit gaussian-mixture bomb.csv.gz --components 1 --threads 1 --max-data 100M";
  write_bomb("bomb.csv.gz", "x,y\\n", "1,2");
  expect_refusal(latent(command, in_little_memory),
                 "the data up to here take more than the 100 MB that are allowed; see --max-data");
  shell(
      "printf 'x,y\\n1,2\\n' | gzip >bomb.csv.gz; head -c 50000000 /dev/zero | tr '\\0' 1 | gzip -1 >piece.gz; "
      "for i in $(seq 200); do cat piece.gz; done >>bomb.csv.gz");
  expect_refusal(latent(command, in_little_memory),
                 "bomb.csv.gz: row 2: a line of more than 64 MB, the most that a row may have; see --max-row");
  expect_refusal(latent(command + " --max-row 1k", in_little_memory), "row 2: a line of more than 1 kB");
}

TEST_F(Limits, AnOpenQuoteIsRefusedInLittleMemory) {
  shell("printf 'x,y\\n\"1,2\\n' >open.csv; yes 1,2 | head -c 300000000 >>open.csv");
  expect_refusal(latent("fit gaussian-mixture open.csv --components 1", in_little_memory),
                 "open.csv: row 1: a quoted cell goes on over several lines, together more than 64 MB, the most that a "
                 "row may have; "
                 "close its quote, or see --max-row");
}

// Whatever takes the memory, the sentence says when it ran out.
TEST_F(Limits, MemoryThatRunsOutIsTold) {
  shell("(echo x,y; yes 1,2 | head -c 400000000) >long.csv");
  const Outcome outcome = latent("fit gaussian-mixture long.csv --components 1 --threads 1", in_little_memory);
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, testing::ContainsRegex("^latent: .*long.csv.* memory"));
  EXPECT_THAT(outcome.err, testing::Not(HasSubstr("bad_alloc")));
}

TEST_F(Limits, LimitsAreSizes) {
  const std::string command = "fit gaussian-mixture " + faithful + " --components 1 --quiet ";
  for (const std::string size : {"500M", "0.5G", "500000k", "500 MB", "500000000"}) {
    EXPECT_EQ(latent(command + fmt::format("--max-data '{}'", size)).status, 0) << size;
  }
  expect_refusal(latent(command + "--max-data 3k"), "more than the 3 kB that are allowed; see --max-data");
  expect_refusal(latent(command + "--max-row 4"), "header: a line of more than 4 bytes");
  for (const std::string size : {"", "M", "-1", "0", "1X", "nan", "1e30", "4GG"}) {
    expect_refusal(latent(command + fmt::format("'--max-row={}'", size)), "--max-row: ");
  }
}

// 50,000 columns need 20 GB a matrix; the data are 1 MB.
TEST_F(Limits, AFitThatNeedsMoreMemoryThanThereIsIsRefusedBeforeItBegins) {
  shell(
      "printf '\\223NUMPY\\1\\0v\\0%-117s\\n' \"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 50000), }\" "
      ">wide.npy; head -c 1200000 /dev/urandom | tr '\\360-\\377' '\\60-\\77' | tr '\\160-\\177' '\\60-\\77' "
      ">>wide.npy");
  const std::string under = "ulimit -v 8000000 &&";
  const Outcome mixture = latent("fit gaussian-mixture wide.npy --components 2 --threads 2", under);
  expect_refusal(mixture,
                 "a mixture of 2 components with full covariance in 50000 columns, in 2 fits at once, "
                 "needs at least ");
  EXPECT_THAT(mixture.err,
              HasSubstr("of memory, and there are 8.19 GB; each covariance takes 20 GB: use --covariance "
                        "diagonal, fewer columns (--columns), fewer components, or fewer threads (--threads)"));
  expect_refusal(latent("select gaussian-mixture wide.npy --components 1..2 --covariance tied", under),
                 "each covariance takes 20 GB");
  for (const std::string command : {"fit incomplete-gaussian wide.npy", "impute wide.npy"}) {
    expect_refusal(latent(command, under), "a normal distribution in 50000 columns needs at least 80 GB of memory");
  }
}

TEST_F(Limits, DrawsThatNeedMoreMemoryThanThereIsAreRefused) {
  fit("gaussian-mixture " + faithful + " --components 2 --save model.json");
  expect_refusal(latent("sample model.json --count 2000000000", "ulimit -v 8000000 &&"),
                 "a table of 2000000000 draws of 2 columns needs at least 32 GB of memory, and there are 8.19 GB; ask "
                 "for fewer with --count");
}

TEST_F(Limits, WhatCanNotBeReadIsNamed) {
  std::filesystem::create_directory(path("folder.csv"));
  std::filesystem::create_directory(path("folder.csv.gz"));
  std::filesystem::create_directory(path("folder.npy"));
  for (const std::string name : {"folder.csv", "folder.csv.gz", "folder.npy", "nowhere.csv"}) {
    expect_refusal(latent("fit gaussian-mixture " + name + " --components 1"), name + ": cannot be ");
  }
  expect_refusal(latent("fit gaussian-mixture - --components 1 <folder.csv"), "standard input: cannot be read");
  expect_refusal(latent("fit gaussian-mixture /proc/self/mem --components 1"), "/proc/self/mem: cannot be read: ");
}

TEST_F(Limits, ThreadsThatTheSystemDoesNotStartAreTold) {
  const std::string command = "fit gaussian-mixture " + faithful + " --components 2 --threads ";
  const Outcome outcome = latent(command + "200", "ulimit -v 300000 &&");
  expect_refusal(outcome, "200 threads were asked for, and the system starts no more than ");
  EXPECT_THAT(outcome.err, HasSubstr("; ask for fewer threads (--threads)"));
  EXPECT_EQ(latent(command + "1", "ulimit -v 300000 &&").status, 0);
}

}  // namespace
}  // namespace latent::command
