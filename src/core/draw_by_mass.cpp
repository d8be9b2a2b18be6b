#include "latent/core/draw_by_mass.hpp"

#include <algorithm>
#include <boost/random/binomial_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <cmath>

namespace latent {
namespace {

double total_of(const Masses& masses) {
  double total = 0.0;
  for (const double mass : masses) {
    if (mass > 0.0) total += mass;
  }
  return total;
}

// Those masses over the largest: their sum neither overflows nor is subnormal.
Vector rescaled(const Masses& masses) {
  double largest = 0.0;
  for (const double mass : masses) {
    if (mass > largest) largest = mass;
  }
  Vector relative(masses.size());
  for (Index i = 0; i < masses.size(); ++i) {
    if (std::isinf(largest)) {
      relative[i] = masses[i] == largest ? 1.0 : 0.0;
    } else {
      relative[i] = masses[i] > 0.0 ? masses[i] / largest : 0.0;
    }
  }
  return relative;
}

// What `draw(masses, total)` makes of masses whose sum is a normal number; nothing where that is 0.
template <class Draw>
auto with_normal_total(const Masses& masses, const Draw& draw) -> std::optional<decltype(draw(masses, 1.0))> {
  const double total = total_of(masses);
  if (total == 0.0) return std::nullopt;
  if (std::isnormal(total)) return draw(masses, total);
  const Vector relative = rescaled(masses);
  return draw(Masses(relative), total_of(relative));
}

std::size_t item_at(const Masses& masses, double place) {
  double left = place;
  Index last_possible = 0;
  for (Index i = 0; i < masses.size(); ++i) {
    if (!(masses[i] > 0.0)) continue;
    last_possible = i;
    left -= masses[i];
    if (left < 0.0) break;
  }
  return static_cast<std::size_t>(last_possible);
}

// One item after another: of the draws that are left, each falls to it with its share of the mass that is left.
std::vector<std::int64_t> counts_of(const Masses& masses, double total, std::int64_t draws, RandomEngine& rng) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(masses.size()), 0);
  std::int64_t draws_left = draws;
  double mass_left = total;
  std::size_t last_possible = 0;
  for (Index i = 0; i < masses.size() && draws_left > 0 && mass_left > 0.0; ++i) {
    if (!(masses[i] > 0.0)) continue;
    last_possible = static_cast<std::size_t>(i);
    const double share = std::min(masses[i] / mass_left, 1.0);
    const std::int64_t drawn =
        share < 1.0 ? boost::random::binomial_distribution<std::int64_t>(draws_left, share)(rng) : draws_left;
    counts[last_possible] = drawn;
    draws_left -= drawn;
    mass_left -= masses[i];
  }
  // What rounding of the masses has left over.
  counts[last_possible] += draws_left;
  return counts;
}

}  // namespace

std::optional<std::size_t> draw_by_mass(const Masses& masses, RandomEngine& rng) {
  return with_normal_total(masses, [&](const Masses& normal, double total) {
    return item_at(normal, boost::random::uniform_01<double>()(rng) * total);
  });
}

std::optional<std::vector<std::int64_t>> draw_counts_by_mass(const Masses& masses, std::int64_t draws,
                                                             RandomEngine& rng) {
  return with_normal_total(masses,
                           [&](const Masses& normal, double total) { return counts_of(normal, total, draws, rng); });
}

}  // namespace latent
