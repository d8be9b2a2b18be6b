// Columns of numbers that the command writes: as CSV, JSON or NumPy's .npy.
#pragma once

#include <string>
#include <vector>

#include "latent/data/observations.hpp"

namespace latent::cli {

class Command;

struct NumberTable {
  /// The names of the d columns.
  std::vector<std::string> columns;
  /// N×d; NaN is a missing value.
  RowMatrix values;
};

/// Adds --output.
void add_output_option(Command& command, std::string& output);

/// Refuses an --output of which no format can be told, before the work whose result it is for; an empty path is none. A
/// pipe or a device needs no ending.
/// @throws InvalidOption where its name ends in none of .csv, .json and .npy.
void require_output(const std::string& path);

/// Writes to a file, as the ending of its name says, or as CSV where it has none; to standard output where no file is
/// named.
///
/// Numbers are written with as many digits as it takes to read the same one back, -0 and subnormal ones too. JSON is
/// {"columns": […], "data": [[…], …]}, a row of data an observation, null a missing value; .npy is float64, N×d,
/// without the names.
void write_numbers(const std::string& path, const NumberTable& table);

}  // namespace latent::cli
