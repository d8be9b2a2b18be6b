/// @file
/// Models in files, bit for bit: `save` and `load` for a `PersistentModel`.
///
/// Heavy (it includes cereal): include it where models are saved or loaded, and nowhere else.
#pragma once

#include <cereal/archives/portable_binary.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/vector.hpp>
#include <fstream>
#include <string>

#include "latent/core/errors.hpp"
#include "latent/core/model.hpp"
#include "latent/core/write_file.hpp"

namespace cereal {

/// An Eigen matrix or vector of numbers: rows, columns, then the entries in the order in which they are stored.
template <class Archive, class Scalar, int Rows, int Columns, int Options>
void save(Archive& archive, const Eigen::Matrix<Scalar, Rows, Columns, Options>& matrix) {
  archive(static_cast<std::int64_t>(matrix.rows()), static_cast<std::int64_t>(matrix.cols()));
  for (const Scalar& entry : matrix.template reshaped<Eigen::AutoOrder>()) archive(entry);
}

template <class Archive, class Scalar, int Rows, int Columns, int Options>
void load(Archive& archive, Eigen::Matrix<Scalar, Rows, Columns, Options>& matrix) {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  archive(rows, columns);
  if (rows < 0 || columns < 0 || (Columns == 1 && columns != 1)) throw Exception("a matrix has an impossible shape");
  matrix.resize(rows, columns);
  for (Scalar& entry : matrix.template reshaped<Eigen::AutoOrder>()) archive(entry);
}

}  // namespace cereal

namespace latent {

/// Writes a model to a file that `load` gives back bit for bit, on any platform; whole or not at all, as `write_file`
/// (latent/core/write_file.hpp) does.
/// @throws Error where the file can't be written.
template <PersistentModel Model>
void save(const Model& model, const std::string& path) {
  write_file(path, [&](std::ostream& out) { cereal::PortableBinaryOutputArchive{out}(model); });
}

/// Reads a model of the same type from a file that `save` wrote.
/// @throws Error where the file can't be read, or is cut short.
template <PersistentModel Model>
Model load(const std::string& path, Model model) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error(path + ": can't be read");
  try {
    cereal::PortableBinaryInputArchive{in}(model);
  } catch (const std::exception& error) {
    throw Error(path + ": no model of this type: " + error.what());
  }
  return model;
}

}  // namespace latent
