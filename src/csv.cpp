#include <csv.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <locale>
#include <map>
#include <new>
#include <sstream>
#include <system_error>
#include <utility>

#include "compressed_file.hpp"
#include "in_quotes.hpp"
#include "latent/data_file.hpp"
#include "latent/errors.hpp"
#include "latent/parallel.hpp"

namespace latent {
namespace {

// ---- One cell as a number.

struct Number {
  double value;
  std::string_view fault;  // what is wrong with the text; empty where nothing is
};

std::string_view without_blanks(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// std::from_chars does not say on which side a number is out of range; a stream rounds what is too small and fails on
// what is too large.
Number rounded_to_zero_or_too_large(std::string_view text) {
  std::istringstream in{std::string(text)};
  in.imbue(std::locale::classic());
  double value = 0.0;
  if (in >> value) return {value, {}};
  return {value, "is too large for a double"};
}

bool looks_like_a_number_with_a_comma(std::string_view text) {
  return text.find(',') != std::string_view::npos && text.find_first_of("0123456789") != std::string_view::npos &&
         text.find_first_not_of("0123456789.,+-eE") == std::string_view::npos;
}

Number not_a_number(std::string_view text) {
  if (looks_like_a_number_with_a_comma(text)) {
    return {0.0,
            "is not a number: it has a comma, and numbers are read with a decimal point and nothing between thousands"};
  }
  return {0.0, "is not a number; choose columns with --columns"};
}

// A cell that isn't just the digits of a finite number.
Number unusual_cell_to_number(std::string_view cell) {
  if (is_missing(cell)) return {std::numeric_limits<double>::quiet_NaN(), {}};

  std::string_view text = without_blanks(cell);
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return not_a_number(cell);
  }
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::invalid_argument || end != text.data() + text.size() || std::isnan(value)) {
    return not_a_number(text);
  }
  if (error == std::errc::result_out_of_range) return rounded_to_zero_or_too_large(text);
  if (std::isinf(value)) return {value, "is not finite"};
  return {value, {}};
}

Number to_number(std::string_view cell) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error == std::errc() && end == cell.data() + cell.size() && std::isfinite(value)) return {value, {}};
  return unusual_cell_to_number(cell);
}

// ---- The cells of a file as a table.

// Takes cells and ends of lines in the order of the file.
class TableBuilder {
 public:
  explicit TableBuilder(std::string name) { table_.name = std::move(name); }

  void add_cell(std::string_view text) {
    if (blank_lines_ > 0) take_blank_lines_as_rows();
    append(text);
    ++cells_in_line_;
  }

  // `end` is the character at the end of the line, or -1 at the end of the file. CR LF comes as two lines, the second
  // of them without cells.
  void end_line(int end) {
    if (cells_in_line_ > 0) {
      end_line_with_cells();
    } else if (end == '\n' && last_end_ == '\r') {
      table_.line_end = "\r\n";
    } else {
      ++blank_lines_;
    }
    cells_in_line_ = 0;
    last_end_ = end;
  }

  void set_separator(char separator) { table_.separator = separator; }

  // Makes room for a file `times` as long as what has been added; nothing while no row tells how long cells are.
  void reserve(double times) {
    if (rows_ == 0) return;
    constexpr double margin = 1.02;
    const auto room = [&](std::size_t size) {
      return static_cast<std::size_t>(margin * times * static_cast<double>(size));
    };
    table_.text.reserve(room(table_.text.size()));
    table_.cell_ends.reserve(room(table_.cell_ends.size()));
  }

  // The table, once the file has ended.
  Table finish() {
    if (in_header()) refuse("the file is empty");
    if (rows_ == 0) refuse("there is a header, and no row after it");
    return std::move(table_);
  }

  [[noreturn]] void refuse_line(std::string_view reason) const {
    if (in_header()) refuse(fmt::format("header: {}", reason));
    refuse(fmt::format("row {}: {}", rows_ + blank_lines_ + 1, reason));
  }

  [[noreturn]] void refuse(std::string_view reason) const {
    throw InvalidData(fmt::format("{}: {}", table_.name, reason));
  }

 private:
  [[nodiscard]] bool in_header() const { return table_.columns.empty(); }

  void append(std::string_view cell) {
    table_.text += cell;
    table_.cell_ends.push_back(table_.text.size());
  }

  void take_blank_lines_as_rows() {
    if (in_header()) refuse("the first line is empty; it must name the columns");
    if (table_.columns.size() > 1) refuse(fmt::format("row {}: the line is empty", rows_ + 1));
    for (; blank_lines_ > 0; --blank_lines_, ++rows_) append("");
  }

