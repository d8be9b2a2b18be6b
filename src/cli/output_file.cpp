#include "output_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "latent/errors.hpp"

namespace latent::cli {

void require_writable(const std::string& path) {
  if (path.empty()) return;
  const std::filesystem::path file(path);
  if (std::filesystem::is_directory(file)) throw Error(fmt::format("{}: is a folder", path));
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const auto& there = std::filesystem::exists(file) ? file : folder;
  if (access(there.c_str(), W_OK) != 0) throw Error(fmt::format("{}: {}", path, std::strerror(errno)));
}

void write_file(const std::string& path, const std::function<void(std::ostream&)>& write) {
  std::ofstream out(path);
  if (out) write(out);
  out.close();
  if (!out) throw Error(fmt::format("{}: {}", path, std::strerror(errno)));
}

}  // namespace latent::cli
