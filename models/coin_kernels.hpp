// The sums over sets of tosses that a coin mixture is made of, a block at a time, written for SIMD registers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "latent/expectation/packed_block.hpp"
#include "latent/expectation/responsibilities.hpp"
#include "latent/models/coin_mixture.hpp"

namespace latent {

/// A block of sets, each of their numbers in a row of its own; filled up with sets of weight 0.
class TossBlock {
 public:
  static constexpr std::size_t capacity = PackedBlock::most;

  TossBlock() : rows_(3, capacity) {}

  /// @param following how many sets follow these in memory.
  /// @pre at least one set, and at most `capacity`.
  void pack(std::span<const TossSet> sets, std::size_t following);
  /// Sets the weights of the packed sets to 1.
  void count_each_once();

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t padded_size() const { return PackedBlock::padded(size_); }
  [[nodiscard]] const double* heads() const { return rows_.row(0); }
  [[nodiscard]] const double* tails() const { return rows_.row(1); }
  [[nodiscard]] const double* weights() const { return rows_.row(2); }
  /// Σ_n w_n log C(m_n, h_n), natural log.
  [[nodiscard]] double log_orders() const { return log_orders_; }
  /// Whether all sets have weight 1, and none fills the block up.
  [[nodiscard]] bool plain() const { return plain_; }
  /// Fetches the block that follows, in `padded_size() / 8` steps.
  [[nodiscard]] Prefetch prefetch() const { return {following_, following_bytes_, padded_size() / 8}; }

 private:
  LaneRows rows_;
  std::size_t size_ = 0;
  bool plain_ = false;
  double log_orders_ = 0.0;
  const TossSet* following_ = nullptr;
  std::size_t following_bytes_ = 0;
};

/// Packs the sets block after block, and calls `visit(first)` for each.
template <class Visit>
void for_each_block(std::span<const TossSet> sets, TossBlock& block, const Visit& visit) {
  for (std::size_t first = 0; first < sets.size(); first += TossBlock::capacity) {
    const std::size_t size = std::min(TossBlock::capacity, sets.size() - first);
    block.pack(sets.subspan(first, size), sets.size() - first - size);
    visit(first);
  }
}

/// What a coin's responsibilities sum up to.
struct TossSums {
  double weight;
  double heads;
  double tails;
};

/// The logarithms of a coin mixture's parameters, K each.
struct LogCoins {
  Vector weights;
  Vector heads;
  Vector tails;

  LogCoins(const Vector& mixing_weights, const Vector& biases)
      : weights(mixing_weights.array().log()), heads(biases.array().log()), tails((-biases.array()).log1p()) {}
};

/// Sets w_n r_nk, a row a coin, and returns the evidence. Cost O(K·B).
Evidence responsibilities(const TossBlock& block, const LogCoins& coins, LaneRows& r);

/// Adds Σ_n r_nk, Σ_n r_nk h_n and Σ_n r_nk t_n. Cost O(K·B).
void add_moments(const TossBlock& block, const LaneRows& r, CoinMixtureStatistics& statistics);

}  // namespace latent
