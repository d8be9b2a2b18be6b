// A NumPy array as the reader of data files keeps it.
#pragma once

#include <string>
#include <vector>

#include "latent/data/data_file.hpp"

namespace latent {

struct NpyArray {
  NumericTable table;
  // What is wrong with the first number of each column that no double holds, "row 3, column 'x1': …"; empty for a
  // column without one. No entries where none can be.
  std::vector<std::string> faults;
};

// As read_npy, but a column is only at fault once it is used.
NpyArray read_npy_array(const std::string& path, const ReadingOptions& options);

}  // namespace latent
