#include "command/reports/json.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

namespace latent::cli {
namespace {

const Json& member(const Json& object, const std::string& key) {
  const auto found = object.find(key);
  if (found == object.end()) throw Error(fmt::format("parameters: '{}' is missing", key));
  return *found;
}

Error not_a(const std::string& what, const std::string& key) {
  return Error(fmt::format("parameters: '{}' must be {}", key, what));
}

Vector vector_of(const Json& array, const std::string& key) {
  if (!array.is_array()) throw not_a("an array of numbers", key);
  Vector vector(static_cast<Index>(array.size()));
  for (Index i = 0; i < vector.size(); ++i) {
    const Json& entry = array[static_cast<std::size_t>(i)];
    if (!entry.is_number()) throw not_a("made of numbers", key);
    vector[i] = entry.get<double>();
  }
  return vector;
}

RowMatrix matrix_of(const Json& array, const std::string& key) {
  if (!array.is_array() || array.empty()) throw not_a("an array of rows", key);
  const Vector first = vector_of(array.front(), key);
  RowMatrix matrix(static_cast<Index>(array.size()), first.size());
  for (Index row = 0; row < matrix.rows(); ++row) {
    const Vector values = vector_of(array[static_cast<std::size_t>(row)], key);
    if (values.size() != matrix.cols()) throw not_a("an array of rows of one length", key);
    matrix.row(row) = values;
  }
  return matrix;
}

// JSON need not escape U+007F to U+009F, but terminals obey them.
std::string without_controls(std::string text) {
  const auto is_control = [&](std::size_t i) {
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    return text[i] == '\x7F' || (text[i] == '\xC2' && next >= 0x80 && next < 0xA0);
  };
  std::string escaped;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_control(i)) continue;
    const bool two_bytes = text[i] == '\xC2';
    escaped.append(text, kept, i - kept);
    escaped += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[two_bytes ? i + 1 : i]));
    if (two_bytes) ++i;
    kept = i + 1;
  }
  return kept == 0 ? std::move(text) : escaped.append(text, kept);
}

// A fit to more numbers than that is none that this command makes.
constexpr std::size_t largest_file = std::size_t{1} << 30U;
// Parameters are matrices in an array in an object in the file's: no more than five.
constexpr int deepest = 64;

std::string text_of_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error(fmt::format("{}: cannot be opened: {}", path, std::strerror(errno)));
  std::string text;
  constexpr std::size_t block = std::size_t{1} << 20U;
  while (in && text.size() <= largest_file) {
    const std::size_t size = text.size();
    text.resize(size + block);
    in.read(text.data() + size, block);
    text.resize(size + static_cast<std::size_t>(in.gcount()));
    // What isn't JSON need not be read to its end, which a device may not have.
    if (text.find_first_not_of(" \t\r\n") != text.find('{')) break;
  }
  if (text.size() > largest_file) {
    throw Error(
        fmt::format("{}: has more than {} bytes, the most that a file of a model may have", path, largest_file));
  }
  return text;
}

// Where the first value of a text ends that begins with {; the text's size if it has no end. Not for what is no JSON.
std::size_t end_of_object(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return i + 1;
    }
  }
  return text.size();
}

Json parsed(const std::string& path, const std::string& text) {
  if (text.find('{') == std::string::npos || text.find_first_not_of(" \t\r\n") != text.find('{')) {
    throw Error(fmt::format("{}: not a JSON object, as latent fit --save writes it", path));
  }
  const std::size_t end = end_of_object(text);
  if (const std::size_t more = text.find_first_not_of(" \t\r\n", end); more != std::string::npos) {
    throw Error(fmt::format("{}: goes on after its JSON object, at byte {}", path, more + 1));
  }
  // What is nested deeper is neither kept nor, as it would be by recursion, copied.
  const auto check_depth = [&](int depth, Json::parse_event_t, const Json&) {
    if (depth <= deepest) return true;
    throw Error(fmt::format("{}: is nested more than {} deep, the most that a file of a model may be", path, deepest));
  };
  try {
    return Json::parse(text, check_depth);
  } catch (const Json::parse_error& error) {
    throw Error(fmt::format("{}: not JSON from byte {} on", path, error.byte));
  } catch (const Json::out_of_range&) {
    throw Error(fmt::format("{}: has a number beyond those of double precision", path));
  }
}

// A string that names the model or a column.
std::string name_in(const std::string& path, const Json& json, std::string_view what) {
  if (!json.is_string()) throw Error(fmt::format("{}: {} must be a string", path, what));
  auto name = json.get<std::string>();
  if (const auto fault = fault_of_name(name)) throw Error(fmt::format("{}: {} {}", path, what, *fault));
  return name;
}

}  // namespace

std::optional<std::string> fault_of_name(std::string_view name) {
  constexpr std::size_t longest = 10'000;
  if (name.size() <= longest) return std::nullopt;
  return fmt::format("has {} bytes; a name may have at most {}", name.size(), longest);
}

Json to_json(const Vector& vector) { return Json(std::vector<double>(vector.begin(), vector.end())); }

Json to_json(const RowMatrix& matrix) {
  Json rows = Json::array();
  for (Index row = 0; row < matrix.rows(); ++row) rows.push_back(to_json(Vector(matrix.row(row))));
  return rows;
}

std::string dumped(const Json& json) {
  return without_controls(json.dump(2, ' ', false, Json::error_handler_t::replace));
}

std::string array_on_a_line(const std::vector<std::string>& names) {
  return without_controls(Json(names).dump(-1, ' ', false, Json::error_handler_t::replace));
}

Vector vector_at(const Json& parameters, const std::string& key) { return vector_of(member(parameters, key), key); }

RowMatrix matrix_at(const Json& parameters, const std::string& key) { return matrix_of(member(parameters, key), key); }

std::vector<Matrix> matrices_at(const Json& parameters, const std::string& key) {
  const Json& array = member(parameters, key);
  if (!array.is_array()) throw not_a("an array of matrices", key);
  std::vector<Matrix> matrices;
  for (const Json& entry : array) matrices.emplace_back(matrix_of(entry, key));
  return matrices;
}

ModelFile read_model_file(const std::string& path) {
  std::error_code failure;  // is told when the file is opened
  if (std::filesystem::is_directory(path, failure)) throw Error(fmt::format("{}: is a folder", path));
  Json json = parsed(path, text_of_file(path));
  const auto parameters = json.find("parameters");
  if (parameters == json.end() || !parameters->is_object()) {
    throw Error(fmt::format("{}: there is no object \"parameters\" in it", path));
  }
  ModelFile file{
      .path = path, .model = {}, .parameters = std::make_shared<const Json>(std::move(*parameters)), .columns = {}};
  if (const auto model = json.find("model"); model != json.end()) file.model = name_in(path, *model, "\"model\"");
  if (const auto columns = json.find("columns"); columns != json.end()) {
    if (!columns->is_array()) throw Error(fmt::format("{}: \"columns\" must be an array of strings", path));
    for (const Json& column : *columns) file.columns.push_back(name_in(path, column, "each of \"columns\""));
  }
  return file;
}

}  // namespace latent::cli
