// Derivatives by central differences over seven points, and how far apart to take them.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "latent/data/observations.hpp"

namespace latent {

// A derivative by the formulas of order 6 and of order 4. What they differ by is what the truncation of the lower order
// and the rounding come to.
template <class Value>
struct Differences {
  Value sixth;
  Value fourth;
};

// f'(0) ≈ Σ_k c_k {f(kh) − f(−kh)} / h, k = 1, 2, 3 (Fornberg 1988, Mathematics of Computation 51:699, table 1).
template <class Function>
auto central_differences(const Function& f, double h) {
  using Value = decltype(f(h));
  constexpr std::array<double, 3> order_6 = {3.0 / 4.0, -3.0 / 20.0, 1.0 / 60.0};
  constexpr std::array<double, 3> order_4 = {2.0 / 3.0, -1.0 / 12.0, 0.0};
  const Value nearest = f(h) - f(-h);
  Differences<Value> sums{.sixth = order_6[0] * nearest, .fourth = order_4[0] * nearest};
  for (std::size_t k : {1U, 2U}) {
    const double step = static_cast<double>(k + 1) * h;
    const Value difference = f(step) - f(-step);
    sums.sixth += order_6[k] * difference;
    sums.fourth += order_4[k] * difference;
  }
  sums.sixth /= h;
  sums.fourth /= h;
  return sums;
}

// A function of one variable around 0.
using Curve = std::function<double(double by)>;

// The differences of a log-likelihood step by this many standard errors of the complete data, at most three times.
// Truncation is then that of a log-likelihood over a third of a standard error, where it is nearly a parabola; and the
// change, some thousandths, is far above the rounding of a sum over any data.
inline constexpr double step_in_standard_errors = 0.1;

// A step of such a length for a parameter: over it the curve bends by ½ · 0.1² on the mean of both sides. Nothing where
// the curve is flat within its rounding, or not finite.
std::optional<double> bending_step(const Curve& curve, double parameter, double rounding);

// A step by which the parameter can be moved without rounding.
double representable(double step, double parameter);

// "parameter 3 of parameters()".
std::string numbered(Index j);

}  // namespace latent
