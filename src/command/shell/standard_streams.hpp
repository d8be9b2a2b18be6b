// Standard output and standard error, which may be closed, full, or a pipe that nobody reads any more.
#pragma once

#include <streambuf>
#include <string_view>

#include "latent/core/write_file.hpp"

namespace latent::cli {

/// What holds for writing as long as the command runs: no write ends in a signal, and a standard stream that was closed
/// stays so: no file that is opened gets its number, and with it what is said there.
/// Call it before anything is opened.
void prepare_for_writing();

/// std::cout, as long as this lives: it knows whether all of it was written, and why not.
class StandardOutput {
 public:
  StandardOutput();
  StandardOutput(const StandardOutput&) = delete;
  StandardOutput& operator=(const StandardOutput&) = delete;
  StandardOutput(StandardOutput&&) = delete;
  StandardOutput& operator=(StandardOutput&&) = delete;
  ~StandardOutput();

  /// Writes what is left. A pipe whose reader has left is no error: it has read what it wanted.
  /// @throws Error, with the system's reason, where something could not be written.
  void finish();

 private:
  DescriptorBuffer buffer_;
  std::streambuf* usual_;
};

/// Writes to standard error, as it is. What can't be written there can't be told either, and is left.
void write_to_standard_error(std::string_view text) noexcept;

/// A line "latent: …" on standard error. What it has from a file is printable, and so is the line.
void say(std::string_view message);

}  // namespace latent::cli
