#include "command/plotting/gnuplot.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <ostream>
#include <string_view>
#include <vector>

#include "command/shell/output_file.hpp"
#include "command/shell/printable.hpp"
#include "core/ascii_text.hpp"
#include "latent/core/errors.hpp"

namespace latent::cli {
namespace {

struct Closer {
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};

// A file without a name, which is gone once it is closed. gnuplot reads from one and writes into others, so that
// neither side ever waits for the other, as two ends of a pipe may.
class ScratchFile {
 public:
  ScratchFile() : file_(std::tmpfile()) {
    if (!file_) throw Error(fmt::format("a temporary file can't be made: {}", std::strerror(errno)));
  }

  [[nodiscard]] int descriptor() const { return fileno(file_.get()); }

  void write(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size() || std::fflush(file_.get()) != 0) {
      throw Error(fmt::format("a temporary file can't be written: {}", std::strerror(errno)));
    }
    rewind();
  }

  [[nodiscard]] std::string read() {
    rewind();
    std::string text;
    std::array<char, 65536> block{};
    while (const std::size_t count = std::fread(block.data(), 1, block.size(), file_.get())) {
      text.append(block.data(), count);
    }
    return text;
  }

 private:
  void rewind() {
    if (std::fseek(file_.get(), 0, SEEK_SET) != 0) {
      throw Error(fmt::format("a temporary file can't be read: {}", std::strerror(errno)));
    }
  }

  std::unique_ptr<std::FILE, Closer> file_;
};

struct Outcome {
  bool succeeded = false;
  std::string out;
  std::string complaint;
};

// Which of its own descriptors a process has for standard input, output and error.
class Redirections {
 public:
  Redirections() { posix_spawn_file_actions_init(&actions_); }
  Redirections(const Redirections&) = delete;
  Redirections& operator=(const Redirections&) = delete;
  Redirections(Redirections&&) = delete;
  Redirections& operator=(Redirections&&) = delete;
  ~Redirections() { posix_spawn_file_actions_destroy(&actions_); }

  void add(int from, int to) { posix_spawn_file_actions_adddup2(&actions_, from, to); }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

// Runs `gnuplot ARGUMENT` on a script. --default-settings: nobody's own ~/.gnuplot changes a picture.
Outcome run_gnuplot(const std::string& argument, const std::string& script) {
  ScratchFile in;
  ScratchFile out;
  ScratchFile complaint;
  in.write(script);
  Redirections redirections;
  redirections.add(in.descriptor(), STDIN_FILENO);
  redirections.add(out.descriptor(), STDOUT_FILENO);
  redirections.add(complaint.descriptor(), STDERR_FILENO);

  std::string name = "gnuplot";
  std::string given = argument;
  const std::array<char*, 3> words = {name.data(), given.data(), nullptr};
  pid_t process = 0;
  const int error = posix_spawnp(&process, name.c_str(), redirections.get(), nullptr, words.data(), environ);
  if (error == ENOENT)
    throw Error("gnuplot isn't installed, which draws the pictures: install the package gnuplot-nox");
  if (error != 0) throw Error(fmt::format("gnuplot can't be run: {}", std::strerror(error)));
  int status = 0;
  while (waitpid(process, &status, 0) < 0) {
    if (errno != EINTR) throw Error(fmt::format("gnuplot can't be waited for: {}", std::strerror(errno)));
  }
  return {.succeeded = WIFEXITED(status) && WEXITSTATUS(status) == 0, .out = out.read(), .complaint = complaint.read()};
}

// gnuplot names a picture "Gnuplot", and each series by a number, which readers see under the pointer.
std::string named(std::string svg, const std::string& title) {
  constexpr std::string_view begin = "<title>";
  constexpr std::string_view end = "</title>";
  std::string name = fmt::format("{}{}{}", begin, html_text(title), end);
  for (std::size_t at = svg.find(begin); at != std::string::npos; at = svg.find(begin, at)) {
    svg.replace(at, svg.find(end, at) + end.size() - at, name);
    at += name.size();
    name.clear();
  }
  return svg;
}

}  // namespace

PictureFormat picture_format(const std::string& path) {
  const std::string ending = lower_case(std::filesystem::path(path).extension().string());
  if (ending == ".png") return PictureFormat::png;
  if (ending == ".svg") return PictureFormat::svg;
  throw InvalidOption("plot", path, "must end in .png or .svg");
}

void require_gnuplot() {
  if (!run_gnuplot("--version", {}).succeeded) throw Error("gnuplot --version fails; install the package gnuplot-nox");
}

std::string drawn(const Figure& figure, PictureFormat format) {
  Outcome outcome = run_gnuplot("--default-settings", gnuplot_script(figure, format));
  // One that lacks a terminal says so, and goes on.
  if (!outcome.succeeded || outcome.out.empty()) throw Error("gnuplot can't draw the picture: " + outcome.complaint);
  if (format == PictureFormat::png) return std::move(outcome.out);
  return named(std::move(outcome.out), figure.title);
}

void write_picture(const std::string& path, const Figure& figure) {
  const std::string picture = drawn(figure, picture_format(path));
  write_output(path, [&](std::ostream& out) { out << picture; });
}

}  // namespace latent::cli
