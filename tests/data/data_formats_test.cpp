// What data files may look like beyond plain CSV and .npy: other separators, compression, other numbers.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "fixtures/own_folder.hpp"
#include "fixtures/refusal.hpp"
#include "latent/core/errors.hpp"
#include "latent/data/data_file.hpp"

namespace latent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

Table csv(const std::string& text) {
  std::istringstream in(text);
  return read_csv(in, "data.csv");
}

RowMatrix numbers(const std::string& text) { return DataFile(csv(text)).numbers().matrix(); }

std::string from_hex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

using DataFormats = OwnFolder;

// ---- Separators.

const RowMatrix two_by_two = (RowMatrix(2, 2) << 1.5, 2, 3, 4).finished();

TEST(Separators, AreCommaSemicolonOrTab) {
  for (const std::string separator : {",", ";", "\t"}) {
    const Table table = csv(fmt::format("a{0}b\n1.5{0}2\n3{0}4\n", separator));
    EXPECT_THAT(table.columns, ElementsAre("a", "b"));
    EXPECT_EQ(std::string(1, table.separator), separator);
    EXPECT_EQ(DataFile(table).numbers().matrix(), two_by_two);
  }
}

TEST(Separators, AreThoseThatDivideBothOfTheFirstLines) {
  EXPECT_EQ(numbers("length, cm\tweight, kg\n1.5\t2\n3\t4\n"), two_by_two);
  EXPECT_EQ(numbers("length, cm;weight\n1.5;2\n3;4\n"), two_by_two);
  EXPECT_EQ(numbers("\"a;b;c\",\"d;e\"\r\n1.5,2\r\n3,4"), two_by_two);
  EXPECT_EQ(numbers("a\t,\tb\n1.5\t,\t2\n3\t,\t4\n"), two_by_two);
  EXPECT_EQ(numbers("\xEF\xBB\xBF\"a\";\"b\"\n1.5;2\n3;4\n"), two_by_two);
  EXPECT_EQ(numbers("a;b\r1.5;2\r3;4\r"), two_by_two);
  EXPECT_EQ(csv("a\n1\n").separator, ',');
  EXPECT_EQ(csv("length, cm;weight, kg\n1,5;2,5\n").separator, ';');
}

// ---- Row names, as R's write.table writes them: the header has no name for them.

TEST(RowNames, MayHaveNoNameInTheHeader) {
  for (const std::string text : {R"("a","b"
"1",1.5,2
"7",3,4
)",
                                 "a,b\n1,1.5,2\n2,3,4\n", "a,b\nAnn,1.5,2\nBob,3,4\n", "a;b\n3;1.5;2\n9;3;4\n",
                                 "a\tb\n12\t1.5\t2\n7\t3\t4\n", "# of R\na,b\nx,1.5,2\ny,3,4\n"}) {
    const Table table = csv(text);
    EXPECT_THAT(table.columns, ElementsAre("", "a", "b")) << text;
    const NumericTable data = DataFile(table).numbers();
    EXPECT_EQ(data.matrix(), two_by_two) << text;
    EXPECT_THAT(data.notes(), ElementsAre(HasSubstr("taken for row names"))) << text;
  }
  EXPECT_EQ(numbers("\"a\"\n\"x\",1\n\"y\",2\n"), (RowMatrix(2, 1) << 1, 2).finished());
  EXPECT_EQ(numbers("a\n1;1\n2;2\n"), (RowMatrix(2, 1) << 1, 2).finished());
  EXPECT_EQ(numbers("a\n1\t1\n2\t2\n"), (RowMatrix(2, 1) << 1, 2).finished());
  EXPECT_EQ(DataFile(csv("a,b\nx,1.5,2\ny,3,4\n")).numbers({.columns = {"b"}, .weights = {}}).matrix(),
            (RowMatrix(2, 1) << 2, 4).finished());
}

