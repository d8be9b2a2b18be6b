#include "latent/core/memory.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <limits>
#include <optional>

namespace latent {
namespace {

constexpr std::uint64_t without_limit = std::numeric_limits<std::uint64_t>::max();

std::uint64_t physical_memory() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page <= 0) return without_limit;
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page);
}

template <class Resource>
std::uint64_t limit_of_process(Resource resource) {
  rlimit limit = {};
  if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return without_limit;
  return limit.rlim_cur;
}

// The number that a file holds; nothing where there is none, as in "max".
std::optional<std::uint64_t> number_in(const std::string& path) {
  std::ifstream in(path);
  std::string text;
  std::uint64_t number = 0;
  if (!(in >> text)) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The least limit of a group and of those that it is in.
std::uint64_t least_limit(const std::string& root, std::string group, const std::string& file) {
  std::uint64_t least = without_limit;
  while (true) {
    least = std::min(least, number_in(fmt::format("{}{}/{}", root, group, file)).value_or(without_limit));
    const std::size_t parent = group.rfind('/');
    if (parent == std::string::npos || group.empty()) return least;
    group.resize(parent);
  }
}

}  // namespace

// A line of the process's groups is "0::/group" in version 2, and "4:memory:/group" in version 1.
std::uint64_t limit_of_control_group(const std::string& processes, const std::string& control_groups) {
  std::uint64_t least = without_limit;
  std::ifstream groups(processes + "/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    if (controllers.empty()) least = std::min(least, least_limit(control_groups, group, "memory.max"));
    if (fmt::format(",{},", controllers).find(",memory,") != std::string::npos) {
      least = std::min(least, least_limit(control_groups + "/memory", group, "memory.limit_in_bytes"));
    }
  }
  return least;
}

std::uint64_t memory_at_hand() {
  // The former two stay as they are while a process runs.
  static const std::uint64_t of_machine = std::min(physical_memory(), limit_of_control_group());
  return std::min({of_machine, limit_of_process(RLIMIT_AS), limit_of_process(RLIMIT_DATA)});
}

std::string size_text(double bytes) {
  constexpr std::array units = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};
  constexpr double step = 1000.0;
  constexpr double rounds_up = 999.5;  // to 1000, which is 1 of the next
  std::size_t unit = 0;
  while (bytes >= rounds_up && unit + 1 < units.size()) {
    bytes /= step;
    ++unit;
  }
  return fmt::format("{:.3g} {}", bytes, units.at(unit));
}

void require_memory(double bytes, std::string_view what, std::string_view advice) {
  const auto there_are = static_cast<double>(memory_at_hand());
  if (bytes <= there_are) return;
  throw TooLittleMemory(fmt::format("{} needs at least {} of memory, and there are {}; {}", what, size_text(bytes),
                                    size_text(there_are), advice));
}

}  // namespace latent
