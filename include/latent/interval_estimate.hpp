/// @file
/// An estimate with its uncertainty.
#pragma once

namespace latent {

/// A quantity's estimate, its standard error, and a confidence interval, all in the units of the quantity.
struct IntervalEstimate {
  double estimate = 0.0;
  double standard_error = 0.0;
  double lower = 0.0;
  double upper = 0.0;
};

}  // namespace latent
