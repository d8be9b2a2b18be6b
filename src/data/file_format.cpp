#include "data/file_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "core/ascii_text.hpp"
#include "core/listed.hpp"
#include "data/compressed_file.hpp"
#include "latent/core/errors.hpp"

namespace latent {
namespace {

using namespace std::string_view_literals;

bool ends_in(std::string_view name, std::string_view ending) {
  return name.size() >= ending.size() && equal_in_any_case(name.substr(name.size() - ending.size()), ending);
}

// A format that begins with a mark, at some place.
struct Format {
  std::string_view mark;
  std::string_view what;
  std::string_view remedy;
  std::size_t place = 0;
};

constexpr auto save_sheet = "save the sheet that you need as CSV (UTF-8)"sv;
constexpr auto unpack = "unpack it, and give the CSV or .npy file that is in it"sv;
constexpr auto decompress = "decompress it, or compress the file by gzip or zstd instead"sv;
constexpr auto by_pandas = R"(write it as CSV, with pandas: to_csv("data.csv", index=False))"sv;
constexpr auto by_r = R"(write it as CSV, in R: write.csv(x, "data.csv", row.names = FALSE))"sv;
constexpr auto export_csv = "export the data as CSV"sv;
constexpr auto picture = "convert it to a table with a row for each pixel"sv;

constexpr std::array formats = {
    Format{"BZh"sv, "compressed by bzip2", decompress},
    Format{"\xFD"
           "7zXZ\0"sv,
           "compressed by xz", decompress},
    Format{"\x04\x22\x4D\x18"sv, "compressed by lz4", decompress},
    Format{"\x1F\x9D"sv, "compressed by compress (.Z)", decompress},
    Format{"\x5D\0\0"sv, "compressed by lzma", decompress},
    Format{"LZIP"sv, "compressed by lzip", decompress},
    Format{"7z\xBC\xAF\x27\x1C"sv, "a 7-Zip archive", unpack},
    Format{"Rar!\x1A\x07"sv, "a RAR archive", unpack},
    Format{"ustar"sv, "a tar archive", unpack, 257},
    Format{"PAR1"sv, "a Parquet file", by_pandas},
    Format{"PARE"sv, "an encrypted Parquet file", by_pandas},
    Format{"ARROW1"sv, "an Arrow (Feather) file", by_pandas},
    Format{"FEA1"sv, "a Feather file", by_pandas},
    Format{"\xFF\xFF\xFF\xFF"sv, "an Arrow stream", by_pandas},
    Format{"ORC"sv, "an ORC file", by_pandas},
    Format{"Obj\x01"sv, "an Avro file", export_csv},
    Format{"\x89HDF\r\n\x1A\n"sv, "an HDF5 file", "write the data set in it as .npy or CSV, with h5py and numpy.save"},
    Format{"CDF\x01"sv, "a netCDF file", export_csv},
    Format{"CDF\x02"sv, "a netCDF file", export_csv},
    Format{"CDF\x05"sv, "a netCDF file", export_csv},
    Format{"GRIB"sv, "a GRIB file", export_csv},
    Format{"SIMPLE  ="sv, "a FITS file", export_csv},
    Format{"MATLAB 5.0 MAT-file"sv, "a MATLAB file (.mat)", "write the array as CSV with writematrix or writetable"},
    Format{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, "an Excel workbook (.xls), or another document of Office", save_sheet},
    Format{"SQLite format 3\0"sv, "an SQLite database", "export the table as CSV"},
    Format{"RDX2\n"sv, "an R data file", by_r},
    Format{"RDX3\n"sv, "an R data file", by_r},
    Format{"RDA2\n"sv, "an R data file", by_r},
    Format{"RDA3\n"sv, "an R data file", by_r},
    Format{"X\n\0\0\0"sv, "an R data file (.rds)", by_r},
    Format{"B\n\2\0\0"sv, "an R data file (.rds)", by_r},
    Format{"B\n\3\0\0"sv, "an R data file (.rds)", by_r},
    Format{"<stata_dta>"sv, "a Stata file (.dta)", export_csv},
    Format{"$FL2"sv, "an SPSS file (.sav)", export_csv},
    Format{"$FL3"sv, "an SPSS file (.sav)", export_csv},
    Format{"HEADER RECORD*******"sv, "a SAS transport file (.xpt)", export_csv},
    Format{"\0\0\0\0\0\0\0\0\0\0\0\0\xC2\xEA\x81\x60"sv, "a SAS data set (.sas7bdat)", export_csv},
    Format{"%PDF-"sv, "a PDF document", export_csv},
    Format{R"({\rtf)"sv, "a document in RTF", export_csv},
    Format{"\x89PNG\r\n"sv, "a PNG image", picture},
    Format{"\xFF\xD8\xFF"sv, "a JPEG image", picture},
    Format{"GIF8"sv, "a GIF image", picture},
    Format{"II*\0"sv, "a TIFF image", picture},
    Format{"MM\0*"sv, "a TIFF image", picture},
    Format{"\x7F"
           "ELF"sv,
           "a program", "give a file of data"},
};

// Text that is something else; `mark` in small letters.
constexpr std::array texts = {
    Format{"<!doctype html"sv, "an HTML page", "a download may have led to a page instead of the file"},
    Format{"<html"sv, "an HTML page", "a download may have led to a page instead of the file"},
    Format{"<?xml"sv, "an XML document", "if it is a spreadsheet, save the sheet that you need as CSV (UTF-8)"},
    Format{R"({")"sv, "JSON", by_pandas},
    Format{"[{"sv, "JSON", by_pandas},
    Format{"[["sv, "JSON", by_pandas},
    Format{"@relation"sv, "an ARFF file", "write its attributes as the header of a CSV file, and the rows after @data"},
};

std::string sentence(std::string_view what, std::string_view remedy) {
  return fmt::format("it is {}; {}", what, remedy);
}

// Spreadsheets and NumPy's archives are zip archives, which name their first entry at byte 30.
std::string kind_of_zip(std::string_view beginning, std::string_view name) {
  const std::string_view entry = beginning.substr(std::min<std::size_t>(beginning.size(), 30));
  const std::string_view head = entry.substr(0, 100);
  const auto has = [&](std::string_view text) { return head.find(text) != std::string_view::npos; };
  if (ends_in(name, ".npz") || has(".npy")) {
    return sentence("a NumPy archive (.npz) of arrays", "save the one that you need with numpy.save, as .npy");
  }
  if (ends_in(name, ".ods") || has("opendocument.spreadsheet")) {
    return sentence("an OpenDocument spreadsheet", save_sheet);
  }
  if (ends_in(name, ".xlsx") || ends_in(name, ".xlsm") || ends_in(name, ".xlsb") || has("[Content_Types].xml") ||
      has("xl/")) {
    return sentence("an Excel workbook", save_sheet);
  }
  return sentence("a zip archive", unpack);
}

std::string misnamed_compression(std::string_view method, std::string_view ending, std::string_view name) {
  if (ends_in(name, ".rds") || ends_in(name, ".rda") || ends_in(name, ".rdata"))
    return sentence("an R data file", by_r);
  if (ends_in(name, ".tgz")) return sentence("a tar archive, compressed", unpack);
  if (is_compressed(name)) return fmt::format("it is compressed twice; decompress it once");
  return fmt::format(
      "it is compressed by {0}, and its name doesn't end in {1}; rename it to end in {1}, or decompress it", method,
      ending);
}

bool begins_in_any_case(std::string_view text, std::string_view mark) {
  return text.size() >= mark.size() && ends_in(text.substr(0, mark.size()), mark);
}

std::string utf16(std::string_view encoding) {
  return fmt::format("it is in {0}, not UTF-8; save it as UTF-8, or convert it by: iconv -f {0} -t UTF-8", encoding);
}

// Texts of other widths: by their byte order mark, or by the zeros of letters that are ASCII.
std::optional<std::string> wide_text(std::string_view beginning) {
  if (beginning.starts_with("\xFF\xFE\0\0"sv) || beginning.starts_with("\0\0\xFE\xFF"sv)) return utf16("UTF-32");
  if (beginning.starts_with("\xFF\xFE"sv) || beginning.starts_with("\xFE\xFF"sv)) return utf16("UTF-16");
  constexpr std::size_t enough = 8;
  if (beginning.size() < enough) return std::nullopt;
  std::array<std::size_t, 2> zeros{};
  for (std::size_t i = 0; i < enough; ++i) zeros.at(i % 2) += beginning[i] == '\0' ? 1 : 0;
  if (zeros[0] == 0 && zeros[1] == enough / 2) return utf16("UTF-16LE");
  if (zeros[1] == 0 && zeros[0] == enough / 2) return utf16("UTF-16BE");
  return std::nullopt;
}

bool is_pickle(std::string_view beginning) {
  return beginning.size() > 2 && beginning[0] == '\x80' && beginning[1] >= 2 && beginning[1] <= 5;
}

// Bytes that no text in UTF-8 has.
bool is_binary(std::string_view beginning) {
  const auto is_control = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f';
  };
  constexpr std::size_t longest_character = 4;  // the last one may be cut
  return std::ranges::any_of(beginning, is_control) ||
         first_byte_not_utf8(beginning) + longest_character < beginning.size();
}

// A short mark could also be the name of a column.
bool could_be_a_name(std::string_view mark) {
  constexpr std::size_t longest = 5;
  return mark.size() <= longest && std::ranges::all_of(mark, [](char c) { return c > ' ' && c <= '~'; });
}

bool has_mark(std::string_view beginning, const Format& format) {
  const std::string_view there = beginning.substr(std::min(beginning.size(), format.place));
  return there.starts_with(format.mark) && (!could_be_a_name(format.mark) || is_binary(beginning));
}

}  // namespace

