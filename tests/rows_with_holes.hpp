// The log-likelihood of a normal distribution, one row at a time and with more digits than a double's.
#pragma once

#include <Eigen/Cholesky>
#include <cmath>
#include <numbers>
#include <vector>

#include "latent/observations.hpp"

namespace latent::rows_with_holes {

using LongVector = Eigen::Matrix<long double, Eigen::Dynamic, 1>;
using LongMatrix = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;

/// Σ log N(x_O | μ_O, Σ_OO) with μ = mean + beyond, over the rows of `values`, in which NaN is missing.
inline long double log_likelihood(const RowMatrix& values, const Vector& mean, const Vector& beyond,
                                  const Matrix& covariance) {
  const LongMatrix all = covariance.cast<long double>();
  long double sum = 0.0L;
  for (Index row = 0; row < values.rows(); ++row) {
    std::vector<Index> o;
    for (Index column = 0; column < values.cols(); ++column) {
      if (!std::isnan(values(row, column))) o.push_back(column);
    }
    if (o.empty()) continue;
    const LongVector x = values.row(row).transpose()(o).cast<long double>();
    const LongVector distance = (x - mean(o).cast<long double>()) - beyond(o).cast<long double>();
    const LongMatrix factor = Eigen::LLT<LongMatrix>(LongMatrix(all(o, o))).matrixL();
    const LongVector whitened = factor.triangularView<Eigen::Lower>().solve(distance);
    const auto size = static_cast<long double>(o.size());
    sum -= 0.5L * size * std::log(2.0L * std::numbers::pi_v<long double>);
    sum -= factor.diagonal().array().log().sum() + 0.5L * whitened.squaredNorm();
  }
  return sum;
}

}  // namespace latent::rows_with_holes
