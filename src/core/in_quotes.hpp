// A name or a cell as messages show it.
#pragma once

#include <string>
#include <string_view>

namespace latent {

/// The text in single quotes, on one line: control characters become '?', and what follows the first 60 bytes "…".
inline std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::size_t length = text.size();
  if (length > longest) {
    const auto continues_character = [&](std::size_t i) {
      return (static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80;
    };
    length = longest;
    while (length > 0 && continues_character(length)) --length;
  }

  std::string result = "'";
  for (const char c : text.substr(0, length)) {
    const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    result += is_control ? '?' : c;
  }
  return result += length < text.size() ? "…'" : "'";
}

}  // namespace latent