  void end_line_with_cells() {
    if (in_header()) {
      end_header();
    } else {
      end_row();
    }
  }

  void end_header() {
    std::vector<std::string> names;
    bool all_numbers = true;
    for (std::size_t begin = 0; const std::size_t end : table_.cell_ends) {
      names.emplace_back(without_blanks(std::string_view(table_.text).substr(begin, end - begin)));
      all_numbers = all_numbers && to_number(names.back()).fault.empty();
      begin = end;
    }
    if (all_numbers) refuse("the first line holds only numbers; a header that names the columns must come first");
    require_names(names);
    table_.columns = std::move(names);
  }

  void require_names(const std::vector<std::string>& names) const {
    std::map<std::string_view, std::size_t> position_of;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i].empty()) refuse(fmt::format("column {} has no name in the header; name it, or leave it out", i + 1));
      const auto [same, is_new] = position_of.emplace(names[i], i);
      if (!is_new) {
        refuse(fmt::format("columns {} and {} are both named {}", same->second + 1, i + 1, in_quotes(names[i])));
      }
    }
  }

  void end_row() {
    if (cells_in_line_ != table_.columns.size()) {
      refuse_line(fmt::format("{} {} where the header has {}", cells_in_line_, cells_in_line_ == 1 ? "cell" : "cells",
                              table_.columns.size()));
    }
    ++rows_;
  }

  Table table_;
  std::size_t rows_ = 0;
  std::size_t cells_in_line_ = 0;
  std::size_t blank_lines_ = 0;  // just before this line; at the end of the file they count for nothing
  int last_end_ = -1;
};

std::string_view second_line(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_of("\r\n"), text.size()));
  text.remove_prefix(std::min(text.find_first_not_of("\r\n"), text.size()));
  return text.substr(0, text.find_first_of("\r\n"));
}

// Whether there is nothing in the line but what numbers, with a point or a comma in them, and separators are made of.
bool is_of_numbers(std::string_view line) {
  return line.find_first_not_of("0123456789+-.,;eE \"") == std::string_view::npos;
}

// What stands between the cells: the first of comma, semicolon and tab that divides the first two lines into the same
// number of cells, two or more; where none does, the one that is most frequent in the first line.
char separator_of(std::string_view text) {
  constexpr std::array separators = {',', ';', '\t'};
  std::array<std::array<std::size_t, separators.size()>, 2> counts{};
  bool in_quotes = false;
  std::size_t line = 0;
  for (std::size_t i = 0; i < text.size() && line < counts.size(); ++i) {
    const char c = text[i];
    if (c == '"') in_quotes = !in_quotes;
    if (in_quotes) continue;
    const bool ends_line = c == '\n' || (c == '\r' && !text.substr(i + 1).starts_with('\n'));
    if (ends_line) ++line;
    const auto* const found = std::ranges::find(separators, c);
    if (found != separators.end()) ++counts.at(line).at(static_cast<std::size_t>(found - separators.begin()));
  }
  const auto fits = [&](std::size_t i) { return counts[0].at(i) > 0 && counts[0].at(i) == counts[1].at(i); };
  // Commas may be within numbers, and within names: where all of line two is numbers, semicolons are the separators.
  if (fits(0) && fits(1) && is_of_numbers(second_line(text))) return separators[1];
  for (std::size_t i = 0; i < separators.size(); ++i) {
    if (fits(i)) return separators.at(i);
  }
  return separators.at(static_cast<std::size_t>(std::ranges::max_element(counts[0]) - counts[0].begin()));
}

// Where a character comes next in a text, which is asked for places that only go forward: each stretch is searched
// once.
class NextOf {
 public:
  NextOf(std::string_view text, char wanted) : text_(text), wanted_(wanted), next_(text.find(wanted)) {}
  // The first place at or behind `from`, or the text's size.
  std::size_t at_or_behind(std::size_t from) {
    if (next_ < from) next_ = text_.find(wanted_, from);
    return std::min(next_, text_.size());
  }

 private:
  std::string_view text_;
  char wanted_;
  std::size_t next_;
};

// Feeds a TableBuilder line by line. A line without quotes is cut at its separators; one with quotes, and those that a
// quoted cell goes on over, are given to libcsv, in its strict mode, with blanks kept and every end of line told.
class CsvParser {
 public:
  CsvParser(std::string name, char separator) : builder_(std::move(name)), separator_(separator) {
    builder_.set_separator(separator);
    if (csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0) throw std::bad_alloc();
    csv_set_delim(&parser_, static_cast<unsigned char>(separator));
    csv_set_space_func(&parser_, [](unsigned char) { return 0; });
  }
  CsvParser(const CsvParser&) = delete;
  CsvParser(CsvParser&&) = delete;
  CsvParser& operator=(const CsvParser&) = delete;
  CsvParser& operator=(CsvParser&&) = delete;
  ~CsvParser() { csv_free(&parser_); }

