#include "command/shell/interrupt.hpp"

#include <atomic>
#include <csignal>

namespace latent::cli {
namespace {

std::atomic<bool> mark = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may touch it");

}  // namespace

void catch_interrupt() {
  struct sigaction action = {};
  action.sa_handler = [](int) { mark = true; };
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before = {};
    // nohup, and a shell that runs the command in the background, let it ignore a signal.
    if (sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_IGN) continue;
    sigaction(signal, &action, nullptr);
  }
}

bool interrupted() { return mark; }

StoppingRule stop_on_interrupt() {
  const auto reason = []() -> std::optional<StopReason> {
    if (!interrupted()) return std::nullopt;
    return StopReason{.rule = "interrupted", .converged = false};
  };
  return StoppingRule([reason](const Trace&) { return reason(); }, [reason](double) { return reason(); });
}

}  // namespace latent::cli
