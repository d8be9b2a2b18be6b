/// @file
/// Files that are written whole or not at all.
#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <streambuf>
#include <string>
#include <string_view>
#include <vector>

namespace latent {

/// The buffer of a stream into a file descriptor, which stays open. It knows the reason where a write fails, and writes
/// nothing after that.
class DescriptorBuffer : public std::streambuf {
 public:
  /// Writes to the descriptor.
  explicit DescriptorBuffer(int descriptor);

  /// `errno` of the write that failed; 0 where none did.
  [[nodiscard]] int failure() const { return failure_; }

 protected:
  /// For the stream: writes what is gathered, and takes the letter.
  int_type overflow(int_type letter) override;
  /// For the stream: writes what is gathered.
  int sync() override;

 private:
  void write_out();

  int descriptor_;
  int failure_ = 0;
  std::vector<char> buffer_;
};

/// Writes the text to a file descriptor, whole: it waits where whoever shares the descriptor made it so that writing
/// does not. Allocates nothing.
/// @return 0, or `errno` of the write that failed.
[[nodiscard]] int write_whole(int descriptor, std::string_view text);

/// Where a path leads.
struct FileTarget {
  /// The file after all symbolic links; it need not be there.
  std::filesystem::path file;
  /// Where the path is a name for an open descriptor of this process, as /dev/stdout is for 1.
  std::optional<int> descriptor = {};

  /// The folder that the file is in.
  [[nodiscard]] std::filesystem::path folder() const;
};

/// Follows the symbolic links of a path.
/// @throws Error where they go round in a circle.
[[nodiscard]] FileTarget file_target(const std::string& path);

/// Writes a file whole or not at all: to a new file beside it, which takes its place once it is on the disk. Whoever
/// has the old file open, or mapped, keeps it. A symbolic link stays, and the file that it leads to is replaced; the
/// permissions of a file that is replaced stay, and its owner where the system allows it. A file that is read-only, or
/// that this user may not write, is not replaced. Where anything fails, the old
/// file is as it was and the new one is removed.
///
/// What is not a regular file, such as a pipe with a name or a device, is written as a stream, and so is a descriptor
/// that is already open, /dev/stdout or /dev/fd/3.
/// @throws Error, with the system's reason, where the file can't be written; and what `write` throws.
void write_file(const std::string& path, const std::function<void(std::ostream&)>& write);

}  // namespace latent