  // Takes the lines of `text`, which goes on from where the last one ended, and says how many bytes it took: all where
  // the file ends here, otherwise all but a last line whose end isn't seen.
  std::size_t parse(std::string_view text, bool file_ends_here) {
    if (text.find('\0') != std::string_view::npos) builder_.refuse("not CSV in UTF-8: it holds bytes that are zero");
    NextOf feed(text, '\n');
    NextOf carriage_return(text, '\r');
    NextOf quote(text, '"');
    std::size_t begin = 0;
    while (begin < text.size()) {
      const std::size_t content_end = std::min(feed.at_or_behind(begin), carriage_return.at_or_behind(begin));
      const std::string_view end = line_end(text.substr(content_end));
      const bool end_is_seen = end == "\n" || end == "\r\n" || (end == "\r" && content_end + 1 < text.size());
      if (!end_is_seen && !file_ends_here) break;
      const std::string_view line = text.substr(begin, content_end - begin);
      if (quoted_cell_is_open_ || quote.at_or_behind(begin) < content_end) {
        parse_with_quotes(text.substr(begin, line.size() + end.size()));
      } else {
        cut(line, end);
      }
      begin = content_end + end.size();
    }
    return begin;
  }

  void reserve(double times) { builder_.reserve(times); }

  Table finish() {
    const bool ended_in_quotes = csv_fini(&parser_, on_cell, on_line_end, this) != 0;
    if (failure_) std::rethrow_exception(failure_);
    if (ended_in_quotes) builder_.refuse_line("a quoted cell begins and has no closing quote");
    return builder_.finish();
  }

 private:
  // The end of a line that `text` begins with; nothing at the end of the text.
  static std::string_view line_end(std::string_view text) { return text.substr(0, text.starts_with("\r\n") ? 2 : 1); }

  void cut(std::string_view line, std::string_view end) {
    if (!line.empty()) {
      for (std::size_t next = 0; (next = line.find(separator_)) != std::string_view::npos;) {
        builder_.add_cell(line.substr(0, next));
        line.remove_prefix(next + 1);
      }
      builder_.add_cell(line);
    }
    if (end.empty()) builder_.end_line(-1);
    for (const char c : end) builder_.end_line(c);
  }

