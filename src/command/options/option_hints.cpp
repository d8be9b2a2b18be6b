#include "command/options/option_hints.hpp"

#include <array>
#include <string_view>

namespace latent::cli {
namespace {

struct Hint {
  std::string_view advice;
  std::string_view with_option;
};

constexpr std::array hints = {
    Hint{"(choose ", "(--columns "},
    Hint{"(missing code ", "(--missing "},
    Hint{"or choose other columns", "or choose other columns (--columns)"},
    Hint{": the choice leaves no column", ": --columns leaves no column"},
    Hint{"leave these columns out, or rescale", "leave these columns out (--columns -constant), or rescale"},
    Hint{"use covariance diagonal or spherical, or a ridge", "use --covariance diagonal or spherical, or --ridge"},
    Hint{"set a penalty", "set a penalty (--penalty)"},
    Hint{"use diagonal covariances", "use --covariance diagonal"},
    Hint{"fewer columns", "fewer columns (--columns)"},
    Hint{"fewer threads", "fewer threads (--threads)"},
    Hint{"see ReadingLimits::data", "see --max-data"},
    Hint{"see ReadingLimits::row", "see --max-row"},
    Hint{"or standardise it", "or standardise it (--standardize)"},
};

std::string hinted(std::string text) {
  for (const Hint& hint : hints) {
    std::size_t at = text.find(hint.advice);
    while (at != std::string::npos) {
      text.replace(at, hint.advice.size(), hint.with_option);
      at = text.find(hint.advice, at + hint.with_option.size());
    }
  }
  return text;
}

bool is_in_word(std::string_view text, std::size_t at) {
  if (at >= text.size()) return false;
  const char c = text[at];
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// A quote after which, or before which, no word goes on: others are apostrophes.
std::size_t next_quote(std::string_view text, std::size_t from, bool opening) {
  std::size_t at = text.find('\'', from);
  while (at != std::string_view::npos && (opening ? at > 0 && is_in_word(text, at - 1) : is_in_word(text, at + 1))) {
    at = text.find('\'', at + 1);
  }
  return at;
}

}  // namespace

std::string with_options(const std::string& sentence) {
  std::string result;
  std::size_t told = 0;
  while (true) {
    const std::size_t opening = next_quote(sentence, told, true);
    const std::size_t closing = opening == std::string::npos ? opening : next_quote(sentence, opening + 1, false);
    if (closing == std::string::npos) return result + hinted(sentence.substr(told));
    result += hinted(sentence.substr(told, opening - told));
    result += sentence.substr(opening, closing + 1 - opening);
    told = closing + 1;
  }
}

std::vector<std::string> with_options(std::vector<std::string> sentences) {
  for (std::string& sentence : sentences) sentence = with_options(sentence);
  return sentences;
}

}  // namespace latent::cli
