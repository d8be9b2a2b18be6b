/// @file
/// Blocks of observations, packed so that observations lie across the lanes of SIMD registers: the form in which a
/// model's sums over observations are fastest, by loops that the compiler vectorises or by kernels of one's own.
///
///     PackedBlock block(data.dimension());
///     for_each_block(data, block, [&](std::size_t first) {
///       … block.column(j)[n] is value j of observation first + n, for n < block.size() …
///     });
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>

#include "latent/data/observations.hpp"
#include "latent/expectation/parts.hpp"

namespace latent {

/// Where rows lie, as a kernel takes it: a value, which stays in registers while numbers are written.
template <class Number>
struct RowView {
  /// Where row 0 begins.
  Number* begin;
  /// From the beginning of a row to that of the next, in numbers.
  std::size_t stride;

  /// Where row i (from 0) begins.
  Number* operator[](std::size_t i) const { return begin + i * stride; }
};

/// Rows of numbers, each aligned to a cache line; all are 0 at first.
class LaneRows {
 public:
  /// `rows` rows of `length` numbers each, all 0.
  /// @throws std::bad_alloc where there is no memory for them.
  LaneRows(std::size_t rows, std::size_t length);

  /// Where row i (from 0) begins, aligned to a cache line.
  [[nodiscard]] double* row(std::size_t i) { return values_.get() + i * stride_; }
  /// The same, to read.
  [[nodiscard]] const double* row(std::size_t i) const { return values_.get() + i * stride_; }
  /// The number of rows.
  [[nodiscard]] std::size_t rows() const { return rows_; }
  /// Where the rows lie, as a kernel takes it.
  [[nodiscard]] RowView<double> view() { return {values_.get(), stride_}; }
  /// The same, to read.
  [[nodiscard]] RowView<const double> view() const { return {values_.get(), stride_}; }

 private:
  struct Free {
    void operator()(double* values) const { std::free(values); }  // NOLINT(cppcoreguidelines-no-malloc)
  };
  std::size_t rows_;
  std::size_t stride_;
  std::unique_ptr<double, Free> values_;
};

/// Fetches what lies ahead in memory into the cache, a little at each step of a computation: kernels are faster than
/// memory, and would wait for each block.
class Prefetch {
 public:
  /// Nothing to fetch.
  Prefetch() = default;
  /// Fetches `bytes` from `begin` on in so many steps.
  Prefetch(const void* begin, std::size_t bytes, std::size_t steps)
      : begin_(static_cast<const char*>(begin)),
        bytes_(bytes),
        each_((bytes / std::max<std::size_t>(steps, 1) / line + 1) * line) {}

  /// Fetches the next little.
  void step() {
    const std::size_t end = std::min(fetched_ + each_, bytes_);
    for (; fetched_ < end; fetched_ += line) __builtin_prefetch(begin_ + fetched_, 0, 2);
  }

 private:
  static constexpr std::size_t line = 64;
  const char* begin_ = nullptr;
  std::size_t bytes_ = 0;
  std::size_t each_ = 0;
  std::size_t fetched_ = 0;
};

/// A block of observations, each column in a row of its own. The block is filled up to a multiple of `padding` with
/// copies of its last observation that have weight 0, so that kernels have no remainder to treat.
class PackedBlock {
 public:
  /// Four of the widest registers.
  static constexpr std::size_t padding = 32;
  /// The most observations that any block has; a block has 512 or 256.
  static constexpr std::size_t most = 512;
  static_assert(smallest_part % most == 0);

  /// The next multiple of `padding`.
  [[nodiscard]] static constexpr std::size_t padded(std::size_t size) {
    return (size + padding - 1) / padding * padding;
  }

  /// Room for a block of observations of `dimension` values.
  explicit PackedBlock(std::size_t dimension);

  /// How many observations a block may have: so many that the cost of a call is spread, so few that it stays in the
  /// cache. It depends on the dimension alone.
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  /// Packs observations, of which `following` more come after them in memory. Cost O(B·d).
  /// @pre at least one observation, and at most `capacity()`, of the block's dimension.
  void pack(const Observations& observations, std::size_t following = 0);

  /// d.
  [[nodiscard]] std::size_t dimension() const { return columns_.rows(); }
  /// B, the observations.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// The observations and what fills the block up.
  [[nodiscard]] std::size_t padded_size() const { return padded_size_; }
  /// Column j, `padded_size()` numbers.
  [[nodiscard]] const double* column(std::size_t j) const { return columns_.row(j); }
  /// Where the columns lie, as a kernel takes it.
  [[nodiscard]] RowView<const double> columns() const { return columns_.view(); }
  /// The weights, `padded_size()` numbers; 0 where the block is filled up.
  [[nodiscard]] const double* weights() const { return weights_.row(0); }
  /// Whether all weights are 1, and nothing fills the block up: weights then need not be looked at.
  [[nodiscard]] bool plain() const { return plain_; }

  /// Fetches the block that follows.
  [[nodiscard]] Prefetch prefetch(std::size_t steps) const { return {following_, following_bytes_, steps}; }

 private:
  std::size_t capacity_;
  LaneRows columns_;
  LaneRows weights_;
  bool plain_ = false;
  std::size_t size_ = 0;
  std::size_t padded_size_ = 0;
  const double* following_ = nullptr;
  std::size_t following_bytes_ = 0;
};

/// Packs the data block after block, and calls `visit(first)` for each with the number (from 0) of its first
/// observation.
template <class Visit>
void for_each_block(const Observations& data, PackedBlock& block, const Visit& visit) {
  for (std::size_t first = 0; first < data.size(); first += block.capacity()) {
    const std::size_t size = std::min(block.capacity(), data.size() - first);
    block.pack(data.subspan(first, size), data.size() - first - size);
    visit(first);
  }
}

}  // namespace latent
