/// @file
/// Data divided into parts that are worked on by the threads at hand. Where the parts begin and end depends on the
/// data's size alone, and sums are added along one tree, so that the bits are the same for any number of threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "latent/core/parallel.hpp"

namespace latent {

/// The fewest items that a part has, but for the last: below this, a part of cheap items costs more than it brings.
/// Packed blocks of observations fill it without remainder (latent/expectation/packed_block.hpp).
inline constexpr std::size_t smallest_part = 512;

namespace detail {

template <class Data, class OfPart>
class SumOverParts final : public Reduction {
 public:
  using Sum = std::invoke_result_t<const OfPart&, std::size_t, const Data&>;

  SumOverParts(const Data& data, const OfPart& of_part, std::size_t piece)
      : data_(data), of_part_(of_part), piece_(piece) {}

  [[nodiscard]] std::unique_ptr<Reduction> split() const override {
    return std::make_unique<SumOverParts>(data_, of_part_, piece_);
  }
  void run(std::size_t first_piece, std::size_t pieces) override {
    const std::size_t first = first_piece * piece_;
    add(of_part_(first, data_.subspan(first, std::min(pieces * piece_, data_.size() - first))));
  }
  void join(Reduction& right) override { add(static_cast<SumOverParts&>(right).sum()); }

  Sum sum() { return std::move(sum_).value(); }

 private:
  void add(Sum&& part) {
    if (sum_) {
      *sum_ += std::as_const(part);
    } else {
      sum_.emplace(std::move(part));
    }
  }

  const Data& data_;
  const OfPart& of_part_;
  std::size_t piece_;
  std::optional<Sum> sum_;
};

}  // namespace detail

/// The sum, by `+=`, of what `of_part(first, part)` gives for each part of the data, `first` being the number (from 0)
/// of its first item.
///
/// `Data` has `size()` and `subspan(first, count)`. `of_part` is called by several threads at once. A part has at least
/// `smallest` items where there are enough of them, and a multiple of `smallest` or of 512, but for the last.
template <class Data, class OfPart>
auto sum_over_parts(const Data& data, const OfPart& of_part, std::size_t smallest = smallest_part) {
  if (data.size() <= smallest) return of_part(std::size_t{0}, data);
  const std::size_t piece = std::min(smallest, smallest_part);
  const std::size_t pieces = (data.size() + piece - 1) / piece;
  detail::SumOverParts<Data, OfPart> reduction(data, of_part, piece);
  deterministic_reduce(pieces, reduction_grain(pieces, (smallest + piece - 1) / piece), reduction);
  return reduction.sum();
}

/// Calls `visit(first, count)` for each part of [0, size), in any order, by several threads at once.
template <class Visit>
void for_each_part(std::size_t size, const Visit& visit) {
  const std::size_t pieces = (size + smallest_part - 1) / smallest_part;
  const std::size_t part = reduction_grain(pieces) * smallest_part;
  parallel_for((size + part - 1) / part, [&](std::size_t i) { visit(i * part, std::min(part, size - i * part)); });
}

}  // namespace latent
