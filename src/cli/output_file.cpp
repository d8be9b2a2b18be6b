#include "output_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "latent/errors.hpp"

namespace latent::cli {

void require_writable(const std::string& path) {
  if (path.empty()) return;
  const std::filesystem::path file(path);
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (status.type() == std::filesystem::file_type::none) throw Error(fmt::format("{}: {}", path, error.message()));
  if (std::filesystem::is_directory(status)) throw Error(fmt::format("{}: is a folder", path));
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const auto& there = std::filesystem::exists(status) ? file : folder;
  if (access(there.c_str(), W_OK) != 0) throw Error(fmt::format("{}: {}", path, std::strerror(errno)));
}

void write_file(const std::string& path, const std::function<void(std::ostream&)>& write) {
  // A file that is read at the same time, as data that are mapped, stays whole for its reader; the name gets another.
  std::error_code ignored;
  const auto file = std::filesystem::weakly_canonical(path, ignored);
  if (!ignored && std::filesystem::is_regular_file(file, ignored)) std::filesystem::remove(file, ignored);

  errno = 0;
  std::ofstream out(path);
  if (out) write(out);
  out.flush();
  const int reason = errno;
  out.close();
  if (!out) throw Error(fmt::format("{}: {}", path, reason != 0 ? std::strerror(reason) : "can't be written"));
}

}  // namespace latent::cli
