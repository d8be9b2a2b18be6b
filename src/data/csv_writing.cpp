#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <optional>
#include <ostream>

#include "core/counted.hpp"
#include "latent/core/errors.hpp"
#include "latent/data/data_file.hpp"

namespace latent {
namespace {

// A CSV file on its way to a stream, cell by cell. Where it has a single column, an empty cell is written as "", so
// that its line is not taken for a blank one.
class CsvWriter {
 public:
  CsvWriter(std::ostream& out, char separator, std::string_view line_end, bool single_column)
      : out_(out),
        separator_(separator),
        to_be_quoted_{separator, '"', '\r', '\n'},
        line_end_(line_end),
        single_column_(single_column) {}

  void cell(std::string_view text) {
    separate();
    if (text.find_first_of(to_be_quoted_) == std::string_view::npos && !(text.empty() && single_column_)) {
      buffer_.append(text);
      return;
    }
    buffer_.push_back('"');
    for (const char c : text) {
      if (c == '"') buffer_.push_back('"');
      buffer_.push_back(c);
    }
    buffer_.push_back('"');
  }

  void cell(double value) {
    separate();
    if (std::isnan(value)) {
      buffer_.append(std::string_view("NaN"));
    } else {
      fmt::format_to(std::back_inserter(buffer_), "{}", value);
    }
  }

  // Whether the stream takes more: whoever was to read it may have left.
  bool end_line() {
    buffer_.append(line_end_);
    out_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    buffer_.clear();
    in_line_ = false;
    return out_.good();
  }

 private:
  void separate() {
    if (in_line_) buffer_.push_back(separator_);
    in_line_ = true;
  }

  std::ostream& out_;
  char separator_;
  std::string to_be_quoted_;
  std::string_view line_end_;
  bool single_column_;
  bool in_line_ = false;
  fmt::memory_buffer buffer_;
};

// For each column of the file, which column of the filled-in values it is, if any.
std::vector<std::optional<Index>> positions_in(std::span<const std::string> filled, const DataFile& file) {
  std::vector<std::optional<Index>> positions(file.columns().size());
  for (std::size_t i = 0; i < filled.size(); ++i) positions[file.position(filled[i])] = static_cast<Index>(i);
  return positions;
}

auto cell_of(const Table& table, std::size_t row, std::size_t column) { return table(row, column); }
double cell_of(const Eigen::Map<const RowMatrix>& values, std::size_t row, std::size_t column) {
  return values(static_cast<Index>(row), static_cast<Index>(column));
}

bool is_missing(const Table& table, std::size_t row, std::size_t column) { return table.is_missing(row, column); }
bool is_missing(const Eigen::Map<const RowMatrix>& values, std::size_t row, std::size_t column) {
  return std::isnan(cell_of(values, row, column));
}

// Every row of the file, each cell as in `original` where that is not missing or not to be filled in.
template <class Original>
void write_rows(CsvWriter& writer, std::size_t rows, const std::vector<std::optional<Index>>& positions,
                const Eigen::Ref<const RowMatrix>& values, const Original& original) {
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t column = 0; column < positions.size(); ++column) {
      const std::optional<Index> position = positions[column];
      if (position && is_missing(original, row, column)) {
        writer.cell(values(static_cast<Index>(row), *position));
      } else {
        writer.cell(cell_of(original, row, column));
      }
    }
    if (!writer.end_line()) return;
  }
}

}  // namespace

void write_filled(std::ostream& out, const DataFile& file, std::span<const std::string> columns,
                  const Eigen::Ref<const RowMatrix>& values) {
  const auto positions = positions_in(columns, file);
  if (values.rows() != static_cast<Index>(file.rows()) || values.cols() != static_cast<Index>(columns.size())) {
    throw InvalidData(fmt::format("{}: {}×{} values to fill in {}×{} of the file", file.name(), values.rows(),
                                  values.cols(), file.rows(), columns.size()));
  }

  const bool single_column = positions.size() == 1;
  if (const Table* text = file.text()) {
    out << text->comments;
    CsvWriter writer(out, text->separator, text->line_end, single_column);
    const std::size_t first = text->header_lacks_first ? 1 : 0;
    for (std::size_t column = first; column < positions.size(); ++column) writer.cell(text->header(column));
    writer.end_line();
    write_rows(writer, file.rows(), positions, values, *text);
  } else {
    CsvWriter writer(out, ',', "\n", single_column);
    for (const std::string& name : file.columns()) writer.cell(name);
    writer.end_line();
    const NumericTable table = file.numbers();
    write_rows(writer, file.rows(), positions, values, table.matrix());
  }
}

void write_csv(std::ostream& out, std::span<const std::string> columns, const Eigen::Ref<const RowMatrix>& values) {
  if (values.cols() != static_cast<Index>(columns.size())) {
    throw InvalidData(fmt::format("{} for {}", counted(columns.size(), "name"), counted(values.cols(), "column")));
  }
  CsvWriter writer(out, ',', "\n", columns.size() == 1);
  for (const std::string& name : columns) writer.cell(name);
  writer.end_line();
  for (const auto& row : values.rowwise()) {
    for (const double value : row) writer.cell(value);
    if (!writer.end_line()) return;
  }
}

}  // namespace latent
