// The advice of the library in the words of the command: which option does what a sentence says.
#pragma once

#include <string>
#include <vector>

namespace latent::cli {

/// The sentence with the command's options: "leave the column out (choose -id)" becomes "leave the column out
/// (--columns -id)".
std::string with_options(const std::string& sentence);

/// That of each.
std::vector<std::string> with_options(std::vector<std::string> sentences);

}  // namespace latent::cli
