// Files that the command writes.
#pragma once

#include <exception>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace latent::cli {

/// A file as it was asked for: by an option, as "--save", or an argument, as "DATA". An empty path is none.
struct FileOption {
  std::string option;
  std::string path;
};

/// The name for standard input where data are read.
inline constexpr auto standard_input = "-";

/// Refuses, before the work whose results they are for, outputs that can't be written, two that are one file, and an
/// output that is also an input: by what the names lead to, whatever they are. Standard output is one of the outputs.
/// Devices such as /dev/null take any number.
/// @throws Error, with the system's reason, or naming both options.
void require_outputs(const std::vector<FileOption>& inputs, const std::vector<FileOption>& outputs);

/// `latent::write_file`, after what standard output already has, which the path may lead to.
/// @throws Error, with the system's reason, where it can't be written.
void write_output(const std::string& path, const std::function<void(std::ostream&)>& write);

/// Whether the path leads to a descriptor, a pipe with a name or a device: what has no ending that says its format.
[[nodiscard]] bool is_stream(const std::string& path);

/// Makes the outputs of a command: where one fails, the others are made all the same.
class Outputs {
 public:
  template <class Make>
  void make(const Make& make) {
    try {
      make();
    } catch (const std::exception&) {
      if (!failure_) failure_ = std::current_exception();
    }
  }

  /// Throws what the first that failed had thrown.
  void rethrow_failure() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::exception_ptr failure_;
};

}  // namespace latent::cli
