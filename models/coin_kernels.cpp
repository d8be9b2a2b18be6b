#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "coin_kernels.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h:
#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>

#include "coin_kernels.hpp"
#include "latent/responsibilities.hpp"

#ifndef LATENT_UNROLL
// Loops over what lies in registers.
#define LATENT_UNROLL _Pragma("GCC unroll 16")
#endif

HWY_BEFORE_NAMESPACE();
namespace latent::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;
using Doubles = hn::ScalableTag<double>;
using Lanes = hn::Vec<Doubles>;
constexpr Doubles doubles;

// n·log p, with 0·log 0 = 0: what never happened does not mind being impossible.
HWY_INLINE Lanes times_log(Lanes n, double log_p) {
  return hn::IfThenElseZero(hn::Gt(n, hn::Zero(doubles)), hn::Mul(n, hn::Set(doubles, log_p)));
}

// log π p^h (1 − p)^t of each set.
void log_joint(const double* heads, const double* tails, std::size_t size, double log_weight, double log_heads,
               double log_tails, double* joint) {
  for (std::size_t n = 0; n < size; n += hn::Lanes(doubles)) {
    const Lanes sequence =
        hn::Add(times_log(hn::Load(doubles, heads + n), log_heads), times_log(hn::Load(doubles, tails + n), log_tails));
    hn::Store(hn::Add(hn::Set(doubles, log_weight), sequence), doubles, joint + n);
  }
}

// Σ_n r_n, Σ_n r_n h_n and Σ_n r_n t_n, in four streams that do not wait for one another.
TossSums weighted_sums(const double* r, const double* heads, const double* tails, std::size_t size) {
  constexpr std::size_t streams = 4;
  const std::size_t lanes = hn::Lanes(doubles);
  Lanes w[streams];
  Lanes h[streams];
  Lanes t[streams];
  LATENT_UNROLL for (std::size_t s = 0; s < streams; ++s) w[s] = h[s] = t[s] = hn::Zero(doubles);
  for (std::size_t n = 0; n < size; n += streams * lanes) {
    LATENT_UNROLL for (std::size_t s = 0; s < streams; ++s) {
      const std::size_t at = n + s * lanes;
      const Lanes weight = hn::Load(doubles, r + at);
      w[s] = hn::Add(w[s], weight);
      h[s] = hn::MulAdd(weight, hn::Load(doubles, heads + at), h[s]);
      t[s] = hn::MulAdd(weight, hn::Load(doubles, tails + at), t[s]);
    }
  }
  LATENT_UNROLL for (std::size_t s = 1; s < streams; ++s) {
    w[0] = hn::Add(w[0], w[s]);
    h[0] = hn::Add(h[0], h[s]);
    t[0] = hn::Add(t[0], t[s]);
  }
  return {.weight = hn::GetLane(hn::SumOfLanes(doubles, w[0])),
          .heads = hn::GetLane(hn::SumOfLanes(doubles, h[0])),
          .tails = hn::GetLane(hn::SumOfLanes(doubles, t[0]))};
}

}  // namespace
}  // namespace latent::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace latent {
namespace {

HWY_EXPORT(log_joint);
HWY_EXPORT(weighted_sums);

}  // namespace

void TossBlock::pack(std::span<const TossSet> sets, std::size_t following) {
  size_ = sets.size();
  static_assert(sizeof(TossSet) % sizeof(double) == 0);
  following_ = reinterpret_cast<const double*>(sets.data() + size_);  // only to be fetched
  following_length_ = std::min(following, capacity) * (sizeof(TossSet) / sizeof(double));
  double* const heads = rows_.row(0);
  double* const tails = rows_.row(1);
  double* const weights = rows_.row(2);
  double* const log_orders = rows_.row(3);
  bool all_of_weight_1 = true;
  for (std::size_t n = 0; n < size_; ++n) {
    const TossSet& set = sets[n];
    heads[n] = set.heads();
    tails[n] = set.tails();
    weights[n] = set.weight();
    log_orders[n] = set.log_orders();
    all_of_weight_1 &= set.weight() == 1.0;
  }
  plain_ = all_of_weight_1 && padded_size() == size_;
  for (std::size_t i = 0; i < rows_.rows(); ++i) std::fill(rows_.row(i) + size_, rows_.row(i) + padded_size(), 0.0);
}

void TossBlock::ignore_weights() {
  std::fill_n(rows_.row(2), size_, 1.0);
  plain_ = padded_size() == size_;
}

double TossBlock::log_orders() const {
  const auto size = static_cast<Index>(size_);
  return Eigen::Map<const Vector>(rows_.row(2), size).dot(Eigen::Map<const Vector>(rows_.row(3), size));
}

double responsibilities(const TossBlock& block, const LogCoins& coins, LaneRows& r) {
  const std::size_t size = block.padded_size();
  for (std::size_t k = 0; k < r.rows(); ++k) {
    const auto coin = static_cast<Index>(k);
    HWY_DYNAMIC_DISPATCH(log_joint)
    (block.heads(), block.tails(), size, coins.weights[coin], coins.heads[coin], coins.tails[coin], r.row(k));
  }
  const double* const weights = block.plain() ? nullptr : block.weights();
  return to_responsibilities(r, size, weights, block.prefetch()).log_likelihood;
}

void add_moments(const TossBlock& block, const LaneRows& r, CoinMixtureStatistics& statistics) {
  for (std::size_t k = 0; k < r.rows(); ++k) {
    const TossSums sums =
        HWY_DYNAMIC_DISPATCH(weighted_sums)(r.row(k), block.heads(), block.tails(), block.padded_size());
    const auto coin = static_cast<Index>(k);
    statistics.weights[coin] += sums.weight;
    statistics.heads[coin] += sums.heads;
    statistics.tails[coin] += sums.tails;
  }
}

}  // namespace latent
#endif