  void parse_with_quotes(std::string_view line) {
    quoted_cell_is_open_ = true;  // until libcsv tells of the line's end
    const std::size_t parsed = csv_parse(&parser_, line.data(), line.size(), on_cell, on_line_end, this);
    if (failure_) std::rethrow_exception(failure_);
    if (parsed == line.size()) return;
    if (csv_error(&parser_) != CSV_EPARSE) throw std::bad_alloc();
    builder_.refuse_line(R"(a double quote out of place; a cell with quotes in it is written "like ""this""")");
  }

  static void on_cell(void* text, std::size_t size, void* self) {
    static_cast<CsvParser*>(self)->build(
        [&](TableBuilder& builder) { builder.add_cell({static_cast<const char*>(text), size}); });
  }

  static void on_line_end(int end, void* self) {
    static_cast<CsvParser*>(self)->quoted_cell_is_open_ = false;
    static_cast<CsvParser*>(self)->build([&](TableBuilder& builder) { builder.end_line(end); });
  }

  // Exceptions don't pass through C code: the first one waits here until libcsv returns.
  template <class Step>
  void build(Step step) noexcept {
    if (failure_) return;
    try {
      step(builder_);
    } catch (...) {
      failure_ = std::current_exception();
    }
  }

  csv_parser parser_{};
  TableBuilder builder_;
  char separator_;
  bool quoted_cell_is_open_ = false;
  std::exception_ptr failure_;
};

// Reads rows first, …, last − 1; says what is wrong with the first cell that is no number, or nothing.
std::string read_rows(const Table& table, std::span<const std::size_t> columns, std::size_t first, std::size_t last,
                      RowMatrix& numbers) {
  double* next = numbers.data() + first * columns.size();
  for (std::size_t row = first; row < last; ++row) {
    for (const std::size_t column : columns) {
      const std::string_view cell = table(row, column);
      const auto [value, fault] = to_number(cell);
      if (!fault.empty()) {
        return fmt::format("{}: row {}, column {}: {} {}", table.name, row + 1, in_quotes(table.columns[column]),
                           in_quotes(without_blanks(cell)), fault);
      }
      *next++ = value;
    }
  }
  return {};
}

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// A stream in blocks, of which what wasn't used is kept in front of the next.
class BlockReader {
 public:
  explicit BlockReader(std::istream& in) : in_(in) {}

  [[nodiscard]] std::string_view text() const { return std::string_view(buffer_).substr(begin_, end_ - begin_); }
  [[nodiscard]] bool at_end() const { return !in_; }
  void skip(std::size_t bytes) { begin_ += bytes; }

  void read_more() {
    constexpr std::size_t block = std::size_t{1} << 18U;
    std::copy(text().begin(), text().end(), buffer_.begin());
    end_ -= std::exchange(begin_, 0);
    buffer_.resize(std::max({buffer_.size(), end_ + block, 2 * end_}));
    in_.read(buffer_.data() + end_, static_cast<std::streamsize>(buffer_.size() - end_));
    end_ += static_cast<std::size_t>(in_.gcount());
  }

 private:
  std::istream& in_;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

// Whether the first two lines are there in whole, so that the separator can be told; not quite where cells have ends
// of lines in quotes, but then more text helps little.
bool has_two_lines(std::string_view text) {
  const std::size_t first = text.find_first_of("\r\n");
  return first != std::string_view::npos && text.find_first_of("\r\n", first + 2) != std::string_view::npos;
}

// Reads a stream of `expected_bytes`, or of a length that isn't known where that is 0.
Table read_stream(std::istream& in, std::string name, std::uintmax_t expected_bytes) {
  BlockReader blocks(in);
  blocks.read_more();
  while (!blocks.at_end() && !has_two_lines(blocks.text())) blocks.read_more();
  blocks.skip(blocks.text().starts_with(byte_order_mark) ? byte_order_mark.size() : 0);

  CsvParser parser(name, separator_of(blocks.text()));
  const std::size_t parsed = parser.parse(blocks.text(), blocks.at_end());
  if (parsed > 0 && expected_bytes > parsed)
    parser.reserve(static_cast<double>(expected_bytes) / static_cast<double>(parsed));
  blocks.skip(parsed);
  while (!blocks.at_end()) {
    blocks.read_more();
    blocks.skip(parser.parse(blocks.text(), blocks.at_end()));
  }
  if (in.bad()) throw Error(fmt::format("{}: cannot be read to its end", name));
  return parser.finish();
}

Table read_standard_input() {
  Table table = read_csv(std::cin, "standard input");
  if (std::ferror(stdin) != 0) throw Error("standard input: cannot be read to its end");  // std::cin does not tell
  return table;
}

// In bytes; 0 where that isn't known before it is read.
std::uintmax_t size_of(const std::string& path) {
  std::error_code failure;
  const std::uintmax_t size = std::filesystem::file_size(path, failure);
  return failure ? 0 : size;
}

Table read_file(const std::string& path) {
  if (is_compressed(path)) return read_csv(*open_compressed(path), path);
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(fmt::format("{}: cannot be opened: {}", path, std::generic_category().message(errno)));
  file.exceptions(std::ios::badbit);
  try {
    return read_stream(file, path, size_of(path));
  } catch (const std::ios::failure& failure) {
    throw Error(fmt::format("{}: cannot be read: {}", path, failure.code().message()));
  }
}

}  // namespace

Table read_csv(std::istream& in, std::string name) { return read_stream(in, std::move(name), 0); }

Table read_csv(const std::string& path) { return path == "-" ? read_standard_input() : read_file(path); }

bool is_missing(std::string_view cell) {
  const std::string_view text = without_blanks(cell);
  return text.empty() || text == "NA" || text == "NaN";
}

RowMatrix to_numbers(const Table& table, std::span<const std::size_t> columns) {
  constexpr std::size_t rows_of_part = 4096;
  const std::size_t parts = (table.rows() + rows_of_part - 1) / rows_of_part;
  RowMatrix numbers(static_cast<Index>(table.rows()), static_cast<Index>(columns.size()));
  std::vector<std::string> refusals(parts);
  parallel_for(parts, [&](std::size_t part) {
    const std::size_t first = part * rows_of_part;
    const std::size_t last = std::min(first + rows_of_part, table.rows());
    refusals[part] = read_rows(table, columns, first, last, numbers);
  });
  for (const std::string& refusal : refusals) {
    if (!refusal.empty()) throw InvalidData(refusal);
  }
  return numbers;
}

}  // namespace latent
