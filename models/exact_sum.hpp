// Means that keep more digits than their doubles hold, for data that lie far from 0.
#pragma once

#include "latent/data/observations.hpp"

namespace latent {

/// a + b without error, entry by entry: the sum as doubles round it, and what rounding took (Knuth 1997, The Art of
/// Computer Programming, vol. 2, section 4.2.2, theorem B).
struct ExactSum {
  ExactSum(const Vector& a, const Vector& b) : rounded(a + b) {
    const Vector b_taken = rounded - a;
    const Vector a_taken = rounded - b_taken;
    remainder = (a - a_taken) + (b - b_taken);
  }

  Vector rounded;
  Vector remainder;
};

}  // namespace latent
