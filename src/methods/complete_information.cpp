#include "latent/methods/complete_information.hpp"

#include <algorithm>
#include <cmath>

namespace latent::detail {
namespace {

// What q is wanted to decrease by: far above its rounding, and small enough for the parabola.
constexpr double wanted_decrease = 0.1;

double curvature(const std::function<double(const Vector&)>& q, Vector at, Index i, double width) {
  const double centre = at[i];
  const double top = q(at);
  constexpr int tries = 40;
  for (int attempt = 0; attempt < tries && width > 0.0 && std::isfinite(width); ++attempt) {
    at[i] = centre + width;
    const double above = q(at);
    at[i] = centre - width;
    const double decrease = top - 0.5 * (above + q(at));
    if (!std::isfinite(decrease)) {  // outside of the parameter space
      width /= 16.0;
    } else if (decrease > 0.25 * wanted_decrease && decrease < 4.0 * wanted_decrease) {
      return 2.0 * decrease / (width * width);
    } else {  // by the parabola, as far as it can be trusted
      const double factor = decrease > 0.0 ? std::sqrt(wanted_decrease / decrease) : 16.0;
      width *= std::clamp(factor, 1.0 / 16.0, 16.0);
    }
  }
  return 0.0;
}

}  // namespace

Vector curvatures(const std::function<double(const Vector&)>& q, const Vector& at, const Vector& step) {
  Vector all(at.size());
  for (Index i = 0; i < at.size(); ++i) all[i] = curvature(q, at, i, std::abs(step[i]));
  return all;
}

Vector usable_information(Vector information) {
  information = (information.array() > 0.0 && information.array().isFinite()).select(information, 0.0);
  if (!(information.array() > 0.0).any()) information.setOnes();
  return information;
}

bool InformationSchedule::is_due() {
  constexpr int at_the_latest = 16;
  ++calls_;
  const bool power_of_two = (calls_ & (calls_ - 1)) == 0;
  return power_of_two || calls_ % at_the_latest == 0;
}

}  // namespace latent::detail
