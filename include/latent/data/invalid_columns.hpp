/// @file
/// Columns that a normal distribution can't be fitted to, all of them at once.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "latent/core/errors.hpp"
#include "latent/data/observations.hpp"

namespace latent {

/// Data that a model can't take because of one or several columns. column() is the column if there is only one.
class InvalidColumns : public InvalidData {
 public:
  /// The message reads "columns 2, 5: PROBLEM".
  /// @pre at least one column; they count from 1.
  InvalidColumns(const std::string& problem, std::vector<std::size_t> columns);

  /// What is wrong and what to do, without the columns.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  /// All columns at fault, counted from 1, ascending.
  [[nodiscard]] const std::vector<std::size_t>& columns() const { return columns_; }

 private:
  std::string problem_;
  std::vector<std::size_t> columns_;
};

/// The columns (from 0) whose values are equal, or so close that rounding could have made the difference, or that their
/// squares underflow; from the means and variances of d columns. A variance that is NaN has no spread either.
[[nodiscard]] std::vector<std::size_t> columns_without_spread(const Vector& means, const Vector& variances);

/// Linear dependence among columns.
struct Dependence {
  /// The columns (from 0) that take part in it, ascending.
  std::vector<std::size_t> columns;
  /// The last of them that can be left out (from 0), ascending, so that the others are independent.
  std::vector<std::size_t> redundant;
};

/// Which columns are linear combinations of others, to working precision, from their covariance, d×d: those for which
/// `cholesky_factor` finds nothing. None if it finds a factor. Cost O(d³).
/// @pre every column has a spread.
[[nodiscard]] Dependence linear_dependence(const Matrix& covariance);

/// For each column that those before it determine, which they are: itself, and those that have a part in it; ascending,
/// from 0. From their covariance, d×d, as `linear_dependence`. Cost O(d³), and as much for each that is found.
/// @pre every column has a spread.
[[nodiscard]] std::vector<std::vector<std::size_t>> dependent_groups(const Matrix& covariance);

/// Refuses columns of which `redundant` are combinations of the others.
/// @param columns those that take part, from 0.
/// @param redundant how many of them can be left out; at least one.
/// @param remedy what to do instead of leaving columns out, as "use covariance diagonal or spherical".
/// @throws InvalidColumns with all of them.
[[noreturn]] void refuse_dependent(std::vector<std::size_t> columns, std::size_t redundant, const std::string& remedy);

/// Refuses columns that are combinations of others.
/// @param covariance that of all the data, d×d.
/// @param remedy what to do instead of leaving columns out, as "use covariance diagonal or spherical".
/// @throws InvalidColumns with all columns that take part.
void require_independent(const Matrix& covariance, const std::string& remedy);

}  // namespace latent
