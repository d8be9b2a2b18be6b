// Files compressed by gzip or zstd, as their names' endings say.
#pragma once

#include <istream>
#include <memory>
#include <string>
#include <string_view>

namespace latent {

/// Whether a name ends in .gz or .zst.
[[nodiscard]] bool is_compressed(std::string_view path);

/// A name without .gz or .zst at its end.
[[nodiscard]] std::string_view without_compression(std::string_view path);

/// The bytes of a compressed file, decompressed as they are read. The stream throws InvalidData, with the file's name,
/// where the file is damaged or ends too early.
/// @pre is_compressed(path).
/// @throws Error where it can't be opened.
std::unique_ptr<std::istream> open_compressed(const std::string& path);

}  // namespace latent
