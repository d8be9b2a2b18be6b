#include "latent/expectation/responsibilities.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "latent/core/errors.hpp"

namespace latent {

double weigh_responsibilities(const Matrix& responsibilities, std::size_t first, std::span<const double> weights,
                              std::size_t size, LaneRows& r) {
  double entropy = 0.0;
  for (std::size_t k = 0; k < r.rows(); ++k) {
    const double* const q = &responsibilities(static_cast<Index>(first), static_cast<Index>(k));
    double* const row = r.row(k);
    for (std::size_t n = 0; n < size; ++n) {
      row[n] = weights[n] * q[n];
      if (q[n] > 0.0 && q[n] < 1.0) entropy -= row[n] * std::log(q[n]);
    }
    std::fill(row + size, row + weights.size(), 0.0);
  }
  return entropy;
}

void require_responsibilities(const Matrix& responsibilities, std::size_t observations, std::size_t components) {
  if (responsibilities.rows() == static_cast<Index>(observations) &&
      responsibilities.cols() == static_cast<Index>(components)) {
    return;
  }
  throw InvalidOption("responsibilities", fmt::format("{} x {}", responsibilities.rows(), responsibilities.cols()),
                      fmt::format("must be {} x {}, observations by components", observations, components));
}

}  // namespace latent
