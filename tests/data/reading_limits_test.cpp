// Files that hold more than they seem to: what is taken into memory has limits.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <istream>
#include <limits>
#include <sstream>
#include <streambuf>
#include <string>

#include "fixtures/own_folder.hpp"
#include "fixtures/refusal.hpp"
#include "latent/core/errors.hpp"
#include "latent/core/memory.hpp"
#include "latent/data/data_file.hpp"

namespace latent {
namespace {

using testing::HasSubstr;

std::string csv_refusal(const std::string& text, const ReadingLimits& limits) {
  std::istringstream in(text);
  return refusal([&] { (void)read_csv(in, "data.csv", limits); });
}

// A text, and then another one over and over, without an end. It counts what is read.
class Endless final : public std::streambuf {
 public:
  Endless(const std::string& first, const std::string& then) : text_(first) {
    constexpr std::size_t block = 1 << 16;
    while (again_.size() < block) again_ += then;
    setg(text_.data(), text_.data(), text_.data() + text_.size());
    read_ = text_.size();
  }
  [[nodiscard]] std::size_t read() const { return read_; }

 protected:
  int_type underflow() override {
    setg(again_.data(), again_.data(), again_.data() + again_.size());
    read_ += again_.size();
    return traits_type::to_int_type(again_.front());
  }

