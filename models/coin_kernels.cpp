#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "coin_kernels.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h:
#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>

#include "coin_kernels.hpp"
#include "latent/core/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace latent::HWY_NAMESPACE {
namespace {

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
  static_assert(PackedBlock::padding % (streams * hn::MaxLanes(doubles)) == 0);
  const std::size_t lanes = hn::Lanes(doubles);
  Lanes w[streams];
  Lanes h[streams];
  Lanes t[streams];
  HWY_UNROLL(16) for (std::size_t s = 0; s < streams; ++s) w[s] = h[s] = t[s] = hn::Zero(doubles);
  for (std::size_t n = 0; n < size; n += streams * lanes) {
    HWY_UNROLL(16) for (std::size_t s = 0; s < streams; ++s) {
      const std::size_t at = n + s * lanes;
      const Lanes weight = hn::Load(doubles, r + at);
      w[s] = hn::Add(w[s], weight);
      h[s] = hn::MulAdd(weight, hn::Load(doubles, heads + at), h[s]);
      t[s] = hn::MulAdd(weight, hn::Load(doubles, tails + at), t[s]);
    }
  }
  HWY_UNROLL(16) for (std::size_t s = 1; s < streams; ++s) {
    w[0] = hn::Add(w[0], w[s]);
    h[0] = hn::Add(h[0], h[s]);
    t[0] = hn::Add(t[0], t[s]);
  }
  return {.weight = sum_of(w[0]), .heads = sum_of(h[0]), .tails = sum_of(t[0])};
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
  following_ = sets.data() + size_;
  following_bytes_ = std::min(following, capacity) * sizeof(TossSet);
  double* const heads = rows_.row(0);
  double* const tails = rows_.row(1);
  double* const weights = rows_.row(2);
  std::array<double, 8> log_orders{};  // sums that do not wait for one another
  bool all_of_weight_1 = true;
  for (std::size_t n = 0; n < size_; ++n) {
    const TossSet& set = sets[n];
    heads[n] = set.heads();
    tails[n] = set.tails();
    weights[n] = set.weight();
    log_orders[n % log_orders.size()] += set.weight() * set.log_orders();
    all_of_weight_1 &= set.weight() == 1.0;
  }
  for (std::size_t i = 0; i < rows_.rows(); ++i) std::fill(rows_.row(i) + size_, rows_.row(i) + padded_size(), 0.0);
  log_orders_ = std::accumulate(log_orders.begin(), log_orders.end(), 0.0);
  plain_ = all_of_weight_1 && padded_size() == size_;
}

void TossBlock::count_each_once() { std::fill_n(rows_.row(2), size_, 1.0); }

Evidence responsibilities(const TossBlock& block, const LogCoins& coins, LaneRows& r) {
  const std::size_t size = block.padded_size();
  for (std::size_t k = 0; k < r.rows(); ++k) {
    const auto coin = static_cast<Index>(k);
    HWY_DYNAMIC_DISPATCH(log_joint)
    (block.heads(), block.tails(), size, coins.weights[coin], coins.heads[coin], coins.tails[coin], r.row(k));
  }
  Evidence evidence = to_responsibilities(r, size, block.plain() ? nullptr : block.weights(), block.prefetch());
  evidence.log_likelihood += block.log_orders();
  return evidence;
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
