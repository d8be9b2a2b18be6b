// Names of columns as messages list them.
#pragma once

#include <string>
#include <vector>

#include "latent/data/data_file.hpp"

namespace latent {

// The names, in quotes: all of a few, or the first of many.
std::string listed(const std::vector<std::string>& names);

// The name of a column, in quotes; its position (from 1) if it has no name.
std::string column_in_quotes(const Table& table, std::size_t column);

// A word as a shell takes it: in single quotes if it needs them.
std::string shell_word(const std::string& word);

}  // namespace latent
