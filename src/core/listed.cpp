#include "core/listed.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "core/in_quotes.hpp"

namespace latent {

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t most = 20;
  std::vector<std::string> shown;
  std::ranges::transform(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), most)),
                         std::back_inserter(shown), in_quotes);
  if (names.size() > most) shown.push_back(fmt::format("and {} more", names.size() - most));
  return fmt::format("{}", fmt::join(shown, ", "));
}

std::string shell_word(const std::string& word) {
  const auto is_plain = [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c >= 0x80 || c == '_' ||
           c == '-' || c == '.' || c == ',' || c == ':' || c == '+' || c == '%' || c == '/';
  };
  if (std::ranges::all_of(word, is_plain)) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace latent
