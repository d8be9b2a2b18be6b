// What a file is that is neither CSV in UTF-8 nor a NumPy array, told by the bytes that it begins with.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace latent {

// So many bytes of a file suffice to tell.
constexpr std::size_t bytes_that_tell_the_format = 512;

// What the file is and what to do with it, as "it is a Parquet file; …"; nothing if it may be CSV in UTF-8. `name` is
// the file's: its ending tells apart what begins alike, such as the archives that spreadsheets are.
std::optional<std::string> foreign_format(std::string_view beginning, std::string_view name);

// The mark that NumPy arrays begin with.
constexpr std::string_view npy_mark = "\x93NUMPY";

// The first byte that isn't part of a character in UTF-8; the text's size if there is none.
std::size_t first_byte_not_utf8(std::string_view text);

// Which encoding a text that isn't in UTF-8 looks like, and how to convert the file: "not in UTF-8 (byte 0xF6): it
// looks like Latin-1 (ISO 8859-1); convert it by: iconv …".
std::string not_utf8(std::string_view text, std::size_t first_bad, std::string_view name);

// Refuses a folder, which can be opened as a file can.
void require_no_folder(const std::string& path);

}  // namespace latent
