// A landscape with several maxima, for tests of restarts.
#pragma once

#include <boost/random/uniform_real_distribution.hpp>
#include <cmath>
#include <stdexcept>

#include "latent/random.hpp"

namespace latent {

/// A hill at each whole number, the higher the further right: EM moves to the top of the hill it starts on. Starts
/// below −2.5 fail, so that some restarts are lost.
struct Hills {
  using Data = double;
  using Statistics = double;

  double x = 0.0;

  Statistics e_step(Data) const { return std::round(x); }
  void m_step(const Statistics& top) { x = top; }
  double log_likelihood(Data) const {
    if (x < -2.5) throw std::runtime_error("fell off the edge");
    return std::round(x) - std::abs(x - std::round(x));
  }
  void initialize(Data, RandomEngine& rng) { x = boost::random::uniform_real_distribution<double>(-3.0, 3.0)(rng); }
};

/// Where every start fails.
struct Hopeless : Hills {
  double log_likelihood(Data) const { throw std::runtime_error("no hope"); }
};

}  // namespace latent