TEST(RowNames, AreWrittenBackAsTheyWereRead) {
  const std::string text = "a,b\nx,1,NA\ny,3,4\n";
  std::ostringstream out;
  write_filled(out, DataFile(csv(text)), std::vector<std::string>{"b"}, RowMatrix::Constant(2, 1, 2.5));
  EXPECT_EQ(out.str(), "a,b\nx,1,2.5\ny,3,4\n");
}

// Numbers that a decimal comma cuts in two are not taken for row names, nor are rows that end in a separator.
TEST(RowNames, AreNotPartsOfNumbers) {
  const std::string longer =
      "row 1: 2 cells where the header has 1; if 1,5 is one number with a decimal comma, write it "
      "as 1.5, with a point";
  EXPECT_EQ(refusal([] { csv("a\n1,5\n2,7\n"); }), "data.csv: " + longer);
  EXPECT_THAT(refusal([] { csv("a,b\n1,5,2\n3,5,1\n"); }), HasSubstr("row 1: 3 cells where the header has 2; if 1,5 "));
  EXPECT_THAT(refusal([] { csv("a,b\n-2,5,2\n3,5,1\n"); }), HasSubstr("if -2,5 is one number"));
  EXPECT_EQ(refusal([] { csv("a,b\nx,2,\ny,3,\n"); }), "data.csv: row 1: 3 cells where the header has 2");
  EXPECT_EQ(
      refusal([] { csv("a,b\n1,2\nx,3.5,y\n"); }),
      "data.csv: row 2: 3 cells where the header has 2; if the first cell is the name of the row, the header must "
      "begin with a name for such cells");
  EXPECT_EQ(refusal([] { csv("a,b\nx,1,2\n3,4\n"); }), "data.csv: row 2: 2 cells where the first row has 3");
  EXPECT_THAT(refusal([] { numbers("a,b\n1,1.5,2\n2,1,1\n2,3,4\n"); }),
              HasSubstr("row 1: 3 cells where the header has 2; if the first cell is the name of the row"));
}

// Two rows that begin with 1 and 2 may be numbered; of more rows all that are at hand must be.
TEST(RowNames, ArePartsOfNumbersIfTheyDoNotGoOn) {
  const std::string decimal = "if 1,5 is one number with a decimal comma, write it as 1.5, with a point";
  for (const std::string end : {"", "\n", "\r\n"}) {
    EXPECT_THAT(refusal([&] { csv("x,y\n1,5,2\n2,7,3\n1,8,4" + end); }), HasSubstr(decimal)) << end;
    EXPECT_THAT(refusal([&] { csv("x,y\r\n1,5,2\r\n2,7,3\r\n5,8,4" + end); }), HasSubstr(decimal)) << end;
  }
  const auto notes = [](const std::string& text) { return DataFile(csv(text)).numbers().notes(); };
  EXPECT_THAT(notes("x,y\n1,5,2\n2,7,3\n"),
              ElementsAre("the first column has no name: it is taken for row names, and left out; " + decimal));
  // Decimal points elsewhere in the rows, separators that are no commas, and many rows leave no doubt.
  EXPECT_THAT(notes("x,y\n1,5.5,2.5\n2,7,3\n"), ElementsAre(testing::EndsWith("left out")));
  EXPECT_THAT(notes("x;y\n1;5;2\n2;7;3\n"), ElementsAre(testing::EndsWith("left out")));
  std::string many = "x,y\n";
  for (int i = 1; i <= 12; ++i) many += fmt::format("{},{},{}\n", i, 5 * i % 7, i % 3);
  EXPECT_THAT(notes(many), ElementsAre(testing::EndsWith("left out")));
}

