#include "json.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

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

}  // namespace

Json to_json(const Vector& vector) { return Json(std::vector<double>(vector.begin(), vector.end())); }

Json to_json(const RowMatrix& matrix) {
  Json rows = Json::array();
  for (Index row = 0; row < matrix.rows(); ++row) rows.push_back(to_json(Vector(matrix.row(row))));
  return rows;
}

std::string dumped(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace); }

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
  if (std::filesystem::is_directory(path)) throw Error(fmt::format("{}: is a folder", path));
  std::ifstream in(path);
  if (!in) throw Error(fmt::format("{}: {}", path, std::strerror(errno)));
  const Json json = Json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) throw Error(fmt::format("{}: not a JSON object, as latent fit --save writes it", path));
  const auto parameters = json.find("parameters");
  if (parameters == json.end() || !parameters->is_object()) {
    throw Error(fmt::format("{}: there is no object \"parameters\" in it", path));
  }
  ModelFile file{.path = path, .model = {}, .parameters = *parameters, .columns = {}};
  if (const auto model = json.find("model"); model != json.end() && model->is_string()) {
    file.model = model->get<std::string>();
  }
  if (const auto columns = json.find("columns"); columns != json.end() && columns->is_array()) {
    for (const Json& column : *columns) {
      if (column.is_string()) file.columns.push_back(column.get<std::string>());
    }
  }
  return file;
}

}  // namespace latent::cli
