/// @file
/// Data files: CSV and NumPy's .npy, in and out.
///
///     const latent::DataFile file = latent::open_data("old_faithful.csv");
///     const latent::NumericTable data = file.numbers();
///     auto result = latent::fit(model, data.observations(), options);
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "latent/core/errors.hpp"
#include "latent/data/observations.hpp"

namespace latent {

/// What stands for a missing value beside what always does: an empty cell, NA, and nan in any case.
///
/// A code is a text that is compared with the whole cell, without the blanks around it. If it is a number, it stands
/// for every cell of that value: -999 also for -999.0.
class MissingCodes {
 public:
  /// None.
  MissingCodes() = default;
  /// Codes such as "?" and "-999"; blanks around them don't count.
  MissingCodes(const std::vector<std::string>& codes);  // NOLINT(google-explicit-constructor)
  /// The same.
  MissingCodes(std::initializer_list<std::string> codes) : MissingCodes(std::vector<std::string>(codes)) {}

  /// Whether there are none.
  [[nodiscard]] bool empty() const { return texts_.empty(); }
  /// Whether a cell is one of the codes.
  [[nodiscard]] bool contain(std::string_view cell) const;
  /// Whether a number is the value of a code.
  [[nodiscard]] bool contain(double value) const;
  /// The codes that are numbers.
  [[nodiscard]] const std::vector<double>& values() const { return values_; }

 private:
  std::vector<std::string> texts_;
  std::vector<double> values_;
};

/// Whether a cell is missing whatever the codes: empty, NA, or nan in any case, with or without blanks around.
[[nodiscard]] bool is_missing(std::string_view cell);

/// A CSV file as text: its header and its cells without their quotes, nothing else changed.
struct Table {
  /// What messages call the file.
  std::string name;
  /// The names in the header, without surrounding blanks. All differ but for those that are empty: a column may have no
  /// name, as that of row names which pandas and R write.
  std::vector<std::string> columns;
  /// The text of all cells, the header's first, row after row with nothing between.
  std::string text;
  /// Where each cell of `text` ends.
  std::vector<std::size_t> cell_ends;
  /// "\r\n" where lines of the file end so, otherwise "\n".
  std::string line_end = "\n";
  /// What stands between cells of the file: a comma, a semicolon or a tab.
  char separator = ',';
  /// The lines before the header, as the file has them.
  std::string comments;
  /// Whether rows begin with a cell that the header has no name for, as R's write.table writes them with row names. The
  /// first column has no name then, and its cell in the header is empty.
  bool header_lacks_first = false;
  /// What stands for a missing value.
  MissingCodes missing;

  /// N: the number of rows, the header not counted.
  [[nodiscard]] std::size_t rows() const { return columns.empty() ? 0 : cell_ends.size() / columns.size() - 1; }
  /// The name of column `column` (from 0) as the file has it, with its blanks.
  [[nodiscard]] std::string_view header(std::size_t column) const { return cell(column); }
  /// The cell in row `row` (from 0) and column `column` (from 0), with its blanks. It looks into `text`.
  [[nodiscard]] std::string_view operator()(std::size_t row, std::size_t column) const {
    return cell((row + 1) * columns.size() + column);
  }
  /// Whether a cell is missing, by the codes as well.
  [[nodiscard]] bool is_missing(std::size_t row, std::size_t column) const;

