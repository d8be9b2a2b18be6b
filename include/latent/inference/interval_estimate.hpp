/// @file
/// An estimate with its uncertainty, and the scale on which its interval is symmetric.
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

/// The scale g on which an interval is symmetric about the estimate: g⁻¹(g(q̂) ± z · se / |dq/dg|). On its own scale a
/// quantity is nearer to normal, and the ends stay in its range.
enum class IntervalScale {
  identity,  ///< the quantity's own: for means, differences, regression coefficients
  log,       ///< log q, for q > 0: variances, standard deviations, rates, ratios
  logit,     ///< log q/(1 − q), for 0 < q < 1: probabilities, mixing weights
  fisher_z   ///< ½ log (1 + q)/(1 − q), for −1 < q < 1: correlations (Fisher 1921, Metron 1:3)
};

/// Wald's interval of a quantity from its estimate and standard error, both in the quantity's units; by the delta
/// method on another scale than its own.
/// @throws InvalidOption unless 0 < level < 1, the estimate is inside the range of the scale, and the standard error is
/// finite and not negative.
[[nodiscard]] IntervalEstimate wald_interval(double estimate, double standard_error, double level = 0.95,
                                             IntervalScale scale = IntervalScale::identity);

/// The exact limits of a probability from `successes` in `trials` independent trials (Clopper & Pearson 1934,
/// Biometrika 26:404), with the binomial standard error. If there are no successes, or nothing else, the estimate is on
/// the boundary of its range, and the other end is the one-sided limit of the same level: of 0 in n it is
/// 1 − (1 − level)^(1/n). Counts need not be whole, as expected ones are not.
/// @throws InvalidOption unless 0 ≤ successes ≤ trials, trials > 0, and 0 < level < 1.
[[nodiscard]] IntervalEstimate binomial_interval(double successes, double trials, double level = 0.95);

}  // namespace latent
