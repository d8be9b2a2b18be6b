// Names from files, as the terminal, pictures and pages show them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace latent::cli {

/// The text as UTF-8 on one line: control characters become blanks, and what is no UTF-8 becomes U+FFFD. What follows
/// the first `longest` characters is "…".
[[nodiscard]] std::string printable(std::string_view text, std::size_t longest = 1000);

/// A name from a file in single quotes, for a message: printable, and cut after 60 characters.
[[nodiscard]] std::string name_in_quotes(std::string_view name);

/// A name from a file for the head of a row or a column of a table: printable, and cut after 40 characters.
[[nodiscard]] std::string head(std::string_view name);

/// The name of a file, without its folders.
[[nodiscard]] std::string file_name(const std::string& path);

/// The text for the content of an element, or of an attribute in double quotes, of HTML and XML.
[[nodiscard]] std::string html_text(std::string_view text);

}  // namespace latent::cli
