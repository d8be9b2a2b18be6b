#include "command/shell/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "command/options/option_hints.hpp"
#include "command/shell/standard_streams.hpp"

namespace latent::cli {
namespace {

constexpr std::string_view line_taken_away = "\r\033[K";

std::size_t terminal_width() {
  constexpr std::size_t usual = 80;
  winsize size = {};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : usual;
}

}  // namespace

Progress::Progress(bool quiet, std::optional<int> restarts)
    : on_(!quiet && isatty(STDERR_FILENO) == 1), restarts_(restarts), begin_(std::chrono::steady_clock::now()) {}

Observer Progress::observer() {
  if (!on_) return {};
  return {.on_iteration = [this](int restart, const Iteration& iteration) { show(restart, iteration); },
          .on_restart_end = [this](const RestartOutcome&) { ++done_; },
          .on_recall = {}};
}

void Progress::show(int restart, const Iteration& iteration) {
  constexpr std::chrono::milliseconds pause(100);
  const auto now = std::chrono::steady_clock::now();
  if (now - shown_ < pause) return;
  shown_ = now;
  const std::string gain = iteration.gain ? fmt::format(", gain {:.2g}", *iteration.gain) : "";
  const std::string line = fmt::format("{}restart {}, iteration {}: objective {:.6f}{}{}", restarts_done(), restart,
                                       iteration.number, iteration.objective, gain, time_left());
  // A line that is cut off can be taken away again; one that goes on below can't.
  is_there_ = true;
  write_to_standard_error(fmt::format("{}{}", line_taken_away, line.substr(0, terminal_width() - 1)));
}

std::string Progress::restarts_done() const {
  if (restarts_ == 1) return {};
  return restarts_ ? fmt::format("{}/{} done; ", done_, *restarts_) : fmt::format("{} done; ", done_);
}

// As if those to come took as long as those that are done.
std::string Progress::time_left() const {
  if (!restarts_ || done_ == 0) return {};
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin_;
  const double seconds = elapsed.count() * std::max(*restarts_ - done_, 0) / done_;
  constexpr double minute = 60.0;
  return seconds < 2 * minute ? fmt::format("; {:.0f} s left", seconds)
                              : fmt::format("; {:.0f} min left", seconds / minute);
}

void Progress::end() noexcept {
  if (is_there_) write_to_standard_error(line_taken_away);
  is_there_ = false;
}

void print_warnings(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) say("warning: " + with_options(warning));
}

}  // namespace latent::cli
