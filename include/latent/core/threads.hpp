/// @file
/// The threads that work is shared by (latent/core/parallel.hpp), and what is thrown where the system starts fewer.
#pragma once

#include <cstddef>

#include "latent/core/errors.hpp"

namespace latent {

/// The system starts no more threads. The message says how many were asked for.
class TooFewThreads : public Error {
 public:
  using Error::Error;
};

/// How many threads work at once, at most: those of `with_threads`, or one for each core.
[[nodiscard]] std::size_t threads_at_hand();

}  // namespace latent
