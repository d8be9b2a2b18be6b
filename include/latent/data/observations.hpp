/// @file
/// `Observations`: a data set as a view.
#pragma once

#include <cstddef>
#include <span>

#include "latent/core/matrix.hpp"

namespace latent {

/// A data set as a view: N observations of d values, one observation a row, with an optional weight for each.
///
/// It copies nothing, so what it looks at must outlive it. A weight of 2 means the same as the observation twice;
/// weights need not be whole numbers.
class Observations {
 public:
  Observations() = default;

  /// A view of size × dimension values, row after row. `weights` is empty (each observation counts once) or has
  /// `size` entries.
  /// @throws InvalidData where the number of weights is another, or a weight is negative or not finite.
  Observations(const double* values, std::size_t size, std::size_t dimension, std::span<const double> weights = {});

  /// A view of all rows of a matrix, N×d.
  /// @throws InvalidData as above.
  Observations(const RowMatrix& values, std::span<const double> weights = {})  // NOLINT(google-explicit-constructor)
      : Observations(values.data(), static_cast<std::size_t>(values.rows()), static_cast<std::size_t>(values.cols()),
                     weights) {}

  /// No other Eigen type: a copy would have to be made row by row, and the view would outlive it.
  template <class Derived>
  explicit Observations(const Eigen::EigenBase<Derived>& values, std::span<const double> weights = {}) = delete;

  /// N.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// d.
  [[nodiscard]] std::size_t dimension() const { return dimension_; }
  /// Whether there are no observations.
  [[nodiscard]] bool empty() const { return size_ == 0; }

  /// The value in row `row` (from 0) and column `column` (from 0).
  [[nodiscard]] double operator()(std::size_t row, std::size_t column) const {
    return values_[row * dimension_ + column];
  }
  /// Observation `row` (from 0) as a column vector of length d.
  [[nodiscard]] Eigen::Map<const Vector> operator[](std::size_t row) const {
    return {values_ + row * dimension_, static_cast<Index>(dimension_)};
  }
  /// All observations, N×d.
  [[nodiscard]] Eigen::Map<const RowMatrix> matrix() const {
    return {values_, static_cast<Index>(size_), static_cast<Index>(dimension_)};
  }

  /// Whether weights were given.
  [[nodiscard]] bool weighted() const { return weights_ != nullptr; }
  /// The weight of observation `row` (from 0); 1 where there are no weights.
  [[nodiscard]] double weight(std::size_t row) const { return weights_ == nullptr ? 1.0 : weights_[row]; }
  /// The sum of the weights: N where there are none. Cost O(N) with weights.
  [[nodiscard]] double total_weight() const;

  /// The view of `count` observations from `first` (from 0) on.
  [[nodiscard]] Observations subspan(std::size_t first, std::size_t count) const;

 private:
  const double* values_ = nullptr;
  const double* weights_ = nullptr;
  std::size_t size_ = 0;
  std::size_t dimension_ = 0;
};

/// Checks that the observations can be used by a model of real, complete data.
///
/// Cost: one pass, O(N·d).
/// @throws InvalidData where there are no observations, a value is missing or infinite (names row and column), a value
/// is so large that its square overflows (|x| > 1e150), or the weights sum to zero or to more than 1e150.
void require_complete(const Observations& data);

/// The same for a model of incomplete data: missing values (NaN) may be anywhere.
/// @throws InvalidData as `require_complete`, but for missing values.
void require_usable_or_missing(const Observations& data);

/// Checks that the weights count observations: that they sum to at least `least`. Penalties, criteria and stopping
/// rules have the scale of a count.
/// @throws InvalidData where they sum to less.
void require_total_weight(double total, double least);

/// Checks that every column has a spread that a normal distribution can be fitted to, from its means and variances, d.
/// @throws InvalidData, with the column, where a variance is what rounding leaves of equal values, or too small for its
/// square.
void require_spread(const Vector& means, const Vector& variances);

/// Mean of each column, weighted; length d. Cost O(N·d).
/// @pre at least one observation; so of `column_variances`.
Vector column_means(const Observations& data);

/// Variance of each column, weighted, with divisor Σw; length d. Cost O(N·d).
Vector column_variances(const Observations& data);

}  // namespace latent