TEST(RowNames, AreNotTakenFromALineAfterATitle) {
  const std::string remedy = "; if lines stand before the header, remove them, or begin them with #";
  EXPECT_EQ(refusal([] { csv("%matlab\na,b\n1,2\n"); }), "data.csv: row 1: 2 cells where the header has 1" + remedy);
  EXPECT_EQ(refusal([] { csv("Station 12\nof 2020\na,b\n1,2\n"); }),
            "data.csv: row 2: 2 cells where the header has 1" + remedy);
  EXPECT_THAT(csv("\"a\"\n\"x\",NA\n\"y\",1\n").columns, ElementsAre("", "a"));
}

TEST(Columns, FaultsOfNumbersInSeveralColumnsAreNamed) {
  const std::string message = refusal([] { numbers("a,b,c\n1.0D+03,2.5d1,9007199254740993\n1,2,3\n"); });
  EXPECT_THAT(message, HasSubstr("; '1.0D+03' is not a number: the letter of its exponent is D, as Fortran writes it"));
  EXPECT_THAT(message, HasSubstr("; '9007199254740993' is a whole number beyond 2^53, which a double does not hold"));
  EXPECT_THAT(message, testing::Not(HasSubstr("2.5d1' is not a number: ")));
}

TEST(Columns, ACodeBesideThoseDeclaredIsDeclaredAsWell) {
  Table table = csv("age,chol\n63,233\n?,250\n41,.\n57,354\n");
  table.missing = {"?"};
  EXPECT_THAT(refusal([&] { (void)DataFile(table).numbers(); }),
              HasSubstr("if that stands for a missing value, declare it as well (missing code '.'; "));
}

TEST(Separators, AreNotBlanks) {
  EXPECT_THAT(refusal([] { csv("\"a\" \"b\"\n\"1\" 1.5 2\n"); }),
              HasSubstr("header: a double quote out of place; cells are separated by commas, semicolons or tabs"));
  EXPECT_EQ(refusal([] { numbers("a b\n1.5 2\n3 4\n"); }),
            "data.csv: row 1, column 'a b': '1.5 2' is not a number: it has blanks in it; between cells there must be "
            "commas, semicolons or tabs, and between thousands nothing");
}

TEST(Separators, DecimalCommasOfSeveralColumnsAreNamed) {
  EXPECT_EQ(
      refusal([] { numbers("a;b;c\n1,5;2,7;1\n2;3,5;4\n"); }),
      "data.csv: 2 columns hold cells that are not usable as numbers: 'a' (1 of 2 cells, as '1,5' in row 1), 'b' (2 "
      "of 2 cells, as '2,7' in row 1); the other columns can be read without them (choose numeric); numbers are read "
      "with a decimal "
      "point and nothing between thousands; if it is a decimal comma, replace it by a point: sed 's/,/./g' data.csv "
      ">with-points.csv");
}

TEST(Separators, AWrongNumberOfCellsIsStillRefused) {
  EXPECT_EQ(refusal([] { csv("a;b;c\n1;2\n3;4\n"); }), "data.csv: row 1: 2 cells where the header has 3");
}

TEST(Separators, AreWrittenAsTheyWereRead) {
  const DataFile file(csv("a;b;c, d\r\n1;;\"x;y\"\r\n"));
  std::ostringstream out;
  write_filled(out, file, std::vector<std::string>{"b"}, RowMatrix::Constant(1, 1, 2.5));
  EXPECT_EQ(out.str(), "a;b;c, d\r\n1;2.5;\"x;y\"\r\n");
}

TEST(RowNames, AHeaderWithALineBreakInQuotesLacksNoName) {
  EXPECT_EQ(DataFile(csv("\"Height\n(cm, approx)\",weight\n1,2\n3,4\n")).numbers().columns(),
            (std::vector<std::string>{"Height\n(cm, approx)", "weight"}));
}

