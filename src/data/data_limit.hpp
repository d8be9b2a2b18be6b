// How many bytes the data of a file may take in memory, and why no more.
#pragma once

#include <cstdint>
#include <string>

#include "latent/data/data_file.hpp"

namespace latent {

struct DataLimit {
  std::uint64_t bytes = 0;
  /// Whether there is no more memory; otherwise no more is allowed.
  bool is_memory = false;

  /// What to say where data take more, after the file's name: how much, if that is known, and what to do.
  [[nodiscard]] std::string sentence() const;
  [[nodiscard]] std::string sentence(double size) const;
};

/// Of data whose size is known before they are read, as that of a file is.
[[nodiscard]] DataLimit limit_of_file(const ReadingLimits& limits);

/// Of data whose size isn't known: those of a compressed file, or of a stream.
[[nodiscard]] DataLimit limit_of_stream(const ReadingLimits& limits);

}  // namespace latent
