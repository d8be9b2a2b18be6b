// The name that a mistyped word was meant to be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace latent::cli {

/// The letters A to Z in lower case; all else as it is.
std::string lower_case(std::string_view text);

/// The one of `names` that takes the fewest edits, whatever the case, or the only one that begins with the word; empty
/// if none is near.
std::string nearest(const std::string& word, const std::vector<std::string>& names);

/// "did you mean NAME?", or `otherwise` if there is no name.
std::string suggestion(const std::string& name, const std::string& otherwise);

}  // namespace latent::cli
