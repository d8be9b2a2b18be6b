#include "option_hints.hpp"

#include <array>
#include <string_view>
#include <utility>

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
    Hint{"or standardise it", "or standardise it (--standardize)"},
};

}  // namespace

std::string with_options(std::string sentence) {
  for (const Hint& hint : hints) {
    std::size_t at = sentence.find(hint.advice);
    while (at != std::string::npos) {
      sentence.replace(at, hint.advice.size(), hint.with_option);
      at = sentence.find(hint.advice, at + hint.with_option.size());
    }
  }
  return sentence;
}

std::vector<std::string> with_options(std::vector<std::string> sentences) {
  for (std::string& sentence : sentences) sentence = with_options(std::move(sentence));
  return sentences;
}

}  // namespace latent::cli
