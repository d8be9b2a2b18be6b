#include "latent/data/invalid_columns.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "latent/core/cholesky.hpp"

namespace latent {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

std::optional<std::size_t> only_one(const std::vector<std::size_t>& columns) {
  return columns.size() == 1 ? std::optional(columns.front()) : std::nullopt;
}

std::string with_numbers(const std::string& problem, const std::vector<std::size_t>& columns) {
  if (columns.size() == 1) return problem;  // InvalidData adds the one
  return fmt::format("columns {}: {}", fmt::join(columns, ", "), problem);
}

std::vector<std::size_t> counted_from_one(std::vector<std::size_t> columns) {
  for (std::size_t& column : columns) ++column;
  return columns;
}

// The share of a column's variance that rounding leaves of one that is a combination of others, as for cholesky_factor.
double rounding_of(Index dimension) { return 100.0 * static_cast<double>(dimension) * epsilon; }

Matrix correlation_of(const Matrix& covariance) {
  const Vector scale = covariance.diagonal().cwiseSqrt().cwiseInverse();
  return scale.asDiagonal() * covariance * scale.asDiagonal();
}

// The columns that those before them determine, by Cholesky's algorithm, which passes over them.
std::vector<std::size_t> determined_by_those_before(const Matrix& correlation) {
  const Index dimension = correlation.rows();
  const double rounding = rounding_of(dimension);
  Matrix factor = Matrix::Zero(dimension, dimension);
  Index rank = 0;
  std::vector<std::size_t> determined;
  for (Index j = 0; j < dimension; ++j) {
    const Index rest = dimension - j;
    const Vector left =
        correlation.col(j).tail(rest) - factor.bottomLeftCorner(rest, rank) * factor.row(j).head(rank).transpose();
    if (!(left[0] > rounding)) {
      determined.push_back(static_cast<std::size_t>(j));
      continue;
    }
    factor.col(rank++).tail(rest) = left / std::sqrt(left[0]);
  }
  return determined;
}

// The columns that have a part in the `nullity` directions of the least variance.
std::vector<std::size_t> in_smallest_directions(const Matrix& correlation, Index nullity) {
  constexpr double least_part = 1e-4;
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(correlation);
  const Vector parts = eigen.eigenvectors().leftCols(nullity).rowwise().norm();
  std::vector<std::size_t> columns;
  for (Index j = 0; j < parts.size(); ++j) {
    if (parts[j] > least_part) columns.push_back(static_cast<std::size_t>(j));
  }
  return columns;
}

}  // namespace

InvalidColumns::InvalidColumns(const std::string& problem, std::vector<std::size_t> columns)
    : InvalidData(with_numbers(problem, columns), std::nullopt, only_one(columns)),
      problem_(problem),
      columns_(std::move(columns)) {}

std::vector<std::size_t> columns_without_spread(const Vector& means, const Vector& variances) {
  // What other columns leave of this one may be ε of it, and its square must not underflow.
  constexpr double smallest_variance = std::numeric_limits<double>::min() / (epsilon * epsilon);
  std::vector<std::size_t> columns;
  for (Index column = 0; column < means.size(); ++column) {
    const double resolution = 8.0 * epsilon * std::abs(means[column]);
    if (variances[column] > std::max(resolution * resolution, smallest_variance)) continue;
    columns.push_back(static_cast<std::size_t>(column));
  }
  return columns;
}

void require_spread(const Vector& means, const Vector& variances) {
  const auto columns = columns_without_spread(means, variances);
  if (columns.empty()) return;
  throw InvalidColumns(
      columns.size() == 1
          ? "all its values are equal, or too close for their squares; leave the column out, or rescale it"
          : "the values of each are all equal, or too close for their squares; leave these columns out, or rescale "
            "them",
      counted_from_one(columns));
}

Dependence linear_dependence(const Matrix& covariance) {
  if (cholesky_factor(covariance)) return {};
  const Matrix correlation = correlation_of(covariance);
  Dependence dependence{.columns = {}, .redundant = determined_by_those_before(correlation)};
  const auto nullity = static_cast<Index>(dependence.redundant.size());
  dependence.columns = in_smallest_directions(correlation, std::max<Index>(nullity, 1));
  return dependence;
}

std::vector<std::vector<std::size_t>> dependent_groups(const Matrix& covariance) {
  constexpr double least_part = 1e-6;
  const Matrix correlation = correlation_of(covariance);
  std::vector<std::vector<std::size_t>> groups;
  std::vector<std::size_t> independent;
  const auto redundant = determined_by_those_before(correlation);
  for (std::size_t j = 0; j < static_cast<std::size_t>(correlation.rows()); ++j) {
    if (std::ranges::find(redundant, j) == redundant.end()) {
      independent.push_back(j);
      continue;
    }
    const Matrix among = correlation(independent, independent);
    const Vector with = correlation(independent, static_cast<Index>(j));
    const Vector parts = among.llt().solve(with);
    std::vector<std::size_t> group;
    for (std::size_t i = 0; i < independent.size(); ++i) {
      if (std::abs(parts[static_cast<Index>(i)]) > least_part) group.push_back(independent[i]);
    }
    group.push_back(j);
    groups.push_back(std::move(group));
  }
  return groups;
}

void refuse_dependent(std::vector<std::size_t> columns, std::size_t redundant, const std::string& remedy) {
  throw InvalidColumns(fmt::format("they are linearly dependent; leave {} of them out, or {}",
                                   redundant == 1 ? "one" : fmt::to_string(redundant), remedy),
                       counted_from_one(std::move(columns)));
}

void require_independent(const Matrix& covariance, const std::string& remedy) {
  Dependence dependence = linear_dependence(covariance);
  if (dependence.columns.empty()) return;
  refuse_dependent(std::move(dependence.columns), std::max<std::size_t>(dependence.redundant.size(), 1), remedy);
}

}  // namespace latent