TEST(Separators, ADecimalCommaIsRefusedInWords) {
  const std::string reason =
      "is not a number: it has a comma, and numbers are read with a decimal point and nothing between thousands";
  const std::string if_decimal = reason + "; if it is a decimal comma, ";
  const std::string sed = "replace it by a point: sed 's/,/./g' data.csv >with-points.csv";
  const std::string by_r = "export the data with a decimal point (in R by write.csv, not write.csv2)";
  EXPECT_EQ(refusal([] { numbers("a;b\n1;2\n3;4,5\n"); }), "data.csv: row 2, column 'b': '4,5' " + if_decimal + sed);
  EXPECT_EQ(refusal([] { numbers("a,b\n1,\"-2,5e3\"\n"); }),
            "data.csv: row 1, column 'b': '-2,5e3' " + if_decimal + by_r);
  EXPECT_EQ(refusal([] { numbers("a\tb\n1\t1,234.5\n"); }),
            "data.csv: row 1, column 'b': '1,234.5' " + reason + "; remove commas between thousands");
  EXPECT_THAT(refusal([] { numbers("a;b\n1;Smith, J\n"); }),
              HasSubstr("is not a number; leave the column out (choose -b)"));
}

// ---- Quotes: what the full grammar reads between lines that are read without it.

TEST(Quotes, InSomeLinesOnly) {
  std::string text = "\"a\",b\n";
  std::vector<std::pair<std::string, std::string>> expected;
  for (int row = 0; row < 30; ++row) {
    const std::string number = std::to_string(row);
    switch (row % 5) {
      case 0:
        text += number + ",plain\r\n";
        expected.emplace_back(number, "plain");
        break;
      case 1:
        text += "\"" + number + "\",\"two\nlines, \"\"quoted\"\"\n\n\"\n";
        expected.emplace_back(number, "two\nlines, \"quoted\"\n\n");
        break;
      case 2:
        text += number + ",\"\r\"\r";
        expected.emplace_back(number, "\r");
        break;
      case 3:
        text += "," + number + "\r";
        expected.emplace_back("", number);
        break;
      default:
        text += number + ",\"\"\n";
        expected.emplace_back(number, "");
    }
  }
  const Table table = csv(text);
  ASSERT_EQ(table.rows(), expected.size());
  for (std::size_t row = 0; row < table.rows(); ++row) {
    EXPECT_EQ(table(row, 0), expected[row].first) << row;
    EXPECT_EQ(table(row, 1), expected[row].second) << row;
  }
}

// ---- Many rows, which are read by several threads.

