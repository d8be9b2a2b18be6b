#include "latent/methods/squarem.hpp"

#include <algorithm>
#include <cmath>

namespace latent::detail {
namespace {

constexpr double growth = 4.0;  // of the longest step

double step_length(SquaremScheme scheme, const Vector& r, const Vector& v) {
  switch (scheme) {
    case SquaremScheme::s1:
      return r.dot(v) / v.squaredNorm();
    case SquaremScheme::s2:
      return r.squaredNorm() / r.dot(v);
    case SquaremScheme::s3:
      return -r.norm() / v.norm();
  }
  return -1.0;
}

}  // namespace

Vector SquaredStep::extrapolated(SquaremScheme scheme, const Vector& zero, const Vector& one, const Vector& two,
                                 const Vector& information_at_two) {
  const Vector r = one - zero;
  const Vector v = (two - one) - r;
  const Vector unit = information_at_two.cwiseSqrt();
  const double alpha = step_length(scheme, r.cwiseProduct(unit), v.cwiseProduct(unit));
  // Infinite parameters, or no step at all: there is nothing to extrapolate.
  alpha_ = std::isfinite(alpha) ? std::clamp(alpha, -longest_, -1.0) : -1.0;
  if (alpha_ == -1.0) {
    // The bound lets nothing through at first: a step that would have been longer went well.
    if (std::isfinite(alpha) && alpha < -1.0) longest_ *= growth;
    return two;
  }
  return zero - 2.0 * alpha_ * r + alpha_ * alpha_ * v;
}

void SquaredStep::went(bool well) {
  if (alpha_ != -longest_) return;
  longest_ = well ? longest_ * growth : std::max(1.0, longest_ / growth);
}

}  // namespace latent::detail
