#include "latent/core/random.hpp"

#include <array>

namespace latent {

RandomEngine random_stream(std::uint64_t seed, std::uint64_t stream) {
  constexpr int word = 32;
  const std::array<std::uint32_t, 4> words = {
      static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> word), static_cast<std::uint32_t>(stream),
      static_cast<std::uint32_t>(stream >> word)};
  std::seed_seq sequence(words.begin(), words.end());
  return RandomEngine(sequence);
}

}  // namespace latent