std::optional<std::string> foreign_format(std::string_view beginning, std::string_view name) {
  if (beginning.starts_with("PK\x03\x04"sv) || beginning.starts_with("PK\x05\x06"sv)) {
    return kind_of_zip(beginning, name);
  }
  if (beginning.starts_with("\x1F\x8B"sv)) return misnamed_compression("gzip", ".gz", name);
  if (beginning.starts_with("\x28\xB5\x2F\xFD"sv)) return misnamed_compression("zstd", ".zst", name);
  if (beginning.starts_with(npy_mark)) {
    return "it is a NumPy array; give it a name that ends in .npy";
  }
  for (const Format& format : formats) {
    if (has_mark(beginning, format)) return sentence(format.what, format.remedy);
  }
  if (is_pickle(beginning)) return sentence("a Python pickle", by_pandas);
  if (auto wide = wide_text(beginning)) return wide;
  std::string_view text = beginning;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  for (const Format& format : texts) {
    if (begins_in_any_case(text, format.mark)) return sentence(format.what, format.remedy);
  }
  return std::nullopt;
}

namespace {

unsigned byte_at(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

// How many bytes the character at `i` has; 0 if there is none in UTF-8 (RFC 3629: no surrogates, nothing longer than
// it need be, nothing beyond U+10FFFF).
std::size_t character_size(std::string_view text, std::size_t i) {
  const unsigned first = byte_at(text, i);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || i + size > text.size()) return 0;
  for (std::size_t k = 1; k < size; ++k) {
    if ((byte_at(text, i + k) & 0xC0U) != 0x80) return 0;
  }
  const unsigned second = byte_at(text, i + 1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
  if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
  return size;
}

// Goes on over ASCII, eight letters at a time.
std::size_t first_not_ascii(std::string_view text, std::size_t i) {
  constexpr std::uint64_t high_bits = 0x8080808080808080U;
  for (; i + sizeof(std::uint64_t) <= text.size(); i += sizeof(std::uint64_t)) {
    std::uint64_t letters = 0;
    std::memcpy(&letters, text.data() + i, sizeof letters);
    if ((letters & high_bits) != 0) break;
  }
  while (i < text.size() && byte_at(text, i) < 0x80) ++i;
  return i;
}

}  // namespace

std::size_t first_byte_not_utf8(std::string_view text) {
  std::size_t i = first_not_ascii(text, 0);
  while (i < text.size()) {
    const std::size_t size = character_size(text, i);
    if (size == 0) return i;
    i = first_not_ascii(text, i + size);
  }
  return i;
}

std::string not_utf8(std::string_view text, std::size_t first_bad, std::string_view name) {
  bool controls = false;   // of Latin-1, where Windows has letters and quotation marks
  bool undefined = false;  // in either
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    controls = controls || (byte >= 0x80 && byte < 0xA0);
    undefined = undefined || byte == 0x81 || byte == 0x8D || byte == 0x8F || byte == 0x90 || byte == 0x9D;
  }
  const std::string problem = fmt::format("the text is not in UTF-8 (byte 0x{:02X})", byte_at(text, first_bad));
  if (undefined) return problem + "; it is in another encoding, such as Shift-JIS or GBK: save it as UTF-8";
  const bool is_a_file = name != "standard input" && !is_compressed(name);
  const std::string file = is_a_file ? shell_word(std::string(name)) : "FILE";
  return fmt::format("{}; it looks like {}: save it as UTF-8, or convert it by: iconv -f {} -t UTF-8 {} >utf8.csv",
                     problem, controls ? "Windows-1252" : "Latin-1 (ISO 8859-1)",
                     controls ? "WINDOWS-1252" : "ISO-8859-1", file);
}

void require_no_folder(const std::string& path) {
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown))
    throw Error(fmt::format("{}: cannot be read: Is a directory", path));
}

}  // namespace latent
