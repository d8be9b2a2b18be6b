/// @file
/// Data divided into parts that are worked on by the threads at hand. Where the parts begin and end depends on the
/// data's size alone, and sums are added along one tree, so that the bits are the same for any number of threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "latent/parallel.hpp"

namespace latent {

namespace detail {

template <class Data, class OfPart>
class SumOverParts final : public Reduction {
 public:
  using Sum = decltype(std::declval<const OfPart&>()(std::declval<const Data&>()));

  SumOverParts(const Data& data, const OfPart& of_part) : data_(data), of_part_(of_part) {}

  [[nodiscard]] std::unique_ptr<Reduction> split() const override {
    return std::make_unique<SumOverParts>(data_, of_part_);
  }
  void run(std::size_t first, std::size_t count) override { add(of_part_(data_.subspan(first, count))); }
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

/// The sum, by `+=`, of what `of_part(part)` gives for each part of the data.
///
/// `Data` has `size()` and `subspan(first, count)`. `of_part` is called by several threads at once.
template <class Data, class OfPart>
auto sum_over_parts(const Data& data, const OfPart& of_part) {
  const std::size_t grain = reduction_grain(data.size());
  if (data.size() <= grain) return of_part(data);
  detail::SumOverParts<Data, OfPart> reduction(data, of_part);
  deterministic_reduce(data.size(), grain, reduction);
  return reduction.sum();
}

/// Calls `visit(first, count)` for each part of [0, size), in any order, by several threads at once.
template <class Visit>
void for_each_part(std::size_t size, const Visit& visit) {
  const std::size_t grain = reduction_grain(size);
  const std::size_t parts = (size + grain - 1) / grain;
  parallel_for(parts, [&](std::size_t part) {
    const std::size_t first = part * grain;
    visit(first, std::min(grain, size - first));
  });
}

}  // namespace latent