 private:
  [[nodiscard]] std::string_view cell(std::size_t position) const {
    const std::size_t begin = position == 0 ? 0 : cell_ends[position - 1];
    return std::string_view(text).substr(begin, cell_ends[position] - begin);
  }
};

/// How much of a file is taken into memory. What holds more is refused, before the memory for it is taken. The messages
/// name the options of the command that raise the limits.
struct ReadingLimits {
  /// The most bytes that the data may take: of a CSV file its text and 8 bytes a cell, of a .npy file its numbers. If
  /// it isn't given, 4 GB for a compressed file, standard input or another stream, whose size nobody knows before they
  /// are read; otherwise, and as a limit of that, what memory_at_hand() says (latent/core/memory.hpp).
  std::optional<std::uint64_t> data = {};
  /// The most bytes that a row of a CSV file may have: a line, or several that a quoted cell goes on over. The lines
  /// before the header may have as many together.
  std::uint64_t row = 64'000'000;
};

/// Reads a CSV file with a header row (RFC 4180; lines may end in LF, CR LF or CR; a UTF-8 byte order mark is skipped).
///
/// Cells are separated by commas, semicolons or tabs: by the first of these that divides the first two lines into the
/// same number of cells, two or more.
///
/// Lines before the header that begin with # are comments, and skipped with blank lines after them. If the last comment
/// has as many cells as the line that follows, and that line holds numbers, it is the header, as NumPy's savetxt writes
/// it; so it is if neither that line nor the next holds a number.
///
/// If rows have one cell more than the header, their first cell is a row name, as R's write.table writes them. In a
/// file with commas it must not look like the whole part of a number with a decimal comma: it is in quotes, is not a
/// number, or counts the rows.
///
/// Blank lines at the end are ignored. Elsewhere a blank line is a missing cell where the file has one column, and
/// refused where it has more. (For a missing cell in the last row of a one-column file, write NA or "".)
///
/// Cost: one pass; memory is the text and 8 bytes a cell.
/// @param path the file, or "-" for standard input.
/// @param limits how much may be taken into memory.
/// @throws Error where the file can't be read; InvalidData where it is empty, has no rows, a row has more or fewer
/// cells than the header, a quote is stray or not closed, two columns have one name, the header is all numbers or NA
/// (so that it most likely is none), the text is not in UTF-8, or the file is another format by the bytes that it
/// begins with, such as an archive or a spreadsheet; or where it holds more than the limits allow. The message begins
/// with the file's name; rows count from 1.
Table read_csv(const std::string& path, const ReadingLimits& limits = {});

/// The same from a stream, which messages call `name`.
Table read_csv(std::istream& in, std::string name, const ReadingLimits& limits = {});

/// The chosen columns (counted from 0) as numbers, N×d in the order chosen; a missing cell is NaN.
///
/// A number is written as in C, with a point whatever the locale, and may have a sign and blanks around; one too small
/// for a double is rounded to 0 or a subnormal number. A column of true and false, in any case, is 1 and 0.
/// @throws InvalidData, with file, row, column and text, if a cell is not a number, infinite, too large for a double,
/// or a whole number (without point or exponent) beyond 2^53 that no double holds. It names all columns that have such
/// cells.
RowMatrix to_numbers(const Table& table, std::span<const std::size_t> columns);

/// N×d numbers from a file, with the name of each column and an optional weight for each row. NaN is a missing value.
///
/// A value: the numbers are shared by its copies and never change, whatever becomes of the file; they stay as long as
/// one copy lives.
class NumericTable {
 public:
  /// @param name what messages call the file.
  /// @param columns the names of the d columns.
  /// @param values N×d.
  NumericTable(std::string name, std::vector<std::string> columns, RowMatrix values);
  /// The same with `rows`×d values, row after row, that are shared with others.
  NumericTable(std::string name, std::vector<std::string> columns, std::shared_ptr<const double> values,
               std::size_t rows);

  /// What messages call the file.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// The names of the d columns.
  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
  /// N.
  [[nodiscard]] std::size_t rows() const { return rows_; }
  /// The N×d values, as a view that lives as long as a copy of this table.
  [[nodiscard]] Eigen::Map<const RowMatrix> matrix() const {
    return {values_.get(), static_cast<Index>(rows_), static_cast<Index>(columns_.size())};
  }
  /// The rows as weighted observations: a view that lives as long as this object.
  [[nodiscard]] Observations observations() const { return {values_.get(), rows_, columns_.size(), weights_}; }

