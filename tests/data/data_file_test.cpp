#include "latent/data/data_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <locale>
#include <numeric>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "fixtures/refusal.hpp"
#include "latent/core/errors.hpp"

namespace latent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::string_literals;

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// ---- What the tests are made of.

Table csv(const std::string& text) {
  std::istringstream in(text);
  return read_csv(in, "data.csv");
}

std::string with_line_ends(std::string_view text, const std::string& end) {
  std::string result;
  for (const char c : text) result += c == '\n' ? end : std::string(1, c);
  return result;
}

const std::vector<std::string> line_ends = {"\n", "\r\n", "\r"};

using Rows = std::vector<std::vector<std::string>>;

Rows cells(const Table& table) {
  Rows rows(table.rows());
  for (std::size_t row = 0; row < table.rows(); ++row) {
    for (std::size_t column = 0; column < table.columns.size(); ++column) rows[row].emplace_back(table(row, column));
  }
  return rows;
}

std::string csv_refusal(const std::string& text) {
  return refusal([&] { csv(text); });
}

std::string number_refusal(const std::string& cell) {
  return refusal([&] { (void)DataFile(csv("species,length\n1,2\n" + cell + ",4\n")).numbers(); });
}

// A file that is there for the length of a test.
class TemporaryFile {
 public:
  TemporaryFile(const std::string& ending, std::string_view content)
      : path_(testing::TempDir() + "latent_" + std::to_string(getpid()) + "_" + std::to_string(next_number()) +
              ending) {
    std::ofstream(path_, std::ios::binary) << content;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile(TemporaryFile&&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile() { std::filesystem::remove(path_); }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  static int next_number() {
    static int number = 0;
    return ++number;
  }

  std::string path_;
};

template <class Item>
std::string bytes_of(const std::vector<Item>& items) {
  std::string bytes(items.size() * sizeof(Item), '\0');
  std::memcpy(bytes.data(), items.data(), bytes.size());
  return bytes;
}

// A .npy file of version `major`.0 with this header, padded so that the payload begins at a multiple of `alignment`.
std::string npy(const std::string& dictionary, const std::string& payload, int major = 1, std::size_t alignment = 64) {
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  std::string header = dictionary;
  while ((8 + length_bytes + header.size() + 1) % alignment != 0) header += ' ';
  header += '\n';

  std::string file = "\x93NUMPY"s + static_cast<char>(major) + '\0';
  for (std::size_t i = 0; i < length_bytes; ++i) file += static_cast<char>(header.size() >> (8 * i) & 0xFFU);
  return file + header + payload;
}

std::string dictionary(const std::string& type, const std::string& order, const std::string& shape) {
  return "{'descr': " + type + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }";
}

std::string npy_refusal(const std::string& content) {
  const TemporaryFile file(".npy", content);
  std::string message = refusal([&] { read_npy(file.path()); });
  EXPECT_THAT(message, StartsWith(file.path() + ": "));
  return message.substr(std::min(message.size(), file.path().size() + 2));
}

bool same_bits(double left, double right) {
  return std::bit_cast<std::uint64_t>(left) == std::bit_cast<std::uint64_t>(right);
}

// Decimal comma and digits in groups, as in many locales.
struct CommaLocale : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

// ---- Reading CSV.

TEST(ReadCsv, ReadsTheExamplesOfRfc4180) {
  const Rows expected = {{"aaa", "bbb", "ccc"}, {"zzz", "yyy", "xxx"}};
  EXPECT_EQ(cells(csv("p,q,r\r\naaa,bbb,ccc\r\nzzz,yyy,xxx\r\n")), expected);
  EXPECT_EQ(cells(csv("p,q,r\r\naaa,bbb,ccc\r\nzzz,yyy,xxx")), expected);
  EXPECT_EQ(cells(csv("p,q,r\r\n\"aaa\",\"bbb\",\"ccc\"\r\nzzz,yyy,xxx")), expected);
  EXPECT_EQ(cells(csv("p,q,r\r\n\"aaa\",\"b\r\nbb\",\"ccc\"\r\nzzz,yyy,xxx")),
            (Rows{{"aaa", "b\r\nbb", "ccc"}, {"zzz", "yyy", "xxx"}}));
  EXPECT_EQ(cells(csv("p,q,r\r\n\"aaa\",\"b\"\"bb\",\"ccc\"")), (Rows{{"aaa", "b\"bb", "ccc"}}));
  EXPECT_EQ(cells(csv("p,q,r\r\n\"a,aa\",,\"\"")), (Rows{{"a,aa", "", ""}}));
}

TEST(ReadCsv, TakesEveryEndOfLine) {
  for (const std::string& end : line_ends) {
    const Table table = csv(with_line_ends("a,b\n1,2\n\"3\",\"4\"\n", end));
    EXPECT_EQ(cells(table), (Rows{{"1", "2"}, {"3", "4"}}));
    EXPECT_EQ(table.line_end, end == "\r\n" ? "\r\n" : "\n");
  }
}

TEST(ReadCsv, SkipsAByteOrderMark) {
  EXPECT_THAT(csv("\xEF\xBB\xBF\"größe\",b\n1,2\n").columns, ElementsAre("größe", "b"));
}

TEST(ReadCsv, KeepsBlanksInCellsAndTakesThemOffNames) {
  const Table table = csv("a , b\n 1,\t2 \n");
  EXPECT_THAT(table.columns, ElementsAre("a", "b"));
  EXPECT_EQ(table.header(0), "a ");
  EXPECT_EQ(table.header(1), " b");
  EXPECT_EQ(cells(table), (Rows{{" 1", "\t2 "}}));
}

TEST(ReadCsv, IgnoresBlankLinesAtTheEnd) {
  for (const std::string& end : line_ends) {
    EXPECT_EQ(cells(csv(with_line_ends("a,b\n1,2\n\n\n", end))), (Rows{{"1", "2"}}));
    EXPECT_EQ(cells(csv(with_line_ends("a\n1\n\n\n", end))), (Rows{{"1"}}));
  }
}

TEST(ReadCsv, BlankLineOfASingleColumnIsAMissingCell) {
  for (const std::string& end : line_ends) {
    EXPECT_EQ(cells(csv(with_line_ends("a\n\n1\n\n\n2\n", end))), (Rows{{""}, {"1"}, {""}, {""}, {"2"}}));
    EXPECT_EQ(cells(csv(with_line_ends("a\n1\n\"\"\n\n", end))), (Rows{{"1"}, {""}}));
  }
}

TEST(ReadCsv, ReadsAnyTableWrittenWithQuotes) {
  std::mt19937 random(1);
  const std::vector<std::string> alphabet = {"a", ",", "\"", "\n", "\r", "\r\n", " ", "é", "NA", "7"};
  const auto below = [&](std::size_t limit) { return random() % limit; };
  for (int repetition = 0; repetition < 300; ++repetition) {
    Rows expected(1 + below(6), std::vector<std::string>(1 + below(4)));
    for (auto& row : expected) {
      for (auto& cell : row) {
        for (std::size_t length = below(6); length > 0; --length) cell += alphabet[below(alphabet.size())];
      }
    }

    const auto quoted = [](const std::string& cell) {
      std::string text(1, '"');
      for (const char c : cell) text.append(c == '"' ? 2 : 1, c);
      text += '"';
      return text;
    };
    const std::string end = below(2) == 0 ? "\n" : "\r\n";
    std::string text = "c0";
    for (std::size_t column = 1; column < expected[0].size(); ++column) text += ",c" + std::to_string(column);
    for (const auto& row : expected) {
      text += end;
      for (std::size_t column = 0; column < row.size(); ++column) {
        if (column > 0) text += ',';
        text += quoted(row[column]);
      }
    }
    EXPECT_EQ(cells(csv(text)), expected) << text;

    std::ostringstream written;
    const DataFile file(csv(text));
    write_filled(written, file, {}, RowMatrix(file.rows(), 0));
    EXPECT_EQ(cells(csv(written.str())), expected) << written.str();
  }
}

// The file is read in blocks: whatever lies across the border of two must come out whole.
TEST(ReadCsv, BlocksLeaveNoTrace) {
  const std::string tail = "\r\n\"q\"\"r\r\ns\",é\r\n\r\n";
  constexpr std::size_t block = 1U << 18U;
  for (std::size_t padding = block - tail.size() - 4; padding < block + 2; ++padding) {
    const std::string first(padding, 'x');
    std::string text = first;
    text += ",b";
    text += tail;
    const Table table = csv(text);
    ASSERT_THAT(table.columns, ElementsAre(first, "b"));
    ASSERT_EQ(cells(table), (Rows{{"q\"r\r\ns", "é"}}));
    ASSERT_EQ(table.line_end, "\r\n");
  }
}

TEST(ReadCsv, RefusesByRow) {
  EXPECT_EQ(csv_refusal("a,b,c,d,e\n1,2,3,4,5\n1,2,3,4,5\n1,2,3,4\n"),
            "data.csv: row 3: 4 cells where the header has 5");
  EXPECT_EQ(csv_refusal("a,b\n1,2\n1\n"), "data.csv: row 2: 1 cell where the header has 2");
  EXPECT_EQ(csv_refusal("a,b\n1,2,\n"), "data.csv: row 1: 3 cells where the header has 2");
  EXPECT_EQ(csv_refusal("a,b\n1\n1,2,3\n1,2\n"), "data.csv: row 1: 1 cell where the header has 2");
  EXPECT_EQ(
      csv_refusal("a\n\n1\n1,2\n"),
      "data.csv: row 3: 2 cells where the header has 1; if 1,2 is one number with a decimal comma, write it as 1.2, "
      "with a point");
  EXPECT_EQ(csv_refusal("a,b\n1,2\n \n"), "data.csv: row 2: 1 cell where the header has 2");
  EXPECT_EQ(csv_refusal("a,b\n1,2\n\n3,4\n"), "data.csv: row 2: the line is empty");
  EXPECT_EQ(csv_refusal("a,b\r\n1,2\r\n\r\n3,4\r\n"), "data.csv: row 2: the line is empty");
  EXPECT_EQ(csv_refusal("a,b\n1,2\n3,\"4\n5,6\n"), "data.csv: row 2: a quoted cell begins and has no closing quote");
  const std::string stray = R"(a double quote out of place; a cell with quotes in it is written "like ""this""")";
  EXPECT_EQ(csv_refusal("a,b\n1,2\n3,4\"\n"), "data.csv: row 2: " + stray);
  EXPECT_EQ(csv_refusal("a,b\n1,\"2\"x\n3,4\n"), "data.csv: row 1: " + stray);
  EXPECT_EQ(csv_refusal("a\n\n\n\"2\"x\n"), "data.csv: row 3: " + stray);
  EXPECT_EQ(csv_refusal("a,b\"\n1,2\n"), "data.csv: header: " + stray);
}

TEST(ReadCsv, RefusesByHeader) {
  EXPECT_EQ(csv_refusal(""), "data.csv: the file is empty");
  EXPECT_EQ(csv_refusal("\xEF\xBB\xBF"), "data.csv: the file is empty");
  EXPECT_EQ(csv_refusal("\n\n"), "data.csv: the file is empty");
  EXPECT_EQ(csv_refusal("\na,b\n1,2\n"), "data.csv: the first line is empty; it must name the columns");
  EXPECT_EQ(csv_refusal("a,b"), "data.csv: there is a header, and no row after it");
  EXPECT_EQ(csv_refusal("a,b\n\n"), "data.csv: there is a header, and no row after it");
  EXPECT_EQ(csv_refusal("a,b, a\n1,2,3\n"), "data.csv: columns 1 and 3 are both named 'a'");
  EXPECT_EQ(csv_refusal("a,\"x\ny\",\"x\ny\"\n1,2,3\n"), "data.csv: columns 2 and 3 are both named 'x?y'");
  const std::string headless =
      "data.csv: the first line holds only numbers; a header that names the columns must come first";
  EXPECT_EQ(csv_refusal("3.600,79\n1.800,54\n"), headless);
  EXPECT_EQ(csv_refusal("1,1\n2,3\n"), headless);
  EXPECT_EQ(csv_refusal("2\n3\n"), headless);
  EXPECT_EQ(csv_refusal("1,NA, -2e3\n3,4,5\n"), headless);
  EXPECT_THAT(csv("x,1\n3,4\n").columns, ElementsAre("x", "1"));
}

TEST(ReadCsv, RefusesWhatIsNotText) {
  EXPECT_EQ(csv_refusal("\xFF\xFE"s + "a\0,\0b\0\n\0"s),
            "data.csv: it is in UTF-16, not UTF-8; save it as UTF-8, or convert it by: iconv -f UTF-16 -t UTF-8");
}

TEST(ReadCsv, RefusesAFileThatCanNotBeRead) {
  EXPECT_EQ(refusal<Error>([] { read_csv("/nowhere/data.csv"); }),
            "/nowhere/data.csv: cannot be opened: No such file or directory");
  EXPECT_EQ(refusal<Error>([] { read_csv("/"); }), "/: cannot be read: Is a directory");
}

TEST(ReadCsv, DashIsStandardInput) {
  std::istringstream in("a,b\n1,2\n3\n");
  std::streambuf* const before = std::cin.rdbuf(in.rdbuf());
  const std::string message = refusal([] { read_csv("-"); });
  std::cin.rdbuf(before);
  std::cin.clear();
  EXPECT_EQ(message, "standard input: row 2: 1 cell where the header has 2");
}

TEST(ReadCsv, RandomBytesAreReadOrRefused) {
  std::mt19937 random(2);
  const std::string alphabet = "a,\"\n\r \xEF,,\"\"1#b";
  int read = 0;
  for (int repetition = 0; repetition < 20'000; ++repetition) {
    std::string text = "a\n";
    for (std::size_t length = random() % 12; length > 0; --length) text += alphabet[random() % alphabet.size()];
    try {
      const Table table = csv(text);
      EXPECT_EQ(table.cell_ends.size(), table.columns.size() * (table.rows() + 1));
      EXPECT_EQ(table.cell_ends.back(), table.text.size());
      ++read;
    } catch (const InvalidData& error) {
      EXPECT_THAT(error.what(), StartsWith("data.csv: "));
    }
  }
  EXPECT_GT(read, 1000);
  EXPECT_LT(read, 19'000);
}

// ---- Cells as numbers.

TEST(ToNumbers, ReadsNumbersAsCDoes) {
  const Table table = csv("x\n1\n-2.5\n+3\n .5\t\n1.\n1e3\n-1.25E-2\n1e+2\n0.1\n1.7976931348623157e308\n007\n-0\n");
  const std::vector<double> expected = {
      1, -2.5, 3.0, 0.5, 1.0, 1000.0, -0.0125, 100.0, 0.1, std::numeric_limits<double>::max(), 7.0, -0.0};
  const RowMatrix numbers = to_numbers(table, std::array<std::size_t, 1>{0});
  ASSERT_EQ(numbers.size(), static_cast<Index>(expected.size()));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(same_bits(numbers(static_cast<Index>(i), 0), expected[i])) << table(i, 0);
  }
}

TEST(ToNumbers, RoundsAsStrtodDoes) {
  std::mt19937_64 random(3);
  std::string text = "x\n";
  std::vector<double> expected;
  while (expected.size() < 5000) {
    const auto value = std::bit_cast<double>(static_cast<std::uint64_t>(random()));
    if (!std::isfinite(value)) continue;
    std::array<char, 40> buffer{};
    // 15 digits round, 17 digits are exact.
    std::snprintf(buffer.data(), buffer.size(), expected.size() % 2 == 0 ? "%.15g" : "%.17g", value);
    if (!std::isfinite(std::strtod(buffer.data(), nullptr))) continue;
    text += buffer.data() + "\n"s;
    expected.push_back(std::strtod(buffer.data(), nullptr));
  }
  const Table table = csv(text);
  const RowMatrix numbers = to_numbers(table, std::array<std::size_t, 1>{0});
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_TRUE(same_bits(numbers(static_cast<Index>(i), 0), expected[i])) << table(i, 0);
  }
}

TEST(ToNumbers, RoundsWhatIsTooSmallTowardsZero) {
  const Table table = csv("x\n4.9e-324\n1e-310\n1e-400\n-1e-400\n0." + std::string(400, '0') +
                          "1\n1e-99999999999999999999\n0e99999\n2.4e-324\n2.5e-324\n");
  const double smallest = std::numeric_limits<double>::denorm_min();
  const std::vector<double> expected = {smallest, 1e-310, 0.0, -0.0, 0.0, 0.0, 0.0, 0.0, smallest};
  const RowMatrix numbers = to_numbers(table, std::array<std::size_t, 1>{0});
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(same_bits(numbers(static_cast<Index>(i), 0), expected[i])) << table(i, 0);
  }
}

TEST(ToNumbers, MissingIsNaN) {
  const std::vector<std::string> missing = {"",      " ",   "\t",  "NA",   " NA",  "NaN",
                                            "NaN\t", "nan", "NAN", "-nan", "\"\"", "\"NA\""};
  for (const std::string& cell : missing) {
    const NumericTable table = DataFile(csv("x,y\n" + cell + ",2\n")).numbers();
    EXPECT_TRUE(std::isnan(table.matrix()(0, 0))) << cell;
    EXPECT_EQ(table.matrix()(0, 1), 2.0);
  }
}

TEST(ToNumbers, RefusesAnythingElse) {
  EXPECT_EQ(number_refusal("setosa"),
            "data.csv: row 2, column 'species': 'setosa' is not a number; leave the column out (choose -species); if "
            "that stands for a missing value, declare it (missing code 'setosa'; an empty cell, NA and NaN always do)");
  for (const std::string cell :
       {"na",     "N/A", "N A", "nan(1)", "+",     "-",     "+-3", "-+3", "++3", "--3",      "0x10",
        "3.5 cm", "1e",  "e5",  ".",      "1.2.3", "1_000", "T",   "−3",  "٣",   "\"1\n2\"", "null"}) {
    EXPECT_THAT(number_refusal(cell), HasSubstr("' is not a number; leave the column out (choose -species); if "))
        << cell;
  }
  EXPECT_THAT(number_refusal("1 000"), HasSubstr("'1 000' is not a number: it has blanks in it"));
  for (const std::string cell : {"inf", "-inf", "+inf", "Inf", "INFINITY"}) {
    EXPECT_EQ(number_refusal(cell), "data.csv: row 2, column 'species': '" + cell + "' is not finite");
  }
  for (const std::string cell : {"1e999", "-1e999", "+1e309", "1.8e308", "1e99999999999999999999"}) {
    EXPECT_EQ(number_refusal(cell), "data.csv: row 2, column 'species': '" + cell + "' is too large for a double");
  }
  EXPECT_THAT(number_refusal(std::string(59, 'y') + "éé"),
              StartsWith("data.csv: row 2, column 'species': '" + std::string(59, 'y') + "…' is not a number; "));
}

TEST(ToNumbers, TheLocaleChangesNothing) {
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new CommaLocale));
  const RowMatrix numbers = to_numbers(csv("x\n1234.5\n1.5e-400\n"), std::array<std::size_t, 1>{0});
  std::ostringstream out;
  write_csv(out, std::vector{"x"s}, numbers);
  std::locale::global(before);
  EXPECT_EQ(out.str(), "x\n1234.5\n0\n");
}

// ---- The choice of columns.

const std::string three_columns = "a,b,w\n1,2,0.5\n3,4,0\n5,NA,2\n";

TEST(DataFileNumbers, AreAllColumnsByDefault) {
  const DataFile file(csv(three_columns));
  EXPECT_EQ(file.name(), "data.csv");
  EXPECT_EQ(file.rows(), 3U);
  EXPECT_THAT(file.columns(), ElementsAre("a", "b", "w"));
  ASSERT_NE(file.text(), nullptr);
  EXPECT_EQ((*file.text())(2, 1), "NA");

  const NumericTable data = file.numbers();
  EXPECT_THAT(data.columns(), ElementsAre("a", "b", "w"));
  EXPECT_FALSE(data.observations().weighted());
  EXPECT_EQ(data.matrix().row(1), Eigen::RowVector3d(3, 4, 0));
}

TEST(DataFileNumbers, TakeColumnsInTheOrderChosen) {
  const NumericTable data = DataFile(csv("a,kind,b\n1,x,2\n3,y,4\n")).numbers({.columns = {"b", "a"}});
  EXPECT_THAT(data.columns(), ElementsAre("b", "a"));
  EXPECT_EQ(data.matrix(), (RowMatrix(2, 2) << 2, 1, 4, 3).finished());
}

TEST(DataFileNumbers, TakeTheWeightsOutOfTheData) {
  const NumericTable data = DataFile(csv(three_columns)).numbers({.weights = "w"});
  EXPECT_THAT(data.columns(), ElementsAre("a", "b"));
  const Observations observations = data.observations();
  EXPECT_EQ(observations.size(), 3U);
  EXPECT_EQ(observations.dimension(), 2U);
  EXPECT_EQ(observations(1, 1), 4.0);
  EXPECT_EQ(observations.weight(0), 0.5);
  EXPECT_EQ(observations.weight(1), 0.0);
  EXPECT_EQ(observations.weight(2), 2.0);
}

TEST(DataFileNumbers, RefuseAChoiceThatCanNotBe) {
  const DataFile file(csv(three_columns));
  const auto refused = [&](const ColumnChoice& choice) { return refusal([&] { (void)file.numbers(choice); }); };
  EXPECT_EQ(refused({.columns = {"a", "c"}}), "data.csv: no column 'c'; it has 'a', 'b', 'w'");
  EXPECT_EQ(refused({.weights = "weight"}), "data.csv: no column 'weight'; it has 'a', 'b', 'w'");
  EXPECT_EQ(refused({.columns = {"a", "b", "a"}}), "data.csv: column 'a' is chosen twice");
  EXPECT_EQ(refused({.columns = {"a", "w"}, .weights = "w"}), "data.csv: column 'w' can't be both data and weights");
  const DataFile only_weights(csv("w\n1\n"));
  EXPECT_EQ(refusal([&] { (void)only_weights.numbers({.weights = "w"}); }), "data.csv: no column but the weights 'w'");

  std::string wide = "c1";
  for (int i = 2; i <= 25; ++i) wide += ",c" + std::to_string(i);
  EXPECT_THAT(refusal([&] { (void)DataFile(csv(wide + "\n" + wide + "\n")).position("x"); }),
              testing::AllOf(HasSubstr("'c20', and 5 more"), testing::Not(HasSubstr("c21"))));
}

TEST(DataFileNumbers, RefuseWeightsThatAreNone) {
  const auto refused = [](const std::string& weight) {
    return refusal(
        [&] { (void)DataFile(csv("a,w\n1,1\n2," + weight + "\n")).numbers({.columns = {"a"}, .weights = "w"}); });
  };
  EXPECT_EQ(refused("-1"), "data.csv: row 2, column 'w': the weight is -1; weights must be finite and not negative");
  EXPECT_EQ(refused("NA"), "data.csv: row 2, column 'w': the weight is missing");
  EXPECT_EQ(refused("inf"), "data.csv: row 2, column 'w': 'inf' is not finite; weights must be numbers");
}

TEST(NumericTable, SelectsColumnsAndKeepsWeights) {
  const NumericTable data("data", {"a", "b", "c"}, (RowMatrix(2, 3) << 1, 2, 3, 4, 5, 6).finished());
  const NumericTable selected = data.with_weights({0.5, 2}).select(std::array<std::size_t, 2>{2, 0});
  EXPECT_EQ(selected.name(), "data");
  EXPECT_THAT(selected.columns(), ElementsAre("c", "a"));
  EXPECT_EQ(selected.matrix(), (RowMatrix(2, 2) << 3, 1, 6, 4).finished());
  EXPECT_EQ(selected.observations().weight(0), 0.5);
  EXPECT_FALSE(data.observations().weighted());
  EXPECT_EQ(data.select(std::array<std::size_t, 3>{0, 1, 2}).matrix().data(), data.matrix().data());
}

TEST(NumericTable, NamesFileAndColumnOfWhatAModelRefuses) {
  const NumericTable data = DataFile(csv(three_columns)).numbers({.columns = {"w", "b"}});
  try {
    require_complete(data.observations());
    FAIL() << "not refused";
  } catch (const InvalidData& error) {
    EXPECT_EQ(data.sentence(error), "data.csv: row 3, column 'b': " + error.reason());
  }
  EXPECT_EQ(data.sentence(InvalidData("is wrong", 4)), "data.csv: row 4: is wrong");
  EXPECT_EQ(data.sentence(InvalidData("is wrong", {}, 1)), "data.csv: column 'w': is wrong");
  EXPECT_EQ(data.sentence(InvalidData("is wrong")), "data.csv: is wrong");
}

// ---- NumPy's .npy.

std::string from_hex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

// numpy.save of NumPy 1.24.2: numpy.array([[1.5, -2.25, 3e300], [numpy.nan, 0.1, -0.0]])
const std::string numpy_float64 = from_hex(
    "934e554d5059010076007b276465736372273a20273c6638272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065"
    "273a2028322c2033292c207d2020202020202020202020202020202020202020202020202020202020202020202020202020202020202020"
    "20202020202020202020202020200a000000000000f83f00000000000002c0355800662deb517e000000000000f87f9a9999999999b93f00"
    "00000000000080");

// numpy.save of NumPy 1.24.2: numpy.array([0.5, 0.1, -3], dtype='<f4')
const std::string numpy_float32 = from_hex(
    "934e554d5059010076007b276465736372273a20273c6634272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065"
    "273a2028332c292c207d2020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020"
    "202020202020202020202020200a0000003fcdcccc3d000040c0");

TEST(ReadNpy, ReadsWhatNumpyWrites) {
  const TemporaryFile file64(".npy", numpy_float64);
  const NumericTable table64 = read_npy(file64.path());
  EXPECT_THAT(table64.columns(), ElementsAre("x1", "x2", "x3"));
  ASSERT_EQ(table64.rows(), 2U);
  EXPECT_EQ(table64.matrix().row(0), Eigen::RowVector3d(1.5, -2.25, 3e300));
  EXPECT_TRUE(std::isnan(table64.matrix()(1, 0)));
  EXPECT_EQ(table64.matrix()(1, 1), 0.1);
  EXPECT_TRUE(same_bits(table64.matrix()(1, 2), -0.0));

  const TemporaryFile file32(".npy", numpy_float32);
  const NumericTable table32 = read_npy(file32.path());
  EXPECT_THAT(table32.columns(), ElementsAre("x1"));
  EXPECT_EQ(Vector(table32.matrix()), Eigen::Vector3d(0.5, static_cast<double>(0.1F), -3.0));
}

TEST(ReadNpy, ReadsEveryVersionOfTheFormat) {
  const std::vector<double> values = {1, 2, 3, 4, 5, 6};
  for (const int major : {1, 2, 3}) {
    const TemporaryFile file(".npy", npy(dictionary("'<f8'", "False", "(3, 2)"), bytes_of(values), major));
    EXPECT_EQ(read_npy(file.path()).matrix(), (RowMatrix(3, 2) << 1, 2, 3, 4, 5, 6).finished()) << major;
  }
  for (const std::string shape : {"(6,)", "(6L,)", "(6, 1)", "(6,1,)", "(6L, 1L)"}) {
    const TemporaryFile file(".npy", npy(dictionary("'<f8'", "False", shape), bytes_of(values)));
    EXPECT_EQ(Vector(read_npy(file.path()).matrix()), Eigen::Map<const Vector>(values.data(), 6)) << shape;
  }
}

// Were the file mapped, the first would change the table, and the second end the program.
TEST(ReadNpy, WhatIsWrittenToTheFileAfterwardsDoesNotMatter) {
  std::vector<double> values(100'000);
  std::iota(values.begin(), values.end(), 0.0);
  const TemporaryFile file(".npy", npy(dictionary("'<f8'", "False", "(100000,)"), bytes_of(values)));
  const NumericTable table = DataFile(read_npy(file.path())).numbers();
  std::fstream(file.path(), std::ios::binary | std::ios::in | std::ios::out).seekp(8000) << bytes_of<double>({-7.0});
  EXPECT_EQ(table.matrix().sum(), 99'999.0 * 50'000.0);
  for (const std::size_t left : {8192U, 1U, 0U}) {
    std::filesystem::resize_file(file.path(), left);
    EXPECT_EQ(table.matrix().sum(), 99'999.0 * 50'000.0);
  }
}

TEST(ReadNpy, ValuesOutliveTheFileAndItsReader) {
  std::optional<NumericTable> table;
  {
    const TemporaryFile file(".npy", numpy_float64);
    table = open_data(file.path()).numbers({.columns = {"x1", "x2", "x3"}});
  }
  EXPECT_EQ(table->observations()(0, 1), -2.25);
}

TEST(ReadNpy, CopiesWhatIsNotAligned) {
  const std::vector<double> doubles = {1, 2, 3};
  const std::vector<float> floats = {1, 2, 3};
  for (std::size_t shift = 0; shift < 8; ++shift) {
    const std::string spaces(shift, ' ');
    const TemporaryFile file64(".npy", npy(dictionary("'<f8'", "False", "(3,)") + spaces, bytes_of(doubles), 1, 1));
    EXPECT_EQ(Vector(read_npy(file64.path()).matrix()), Eigen::Vector3d(1, 2, 3)) << shift;
    const TemporaryFile file32(".npy", npy(dictionary("'<f4'", "False", "(3,)") + spaces, bytes_of(floats), 1, 1));
    EXPECT_EQ(Vector(read_npy(file32.path()).matrix()), Eigen::Vector3d(1, 2, 3)) << shift;
  }
}

TEST(ReadNpy, TakesColumnsAndWeightsByName) {
  const TemporaryFile file(".npy", npy(dictionary("'<f8'", "False", "(2, 3)"), bytes_of<double>({1, 2, 3, 4, 5, 6})));
  const DataFile data = open_data(file.path());
  EXPECT_EQ(data.text(), nullptr);
  EXPECT_EQ(data.rows(), 2U);
  const NumericTable chosen = data.numbers({.columns = {"x3", "x1"}, .weights = "x2"});
  EXPECT_THAT(chosen.columns(), ElementsAre("x3", "x1"));
  EXPECT_EQ(chosen.matrix(), (RowMatrix(2, 2) << 3, 1, 6, 4).finished());
  EXPECT_EQ(chosen.observations().weight(1), 5.0);
  EXPECT_EQ(refusal([&] { (void)data.numbers({.columns = {"heads"}}); }),
            file.path() + ": no column 'heads'; it has 'x1', 'x2', 'x3'");

  const double infinite = std::numeric_limits<double>::infinity();
  for (const double weight : {infinite, -1.0, not_a_number}) {
    const TemporaryFile bad(".npy", npy(dictionary("'<f8'", "False", "(1, 2)"), bytes_of<double>({1, weight})));
    EXPECT_THAT(refusal([&] { (void)open_data(bad.path()).numbers({.weights = "x2"}); }),
                StartsWith(bad.path() + ": row 1, column 'x2': the weight is "));
  }
}

TEST(ReadNpy, RefusesOtherArrays) {
  const std::string payload = bytes_of<double>({1, 2, 3, 4});
  const auto refused = [&](const std::string& type, const std::string& order, const std::string& shape) {
    return npy_refusal(npy(dictionary(type, order, shape), payload));
  };
  for (const std::string type : {"'>f8'", "'>i8'", "'<f2'", "'<c16'", "'|O'", "'<U8'"}) {
    EXPECT_EQ(refused(type, "False", "(4,)"),
              "numbers of type " + type +
                  "; allowed are float64, float32, integers and bool, little-endian; convert with array.astype('<f8')");
  }
  EXPECT_EQ(refused("'<f8'", "0", "(4,)"), "the 'fortran_order' in its header is neither True nor False");
  EXPECT_EQ(refused("[('a', '<f8')]", "False", "(4,)"),
            "the 'descr' in its header is not that of a plain array of numbers");
  EXPECT_EQ(refused("'<f8'", "False", "4"), "the 'shape' in its header is not that of a plain array of numbers");
  EXPECT_EQ(refused("'<f8'", "False", "(4"), "the 'shape' in its header is not that of a plain array of numbers");
  EXPECT_EQ(npy_refusal(npy("{'descr': '<f8', 'fortran_order': False}", payload)), "its header has no 'shape'");
  EXPECT_EQ(npy_refusal(npy("{'fortran_order': False", "")), "its header has no 'descr'");
  for (const std::string shape : {"()", "(2, 2, 1)", "(-4,)", "(2, -2)", "(,)"}) {
    EXPECT_EQ(refused("'<f8'", "False", shape),
              "an array of shape '" + shape + "'; allowed are one dimension, (N,), and two, (N, d)");
  }
  for (const std::string shape : {"(0,)", "(0, 4)", "(4, 0)"}) {
    EXPECT_EQ(refused("'<f8'", "False", shape), "an array of shape '" + shape + "' holds nothing");
  }
}

TEST(ReadNpy, RefusesAFileOfAnotherLength) {
  const std::string payload = bytes_of<double>({1, 2, 3, 4});
  const auto refused = [&](const std::string& shape) {
    return npy_refusal(npy(dictionary("'<f8'", "False", shape), payload));
  };
  EXPECT_EQ(refused("(5,)"), "the file ends before its 5×1 numbers do");
  EXPECT_EQ(refused("(3,)"), "the file goes on after its 3×1 numbers");
  // 2^61 × 8 bytes, and 2^32 × 2^32 numbers, are 0 modulo 2^64.
  EXPECT_EQ(refused("(2305843009213693952,)"), "the file ends before its 2305843009213693952×1 numbers do");
  EXPECT_EQ(refused("(4294967296, 4294967296)"), "the file ends before its 4294967296×4294967296 numbers do");
  EXPECT_EQ(refused("(99999999999999999999,)"), "an array of shape '(99999999999999999999,)' is too large");

  EXPECT_EQ(npy_refusal(""), "the file is empty");
  for (std::size_t length = 1; length < numpy_float64.size(); ++length) {
    const std::string message = npy_refusal(numpy_float64.substr(0, length));
    if (length < 6) {
      EXPECT_EQ(message, "not a NumPy .npy file: it doesn't begin with the mark of one");
    } else if (length < 128) {
      EXPECT_EQ(message, "the file ends within its header");
    } else {
      EXPECT_EQ(message, "the file ends before its 2×3 numbers do");
    }
  }
}

TEST(ReadNpy, RefusesOtherFiles) {
  EXPECT_EQ(npy_refusal("a,b\n1,2\n"), "not a NumPy .npy file: it doesn't begin with the mark of one");
  EXPECT_EQ(npy_refusal("\x93NUMPY\x04\0\x02\0\0\0{}"s),
            "version 4.0 of the .npy format; allowed are 1.0, 2.0 and 3.0");
  EXPECT_EQ(npy_refusal("\x93NUMPY\x01\x01\x02\0{}"s), "version 1.1 of the .npy format; allowed are 1.0, 2.0 and 3.0");
  EXPECT_EQ(npy_refusal("\x93NUMPY\x02\0\xFF\xFF\xFF\xFF{}"s),
            "a header of 4294967295 bytes; at most 10000 are allowed");
  EXPECT_EQ(refusal<Error>([] { read_npy("/nowhere/data.npy"); }),
            "/nowhere/data.npy: cannot be opened: No such file or directory");
  EXPECT_EQ(refusal<Error>([] { read_npy("/"); }), "/: cannot be read: not a regular file");
}

TEST(ReadNpy, SpoiltHeadersAreReadOrRefused) {
  std::mt19937 random(4);
  int refused = 0;
  for (int repetition = 0; repetition < 3000; ++repetition) {
    std::string spoilt = numpy_float64;
    for (int changes = 0; changes < 2; ++changes) spoilt[random() % 70] = static_cast<char>(random() % 256);
    const TemporaryFile file(".npy", spoilt);
    try {
      EXPECT_EQ(read_npy(file.path()).matrix().size(), 6);
    } catch (const InvalidData& error) {
      EXPECT_THAT(error.what(), testing::AllOf(StartsWith(file.path() + ": "), testing::Not(HasSubstr("\n"))));
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

TEST(OpenData, DecidesByTheEndingOfTheName) {
  const TemporaryFile text(".csv", three_columns);
  EXPECT_NE(open_data(text.path()).text(), nullptr);
  EXPECT_EQ(open_data(text.path()).name(), text.path());
  const TemporaryFile array(".npy", numpy_float32);
  EXPECT_EQ(open_data(array.path()).text(), nullptr);
  EXPECT_EQ(open_data(array.path()).name(), array.path());
}

// ---- Writing.

std::string written(std::span<const std::string> columns, const RowMatrix& values) {
  std::ostringstream out;
  write_csv(out, columns, values);
  return out.str();
}

std::string filled(const DataFile& file, const std::vector<std::string>& columns, const RowMatrix& values) {
  std::ostringstream out;
  write_filled(out, file, columns, values);
  return out.str();
}

TEST(WriteCsv, QuotesNamesAndWritesTheShortestNumbers) {
  EXPECT_EQ(written(std::vector{"component"s, "p,1"s, "say \"p\""s},
                    (RowMatrix(2, 3) << 1, 0.1, 1e300, 2, 1.0 / 3.0, not_a_number).finished()),
            "component,\"p,1\",\"say \"\"p\"\"\"\n1,0.1,1e+300\n2,0.3333333333333333,NaN\n");
  EXPECT_EQ(refusal([] { written(std::vector{"a"s}, RowMatrix::Zero(1, 2)); }), "1 name for 2 columns");
}

TEST(WriteCsv, NumbersComeBackWithTheSameBits) {
  std::mt19937_64 random(5);
  RowMatrix values(500, 2);
  for (double& value : values.reshaped()) {
    do {
      value = std::bit_cast<double>(static_cast<std::uint64_t>(random()));
    } while (!std::isfinite(value));
  }
  const RowMatrix read = DataFile(csv(written(std::vector{"a"s, "b"s}, values))).numbers().matrix();
  ASSERT_EQ(read.size(), values.size());
  for (Index i = 0; i < values.size(); ++i)
    EXPECT_TRUE(same_bits(read.data()[i], values.data()[i])) << values.data()[i];
}

TEST(WriteFilled, ChangesMissingCellsOfTheColumnsAndNoOther) {
  const DataFile file(
      csv("Ozone, Solar.R,\"note, long\",Wind\n41.0, 190 ,\"say \"\"x\"\"\",7.40\nNA,+1e2,,NaN\n,NA,NA,1e1\n"));
  RowMatrix values(3, 2);
  values << -1, -1, 0.1, -1, 1e-7, -1;
  EXPECT_EQ(filled(file, {"Ozone", "Wind"}, values),
            "Ozone, Solar.R,\"note, long\",Wind\n41.0, 190 ,\"say \"\"x\"\"\",7.40\n0.1,+1e2,,-1\n1e-07,NA,NA,1e1\n");
  EXPECT_EQ(filled(file, {"Wind"}, values.rightCols(1)),
            "Ozone, Solar.R,\"note, long\",Wind\n41.0, 190 ,\"say \"\"x\"\"\",7.40\nNA,+1e2,,-1\n,NA,NA,1e1\n");
}

TEST(WriteFilled, KeepsTheEndsOfLines) {
  EXPECT_EQ(filled(DataFile(csv("a,b\r\n1,2\r\n,4")), {"a"}, RowMatrix::Constant(2, 1, 3)), "a,b\r\n1,2\r\n3,4\r\n");
}

TEST(WriteFilled, EmptyCellOfASingleColumnIsNoBlankLine) {
  EXPECT_EQ(filled(DataFile(csv("a\n1\n\n2\n\"\"\n")), {}, RowMatrix(4, 0)), "a\n1\n\"\"\n2\n\"\"\n");
}

TEST(WriteFilled, WritesANumpyArrayWithTheNamesOfItsColumns) {
  const TemporaryFile file(".npy", numpy_float64);
  RowMatrix values = RowMatrix::Constant(2, 3, 9);
  EXPECT_EQ(filled(open_data(file.path()), {"x1", "x2", "x3"}, values), "x1,x2,x3\n1.5,-2.25,3e+300\n9,0.1,-0\n");
  EXPECT_EQ(filled(open_data(file.path()), {"x2"}, values.leftCols(1)), "x1,x2,x3\n1.5,-2.25,3e+300\nNaN,0.1,-0\n");
}

TEST(WriteFilled, RefusesWhatDoesNotFit) {
  const DataFile file(csv(three_columns));
  EXPECT_EQ(refusal([&] { filled(file, {"c"}, RowMatrix(3, 1)); }), "data.csv: no column 'c'; it has 'a', 'b', 'w'");
  EXPECT_EQ(refusal([&] { filled(file, {"a"}, RowMatrix(2, 1)); }), "data.csv: 2×1 values to fill in 3×1 of the file");
}

}  // namespace
}  // namespace latent
