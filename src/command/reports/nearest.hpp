// The name that a mistyped word was meant to be.
#pragma once

#include <string>
#include <vector>

namespace latent::cli {

/// The one of `names` that takes the fewest edits, whatever the case, or the only one that begins with the word; empty
/// if none is near.
std::string nearest(const std::string& word, const std::vector<std::string>& names);

/// "did you mean NAME?", or `otherwise` if there is no name.
std::string suggestion(const std::string& name, const std::string& otherwise);

}  // namespace latent::cli