  /// The N×d' columns at `positions` (counted from 0), in that order; weights are kept. No value is copied where that
  /// is every column in its place.
  [[nodiscard]] NumericTable select(std::span<const std::size_t> positions) const;

  /// The same with N weights, finite and not negative.
  [[nodiscard]] NumericTable with_weights(std::vector<double> weights) const;

  /// Without the rows of weight 0, which count as no rows; and without those that have a missing value, if they are to
  /// be left out. Rows keep the numbers that they have in the file, in what sentence() says.
  /// @throws InvalidData where no row is left, naming the columns that are missing most.
  [[nodiscard]] NumericTable counted_rows(bool without_missing = false) const;
  /// How many rows of positive weight counted_rows() left out for a missing value.
  [[nodiscard]] std::size_t rows_left_out() const { return rows_left_out_; }

  /// What the reader should know about how the file was read, a line each: a column that was left out, for instance.
  [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }
  /// The same with more of them.
  [[nodiscard]] NumericTable with_notes(std::vector<std::string> notes) const;

  /// What a model found wrong with observations(), with the names of file and column:
  /// "data.csv: row 3, column 'height': the value is infinite". All columns of InvalidColumns are named.
  [[nodiscard]] std::string sentence(const InvalidData& error) const;

 private:
  // The same with the values of another table, and its columns.
  [[nodiscard]] NumericTable with_values(const NumericTable& other) const;
  // The number in the file, from 1, of a row from 0.
  [[nodiscard]] std::size_t row_number(std::size_t row) const;

  std::string name_;
  std::vector<std::string> columns_;
  std::shared_ptr<const double> values_;
  std::size_t rows_;
  std::vector<double> weights_;
  std::vector<std::size_t> row_numbers_;  // of the rows in the file, from 1; empty if all are there
  std::size_t rows_left_out_ = 0;
  std::vector<std::string> notes_;
};

/// A line for each code that seems to stand for missing values: -9, -99, -999, 9999 and the like, -32768, if such a
/// value is the smallest or the largest of a column, far from all others, and is met more than once. "column 'x': 24
/// values are -999; if that means missing, say --missing -999". Cost O(N·d).
[[nodiscard]] std::vector<std::string> hints_of_missing_codes(const NumericTable& table);

/// Reads an array in NumPy's .npy format (versions 1.0 to 3.0) of one dimension (N×1) or two (N×d): float64, float32,
/// integers or bool, little-endian, in C or Fortran order. The columns are named x1…xd.
///
/// The file is read into memory, and may change or go after that. Float64 in C order is used as it lies there; what
/// else there is is converted, and so is a file compressed as for `open_data`. Infinite values are left to the model to
/// refuse. Cost: O(N·d).
/// @throws Error where the file can't be read; InvalidData, naming file and what is allowed, where it holds anything
/// else or a whole number beyond 2^53 that no double holds, is truncated, holds more than the array, or an array of
/// more bytes than the limit of the data.
NumericTable read_npy(const std::string& path, const ReadingLimits& limits = {});

/// Which columns of a file are data, and which one holds the weights.
struct ColumnChoice {
  /// The names of the data columns, in the order wanted; empty for all but the weights and row names.
  std::vector<std::string> columns = {};
  /// The name of the column of weights; empty for none.
  std::string weights = {};
  /// What the reader should know about the choice; NumericTable::notes() has them.
  std::vector<std::string> notes = {};
};

/// A file of data, CSV or .npy, before it is decided which of its columns are data.
class DataFile {
 public:
  /// A CSV file that was read.
  explicit DataFile(Table table) : content_(std::move(table)) {}
  /// An array that was read, and what is wrong with each column, if anything is, which is said once the column is used.
  DataFile(NumericTable table, std::vector<std::string> column_faults)
      : content_(std::move(table)), column_faults_(std::move(column_faults)) {}
  /// An array that was read.
  explicit DataFile(NumericTable table) : content_(std::move(table)) {}

