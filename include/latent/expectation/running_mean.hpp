/// @file
/// The mean of vectors as they come.
#pragma once

#include <cstddef>

#include "latent/data/observations.hpp"

namespace latent {

/// The mean of the vectors taken in so far. An infinite entry makes that of the mean infinite or NaN.
class RunningMean {
 public:
  /// @pre as many entries as those before.
  void add(const Vector& next) {
    ++count_;
    if (count_ == 1) {
      mean_ = next;
    } else {
      mean_ += (next - mean_) / static_cast<double>(count_);
    }
  }

  /// How many vectors were taken in.
  [[nodiscard]] std::size_t count() const { return count_; }
  /// Of no entries where nothing was taken in.
  [[nodiscard]] const Vector& mean() const { return mean_; }

 private:
  Vector mean_;
  std::size_t count_ = 0;
};

}  // namespace latent
