#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <new>
#include <type_traits>

#include "core/in_quotes.hpp"
#include "data/compressed_file.hpp"
#include "data/data_limit.hpp"
#include "data/file_format.hpp"
#include "data/npy_array.hpp"
#include "latent/core/errors.hpp"
#include "latent/core/memory.hpp"
#include "latent/data/data_file.hpp"

// The format: NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays".
namespace latent {
namespace {

static_assert(std::endian::native == std::endian::little, "the numbers of a .npy file are used as they lie there");

[[noreturn]] void refuse(const std::string& path, std::string_view reason) {
  throw InvalidData(fmt::format("{}: {}", path, reason));
}

constexpr std::size_t longest_dictionary = 10'000;  // NumPy's own limit for a file that is not trusted
constexpr std::size_t largest_header = longest_dictionary + npy_mark.size() + 6;  // with version and length

// What the header says, which is a Python dictionary such as
// {'descr': '<f8', 'fortran_order': False, 'shape': (272, 2), }
struct Header {
  std::string_view dictionary;
  std::size_t end;  // where the numbers begin, in bytes from the start of the file
};

Header read_header(const std::string& path, std::string_view bytes) {
  constexpr std::string_view magic = npy_mark;
  if (!bytes.starts_with(magic)) {
    const auto format = foreign_format(bytes.substr(0, bytes_that_tell_the_format), path);
    refuse(path, format.value_or("not a NumPy .npy file: it doesn't begin with the mark of one"));
  }

  const auto byte = [&](std::size_t i) {
    if (i >= bytes.size()) refuse(path, "the file ends within its header");
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i]));
  };
  const std::size_t major = byte(magic.size());
  const std::size_t minor = byte(magic.size() + 1);
  if (major < 1 || major > 3 || minor != 0) {
    refuse(path, fmt::format("version {}.{} of the .npy format; allowed are 1.0, 2.0 and 3.0", major, minor));
  }

  const std::size_t length_begin = magic.size() + 2;
  const std::size_t begin = length_begin + (major == 1 ? 2 : 4);
  std::size_t length = 0;
  for (std::size_t i = begin; i-- > length_begin;) length = length << 8U | byte(i);
  if (length > longest_dictionary) {
    refuse(path, fmt::format("a header of {} bytes; at most {} are allowed", length, longest_dictionary));
  }
  if (length > bytes.size() - begin) refuse(path, "the file ends within its header");
  return {bytes.substr(begin, length), begin + length};
}

// What follows a key of the dictionary.
std::string_view value_of(const std::string& path, std::string_view dictionary, std::string_view key) {
  const std::string mark = fmt::format("'{}':", key);
  const std::size_t found = dictionary.find(mark);
  if (found == std::string_view::npos) refuse(path, fmt::format("its header has no '{}'", key));
  const std::string_view rest = dictionary.substr(found + mark.size());
  return rest.substr(std::min(rest.find_first_not_of(' '), rest.size()));
}

// The value of a key, which must stand between `open` and `close`, without them.
std::string_view value_within(const std::string& path, std::string_view dictionary, std::string_view key, char open,
                              char close) {
  const std::string_view value = value_of(path, dictionary, key);
  const std::size_t end = value.find(close, 1);
  if (!value.starts_with(open) || end == std::string_view::npos) {
    refuse(path, fmt::format("the '{}' in its header is not that of a plain array of numbers", key));
  }
  return value.substr(1, end - 1);
}

enum class Order { c, fortran };

Order order_of(const std::string& path, std::string_view dictionary) {
  const std::string_view value = value_of(path, dictionary, "fortran_order");
  if (value.starts_with("False")) return Order::c;
  if (value.starts_with("True")) return Order::fortran;
  refuse(path, "the 'fortran_order' in its header is neither True nor False");
}

struct Shape {
  std::size_t rows;
  std::size_t columns;
};

// From "2," or "2, 3", as Python writes tuples; before Python 3 also "2L, 3L".
Shape shape_of(const std::string& path, std::string_view dictionary) {
  const std::string_view tuple = value_within(path, dictionary, "shape", '(', ')');
  const auto refuse_shape = [&](std::string_view reason) {
    refuse(path, fmt::format("an array of shape {}{}", in_quotes(fmt::format("({})", tuple)), reason));
  };
  constexpr std::string_view allowed = "; allowed are one dimension, (N,), and two, (N, d)";

  std::vector<std::size_t> sizes;
  for (std::string_view rest = tuple; !rest.empty();) {
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), size);
    if (error == std::errc::invalid_argument) refuse_shape(allowed);
    if (error == std::errc::result_out_of_range) refuse_shape(" is too large");
    sizes.push_back(size);
    const std::size_t next = rest.find_first_not_of("L, ", static_cast<std::size_t>(end - rest.data()));
    rest.remove_prefix(std::min(next, rest.size()));
  }
  if (sizes.size() == 1) sizes.push_back(1);
  if (sizes.size() != 2) refuse_shape(allowed);
  if (sizes[0] == 0 || sizes[1] == 0) refuse_shape(" holds nothing");
  return {sizes[0], sizes[1]};
}

