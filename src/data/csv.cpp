#include <csv.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <new>
#include <string>
#include <system_error>
#include <utility>

#include "core/ascii_text.hpp"
#include "core/counted.hpp"
#include "core/in_quotes.hpp"
#include "data/cell.hpp"
#include "data/compressed_file.hpp"
#include "data/data_limit.hpp"
#include "data/file_format.hpp"
#include "latent/core/errors.hpp"
#include "latent/core/memory.hpp"
#include "latent/data/data_file.hpp"

namespace latent {
namespace {

// ---- The cells of a file as a table.

// Takes cells and ends of lines in the order of the file.
class TableBuilder {
 public:
  TableBuilder(std::string name, const DataLimit& limit) : limit_(limit) { table_.name = std::move(name); }

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

  // The lines before the header, as they are; and whether the header begins with the mark of a comment.
  void set_comments(std::string_view lines, bool header_is_comment) {
    table_.comments = lines;
    header_is_comment_ = header_is_comment;
  }

  // Gives the first column, which the header has no name for, an empty one; to be called before the header.
  void add_unnamed_first_column() {
    add_cell("");
    table_.header_lacks_first = true;
  }

  // Makes room for a file `times` as long as what has been added; nothing while no row tells how long cells are.
  void reserve(double times) {
    if (rows_ == 0) return;
    constexpr double margin = 1.02;
    const auto room = [&](std::size_t size) {
      return static_cast<std::size_t>(margin * times * static_cast<double>(size));
    };
    if (margin * times * static_cast<double>(bytes()) > static_cast<double>(limit_.bytes)) return;
    try {
      table_.text.reserve(room(table_.text.size()));
      table_.cell_ends.reserve(room(table_.cell_ends.size()));
    } catch (const std::bad_alloc&) {
      return;  // the rest of the file may have other cells
    }
  }

  // What was read until memory ran out.
  [[nodiscard]] std::string so_far() const {
    return fmt::format("{} rows of {}", rows_, size_text(static_cast<double>(bytes())));
  }

  // The table, once the file has ended.
  Table finish() {
    if (in_header()) refuse("the file is empty");
    if (rows_ == 0) refuse("there is a header, and no row after it");
    return std::move(table_);
  }

  [[nodiscard]] const std::string& name() const { return table_.name; }

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

  // Of the table in memory.
  [[nodiscard]] std::size_t bytes() const {
    return table_.text.size() + table_.cell_ends.size() * sizeof(table_.cell_ends.front());
  }

  void require_room() const {
    if (bytes() > limit_.bytes) refuse_line(limit_.sentence());
  }

  void take_blank_lines_as_rows() {
    if (in_header()) refuse("the first line is empty; it must name the columns");
    if (table_.columns.size() > 1) refuse(fmt::format("row {}: the line is empty", rows_ + 1));
    for (; blank_lines_ > 0; --blank_lines_, ++rows_) {
      append("");
      require_room();
    }
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
      if (header_is_comment_ && names.size() == 1) names.front() = without_hash(names.front());
      all_numbers = all_numbers && is_a_number_or_missing(names.back());
      begin = end;
    }
    if (all_numbers) refuse("the first line holds only numbers; a header that names the columns must come first");
    require_names(names);
    table_.columns = std::move(names);
  }

  static bool is_a_number_or_missing(std::string_view name) {
    const CellNumber number = cell_to_number(name);
    return number.fault == CellFault::none && !number.is_truth_value;
  }

  // A name that is nothing but # stays: it heads a column of numbers.
  static std::string without_hash(const std::string& name) {
    const std::string_view rest =
        without_blanks(std::string_view(name).substr(std::min(name.find_first_not_of('#'), name.size())));
    return rest.empty() ? name : std::string(rest);
  }

