/// @file
/// Random numbers: one seed, and a stream of its own for each restart.
#pragma once

#include <cstdint>
#include <random>

namespace latent {

/// The engine that every random function takes. Draw from it with Boost.Random's distributions, whose numbers are the
/// same on every platform; those of the standard library are not.
using RandomEngine = std::mt19937_64;

/// The engine of stream number `stream` of a seed: streams of one seed are independent of each other, and depend on
/// nothing but the two numbers.
[[nodiscard]] RandomEngine random_stream(std::uint64_t seed, std::uint64_t stream);

}  // namespace latent
