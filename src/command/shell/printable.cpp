#include "command/shell/printable.hpp"

#include <fmt/format.h>

#include <boost/locale/utf.hpp>
#include <filesystem>
#include <iterator>

namespace latent::cli {
namespace {

namespace utf = boost::locale::utf;
using Utf8 = utf::utf_traits<char>;

// What neither a line of text nor XML may hold.
bool is_control(utf::code_point point) {
  constexpr utf::code_point blank = 0x20;
  constexpr utf::code_point first_after_ascii = 0x7F;
  constexpr utf::code_point first_after_controls = 0xA0;
  return point < blank || (point >= first_after_ascii && point < first_after_controls) || (point & 0xFFFEU) == 0xFFFE;
}

}  // namespace

std::string printable(std::string_view text, std::size_t longest) {
  constexpr utf::code_point replacement = 0xFFFD;
  std::string shown;
  std::size_t length = 0;
  for (const auto* at = text.begin(); at != text.end(); ++length) {
    if (length == longest) return shown + "…";
    const auto* const begin = at;
    utf::code_point point = Utf8::decode(at, text.end());
    if (point == utf::illegal || point == utf::incomplete) {
      at = std::next(begin);
      point = replacement;
    }
    Utf8::encode(is_control(point) ? utf::code_point{' '} : point, std::back_inserter(shown));
  }
  return shown;
}

std::string name_in_quotes(std::string_view name) {
  constexpr std::size_t longest = 60;
  return fmt::format("'{}'", printable(name, longest));
}

std::string head(std::string_view name) {
  constexpr std::size_t longest = 40;
  return printable(name, longest);
}

std::string file_name(const std::string& path) { return std::filesystem::path(path).filename().string(); }

std::string html_text(std::string_view text) {
  std::string escaped;
  for (const char letter : printable(text)) {
    switch (letter) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += letter;
    }
  }
  return escaped;
}

}  // namespace latent::cli
