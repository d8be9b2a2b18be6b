// Names from files, as pictures and pages show them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace latent::cli {

/// The text as UTF-8 on one line: control characters become blanks, and what is no UTF-8 becomes U+FFFD. What follows
/// the first `longest` characters is "…".
[[nodiscard]] std::string printable(std::string_view text, std::size_t longest = 1000);

/// The name of a file, without its folders.
[[nodiscard]] std::string file_name(const std::string& path);

/// The text for the content of an element, or of an attribute in double quotes, of HTML and XML.
[[nodiscard]] std::string html_text(std::string_view text);

}  // namespace latent::cli