TEST(ManyRows, TheFirstFaultIsNamed) {
  std::string text = "a,b\n";
  for (int row = 1; row <= 20'000; ++row) text += row == 9001 || row == 15'000 ? "1,x\n" : "1,2\n";
  for (int repetition = 0; repetition < 5; ++repetition) {
    EXPECT_THAT(refusal([&] { numbers(text); }), StartsWith("data.csv: row 9001, column 'b': 'x' is not a number"));
  }
}

// ---- Compression. The bytes are those of gzip 1.12, of the library of zstd 1.5.4 (with a checksum, as the command
// writes it), and of NumPy 1.24.2.

const std::string csv_gz = from_hex("1f8b08000000000000034bd449e232d431e232d631e10200e5e9d6ce0c000000");
const std::string csv_zst = from_hex("28b52ffd240c610000612c620a312c320a332c340ae1b3cb2e");
const std::string npy_gz = from_hex(
    "1f8b08000000000002039bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a1aea3a09e965f54529498179f5f94920a12774bcc294e"
    "05"
    "8a17672416a402f91a463a0a469a3a0ab50a64032e0630f8610fa1190ecc9a09023ba17c0107001cfcbd71a0000000");
const std::string npy_zst = from_hex(
    "28b52ffd24a0fd0200d404934e554d5059010076007b276465736372273a20273c6638272c2027666f727472616e5f6f72646546616c73652c"
    "20"
    "277368617065273a2028322c2032292c207d200a00f83f00c09a99b9104006003353003bc00c70618dbb815da71e5938198b");

TEST_F(DataFormats, CompressedFilesAreReadByTheirEnding) {
  const RowMatrix in_csv = (RowMatrix(2, 2) << 1, 2, 3, 4).finished();
  const RowMatrix in_npy = (RowMatrix(2, 2) << 1.5, -2, 0.1, 4).finished();
  EXPECT_EQ(open_data(file("a.csv.gz", csv_gz)).numbers().matrix(), in_csv);
  EXPECT_EQ(open_data(file("a.csv.zst", csv_zst)).numbers().matrix(), in_csv);
  EXPECT_EQ(open_data(file("a.npy.gz", npy_gz)).numbers().matrix(), in_npy);
  EXPECT_EQ(open_data(file("a.npy.zst", npy_zst)).numbers().matrix(), in_npy);
}

// Files joined end to end are one, as for gzip and zstd; these are longer than any block that is read at once.
TEST_F(DataFormats, CompressedFilesMayBeOfSeveralPieces) {
  const std::string row_gz = from_hex("1f8b0800000000000003333631d5313135e302004b6eea5608000000");  // "345,456\n"
  std::string pieces = csv_gz;
  for (int i = 0; i < 20'000; ++i) pieces += row_gz;
  const RowMatrix all = open_data(file("a.csv.gz", pieces)).numbers().matrix();
  ASSERT_EQ(all.rows(), 20'002);
  EXPECT_EQ(all.bottomRows(20'000).colwise().sum(), Eigen::RowVector2d(345 * 20'000, 456 * 20'000));
}

// As on tapes, and as gzip reads it.
TEST_F(DataFormats, ZerosAfterGzipFillUp) {
  const RowMatrix expected = (RowMatrix(2, 2) << 1, 2, 3, 4).finished();
  EXPECT_EQ(open_data(file("a.csv.gz", csv_gz + std::string(700, '\0'))).numbers().matrix(), expected);
}

TEST_F(DataFormats, ALinkToItselfIsRefusedByName) {
  const std::string path = file("loop.npy", "");
  std::filesystem::remove(path);
  std::filesystem::create_symlink(path, path);
  EXPECT_THAT([&] { (void)open_data(path); }, testing::ThrowsMessage<Error>(StartsWith(path + ": cannot be opened: ")));
}

TEST_F(DataFormats, TruncatedFilesAreRefusedByName) {
  const auto every_part_is_refused = [&](const std::string& name, const std::string& whole, const std::string& method) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const std::string path = file(name, whole.substr(0, length));
      EXPECT_EQ(refusal([&] { (void)open_data(path); }),
                fmt::format("{}: the file ends before its {} data do", path, method))
          << length;
    }
  };
  every_part_is_refused("a.csv.gz", csv_gz, "gzip");
  every_part_is_refused("a.csv.zst", csv_zst, "zstd");
  every_part_is_refused("a.npy.gz", npy_gz, "gzip");
  every_part_is_refused("a.npy.zst", npy_zst, "zstd");
}

TEST_F(DataFormats, DamagedFilesAreRefusedOrTheSame) {
  const auto spoil_every_byte = [&](const std::string& name, const std::string& whole) {
    const RowMatrix right = open_data(file(name, whole)).numbers().matrix();
    std::size_t refused = 0;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      std::string spoilt = whole;
      spoilt[i] = static_cast<char>(spoilt[i] ^ 0x55);
      const std::string path = file(name, spoilt);
      try {
        EXPECT_EQ(open_data(path).numbers().matrix(), right) << i;  // as where gzip keeps the time
      } catch (const InvalidData& error) {
        EXPECT_THAT(error.what(), StartsWith(path + ": "));
        ++refused;
      }
    }
    EXPECT_GT(refused, whole.size() / 2);
  };
  spoil_every_byte("a.csv.gz", csv_gz);
  spoil_every_byte("a.csv.zst", csv_zst);
  spoil_every_byte("a.npy.gz", npy_gz);
  spoil_every_byte("a.npy.zst", npy_zst);
}

TEST_F(DataFormats, WhatIsNotCompressedIsRefusedByName) {
  for (const std::string method : {"gzip", "zstd"}) {
    const std::string path = file(method == "gzip" ? "a.csv.gz" : "a.csv.zst", "a,b\n1,2\n");
    EXPECT_THAT(
        refusal([&] { (void)open_data(path); }),
        StartsWith(fmt::format("{}: it is not compressed by {}, although its name ends so; rename it", path, method)));
  }
  EXPECT_THROW((void)open_data("/nowhere/a.csv.gz"), Error);
}

// ---- Arrays of other numbers, and in the other order. The bytes are those of NumPy 1.24.2.

// numpy.asfortranarray(numpy.array([[1.5, 2, 3], [4, 5, 6]]))
TEST_F(DataFormats, FortranOrderIsRead) {
  const std::string path = file(
      "a.npy",
      from_hex("934e554d5059010076007b276465736372273a20273c6638272c2027666f727472616e5f6f72646572273a20547275652c20"
               "277368617065273a2028322c2033292c207d2020202020202020202020202020202020202020202020202020202020202020"
               "2020202020202020202020202020202020202020202020202020200a000000000000f83f0000000000001040000000000000"
               "0040000000000000144000000000000008400000000000001840"));
  EXPECT_EQ(open_data(path).numbers().matrix(), (RowMatrix(2, 3) << 1.5, 2, 3, 4, 5, 6).finished());
}

// numpy.array([[1, -2], [3, 2**53]])
const std::string integers = from_hex(
    "934e554d5059010076007b276465736372273a20273c6938272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065"
    "273a2028322c2032292c207d202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020"
    "2"
    "02020202020202020202020200a0100000000000000feffffffffffffff03000000000000000000000000002000");

TEST_F(DataFormats, IntegersAreReadWhereADoubleHoldsThem) {
  EXPECT_EQ(open_data(file("a.npy", integers)).numbers().matrix(),
            (RowMatrix(2, 2) << 1, -2, 3, 9007199254740992).finished());
  std::string too_large = integers;
  too_large[too_large.size() - 8] = 1;
  const std::string path = file("b.npy", too_large);
  EXPECT_EQ(refusal([&] { (void)open_data(path).numbers(); }),
            path +
                ": row 2, column 'x2': 9007199254740993 is a whole number beyond 2^53, which a double does not hold; "
                "leave the column out (choose -x2)");
  EXPECT_EQ(open_data(path).numbers({.columns = {"x1"}}).rows(), 2U);
}

TEST_F(DataFormats, SmallIntegersAndTruthValuesAreRead) {
  const auto array_of = [&](const std::string& type, const std::string& bytes) {
    std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (2,), }\n";
    return file(type.substr(1) + ".npy",
                from_hex("934e554d50590100") + static_cast<char>(header.size()) + '\0' + header + bytes);
  };
  const auto read = [](const std::string& path) { return Vector(open_data(path).numbers().matrix()); };
  EXPECT_EQ(read(array_of("|b1", from_hex("0100"))), Eigen::Vector2d(1, 0));
  EXPECT_EQ(read(array_of("|i1", from_hex("80ff"))), Eigen::Vector2d(-128, -1));
  EXPECT_EQ(read(array_of("|u1", from_hex("80ff"))), Eigen::Vector2d(128, 255));
  EXPECT_EQ(read(array_of("<i2", from_hex("0080ffff"))), Eigen::Vector2d(-32768, -1));
  EXPECT_EQ(read(array_of("<u2", from_hex("0080ffff"))), Eigen::Vector2d(32768, 65535));
  EXPECT_EQ(read(array_of("<i4", from_hex("00000080ffffffff"))), Eigen::Vector2d(-2147483648.0, -1));
  EXPECT_EQ(read(array_of("<u4", from_hex("00000080ffffffff"))), Eigen::Vector2d(2147483648.0, 4294967295.0));
}

}  // namespace
}  // namespace latent
