#include "progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace latent::cli {

Progress::Progress(bool quiet) : on_(!quiet && isatty(STDERR_FILENO) == 1) {}

Observer Progress::observer() {
  if (!on_) return {};
  return {.on_iteration = [this](int restart, const Iteration& iteration) { show(restart, iteration); },
          .on_restart_end = {}};
}

void Progress::show(int restart, const Iteration& iteration) {
  constexpr std::chrono::milliseconds pause(100);
  const auto now = std::chrono::steady_clock::now();
  if (now - shown_ < pause) return;
  shown_ = now;
  fmt::print(stderr, "\r\033[Krestart {}, iteration {}: objective {:.6f}", restart, iteration.number,
             iteration.objective);
}

void Progress::end() {
  if (on_) fmt::print(stderr, "\r\033[K");
}

void print_warnings(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) fmt::print(stderr, "latent: warning: {}\n", warning);
}

}  // namespace latent::cli