 private:
  std::string text_;
  std::string again_;
  std::size_t read_ = 0;
};

constexpr std::uint64_t row_limit = 1'000'000;
constexpr ReadingLimits small = {.data = 5'000'000, .row = row_limit};

// What the refusal of an endless stream says. It must come before much more than the limits is read.
std::string endless_refusal(const std::string& first, const std::string& then) {
  Endless buffer(first, then);
  std::istream in(&buffer);
  const std::string message = refusal([&] { (void)read_csv(in, "data.csv", small); });
  EXPECT_LT(buffer.read(), 3 * *small.data);
  return message;
}

TEST(ReadingLimits, EndALineThatDoesNotEnd) {
  const std::string too_long = "a line of more than 1 MB, the most that a row may have; see ReadingLimits::row";
  EXPECT_EQ(endless_refusal("", "a"), "data.csv: header: " + too_long);
  EXPECT_EQ(endless_refusal("", "a,"), "data.csv: header: " + too_long);
  EXPECT_EQ(endless_refusal("x,y\n", "1"), "data.csv: row 1: " + too_long);
  EXPECT_EQ(endless_refusal("x,y\n1,2\n", "1"), "data.csv: row 2: " + too_long);
  EXPECT_EQ(endless_refusal("x\n1\n2\n3\n", "1,"), "data.csv: row 4: " + too_long);
  EXPECT_EQ(endless_refusal("x,y\n1,2\n", "\xC3\xA4"), "data.csv: row 2: " + too_long);
}

TEST(ReadingLimits, EndAQuotedCellThatDoesNotEnd) {
  const std::string open =
      "a quoted cell goes on over several lines, together more than 1 MB, the most that a row may have; close its "
      "quote, or see ReadingLimits::row";
  EXPECT_EQ(endless_refusal("x,y\n\"", "1,2\n"), "data.csv: row 1: " + open);
  EXPECT_EQ(endless_refusal("\"x,y\n", "1,2\n"), "data.csv: header: " + open);
  EXPECT_EQ(endless_refusal("x,y\n1,2\n3,\"", "1,2\r\n"), "data.csv: row 2: " + open);
  // Without lines it is a line that doesn't end.
  EXPECT_THAT(endless_refusal("x,y\n1,2\n\"", "1"), HasSubstr("data.csv: row 2: "));
}

TEST(ReadingLimits, EndComments) {
  EXPECT_EQ(endless_refusal("", "# 1\n"),
            "data.csv: more than 1 MB of lines that begin with # before the header; see ReadingLimits::row");
  EXPECT_THAT(endless_refusal("", "#"), HasSubstr("ReadingLimits::row"));
}

TEST(ReadingLimits, EndDataWithoutAnEnd) {
  const std::string too_much =
      ": the data up to here take more than the 5 MB that are allowed; see ReadingLimits::data";
  // A row of "1,2" takes 2 bytes of text, and 16 for where its cells end; the header as many.
  EXPECT_EQ(endless_refusal("x,y\n", "1,2\n"), fmt::format("data.csv: row {}{}", 5'000'000 / 18, too_much));
  // A blank line is a missing value of one column, once another value follows.
  EXPECT_THAT(csv_refusal("x\n1" + std::string(1'000'000, '\n') + "2\n", small), HasSubstr(too_much));
}

TEST(ReadingLimits, BytesThatAreZeroAreRefusedAtOnce) {
  Endless buffer("", std::string(1, '\0'));
  std::istream in(&buffer);
  EXPECT_THAT(refusal([&] { (void)read_csv(in, "data.csv"); }), HasSubstr("bytes that are zero"));
  EXPECT_LT(buffer.read(), 2'000'000U);
}

// Up to the limit nothing is refused, and beyond it all is, wherever blocks of the file end.
TEST(ReadingLimits, AreExact) {
  for (const std::size_t size : {100U, 300'000U}) {
    const std::string line = "1," + std::string(size - 2, '2');
    for (const std::string before : {"x,y\n", "x,y\n3,4\n", "# comment\nx,y\n"}) {
      std::istringstream in(before + line + "\n5,6\n");
      EXPECT_NO_THROW((void)read_csv(in, "data.csv", {.row = size}));
      EXPECT_THAT(csv_refusal(before + line + "\n5,6\n", {.row = size - 1}), HasSubstr("ReadingLimits::row"));
      EXPECT_THAT(csv_refusal(before + line, {.row = size - 1}), HasSubstr("ReadingLimits::row"));
    }
    std::istringstream quoted(fmt::format("x,y\n\"{}\n{}\",1\n", std::string(size, 'a'), std::string(size, 'b')));
    EXPECT_NO_THROW((void)read_csv(quoted, "data.csv", {.row = 2 * size + 6}));
    EXPECT_THAT(csv_refusal(quoted.str(), {.row = 2 * size + 5}), HasSubstr("ReadingLimits::row"));
  }
  std::istringstream in("x,y\n1,2\n3,4\n");  // 6 letters, 6 cells
  EXPECT_NO_THROW((void)read_csv(in, "data.csv", {.data = 6 + 6 * 8}));
  EXPECT_EQ(
      csv_refusal("x,y\n1,2\n3,4\n", {.data = 5 + 6 * 8}),
      "data.csv: row 2: the data up to here take more than the 53 bytes that are allowed; see ReadingLimits::data");
}

TEST(ReadingLimits, MayBeAsLargeAsTheirType) {
  // A first row that is longer than a block, so that its end isn't seen at once.
  std::istringstream in("x,y\n1," + std::string(3'000'000, '0') + "2\n3,4\n");
  EXPECT_NO_THROW((void)read_csv(in, "data.csv", {.row = std::numeric_limits<std::uint64_t>::max()}));
}

class ReadingLimitsOfFiles : public OwnFolder {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const { return (folder() / name).string(); }
  // A gzip file of a text, and of another one so many times.
  [[nodiscard]] std::string compressed(const std::string& name, const std::string& first, const std::string& then,
                                       int times) const {
    const gzFile out = gzopen(path(name).c_str(), "wb1");
    gzwrite(out, first.data(), static_cast<unsigned>(first.size()));
    for (int i = 0; i < times; ++i) gzwrite(out, then.data(), static_cast<unsigned>(then.size()));
    gzclose(out);
    return path(name);
  }
};

std::string npy(const std::string& shape, const std::string& type = "<f8") {
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type, shape);
  header.resize(118 - 1, ' ');
  return std::string("\x93NUMPY\x01\0", 8) + std::string("\x76\0", 2) + header + '\n';
}

TEST_F(ReadingLimitsOfFiles, ACompressedArrayIsNotReadBeyondItsShape) {
  const std::string zeros(1'000'000, '\0');
  const std::string right = compressed("right.npy.gz", npy("125000, 2"), zeros, 2);
  EXPECT_EQ(open_data(right).numbers().rows(), 125'000U);
  EXPECT_EQ(open_data(right, {.limits = {.data = 2'000'000}}).numbers().rows(), 125'000U);
  EXPECT_EQ(refusal([&] { (void)open_data(right, {.limits = {.data = 1'999'999}}); }),
            right + ": the data take 2 MB, which is more than the 2 MB that are allowed; see ReadingLimits::data");
  const std::string longer = compressed("longer.npy.gz", npy("125000, 2"), zeros, 100);
  EXPECT_EQ(refusal([&] { (void)open_data(longer); }), longer + ": the file goes on after its 125000×2 numbers");
  const std::string shorter = compressed("shorter.npy.gz", npy("250000, 2"), zeros, 2);
  EXPECT_EQ(refusal([&] { (void)open_data(shorter); }), shorter + ": the file ends before its 250000×2 numbers do");
  const std::string huge = compressed("huge.npy.gz", npy("10000000000000, 2"), zeros, 2);
  EXPECT_THAT(refusal([&] { (void)open_data(huge); }), HasSubstr(": the data take 160 TB, which is more than the "));
  const std::string wrapped = compressed("wrapped.npy.gz", npy("4611686018427387904, 4"), zeros, 2);
  EXPECT_THAT(refusal([&] { (void)open_data(wrapped); }), HasSubstr(": the data take 148 EB, which is more than the "));
}

// A number of one byte becomes one of eight.
TEST_F(ReadingLimitsOfFiles, SmallNumbersCountAsDoubles) {
  const std::string bytes = file("bytes.npy", npy("1000, 1", "|u1") + std::string(1000, '\1'));
  EXPECT_EQ(open_data(bytes, {.limits = {.data = 8000}}).numbers().rows(), 1000U);
  EXPECT_EQ(refusal([&] { (void)open_data(bytes, {.limits = {.data = 7999}}); }),
            bytes + ": the data take 8 kB, which is more than the 8 kB that are allowed; see ReadingLimits::data");
}

TEST_F(ReadingLimitsOfFiles, APlainFileIsRefusedByItsSize) {
  if (memory_at_hand() > 1'000'000'000'000) GTEST_SKIP() << "there is memory for it";
  const std::string plain = file("plain.csv", "x,y\n1,2\n3,4\n");
  EXPECT_EQ(
      refusal([&] { (void)open_data(plain, {.limits = {.data = 10}}); }),
      plain + ": the data take 12 bytes, which is more than the 10 bytes that are allowed; see ReadingLimits::data");
  // A file of holes, larger than memory; its bytes are not read.
  const std::string sparse = file("sparse.csv", "x,y\n");
  std::filesystem::resize_file(sparse, 2'000'000'000'000);
  EXPECT_THAT(refusal([&] { (void)open_data(sparse); }), HasSubstr(": the data take 2 TB, which is more than the "));
  EXPECT_THAT(refusal([&] { (void)open_data(sparse); }), HasSubstr(" of memory that there are; take fewer rows"));
}

TEST_F(ReadingLimitsOfFiles, AFolderIsNamed) {
  for (const std::string name : {"a.csv", "a.npy", "a.csv.gz", "a.npy.gz", "a.csv.zst"}) {
    std::filesystem::create_directory(path(name));
    try {
      (void)open_data(path(name));
      FAIL() << name;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), testing::StartsWith(path(name) + ": cannot be read: "));
    }
  }
}

}  // namespace
}  // namespace latent
