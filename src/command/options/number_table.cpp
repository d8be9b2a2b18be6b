#include "command/options/number_table.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iostream>
#include <iterator>

#include "command/options/options.hpp"
#include "command/reports/json.hpp"
#include "command/shell/output_file.hpp"
#include "latent/data/data_file.hpp"

namespace latent::cli {
namespace {

void write_json(std::ostream& out, const NumberTable& table) {
  // nlohmann's JSON would hold some 16 bytes a number, and write them no better.
  fmt::memory_buffer text;
  const auto append = std::back_inserter(text);
  fmt::format_to(append, R"({{"columns": {}, "data": [)", array_on_a_line(table.columns));
  for (Index row = 0; row < table.values.rows(); ++row) {
    text.append(std::string_view(row == 0 ? "\n[" : ",\n["));
    for (Index column = 0; column < table.values.cols(); ++column) {
      if (column > 0) text.append(std::string_view(", "));
      const double value = table.values(row, column);
      if (std::isnan(value)) {
        text.append(std::string_view("null"));
      } else if (value == 0.0 && std::signbit(value)) {
        text.append(std::string_view("-0.0"));  // "-0" would be the integer 0 to many a reader
      } else {
        fmt::format_to(append, "{}", value);
      }
    }
    text.push_back(']');
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    if (!out) return;  // whoever was to read it has left, or nothing more can be written
    text.clear();
  }
  out << "\n]}\n";
}

}  // namespace

void add_output_option(Command& command, std::string& output) {
  command
      .add_option("--output", output, "write to this file, as .csv, .json or .npy (default: CSV on standard output)")
      ->type_name("FILE");
}

void require_output(const std::string& path) {
  if (path.empty()) return;
  if (path.ends_with(".csv") || path.ends_with(".json") || path.ends_with(".npy") || is_stream(path)) return;
  throw InvalidOption("output", path, "must end in .csv, .json or .npy");
}

void write_numbers(const std::string& path, const NumberTable& table) {
  const auto write = [&](std::ostream& out) {
    if (path.ends_with(".json")) {
      write_json(out, table);
    } else if (path.ends_with(".npy")) {
      write_npy(out, table.values);
    } else {
      write_csv(out, table.columns, table.values);
    }
  };
  if (path.empty()) {
    write(std::cout);
  } else {
    write_output(path, write);
  }
}

}  // namespace latent::cli
