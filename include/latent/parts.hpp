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

#include "latent/parallel.hpp"

namespace latent {

namespace detail {

/// Parts are made of whole pieces of so many items, so that blocks within them are full.
inline constexpr std::size_t piece = 512;

template <class Data, class OfPart>
class SumOverParts final : public Reduction {
 public:
  using Sum = std::invoke_result_t<const OfPart&, std::size_t, const Data&>;

  SumOverParts(const Data& data, const OfPart& of_part) : data_(data), of_part_(of_part) {}

  [[nodiscard]] std::unique_ptr<Reduction> split() const override {
    return std::make_unique<SumOverParts>(data_, of_part_);
  }
  void run(std::size_t first_piece, std::size_t pieces) override {
    const std::size_t first = first_piece * piece;
    add(of_part_(first, data_.subspan(first, std::min(pieces * piece, data_.size() - first))));
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
  std::optional<Sum> sum_;
};

}  // namespace detail

/// The sum, by `+=`, of what `of_part(first, part)` gives for each part of the data, `first` being the number (from 0)
/// of its first item.
///
/// `Data` has `size()` and `subspan(first, count)`. `of_part` is called by several threads at once.
template <class Data, class OfPart>
auto sum_over_parts(const Data& data, const OfPart& of_part) {
  if (data.size() <= detail::piece) return of_part(std::size_t{0}, data);
  const std::size_t pieces = (data.size() + detail::piece - 1) / detail::piece;
  detail::SumOverParts<Data, OfPart> reduction(data, of_part);
  deterministic_reduce(pieces, reduction_grain(pieces), reduction);
  return reduction.sum();
}

/// Calls `visit(first, count)` for each part of [0, size), in any order, by several threads at once.
template <class Visit>
void for_each_part(std::size_t size, const Visit& visit) {
  const std::size_t pieces = (size + detail::piece - 1) / detail::piece;
  const std::size_t part = reduction_grain(pieces) * detail::piece;
  parallel_for((size + part - 1) / part, [&](std::size_t i) { visit(i * part, std::min(part, size - i * part)); });
}

}  // namespace latent
