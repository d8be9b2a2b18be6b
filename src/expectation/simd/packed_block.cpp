// Packing: from observations row after row to columns that lie across the lanes.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "expectation/simd/packed_block.cpp"
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>
#include <new>

#include "latent/expectation/packed_block.hpp"

HWY_BEFORE_NAMESPACE();
namespace latent::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Columns j and j + 1 of `size` rows, two rows at a time.
void pack_two_columns(const double* rows, std::size_t dimension, std::size_t size, double* first, double* second) {
  std::size_t n = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::FixedTag<double, 2> pair;
  for (; n + 2 <= size; n += 2) {
    const auto above = hn::LoadU(pair, rows + n * dimension);
    const auto below = hn::LoadU(pair, rows + (n + 1) * dimension);
    hn::Store(hn::InterleaveLower(pair, above, below), pair, first + n);
    hn::Store(hn::InterleaveUpper(pair, above, below), pair, second + n);
  }
#endif
  for (; n < size; ++n) {
    first[n] = rows[n * dimension];
    second[n] = rows[n * dimension + 1];
  }
}

void pack_plane(const double* rows, std::size_t size, double* first, double* second) {
  const hn::ScalableTag<double> lanes;
  std::size_t n = 0;
  for (; n + hn::Lanes(lanes) <= size; n += hn::Lanes(lanes)) {
    hn::Vec<decltype(lanes)> x = hn::Undefined(lanes);
    hn::Vec<decltype(lanes)> y = hn::Undefined(lanes);
    hn::LoadInterleaved2(lanes, rows + 2 * n, x, y);
    hn::Store(x, lanes, first + n);
    hn::Store(y, lanes, second + n);
  }
  pack_two_columns(rows + 2 * n, 2, size - n, first + n, second + n);
}

void pack_columns(const double* rows, std::size_t dimension, std::size_t size, RowView<double> columns) {
  if (dimension == 1) {
    std::copy_n(rows, size, columns[0]);
    return;
  }
  if (dimension == 2) return pack_plane(rows, size, columns[0], columns[1]);
  constexpr std::size_t few = 16;  // rows that stay in the first cache while all their columns are packed
  for (std::size_t n = 0; n < size; n += few, rows += few * dimension) {
    const std::size_t count = std::min(few, size - n);
    std::size_t j = 0;
    for (; j + 2 <= dimension; j += 2) pack_two_columns(rows + j, dimension, count, columns[j] + n, columns[j + 1] + n);
    if (j == dimension) continue;
    for (std::size_t i = 0; i < count; ++i) columns[j][n + i] = rows[i * dimension + j];
  }
}

}  // namespace
}  // namespace latent::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace latent {
namespace {

HWY_EXPORT(pack_columns);

constexpr std::size_t line = 64;  // bytes

// A length, in numbers, of an odd number of cache lines: a power of two would crowd the numbers of one observation into
// one set of the cache.
std::size_t odd_lines(std::size_t length) {
  constexpr std::size_t numbers = line / sizeof(double);
  return ((length + numbers - 1) / numbers | 1U) * numbers;
}

std::size_t capacity_for(std::size_t dimension) {
  constexpr std::size_t most_columns = 128;  // 512 KiB, half of a usual second cache
  return dimension <= most_columns ? PackedBlock::most : PackedBlock::most / 2;
}

}  // namespace

LaneRows::LaneRows(std::size_t rows, std::size_t length)
    : rows_(rows),
      stride_(odd_lines(length)),
      values_(static_cast<double*>(
          std::aligned_alloc(line, std::max<std::size_t>(rows * stride_ * sizeof(double), line)))) {
  if (!values_) throw std::bad_alloc();
  std::fill_n(values_.get(), rows * stride_, 0.0);
}

PackedBlock::PackedBlock(std::size_t dimension)
    : capacity_(capacity_for(dimension)), columns_(dimension, capacity_), weights_(1, capacity_) {}

void PackedBlock::pack(const Observations& observations, std::size_t following) {
  size_ = observations.size();
  padded_size_ = padded(size_);
  plain_ = !observations.weighted() && padded_size_ == size_;
  const double* const values = observations.matrix().data();
  following_ = values + size_ * dimension();
  following_bytes_ = std::min(following, capacity_) * dimension() * sizeof(double);
  HWY_DYNAMIC_DISPATCH(pack_columns)(values, dimension(), size_, columns_.view());
  for (std::size_t j = 0; j < dimension(); ++j) {
    double* const column = columns_.row(j);
    std::fill(column + size_, column + padded_size_, column[size_ - 1]);
  }
  double* const weights = weights_.row(0);
  for (std::size_t n = 0; n < size_; ++n) weights[n] = observations.weight(n);
  std::fill(weights + size_, weights + padded_size_, 0.0);
}

}  // namespace latent
#endif
