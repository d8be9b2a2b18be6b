#include <fmt/format.h>

#include <Eigen/QR>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "latent/errors.hpp"
#include "latent/models/incomplete_gaussian.hpp"

namespace latent {
namespace {

struct Moments {
  Vector weights;
  Vector means;
  Vector variances;
};

// Of the values observed in each column.
Moments column_moments(const Observations& data) {
  const auto dimension = static_cast<Index>(data.dimension());
  Moments moments{
      .weights = Vector::Zero(dimension), .means = Vector::Zero(dimension), .variances = Vector::Zero(dimension)};
  const auto for_each_observed = [&](const auto& visit) {
    for (std::size_t row = 0; row < data.size(); ++row) {
      for (Index column = 0; column < dimension; ++column) {
        const double value = data(row, static_cast<std::size_t>(column));
        if (!std::isnan(value)) visit(column, value, data.weight(row));
      }
    }
  };
  for_each_observed([&](Index column, double value, double weight) {
    moments.weights[column] += weight;
    moments.means[column] += weight * value;
  });
  moments.means = moments.means.cwiseQuotient(moments.weights);
  for_each_observed([&](Index column, double value, double weight) {
    const double distance = value - moments.means[column];
    moments.variances[column] += weight * distance * distance;
  });
  moments.variances = moments.variances.cwiseQuotient(moments.weights);
  return moments;
}

void require_spread(const Moments& moments) {
  for (Index column = 0; column < moments.means.size(); ++column) {
    const auto position = static_cast<std::size_t>(column) + 1;
    if (!(moments.weights[column] > 0.0)) {
      throw InvalidData("nothing is observed in it; leave the column out", std::nullopt, position);
    }
    const double resolution = 8.0 * std::numeric_limits<double>::epsilon() * std::abs(moments.means[column]);
    if (moments.variances[column] > std::max(resolution * resolution, std::numeric_limits<double>::min())) continue;
    throw InvalidData(
        "all observed values are equal, or too close for their squares; leave the column out, or rescale it",
        std::nullopt, position);
  }
}

// The rows of each pattern. The patterns are ordered by which columns are missing, so that the order is the data's
// alone.
std::map<std::vector<bool>, std::vector<std::size_t>> rows_by_pattern(const Observations& data) {
  std::map<std::vector<bool>, std::vector<std::size_t>> rows;
  std::vector<bool> missing(data.dimension());
  for (std::size_t row = 0; row < data.size(); ++row) {
    for (std::size_t column = 0; column < data.dimension(); ++column) missing[column] = std::isnan(data(row, column));
    rows[missing].push_back(row);
  }
  return rows;
}

// R with RᵀR = YᵀY, of as few rows as can be.
Matrix compressed(Matrix rows) {
  if (rows.rows() <= rows.cols()) return rows;
  const Eigen::HouseholderQR<Eigen::Ref<Matrix>> decomposition(rows);  // in place
  return rows.topRows(rows.cols()).triangularView<Eigen::Upper>();
}

MissingnessPattern reduced(const Observations& data, const std::vector<bool>& missing, std::vector<std::size_t> rows) {
  MissingnessPattern pattern;
  for (std::size_t column = 0; column < missing.size(); ++column) {
    (missing[column] ? pattern.missing : pattern.observed).push_back(static_cast<Index>(column));
  }
  pattern.mean = Vector::Zero(static_cast<Index>(pattern.observed.size()));
  for (const std::size_t row : rows) {
    pattern.weight += data.weight(row);
    pattern.mean += data.weight(row) * data[row](pattern.observed);
  }
  if (pattern.weight > 0.0) pattern.mean /= pattern.weight;

  Matrix centred(static_cast<Index>(rows.size()), pattern.mean.size());
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const double root_weight = std::sqrt(data.weight(rows[r]));
    centred.row(static_cast<Index>(r)) = root_weight * (data[rows[r]](pattern.observed) - pattern.mean);
  }
  pattern.root = compressed(std::move(centred));
  pattern.rows = std::move(rows);
  return pattern;
}

}  // namespace

IncompleteObservations::IncompleteObservations(const Observations& data) {
  require_usable_or_missing(data);
  Moments moments = column_moments(data);
  require_spread(moments);
  for (auto& [missing, rows] : rows_by_pattern(data)) {
    MissingnessPattern pattern = reduced(data, missing, std::move(rows));
    if (pattern.observed.empty() || pattern.weight == 0.0) continue;
    observations_ += pattern.rows.size();
    total_weight_ += pattern.weight;
    patterns_.push_back(std::move(pattern));
  }
  means_ = std::move(moments.means);
  variances_ = std::move(moments.variances);
}

}  // namespace latent
