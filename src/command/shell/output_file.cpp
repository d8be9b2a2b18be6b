#include "command/shell/output_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <compare>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <system_error>

#include "latent/core/errors.hpp"
#include "latent/core/write_file.hpp"

namespace latent::cli {
namespace {

// What a path leads to: a file that is there, or a name in a folder that is there.
struct Identity {
  dev_t device;
  ino_t file_or_folder;
  std::string name_in_folder;

  auto operator<=>(const Identity&) const = default;
};

// Nothing for a terminal, /dev/null and their like, which hold nothing.
std::optional<Identity> identity_of(const struct stat& there) {
  if (S_ISCHR(there.st_mode)) return std::nullopt;
  return Identity{.device = there.st_dev, .file_or_folder = there.st_ino, .name_in_folder = {}};
}

std::optional<Identity> identity_of(const std::string& path) {
  struct stat there = {};
  if (path == standard_input) return ::fstat(STDIN_FILENO, &there) == 0 ? identity_of(there) : std::nullopt;
  if (::stat(path.c_str(), &there) == 0) return identity_of(there);
  const FileTarget target = file_target(path);
  if (::stat(target.folder().c_str(), &there) != 0) return std::nullopt;
  return Identity{
      .device = there.st_dev, .file_or_folder = there.st_ino, .name_in_folder = target.file.filename().string()};
}

// Where it is a file: the two ends of a connection may be one thing, and are no conflict.
std::optional<Identity> identity_of_standard_output() {
  struct stat there = {};
  return ::fstat(STDOUT_FILENO, &there) == 0 && S_ISREG(there.st_mode) ? identity_of(there) : std::nullopt;
}

void require_writable(const std::string& path) {
  const FileTarget target = file_target(path);
  if (target.descriptor) return;
  std::error_code error;
  const auto status = std::filesystem::status(target.file, error);
  if (status.type() == std::filesystem::file_type::none) throw Error(fmt::format("{}: {}", path, error.message()));
  if (std::filesystem::is_directory(status)) throw Error(fmt::format("{}: is a folder", path));
  const auto require_access = [&](const std::filesystem::path& to, int mode) {
    if (access(to.c_str(), mode) != 0) throw Error(fmt::format("{}: {}", path, std::strerror(errno)));
  };
  if (std::filesystem::exists(status)) require_access(target.file, W_OK);
  // A regular file is written beside the old one.
  if (!std::filesystem::is_other(status)) require_access(target.folder(), W_OK | X_OK);
}

}  // namespace

void require_outputs(const std::vector<FileOption>& inputs, const std::vector<FileOption>& outputs) {
  const auto standard_output = identity_of_standard_output();
  std::map<Identity, std::string> taken;
  for (const FileOption& input : inputs) {
    if (input.path.empty()) continue;
    const auto identity = identity_of(input.path);
    if (!identity) continue;
    if (identity == standard_output) {
      throw Error(
          fmt::format("{}: {}: is where standard output goes too; write to another file", input.option, input.path));
    }
    taken.emplace(*identity, input.option);
  }
  for (const FileOption& output : outputs) {
    if (output.path.empty()) continue;
    require_writable(output.path);
    const auto identity = identity_of(output.path);
    if (!identity) continue;
    // Who names /dev/stdout wants it there.
    if (identity == standard_output && !file_target(output.path).descriptor) {
      throw Error(
          fmt::format("{}: {}: is where standard output goes too; write to another file", output.option, output.path));
    }
    const auto [other, first] = taken.emplace(*identity, output.option);
    if (first) continue;
    throw Error(
        fmt::format("{}: {}: is the file of {} too; write to another file", output.option, output.path, other->second));
  }
}

void write_output(const std::string& path, const std::function<void(std::ostream&)>& write) {
  std::cout.flush();
  write_file(path, write);
}

bool is_stream(const std::string& path) {
  std::error_code error;
  return file_target(path).descriptor || std::filesystem::is_other(path, error);
}

}  // namespace latent::cli
