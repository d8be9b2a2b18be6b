/// @file
/// The rest of a run: how many nats its objective is below the local maximum that EM goes to, estimated from its
/// gains.
#pragma once

#include <optional>

#include "latent/solver/trace.hpp"

namespace latent {

/// What is left of a run.
struct Rest {
  /// In nats, the unit of the objective. Where it is below rounding, the size of that rounding.
  double nats = 0.0;
  /// Whether the objective moves no more than its rounding.
  bool below_rounding = false;
};

/// The rest after the last iteration; nothing where it can't be told yet.
///
/// Where EM has become linear, its gains are Σ_i c_i λ_i^(2t) with c_i ≥ 0 and the eigenvalues λ_i of its Jacobian
/// (Dempster, Laird & Rubin 1977). With B₀, B₁, B₂, B₃ the gains of the last four blocks of k iterations, latest first,
/// and R_j = B_j / B_{j+1}, the rest is at least B₀ R₀ / (1 − R₀), by the Cauchy–Schwarz inequality, as the ratios
/// never fall. It is estimated with the limit of the ratios, R₀ + d q / (1 − q) with d = R₀ − R₁ and q = d / (R₁ − R₂),
/// in place of R₀. Blocks of an eighth of the run tell a rate from one that still changes, and average rounding out.
///
/// The estimate is believed only where both ways agree within a factor of four, and the ratios are below 1, and steady
/// or rising ever more slowly: on a plateau they rise ever faster, and behind one they fall. What no gain shows, it
/// can't show either: at a saddle that the run has come nearer to than rounding, or where a loose tolerance stops it on
/// its way past one, the estimate is that of the saddle.
///
/// The objective is at rounding where it moved by no more than 4ε|ℓ| over the last eighth of the run, and over its
/// second half; where it went down in the last iterations, as only rounding makes EM do, by no more than twice that.
///
/// It is about plain EM: of an accelerated run it takes the plain EM steps at its end (`Iteration::em_steps`), and
/// there is no estimate where these are fewer than three. Blocks of a trace that has not all iterations begin and end
/// at some that it has; the estimate is then that of the last iteration whose number is a multiple of its spacing, and
/// so somewhat too large, by less than a hundredth of what a block gains. Cost O(1), of such a trace O(log T).
[[nodiscard]] std::optional<Rest> rest_of(const Trace& trace);

}  // namespace latent
