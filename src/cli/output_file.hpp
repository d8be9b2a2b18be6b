// Files that the command writes.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>

namespace latent::cli {

/// Refuses a path that can't be written, before the work whose result it is for; an empty path is none.
/// @throws Error, with the system's reason.
void require_writable(const std::string& path);

/// Writes a file with `write`.
/// @throws Error, with the system's reason, where it can't be written.
void write_file(const std::string& path, const std::function<void(std::ostream&)>& write);

}  // namespace latent::cli
