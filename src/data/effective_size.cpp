#include "latent/data/effective_size.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace latent {
namespace {

bool is_whole(double weight) {
  constexpr double rounding = 1e-9;
  return std::abs(weight - std::round(weight)) <= rounding * std::max(1.0, std::abs(weight));
}

}  // namespace

double effective_size(const Vector& weights) {
  if (weights.size() == 0) return 0.0;
  const double largest = weights.maxCoeff();
  if (!(largest > 0.0)) return 0.0;
  const Vector relative = weights / largest;
  const double sum = relative.sum();
  return sum * sum / relative.squaredNorm();
}

std::optional<std::string> note_on_weights(const Vector& weights) {
  if (std::ranges::all_of(weights, is_whole)) return std::nullopt;
  return fmt::format(
      "the weights are not whole numbers, but BIC, ICL and standard errors take them for counts, {:.6g} observations "
      "in all: for sampling or inverse-probability weights these do not hold (Kish's effective size is {:.1f})",
      weights.sum(), effective_size(weights));
}

}  // namespace latent
