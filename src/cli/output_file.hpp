// Files that the command writes.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>

namespace latent::cli {

/// Writes a file with `write`.
/// @throws Error, with the system's reason, where it can't be written.
void write_file(const std::string& path, const std::function<void(std::ostream&)>& write);

}  // namespace latent::cli
