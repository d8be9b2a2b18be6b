// JSON of vectors and matrices, and the model files that fit writes and predict, sample and --start read.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "latent/core/errors.hpp"
#include "latent/data/observations.hpp"

namespace latent::cli {

using Json = nlohmann::ordered_json;

Json to_json(const Vector& vector);
/// Row after row: [rows][columns].
Json to_json(const RowMatrix& matrix);

/// As text, indented; what isn't UTF-8 in the name of a column becomes U+FFFD, and control characters are escaped.
std::string dumped(const Json& json);
/// The names as an array on one line, in the same form.
std::string array_on_a_line(const std::vector<std::string>& names);

/// What is wrong with a name of a model or a column, "has 20000 bytes; …", or nothing: names that are longer than any
/// that has a meaning are neither read nor saved.
std::optional<std::string> fault_of_name(std::string_view name);

/// The vector of numbers at parameters[key].
/// @throws Error where it isn't there, or is something else; so do the functions below.
Vector vector_at(const Json& parameters, const std::string& key);
/// The array of rows at parameters[key].
RowMatrix matrix_at(const Json& parameters, const std::string& key);
/// The array of matrices at parameters[key].
std::vector<Matrix> matrices_at(const Json& parameters, const std::string& key);

/// What a model file says.
struct ModelFile {
  std::string path;
  /// The model's name; empty where the file has none.
  std::string model;
  /// Never null.
  std::shared_ptr<const Json> parameters;
  /// The names of the data columns that the model was fitted to; empty where the file has none.
  std::vector<std::string> columns;
};

/// Reads a file as `latent fit --save` writes it: an object with "parameters", and maybe "model" and "columns".
/// @throws Error where the file can't be read, is none of that kind, goes on after the object, or is larger, deeper
/// nested or has longer names than any file of that kind.
ModelFile read_model_file(const std::string& path);

/// Makes a model from the parameters of a file: what `make` refuses is said with the file's name.
template <class Make>
auto from_file(const ModelFile& file, const Make& make) {
  try {
    return make(*file.parameters);
  } catch (const Error& error) {
    throw Error(file.path + ": " + error.what());
  }
}

}  // namespace latent::cli
