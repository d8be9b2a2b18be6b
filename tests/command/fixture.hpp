// A folder to run the command in, and what it gave.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "fixtures/own_folder.hpp"
#include "paths.hpp"

namespace latent::command {

using nlohmann::json;

struct Outcome {
  int status = -1;
  std::string out;
  std::string err;
};

inline std::string contents(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline std::vector<std::string> lines(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> all;
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

inline std::vector<std::string> cells(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> all;
  for (std::string cell; std::getline(in, cell, ',');) all.push_back(cell);
  return all;
}

// Runs the command in the test's folder.
class Command : public OwnFolder {
 protected:
  // Runs `latent ARGUMENTS` as a shell would, under another program where one is given.
  [[nodiscard]] Outcome latent(const std::string& arguments, const std::string& under = "") const {
    const std::string line =
        fmt::format("cd {} && {} {} {} >out.txt 2>err.txt", folder().string(), under, LATENT_COMMAND, arguments);
    const int status = std::system(line.c_str());
    return {WEXITSTATUS(status), contents(folder() / "out.txt"), contents(folder() / "err.txt")};
  }

  json fit(const std::string& arguments) const {
    const Outcome outcome = latent("fit " + arguments + " --json");
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return json::parse(outcome.out);
  }

  void write(const std::string& name, const std::string& text) const { std::ofstream(folder() / name) << text; }

  [[nodiscard]] std::string read(const std::string& name) const { return contents(folder() / name); }

  [[nodiscard]] std::filesystem::path path(const std::string& name) const { return folder() / name; }
};

inline std::string data(const std::string& name) { return fmt::format("{}/{}", LATENT_DATA_DIR, name); }

inline std::string reference(const std::string& name) { return fmt::format("{}/{}", LATENT_REFERENCE_DIR, name); }

// Status 2, nothing on standard output, and one line that says so.
inline void expect_refusal(const Outcome& outcome, const std::string& message) {
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, testing::HasSubstr(message));
  EXPECT_EQ(lines(outcome.err).size(), 1) << outcome.err;
}

struct Refusal {
  std::string arguments;
  std::string message;
};

inline std::ostream& operator<<(std::ostream& out, const Refusal& refusal) {
  return out << "latent " << refusal.arguments;
}

}  // namespace latent::command
