// The linkage example of Dempster, Laird & Rubin (1977), section 1, with the refinements that its uncertainty takes.
#pragma once

#include <array>
#include <boost/random/uniform_real_distribution.hpp>
#include <cmath>
#include <cstddef>

#include "latent/observations.hpp"
#include "latent/random.hpp"

namespace latent::linkage {

// 197 animals of four kinds, of probabilities 1/2 + π/4, (1 − π)/4, (1 − π)/4, π/4; how the first splits into 1/2 and
// π/4 is not known.
struct Model {
  using Data = std::array<double, 4>;
  using Statistics = std::array<double, 2>;  // expected numbers of π/4 and (1 − π)/4

  double pi = 0.5;

  Statistics e_step(const Data& x) const { return {x[0] * pi / (2.0 + pi) + x[3], x[1] + x[2]}; }
  void m_step(const Statistics& s) { pi = s[0] / (s[0] + s[1]); }
  double log_likelihood(const Data& x) const {
    return x[0] * std::log(0.5 + pi / 4.0) + (x[1] + x[2]) * std::log((1.0 - pi) / 4.0) + x[3] * std::log(pi / 4.0);
  }
  double expected_log_joint(const Statistics& s) const { return s[0] * std::log(pi) + s[1] * std::log1p(-pi); }
  Vector parameters() const { return Vector{{std::log(pi / (1.0 - pi))}}; }
  void set_parameters(const Vector& logit) { pi = 1.0 / (1.0 + std::exp(-logit[0])); }
  Data sample(std::size_t animals, RandomEngine& rng) const {
    const boost::random::uniform_real_distribution<double> uniform(0.0, 4.0);
    const std::array<double, 3> ends = {2.0 + pi, 3.0, 4.0 - pi};
    Data counts = {};
    for (std::size_t animal = 0; animal < animals; ++animal) {
      const double u = uniform(rng);
      std::size_t kind = 0;
      while (kind < ends.size() && u >= ends[kind]) ++kind;
      counts[kind] += 1.0;
    }
    return counts;
  }
};

inline constexpr Model::Data animals = {125, 18, 20, 34};

inline Vector natural(const Model& model) { return Vector{{model.pi}}; }

}  // namespace latent::linkage
