#include <fmt/format.h>

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "exact_sum.hpp"
#include "latent/core/errors.hpp"
#include "latent/data/invalid_columns.hpp"
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
  // A second round takes out the rounding of the first: equal values then have variance 0.
  Vector remainder = Vector::Zero(dimension);
  for_each_observed([&](Index column, double value, double weight) {
    remainder[column] += weight * (value - moments.means[column]);
  });
  moments.means += remainder.cwiseQuotient(moments.weights);
  // What the rounded mean is off by is taken out of the squares (Chan, Golub & LeVeque 1983, The American Statistician
  // 37:242, equation 1.7).
  remainder.setZero();
  for_each_observed([&](Index column, double value, double weight) {
    const double distance = value - moments.means[column];
    remainder[column] += weight * distance;
    moments.variances[column] += weight * distance * distance;
  });
  moments.variances -= remainder.cwiseProduct(remainder.cwiseQuotient(moments.weights));
  moments.variances = moments.variances.cwiseQuotient(moments.weights);
  return moments;
}

void require_observed_columns(const Moments& moments) {
  std::vector<std::size_t> empty;
  for (Index column = 0; column < moments.weights.size(); ++column) {
    if (!(moments.weights[column] > 0.0)) empty.push_back(static_cast<std::size_t>(column) + 1);
  }
  if (empty.empty()) return;
  throw InvalidColumns(empty.size() == 1 ? "nothing is observed in it; leave the column out"
                                         : "nothing is observed in them; leave these columns out",
                       std::move(empty));
}

// The rows of each pattern; a row of weight 0 is in none. The patterns are ordered by which columns are missing, so
// that the order is the data's alone.
std::map<std::vector<bool>, std::vector<std::size_t>> rows_by_pattern(const Observations& data) {
  std::map<std::vector<bool>, std::vector<std::size_t>> rows;
  std::vector<bool> missing(data.dimension());
  for (std::size_t row = 0; row < data.size(); ++row) {
    if (data.weight(row) == 0.0) continue;
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

MissingnessPattern reduced(const Observations& data, const std::vector<bool>& missing,
                           const std::vector<std::size_t>& rows) {
  MissingnessPattern pattern;
  for (std::size_t column = 0; column < missing.size(); ++column) {
    (missing[column] ? pattern.missing : pattern.observed).push_back(static_cast<Index>(column));
  }
  const auto size = static_cast<Index>(rows.size());
  Vector weights(size);
  Matrix values(size, static_cast<Index>(pattern.observed.size()));
  for (Index r = 0; r < size; ++r) {
    const std::size_t row = rows[static_cast<std::size_t>(r)];
    weights[r] = data.weight(row);
    values.row(r) = data[row](pattern.observed);
  }
  pattern.weight = weights.sum();
  const Vector rounded = values.transpose() * weights / pattern.weight;
  values.rowwise() -= rounded.transpose();
  const Vector rest = values.transpose() * weights / pattern.weight;  // what the rounding took
  values.rowwise() -= rest.transpose();
  ExactSum mean(rounded, rest);
  pattern.mean = std::move(mean.rounded);
  pattern.mean_remainder = std::move(mean.remainder);
  values.array().colwise() *= weights.array().sqrt();
  pattern.root = compressed(std::move(values));
  return pattern;
}

}  // namespace

IncompleteObservations::IncompleteObservations(const Observations& data) {
  require_usable_or_missing(data);
  require_total_weight(data.total_weight(), 1.0);
  Moments moments = column_moments(data);
  require_observed_columns(moments);
  require_spread(moments.means, moments.variances);
  for (const auto& [missing, rows] : rows_by_pattern(data)) {
    if (std::ranges::find(missing, false) == missing.end()) continue;  // nothing is observed
    MissingnessPattern pattern = reduced(data, missing, rows);
    observations_ += rows.size();
    total_weight_ += pattern.weight;
    patterns_.push_back(std::move(pattern));
  }
  means_ = std::move(moments.means);
  variances_ = std::move(moments.variances);
}

}  // namespace latent
