/// @file
/// An estimate with its uncertainty.
#pragma once

namespace latent {

/// A quantity's estimate, its standard error, and a confidence interval, all in the units of the quantity.
struct IntervalEstimate {
  /// The estimate.
  double estimate = 0.0;
  /// Its standard error.
  double standard_error = 0.0;
  /// The lower end of the interval.
  double lower = 0.0;
  /// The upper end.
  double upper = 0.0;
};

}  // namespace latent
