/// @file
/// Bayes' rule for a block of observations: from log π_k p_k(x_n) to responsibilities, for any mixture.
#pragma once

#include <cstddef>
#include <span>

#include "latent/expectation/packed_block.hpp"

namespace latent {

/// What a block of observations says of the parameters and of its own components, natural logs.
struct Evidence {
  double log_likelihood = 0.0;  ///< Σ_n w_n log p(x_n)
  double certainty = 0.0;  ///< Σ_n w_n log max_k r_nk, at most 0, for ICL; of no meaning where the log-likelihood is −∞

  /// Adds that of other observations.
  Evidence& operator+=(const Evidence& other) {
    log_likelihood += other.log_likelihood;
    certainty += other.certainty;
    return *this;
  }
};

/// Turns `joint`, log π_k p_k(x_n) with a row a component and a column an observation, into w_n r_nk in place.
///
/// The largest term is taken out, so that nothing overflows. A term that is NaN counts as −∞. Where all terms of an
/// observation do, its responsibilities are 0 and the log-likelihood is −∞; unless its weight is 0, which is no
/// observation. Cost O(K·B), with one exponential for each responsibility.
/// @param joint K×B; what it has is replaced.
/// @param size the number of columns, a multiple of `PackedBlock::padding`.
/// @param weights w, aligned to a cache line; null where all are 1.
/// @param ahead what to fetch from memory meanwhile, in `size / 8` steps.
Evidence to_responsibilities(LaneRows& joint, std::size_t size, const double* weights, Prefetch ahead = {});

/// The same for a block, while the one that follows is fetched.
inline Evidence to_responsibilities(const PackedBlock& block, LaneRows& joint) {
  const std::size_t size = block.padded_size();
  return to_responsibilities(joint, size, block.plain() ? nullptr : block.weights(), block.prefetch(size / 8));
}

/// Turns `joint`, K×B, into hard responsibilities, in place: w_n for the component of the largest term (the first of
/// equals), 0 for the others. Cost O(K·B).
void to_assignments(const PackedBlock& block, LaneRows& joint);

/// Given responsibilities q of a block's observations, weighted: sets r to w_n q_nk, a row a component and 0 where the
/// block is filled up, and returns their entropy −Σ_n w_n Σ_k q_nk log q_nk, natural log, with 0·log 0 = 0. Cost
/// O(K·B).
/// @param responsibilities q, N×K.
/// @param first the number (from 0) of the block's first observation.
/// @param weights w, with those of weight 0 that fill the block up.
/// @param size the number of observations, without those.
/// @param r room for K×B.
double weigh_responsibilities(const Matrix& responsibilities, std::size_t first, std::span<const double> weights,
                              std::size_t size, LaneRows& r);

/// @throws InvalidOption unless the responsibilities have a row for each observation and a column for each component.
void require_responsibilities(const Matrix& responsibilities, std::size_t observations, std::size_t components);

/// log p(x_n) = log Σ_k exp(joint_kn) of each observation of the block, natural log, into `log_densities`, which has
/// room for `block.padded_size()` numbers, aligned to a cache line. −∞ where every term is −∞ or NaN.
void log_sum_exp(const PackedBlock& block, const LaneRows& joint, double* log_densities);

}  // namespace latent
