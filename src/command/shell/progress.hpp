// What the command says on standard error while it works, and after.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "latent/solver/fit.hpp"

namespace latent::cli {

/// A line on standard error that says how far a fit is; only on a terminal, and not if quiet.
class Progress {
 public:
  /// @param restarts how many there will be, where that is known: it says what time is left.
  explicit Progress(bool quiet, std::optional<int> restarts = {});
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  Progress(Progress&&) = delete;
  Progress& operator=(Progress&&) = delete;
  /// Takes the line away, so that what is said of an error has a line of its own.
  ~Progress() { end(); }

  /// Tells this line of a fit; this must outlive the fit.
  [[nodiscard]] Observer observer();
  /// Takes the line away.
  void end() noexcept;

 private:
  void show(int restart, const Iteration& iteration);
  [[nodiscard]] std::string restarts_done() const;
  [[nodiscard]] std::string time_left() const;

  bool on_;
  std::optional<int> restarts_;
  int done_ = 0;
  std::chrono::steady_clock::time_point begin_;
  std::chrono::steady_clock::time_point shown_ = {};
  bool is_there_ = false;  // the line
};

/// A line on standard error for each.
void print_warnings(const std::vector<std::string>& warnings);

}  // namespace latent::cli