  // A column may have no name; then it can't be chosen.
  void require_names(const std::vector<std::string>& names) const {
    std::map<std::string_view, std::size_t> position_of;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i].empty()) continue;
      const auto [same, is_new] = position_of.emplace(names[i], i);
      if (!is_new) {
        refuse(fmt::format("columns {} and {} are both named {}", same->second + 1, i + 1, in_quotes(names[i])));
      }
    }
  }

  // The text of the row at hand, of which the first cell tells whether it is a comment.
  [[nodiscard]] bool row_is_comment() const {
    const std::size_t first = table_.cell_ends.size() - cells_in_line_;
    return std::string_view(table_.text).substr(table_.cell_ends[first - 1]).starts_with('#');
  }

  // What may be meant by the row at hand, which has more cells than the header.
  [[nodiscard]] std::string remedy_of_long_row() const {
    if (cells_in_line_ <= table_.columns.size() || table_.header_lacks_first) return {};
    const std::size_t first = table_.cell_ends.size() - cells_in_line_;
    const auto cell = [&](std::size_t i) {
      return std::string_view(table_.text)
          .substr(table_.cell_ends[i - 1], table_.cell_ends[i] - table_.cell_ends[i - 1]);
    };
    const bool ends_in_separator = cell(table_.cell_ends.size() - 1).empty();
    if (ends_in_separator) return {};
    for (std::size_t i = first; table_.separator == ',' && i + 1 < table_.cell_ends.size(); ++i) {
      if (!may_be_decimal(cell(i), cell(i + 1))) continue;
      return fmt::format("; if {0},{1} is one number with a decimal comma, write it as {0}.{1}, with a point", cell(i),
                         cell(i + 1));
    }
    if (table_.columns.size() == 1) return "; if lines stand before the header, remove them, or begin them with #";
    if (cells_in_line_ > table_.columns.size() + 1) return {};
    return "; if the first cell is the name of the row, the header must begin with a name for such cells";
  }

  void end_row() {
    if (cells_in_line_ != table_.columns.size()) {
      if (row_is_comment())
        refuse_line("a comment; lines that begin with # are read before the header only, remove it");
      refuse_line(fmt::format("{} where {} {}{}", counted(cells_in_line_, "cell"),
                              table_.header_lacks_first ? "the first row has" : "the header has", table_.columns.size(),
                              remedy_of_long_row()));
    }
    require_room();
    ++rows_;
  }

  Table table_;
  DataLimit limit_;
  bool header_is_comment_ = false;
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
  if (std::ranges::max(counts[0]) > 0) {
    return separators.at(static_cast<std::size_t>(std::ranges::max_element(counts[0]) - counts[0].begin()));
  }
  // One name, and rows of a row name and a value.
  if (counts[1][1] == 1) return separators[1];
  return counts[1][0] == 0 && counts[1][2] == 1 ? separators[2] : separators[0];
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

std::string row_is_too_long(std::uint64_t limit) {
  return fmt::format("a line of more than {}, the most that a row may have; see ReadingLimits::row",
                     size_text(static_cast<double>(limit)));
}

std::string quoted_cell_is_too_long(std::uint64_t limit) {
  return fmt::format(
      "a quoted cell goes on over several lines, together more than {}, the most that a row may have; close its quote, "
      "or see ReadingLimits::row",
      size_text(static_cast<double>(limit)));
}

// Feeds a TableBuilder line by line. A line without quotes is cut at its separators; one with quotes, and those that a
// quoted cell goes on over, are given to libcsv, in its strict mode, with blanks kept and every end of line told.
class CsvParser {
 public:
  CsvParser(std::string name, char separator, const DataLimit& data_limit, std::uint64_t longest_row)
      : builder_(std::move(name), data_limit), separator_(separator), longest_row_(longest_row) {
    builder_.set_separator(separator);
    if (csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0) throw std::bad_alloc();
    csv_set_delim(&parser_, static_cast<unsigned char>(separator));
    csv_set_space_func(&parser_, [](unsigned char) { return 0; });
    constexpr std::size_t block = std::size_t{1} << 16U;  // by which the room for a quoted cell grows
    csv_set_blk_size(&parser_, block);
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
    const std::size_t bad = first_byte_not_utf8(text);
    NextOf feed(text, '\n');
    NextOf carriage_return(text, '\r');
    NextOf quote(text, '"');
    std::size_t begin = 0;
    while (begin < text.size()) {
      const std::size_t content_end = std::min(feed.at_or_behind(begin), carriage_return.at_or_behind(begin));
      const std::string_view end = line_end(text.substr(content_end));
      const bool end_is_seen = end == "\n" || end == "\r\n" || (end == "\r" && content_end + 1 < text.size());
      if (!end_is_seen && !file_ends_here) break;
      if (bad < content_end) builder_.refuse_line(not_utf8(text, bad, builder_.name()));
      const std::string_view line = text.substr(begin, content_end - begin);
      if (line.size() > longest_row_) builder_.refuse_line(row_is_too_long(longest_row_));
      if (quoted_cell_is_open_ || quote.at_or_behind(begin) < content_end) {
        parse_with_quotes(text.substr(begin, line.size() + end.size()));
      } else {
        cut(line, end);
      }
      begin = content_end + end.size();
    }
    return begin;
  }