// As doubles.
double bytes_of_numbers(Shape shape) {
  return static_cast<double>(shape.rows) * static_cast<double>(shape.columns) * static_cast<double>(sizeof(double));
}

struct NpyValues {
  RowMatrix values;
  std::vector<std::string> faults;
};

// The numbers of an array, as they lie in the file.
struct Payload {
  std::string_view bytes;
  Shape shape;
  Order order;
};

// What follows the header, which must be rows × columns numbers of `item` bytes and nothing else.
Payload payload(const std::string& path, std::string_view rest, Shape shape, Order order, std::size_t item) {
  const std::size_t room_for_rows = rest.size() / item / shape.columns;
  if (shape.rows > room_for_rows) {
    refuse(path, fmt::format("the file ends before its {}×{} numbers do", shape.rows, shape.columns));
  }
  if (rest.size() != shape.rows * shape.columns * item) {
    refuse(path, fmt::format("the file goes on after its {}×{} numbers", shape.rows, shape.columns));
  }
  return {rest, shape, order};
}

// Whether a number is a double: beyond 2⁵³ not all whole numbers are.
template <class Item>
bool is_a_double(Item item) {
  if constexpr (std::is_integral_v<Item> && sizeof(Item) == sizeof(double)) {
    constexpr double beyond = std::is_signed_v<Item> ? 0x1p63 : 0x1p64;
    const auto value = static_cast<double>(item);
    return value != beyond && static_cast<Item>(value) == item;
  }
  return true;
}

// The numbers as doubles, row after row, and what is wrong with the first of each column that isn't one.
template <class Item>
NpyValues copied(const Payload& numbers, const MissingCodes& missing) {
  const auto rows = static_cast<Index>(numbers.shape.rows);
  const auto columns = static_cast<Index>(numbers.shape.columns);
  const bool by_rows = numbers.order == Order::c;
  const auto is_code = [&](double value) {
    return std::ranges::any_of(missing.values(), [&](double code) {
      // A code that is no float32 stands for the one next to it.
      return value == (std::is_same_v<Item, float> ? static_cast<double>(static_cast<float>(code)) : code);
    });
  };
  NpyValues result{.values = RowMatrix(rows, columns), .faults = std::vector<std::string>(numbers.shape.columns)};
  for (Index row = 0; row < rows; ++row) {
    for (Index column = 0; column < columns; ++column) {
      const auto position = static_cast<std::size_t>(by_rows ? row * columns + column : column * rows + row);
      Item item{};
      std::memcpy(&item, numbers.bytes.data() + position * sizeof(Item), sizeof(Item));
      result.values(row, column) = static_cast<double>(item);
      if (!missing.values().empty() && is_code(result.values(row, column))) {
        result.values(row, column) = std::numeric_limits<double>::quiet_NaN();
        continue;
      }
      std::string& fault = result.faults[static_cast<std::size_t>(column)];
      if (is_a_double(item) || !fault.empty()) continue;
      fault = fmt::format(
          "row {}, column 'x{}': {} is a whole number beyond 2^53, which a double does not hold; leave "
          "the column out (choose -x{})",
          row + 1, column + 1, item, column + 1);
    }
  }
  return result;
}

struct ItemType {
  std::string_view name;  // as the header has it
  std::size_t size;
  NpyValues (*copied)(const Payload& numbers, const MissingCodes& missing);
};

constexpr std::string_view float64 = "<f8";

constexpr std::array item_types = {
    ItemType{float64, 8, copied<double>},      ItemType{"<f4", 4, copied<float>},
    ItemType{"|b1", 1, copied<std::uint8_t>},  ItemType{"|i1", 1, copied<std::int8_t>},
    ItemType{"|u1", 1, copied<std::uint8_t>},  ItemType{"<i2", 2, copied<std::int16_t>},
    ItemType{"<u2", 2, copied<std::uint16_t>}, ItemType{"<i4", 4, copied<std::int32_t>},
    ItemType{"<u4", 4, copied<std::uint32_t>}, ItemType{"<i8", 8, copied<std::int64_t>},
    ItemType{"<u8", 8, copied<std::uint64_t>},
};

const ItemType& item_type(const std::string& path, std::string_view dictionary) {
  const std::string_view name = value_within(path, dictionary, "descr", '\'', '\'');
  const auto* const found = std::ranges::find(item_types, name, &ItemType::name);
  if (found != item_types.end()) return *found;
  refuse(path, fmt::format("numbers of type {}; allowed are float64, float32, integers and bool, little-endian; "
                           "convert with array.astype('<f8')",
                           in_quotes(name)));
}

bool is_aligned_for_double(std::string_view bytes) {
  return std::bit_cast<std::uintptr_t>(bytes.data()) % alignof(double) == 0;
}

// The whole of a file in memory.
struct Bytes {
  std::shared_ptr<const void> owner;
  std::string_view view;
};

