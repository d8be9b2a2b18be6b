#include "command/shell/standard_streams.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>

#include "command/shell/printable.hpp"
#include "latent/core/errors.hpp"

namespace latent::cli {

void prepare_for_writing() {
  // A pipe without a reader, and a file at the limit of its size, are reasons why a write fails.
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  static_cast<void>(std::signal(SIGXFSZ, SIG_IGN));
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(number, F_GETFD) >= 0) continue;
    // The lowest number that is free, which is this one. It is opened the wrong way round, so that to read or write
    // there fails as it did.
    static_cast<void>(::open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY));
  }
}

StandardOutput::StandardOutput() : buffer_(STDOUT_FILENO), usual_(std::cout.rdbuf(&buffer_)) {}

StandardOutput::~StandardOutput() { std::cout.rdbuf(usual_); }

void StandardOutput::finish() {
  std::cout.flush();
  if (buffer_.failure() == 0 || buffer_.failure() == EPIPE) return;
  throw Error(fmt::format("standard output can't be written: {}", std::strerror(buffer_.failure())));
}

void write_to_standard_error(std::string_view text) noexcept { static_cast<void>(write_whole(STDERR_FILENO, text)); }

void say(std::string_view message) {
  constexpr std::size_t longest = 4000;
  std::cout.flush();  // on a terminal what was said before comes first
  write_to_standard_error(fmt::format("latent: {}\n", printable(message, longest)));
}

}  // namespace latent::cli