  // Refuses a line at the end of `text`, which parse() has left, that is too long already.
  void require_short(std::string_view text) const {
    if (text.size() <= longest_row_) return;
    builder_.refuse_line(quoted_cell_is_open_ ? quoted_cell_is_too_long(longest_row_) : row_is_too_long(longest_row_));
  }

  [[nodiscard]] std::string so_far() const { return builder_.so_far(); }
  void reserve(double times) { builder_.reserve(times); }
  void set_comments(std::string_view lines, bool header_is_comment) { builder_.set_comments(lines, header_is_comment); }

  void add_unnamed_first_column() { builder_.add_unnamed_first_column(); }

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
    if (!quoted_cell_is_open_) row_bytes_ = 0;
    row_bytes_ += line.size();
    if (row_bytes_ > longest_row_) builder_.refuse_line(quoted_cell_is_too_long(longest_row_));
    quoted_cell_is_open_ = true;  // until libcsv tells of the line's end
    const std::size_t parsed = csv_parse(&parser_, line.data(), line.size(), on_cell, on_line_end, this);
    if (failure_) std::rethrow_exception(failure_);
    if (parsed == line.size()) return;
    if (csv_error(&parser_) != CSV_EPARSE) throw std::bad_alloc();
    const bool between_blanks = line.find("\" \"") != std::string_view::npos;
    builder_.refuse_line(
        between_blanks
            ? "a double quote out of place; cells are separated by commas, semicolons or tabs, and not by blanks"
            : R"(a double quote out of place; a cell with quotes in it is written "like ""this""")");
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
  std::uint64_t longest_row_;
  std::uint64_t row_bytes_ = 0;  // of the lines that a quoted cell has gone on over
  bool quoted_cell_is_open_ = false;
  std::exception_ptr failure_;
};

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

std::string_view first_line(std::string_view text) { return text.substr(0, text.find_first_of("\r\n")); }

// How many cells a line has; separators in quotes divide none.
std::size_t count_cells(std::string_view line, char separator) {
  bool in_quotes = false;
  std::size_t cells = 1;
  for (const char c : line) {
    if (c == '"') in_quotes = !in_quotes;
    if (c == separator && !in_quotes) ++cells;
  }
  return cells;
}

std::string_view first_cell(std::string_view line, char separator) {
  return without_blanks(line.substr(0, line.find(separator)));
}

bool holds_a_number(std::string_view line, char separator) {
  while (true) {
    const std::size_t end = std::min(line.find(separator), line.size());
    std::string_view cell = without_blanks(line.substr(0, end));
    if (cell.size() > 2 && cell.starts_with('"') && cell.ends_with('"')) cell = cell.substr(1, cell.size() - 2);
    if (!is_missing(cell) && cell_to_number(cell).fault == CellFault::none) return true;
    if (end == line.size()) return false;
    line.remove_prefix(end + 1);
  }
}

// Whether the first cells of the lines at hand, as far as they are seen in whole, are 1, 2, 3, …
bool are_numbered(std::string_view lines, char separator) {
  for (std::size_t number = 1; !lines.empty(); ++number) {
    const std::string_view line = first_line(lines);
    const std::size_t cell_end = line.find(separator);
    const bool is_last = line.size() == lines.size();
    if (is_last && cell_end == std::string_view::npos) break;
    if (without_blanks(line.substr(0, cell_end)) != std::to_string(number)) return false;
    lines.remove_prefix(line.size());
    lines.remove_prefix(std::min(lines.find_first_not_of("\r\n"), lines.size()));
  }
  return true;
}

// Whether the rows have one cell more than the header, the first of them a row name, as R's write.table writes them. In
// a file with commas an unquoted number may as well be the whole part of one with a decimal comma; so these must be 1,
// 2, 3, … as far as lines are at hand.
bool header_lacks_first_cell(std::string_view text, char separator) {
  const std::string_view header = first_line(text);
  const std::string_view row = second_line(text);
  const auto ends_within_quotes = [](std::string_view line) { return std::ranges::count(line, '"') % 2 != 0; };
  if (ends_within_quotes(header) || ends_within_quotes(row)) return false;
  const std::size_t names = count_cells(header, separator);
  const bool is_shorter = !header.empty() && count_cells(row, separator) == names + 1;
  if (!is_shorter || row.starts_with('#') || row.ends_with(separator)) return false;
  // A line of one cell may be a title, and the line after it the header.
  if (names == 1 && !holds_a_number(row, separator) && !is_missing(row.substr(row.find(separator) + 1))) return false;
  const std::string_view name = first_cell(row, separator);
  if (separator != ',' || name.starts_with('"') || cell_to_number(name).fault != CellFault::none) return true;
  return names > 1 && are_numbered(text.substr(static_cast<std::size_t>(row.data() - text.data())), separator);
}

// The lines that begin with # at the beginning of a text, with blank ones among and after them.
struct Comments {
  std::size_t size = 0;  // in bytes, up to the first line that is neither
  std::size_t last = 0;  // where the last comment begins
};

Comments comments_before(std::string_view text) {
  Comments comments;
  while (comments.size < text.size()) {
    const std::string_view rest = text.substr(comments.size);
    const bool is_blank = comments.size > 0 && (rest[0] == '\r' || rest[0] == '\n');
    if (!is_blank && rest[0] != '#') break;
    if (!is_blank) comments.last = comments.size;
    const std::size_t end = std::min(rest.find_first_of("\r\n"), rest.size());
    comments.size += std::min(rest.size(), end + (rest.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  return comments;
}

// Whether the last comment is the header, as NumPy's savetxt writes it: it has as many cells as the line after it, and
// that line is one of data, with a number in it. If there are no numbers, it must not look like a header of its own.
bool last_comment_is_header(std::string_view text, const Comments& comments) {
  if (comments.size == 0) return false;
  const std::string_view comment = first_line(text.substr(comments.last));
  const std::string_view after = text.substr(comments.size);
  const std::string both = fmt::format("{}\n{}", comment, first_line(after));
  const char separator = separator_of(both);
  const std::size_t cells = count_cells(comment, separator);
  if (after.empty() || cells != count_cells(first_line(after), separator)) return false;
  if (holds_a_number(first_line(after), separator)) return true;
  return cells > 1 && !holds_a_number(second_line(after), separator);
}

// Refuses a file of another format, by the bytes that it begins with.
void require_text(std::string_view text, const std::string& name) {
  const auto format = foreign_format(text.substr(0, bytes_that_tell_the_format), name);
  if (format) throw InvalidData(fmt::format("{}: {}", name, *format));
}

// Refuses comments, a header or a first row that is too long already, where the end of the row isn't seen yet.
void require_short_beginning(std::string_view text, const std::string& name, std::uint64_t longest) {
  const auto refuse = [&](std::string_view reason) { throw InvalidData(fmt::format("{}: {}", name, reason)); };
  const Comments comments = comments_before(text);
  if (comments.size > longest) {
    refuse(fmt::format("more than {} of lines that begin with # before the header; see ReadingLimits::row",
                       size_text(static_cast<double>(longest))));
  }
  const std::string_view rest = text.substr(comments.size);
  const std::string_view header = first_line(rest);
  if (header.size() > longest) refuse("header: " + row_is_too_long(longest));
  constexpr std::size_t line_end = 2;
  if (rest.size() - std::min(header.size() + line_end, rest.size()) > longest)
    refuse("row 1: " + row_is_too_long(longest));
}

// Reads on until the comments, the header and a row are there in whole, the stream ends, or it is seen to be no text.
void read_beginning(BlockReader& blocks, const std::string& name, std::uint64_t longest_row) {
  blocks.read_more();
  blocks.skip(blocks.text().starts_with(byte_order_mark) ? byte_order_mark.size() : 0);
  require_text(blocks.text(), name);
  while (!blocks.at_end() && !has_two_lines(blocks.text().substr(comments_before(blocks.text()).size)) &&
         blocks.text().find('\0') == std::string_view::npos) {
    require_short_beginning(blocks.text(), name, longest_row);
    blocks.read_more();
  }
}

// A stream, what messages call it, and what may be read of it.
struct Source {
  std::istream& stream;
  std::string name;
  std::uintmax_t size;  // 0 where it isn't known
  DataLimit limit;
  std::uint64_t longest_row;
};

// Feeds the rest of the stream to the parser.
Table parse_rest(CsvParser& parser, BlockReader& blocks, const Source& source) {
  try {
    const std::size_t parsed = parser.parse(blocks.text(), blocks.at_end());
    if (parsed > 0 && source.size > parsed) {
      parser.reserve(static_cast<double>(source.size) / static_cast<double>(parsed));
    }
    blocks.skip(parsed);
    while (!blocks.at_end()) {
      parser.require_short(blocks.text());
      blocks.read_more();
      blocks.skip(parser.parse(blocks.text(), blocks.at_end()));
    }
    if (source.stream.bad()) throw Error(fmt::format("{}: cannot be read to its end", source.name));
    return parser.finish();
  } catch (const std::bad_alloc&) {
    throw TooLittleMemory(fmt::format("{}: memory ran out after {}", source.name, parser.so_far()));
  }
}

Table read_stream(const Source& source) {
  BlockReader blocks(source.stream);
  read_beginning(blocks, source.name, source.longest_row);

  const Comments comments = comments_before(blocks.text());
  const bool header_is_comment = last_comment_is_header(blocks.text(), comments);
  const std::string skipped(blocks.text().substr(0, header_is_comment ? comments.last : comments.size));
  if (first_byte_not_utf8(skipped) < skipped.size()) {
    throw InvalidData(
        fmt::format("{}: comment: {}", source.name, not_utf8(skipped, first_byte_not_utf8(skipped), source.name)));
  }
  blocks.skip(skipped.size());

  const char separator = separator_of(blocks.text());
  CsvParser parser(source.name, separator, source.limit, source.longest_row);
  parser.set_comments(skipped, header_is_comment);
  if (header_lacks_first_cell(blocks.text(), separator)) parser.add_unnamed_first_column();
  return parse_rest(parser, blocks, source);
}

// A stream of a size that nobody knows.
Table read_unbounded(std::istream& in, std::string name, const ReadingLimits& limits) {
  return read_stream(
      {.stream = in, .name = std::move(name), .size = 0, .limit = limit_of_stream(limits), .longest_row = limits.row});
}

Table read_standard_input(const ReadingLimits& limits) {
  const auto require_read = [] {
    if (std::ferror(stdin) != 0) throw Error("standard input: cannot be read to its end");  // std::cin does not tell
  };
  try {
    Table table = read_csv(std::cin, "standard input", limits);
    require_read();
    return table;
  } catch (const InvalidData&) {
    require_read();  // what was read may be less than there is
    throw;
  }
}

// In bytes; 0 where that isn't known before it is read.
std::uintmax_t size_of(const std::string& path) {
  std::error_code failure;
  const std::uintmax_t size = std::filesystem::file_size(path, failure);
  return failure ? 0 : size;
}

Table read_file(const std::string& path, const ReadingLimits& limits) {
  require_no_folder(path);
  if (is_compressed(path)) return read_unbounded(*open_compressed(path), path, limits);
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(fmt::format("{}: cannot be opened: {}", path, std::generic_category().message(errno)));
  file.exceptions(std::ios::badbit);
  const std::uintmax_t size = size_of(path);
  const DataLimit limit = limit_of_file(limits);
  if (size > limit.bytes) throw InvalidData(fmt::format("{}: {}", path, limit.sentence(static_cast<double>(size))));
  try {
    if (size == 0) return read_unbounded(file, path, limits);  // a pipe or a device
    return read_stream({.stream = file, .name = path, .size = size, .limit = limit, .longest_row = limits.row});
  } catch (const std::ios::failure& failure) {
    throw Error(fmt::format("{}: cannot be read: {}", path, failure.code().message()));
  }
}

}  // namespace

Table read_csv(std::istream& in, std::string name, const ReadingLimits& limits) {
  return read_unbounded(in, std::move(name), limits);
}

Table read_csv(const std::string& path, const ReadingLimits& limits) {
  return path == "-" ? read_standard_input(limits) : read_file(path, limits);
}

}  // namespace latent