// NOLINTBEGIN(*-avoid-c-arrays): as the standard has it
std::shared_ptr<char[]> room_for(const std::string& path, std::uintmax_t bytes) {
  try {
    return std::make_shared_for_overwrite<char[]>(bytes);
  } catch (const std::bad_alloc&) {
    throw TooLittleMemory(
        fmt::format("{}: there is no memory for its {}", path, size_text(static_cast<double>(bytes))));
  }
}
// NOLINTEND(*-avoid-c-arrays)

// Refuses more bytes than the limit.
void require_within(const DataLimit& limit, const std::string& path, double size) {
  if (size > static_cast<double>(limit.bytes)) refuse(path, limit.sentence(size));
}

// The file is read and not mapped: one that shrinks while it is mapped ends the program by a signal at the next number
// (SIGBUS), and one that is written changes the data in the middle of a fit. Nothing forbids others to do either, not
// even permissions that let nobody write: who has the file open may go on. A library can't have the signal's handler,
// which is the program's.
Bytes read_whole(const std::string& path, const ReadingLimits& limits) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) throw Error(fmt::format("{}: cannot be opened: {}", path, error.message()));
  if (!std::filesystem::is_regular_file(status)) {
    throw Error(fmt::format("{}: cannot be read: not a regular file", path));
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error(fmt::format("{}: cannot be opened: {}", path, std::strerror(errno)));
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) throw Error(fmt::format("{}: cannot be read: {}", path, error.message()));
  if (size == 0) refuse(path, "the file is empty");
  require_within(limit_of_file(limits), path, static_cast<double>(size));
  const auto bytes = room_for(path, size);
  in.read(bytes.get(), static_cast<std::streamsize>(size));
  const auto count = static_cast<std::size_t>(in.gcount());
  if (count != size) throw Error(fmt::format("{}: became shorter while it was read", path));
  return {bytes, {bytes.get(), count}};
}

// Reads on until there are so many bytes, or the stream ends.
void read_up_to(std::istream& in, std::string& bytes, std::size_t size) {
  const std::size_t begin = bytes.size();
  if (begin >= size) return;
  bytes.resize(size);
  in.read(bytes.data() + begin, static_cast<std::streamsize>(size - begin));
  bytes.resize(begin + static_cast<std::size_t>(in.gcount()));
}

// The header says how long the rest is to be, so that no more is read of a file that goes on and on.
Bytes decompressed(const std::string& path, const ReadingLimits& limits) {
  const auto in = open_compressed(path);
  std::string beginning;
  read_up_to(*in, beginning, largest_header);
  if (beginning.empty()) refuse(path, "the file is empty");
  const Header header = read_header(path, beginning);
  const ItemType& type = item_type(path, header.dictionary);
  const Shape shape = shape_of(path, header.dictionary);
  require_within(limit_of_stream(limits), path, bytes_of_numbers(shape));
  const std::size_t end = header.end + shape.rows * shape.columns * type.size;
  const auto bytes = room_for(path, end + 1);  // one more, which is refused if it is there
  const std::size_t begun = std::min(beginning.size(), end + 1);
  std::copy_n(beginning.data(), begun, bytes.get());
  in->read(bytes.get() + begun, static_cast<std::streamsize>(end + 1 - begun));
  return {bytes, {bytes.get(), begun + static_cast<std::size_t>(in->gcount())}};
}

}  // namespace

NpyArray read_npy_array(const std::string& path, const ReadingOptions& options) {
  const MissingCodes& missing = options.missing;
  const Bytes bytes = is_compressed(path) ? decompressed(path, options.limits) : read_whole(path, options.limits);
  const Header header = read_header(path, bytes.view);
  const Order order = order_of(path, header.dictionary);
  const ItemType& type = item_type(path, header.dictionary);
  const Payload numbers =
      payload(path, bytes.view.substr(header.end), shape_of(path, header.dictionary), order, type.size);
  require_within(limit_of_file(options.limits), path, bytes_of_numbers(numbers.shape));

  std::vector<std::string> names;
  for (std::size_t i = 1; i <= numbers.shape.columns; ++i) names.push_back(fmt::format("x{}", i));

  // In one column or row both orders are the same.
  const bool by_rows = order == Order::c || numbers.shape.rows == 1 || numbers.shape.columns == 1;
  if (type.name == float64 && by_rows && is_aligned_for_double(numbers.bytes) && missing.values().empty()) {
    const auto* in_place = reinterpret_cast<const double*>(numbers.bytes.data());  // NOLINT: the format promises it
    const std::shared_ptr<const double> values(bytes.owner, in_place);
    return {.table = NumericTable(path, std::move(names), values, numbers.shape.rows), .faults = {}};
  }
  NpyValues values = type.copied(numbers, missing);
  return {.table = NumericTable(path, std::move(names), std::move(values.values)), .faults = std::move(values.faults)};
}

NumericTable read_npy(const std::string& path, const ReadingLimits& limits) {
  NpyArray array = read_npy_array(path, {.limits = limits});
  for (const std::string& fault : array.faults) {
    if (!fault.empty()) refuse(path, fault);
  }
  return std::move(array.table);
}

}  // namespace latent
