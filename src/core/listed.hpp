// Names and words as messages write them.
#pragma once

#include <string>
#include <vector>

namespace latent {

// The names, in quotes: all of a few, or the first of many.
std::string listed(const std::vector<std::string>& names);

// A word as a shell takes it: in single quotes if it needs them.
std::string shell_word(const std::string& word);

}  // namespace latent
