#include "latent/core/random.hpp"

#include <gtest/gtest.h>

#include <set>

namespace latent {
namespace {

TEST(RandomStream, DependsOnTheSeedAndTheStreamAlone) {
  EXPECT_EQ(random_stream(1, 2)(), random_stream(1, 2)());
  // Every bit of both numbers matters.
  std::set<std::uint64_t> first;
  for (int bit = 0; bit < 64; ++bit) {
    first.insert(random_stream(std::uint64_t{1} << bit, 0)());
    first.insert(random_stream(0, std::uint64_t{1} << bit)());
  }
  EXPECT_EQ(first.size(), 128);
}

}  // namespace
}  // namespace latent
