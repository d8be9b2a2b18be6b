#include "interrupt.hpp"

#include <csignal>

namespace latent::cli {
namespace {

volatile std::sig_atomic_t mark =
    0;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): a handler has no other

}  // namespace

void catch_interrupt() {
  struct sigaction action = {};
  action.sa_handler = [](int) { mark = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigaction(SIGINT, &action, nullptr);
}

bool interrupted() { return mark != 0; }

StoppingRule stop_on_interrupt() {
  return StoppingRule([](const Trace&) -> std::optional<StopReason> {
    if (!interrupted()) return std::nullopt;
    return StopReason{.rule = "interrupted", .converged = false};
  });
}

}  // namespace latent::cli
