#include <csv.h>
#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <limits>
#include <locale>
#include <map>
#include <new>
#include <sstream>
#include <system_error>

#include "in_quotes.hpp"
#include "latent/data_file.hpp"
#include "latent/errors.hpp"

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

Number to_number(std::string_view cell) {
  constexpr Number not_a_number{0.0, "is not a number; choose columns with --columns"};
  if (is_missing(cell)) return {std::numeric_limits<double>::quiet_NaN(), {}};

  std::string_view text = without_blanks(cell);
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return not_a_number;
  }
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::invalid_argument || end != text.data() + text.size() || std::isnan(value)) {
    return not_a_number;
  }
  if (error == std::errc::result_out_of_range) return rounded_to_zero_or_too_large(text);
  if (std::isinf(value)) return {value, "is not finite"};
  return {value, {}};
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

// libcsv in its strict mode, with blanks kept and every end of line told, feeding a TableBuilder.
class CsvParser {
 public:
  explicit CsvParser(std::string name) : builder_(std::move(name)) {
    if (csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0) throw std::bad_alloc();
    csv_set_space_func(&parser_, [](unsigned char) { return 0; });
  }
  CsvParser(const CsvParser&) = delete;
  CsvParser(CsvParser&&) = delete;
  CsvParser& operator=(const CsvParser&) = delete;
  CsvParser& operator=(CsvParser&&) = delete;
  ~CsvParser() { csv_free(&parser_); }

  void parse(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) builder_.refuse("not CSV in UTF-8: it holds bytes that are zero");
    const std::size_t parsed = csv_parse(&parser_, text.data(), text.size(), on_cell, on_line_end, this);
    if (failure_) std::rethrow_exception(failure_);
    if (parsed == text.size()) return;
    if (csv_error(&parser_) != CSV_EPARSE) throw std::bad_alloc();
    builder_.refuse_line(R"(a double quote out of place; a cell with quotes in it is written "like ""this""")");
  }

  Table finish() {
    const bool ended_in_quotes = csv_fini(&parser_, on_cell, on_line_end, this) != 0;
    if (failure_) std::rethrow_exception(failure_);
    if (ended_in_quotes) builder_.refuse_line("a quoted cell begins and has no closing quote");
    return builder_.finish();
  }

 private:
  static void on_cell(void* text, std::size_t size, void* self) {
    static_cast<CsvParser*>(self)->build(
        [&](TableBuilder& builder) { builder.add_cell({static_cast<const char*>(text), size}); });
  }

  static void on_line_end(int end, void* self) {
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
  std::exception_ptr failure_;
};

Table read_standard_input() {
  Table table = read_csv(std::cin, "standard input");
  if (std::ferror(stdin) != 0) throw Error("standard input: cannot be read to its end");  // std::cin does not tell
  return table;
}

Table read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(fmt::format("{}: cannot be opened: {}", path, std::generic_category().message(errno)));
  file.exceptions(std::ios::badbit);
  try {
    return read_csv(file, path);
  } catch (const std::ios::failure& failure) {
    throw Error(fmt::format("{}: cannot be read: {}", path, failure.code().message()));
  }
}

}  // namespace

Table read_csv(std::istream& in, std::string name) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  CsvParser parser(name);
  std::array<char, std::size_t{1} << 16U> buffer{};
  for (bool at_start = true; in; at_start = false) {
    in.read(buffer.data(), buffer.size());
    std::string_view text(buffer.data(), static_cast<std::size_t>(in.gcount()));
    if (at_start && text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    parser.parse(text);
  }
  if (in.bad()) throw Error(fmt::format("{}: cannot be read to its end", name));
  return parser.finish();
}

Table read_csv(const std::string& path) { return path == "-" ? read_standard_input() : read_file(path); }

bool is_missing(std::string_view cell) {
  const std::string_view text = without_blanks(cell);
  return text.empty() || text == "NA" || text == "NaN";
}

RowMatrix to_numbers(const Table& table, std::span<const std::size_t> columns) {
  RowMatrix numbers(static_cast<Index>(table.rows()), static_cast<Index>(columns.size()));
  double* next = numbers.data();
  for (std::size_t row = 0; row < table.rows(); ++row) {
    for (const std::size_t column : columns) {
      const std::string_view cell = table(row, column);
      const auto [value, fault] = to_number(cell);
      if (!fault.empty()) {
        throw InvalidData(fmt::format("{}: row {}, column {}: {} {}", table.name, row + 1,
                                      in_quotes(table.columns[column]), in_quotes(without_blanks(cell)), fault));
      }
      *next++ = value;
    }
  }
  return numbers;
}

}  // namespace latent
