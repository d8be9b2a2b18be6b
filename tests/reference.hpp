// Reference fits by other software: tests/reference/NAME.csv and NAME.json (see README.md there).
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "latent/data_file.hpp"
#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "paths.hpp"

namespace latent::reference {

using nlohmann::json;

struct Case {
  json known;
  NumericTable table;

  [[nodiscard]] Observations data() const { return table.observations(); }
  [[nodiscard]] const json& results() const { return known.at("reference"); }
  [[nodiscard]] double tolerance() const { return known.at("relative_tolerance"); }
};

inline Case load_case(const std::string& name) {
  const std::string path = std::string(LATENT_REFERENCE_DIR) + "/" + name;
  std::ifstream in(path + ".json");
  return {json::parse(in), open_data(path + ".csv").numbers()};
}

inline Vector vector(const json& array) {
  const auto values = array.get<std::vector<double>>();
  return Eigen::Map<const Vector>(values.data(), static_cast<Index>(values.size()));
}

inline RowMatrix matrix(const json& rows) {
  RowMatrix values(static_cast<Index>(rows.size()), static_cast<Index>(rows.front().size()));
  for (Index row = 0; row < values.rows(); ++row) values.row(row) = vector(rows.at(static_cast<std::size_t>(row)));
  return values;
}

/// Covariances of a Gaussian mixture in the shape of their kind.
inline std::vector<Matrix> covariances(const json& values, CovarianceKind kind) {
  if (kind == CovarianceKind::tied) return {matrix(values)};
  std::vector<Matrix> all;
  for (const json& value : values) {
    if (kind == CovarianceKind::full) all.emplace_back(matrix(value));
    if (kind == CovarianceKind::diagonal) all.emplace_back(vector(value));
    if (kind == CovarianceKind::spherical) all.emplace_back(Matrix::Constant(1, 1, value.get<double>()));
  }
  return all;
}

inline GaussianMixture gaussian_mixture(const json& parameters, CovarianceKind kind) {
  return GaussianMixture(vector(parameters.at("weights")), matrix(parameters.at("means")),
                         covariances(parameters.at("covariances"), kind), {.covariance = kind});
}

/// The Gaussian mixture that the case starts from.
inline GaussianMixture start_of(const Case& known) {
  const json& parameters = known.known.at("start").at("parameters");
  return gaussian_mixture(parameters, covariance_kind(parameters.at("covariance").get<std::string>()));
}

inline CoinMixture coin_mixture(const json& parameters, bool fixed_weights) {
  return CoinMixture(vector(parameters.at("weights")), vector(parameters.at("biases")),
                     {.fixed_weights = fixed_weights});
}

}  // namespace latent::reference