  /// What messages call the file.
  [[nodiscard]] const std::string& name() const;
  /// The names of all columns.
  [[nodiscard]] const std::vector<std::string>& columns() const;
  /// N.
  [[nodiscard]] std::size_t rows() const;
  /// Which column (from 0) has this name.
  /// @throws InvalidData, naming the columns there are, where none has.
  [[nodiscard]] std::size_t position(const std::string& column) const;
  /// The cells as text, for data that are no numbers; null for a .npy file. It lives as long as this object.
  [[nodiscard]] const Table* text() const { return std::get_if<Table>(&content_); }

  /// The columns that a list as a user writes it stands for. An item is
  ///   - the name of a column, with or without blanks around it. It may have commas if the list was cut at commas;
  ///   - `numeric`: all columns of numbers;
  ///   - `-NAME`: all columns but this one, or of those listed before it; `-constant`: but those whose values are
  ///   equal.
  /// The exact name of a column always stands for that column. The weights are never among all.
  /// @throws InvalidData where there is no such column, or none is left.
  [[nodiscard]] ColumnChoice choose(const std::vector<std::string>& list, std::string weights = {}) const;

  /// The chosen columns as numbers, N×d; missing is NaN. What it returns may outlive this object. A .npy file is not
  /// copied where all of its columns are chosen.
  ///
  /// By default a column without a name is left out, with a note, if it is the first and holds text or whole numbers
  /// that all differ, as row names do, or if it is empty; any other is refused.
  /// @throws InvalidData where a column isn't there or is chosen twice, none is left, a cell is not a finite number
  /// (see to_numbers), or a weight is missing, infinite or negative.
  [[nodiscard]] NumericTable numbers(const ColumnChoice& choice = {}) const;

 private:
  [[nodiscard]] NumericTable numbers_at(std::span<const std::size_t> positions) const;
  [[nodiscard]] std::vector<double> weights_at(std::size_t position) const;

  std::variant<Table, NumericTable> content_;
  std::vector<std::string> column_faults_;
};

/// How a data file is read.
struct ReadingOptions {
  /// What stands for a missing value beside an empty cell, NA and NaN.
  MissingCodes missing = {};
  /// How much is taken into memory.
  ReadingLimits limits = {};
};

/// Opens a data file: .npy where the name ends so, otherwise CSV; "-" is CSV from standard input. Either may be
/// compressed, by gzip where .gz follows at the end of the name, by zstd where .zst does.
/// @throws Error or InvalidData as read_csv and read_npy do; but a whole number that no double holds is refused once
/// its column is used.
DataFile open_data(const std::string& path, ReadingOptions options = {});

/// Writes a file back as CSV, with the missing values of some columns filled in.
///
/// Header, rows, cells that are not missing, cells of other columns, separators and ends of lines are as they were read
/// (quoted only where RFC 4180 asks for it, and without a byte order mark); a filled-in number with as many digits as
/// it takes to read the same one back.
/// @param out where the CSV goes.
/// @param file as it was read.
/// @param columns the names of the d columns to fill in, each a column of the file.
/// @param values N×d; only those are used that take the place of a missing one.
/// @throws InvalidData where a column isn't there, or the shape is not N×d.
void write_filled(std::ostream& out, const DataFile& file, std::span<const std::string> columns,
                  const Eigen::Ref<const RowMatrix>& values);

/// Writes N×d numbers as CSV: a header with the d names (quoted where RFC 4180 asks for it), then a line a row, each
/// number with as many digits as it takes to read the same one back, and NaN as "NaN".
/// @throws InvalidData where the number of names isn't d.
void write_csv(std::ostream& out, std::span<const std::string> columns, const Eigen::Ref<const RowMatrix>& values);

/// Writes N×d numbers in NumPy's .npy format (version 1.0): float64, little-endian, C order. `out` is binary.
void write_npy(std::ostream& out, const Eigen::Ref<const RowMatrix>& values);

}  // namespace latent
