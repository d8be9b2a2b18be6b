/// @file
/// Work shared by threads, with the same bits for any number of them.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace latent {

/// Runs `work` with at most `threads` threads for everything in this header that it calls; 0 means one for each core.
/// @throws InvalidOption where `threads` is negative, or more than 1024.
void with_threads(int threads, const std::function<void()>& work);

/// Calls `body(i)` for every i in [0, count), in any order, on the threads at hand.
/// @throws what a call throws; calls that have not begun are then left out.
void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body);

/// The number of items that one task of a reduction takes, for 8 to 64 tasks: a function of the size alone, so that the
/// tree of a reduction never depends on the threads. A task has at least `smallest` items where there are 8 such tasks.
std::size_t reduction_grain(std::size_t size, std::size_t smallest = 1);

/// A reduction over the parts of [0, size) that can be split, run on a part, and joined with its right neighbour.
class Reduction {
 public:
  Reduction() = default;
  Reduction(const Reduction&) = delete;
  Reduction& operator=(const Reduction&) = delete;
  Reduction(Reduction&&) = delete;
  Reduction& operator=(Reduction&&) = delete;
  virtual ~Reduction() = default;
  /// An empty reduction of the same kind.
  [[nodiscard]] virtual std::unique_ptr<Reduction> split() const = 0;
  /// Takes in [first, first + count), which follows what it has already.
  virtual void run(std::size_t first, std::size_t count) = 0;
  /// Takes in what `right` holds, which follows what it has already.
  virtual void join(Reduction& right) = 0;
};

/// Runs the reduction over [0, size), halved down to `grain` items or fewer, joined along the same tree always.
/// @throws what a part throws.
void deterministic_reduce(std::size_t size, std::size_t grain, Reduction& reduction);

}  // namespace latent
