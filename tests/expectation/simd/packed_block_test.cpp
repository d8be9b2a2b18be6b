#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "fixtures/instruction_sets.hpp"
#include "fixtures/random_models.hpp"
#include "latent/expectation/packed_block.hpp"

namespace latent {
namespace {

using Packing = OnInstructionSet;

TEST_P(Packing, PutsEachColumnInARowAndFillsUpWithWeight0) {
  for (const Index dimension : {1, 2, 3, 4, 5, 8, 17}) {
    for (const Index size : {1, 2, 31, 32, 33, 250}) {
      RandomEngine rng = random_stream(1, static_cast<std::uint64_t>(size * dimension));
      const RowMatrix values = random_models::normal_draws(size, dimension, rng);
      PackedBlock block(static_cast<std::size_t>(dimension));
      block.pack(values);
      ASSERT_EQ(block.size(), static_cast<std::size_t>(size));
      ASSERT_EQ(block.padded_size() % PackedBlock::padding, 0U);
      ASSERT_GE(block.padded_size(), block.size());
      for (std::size_t j = 0; j < block.dimension(); ++j) {
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block.column(j)) % 64, 0U);
        for (std::size_t n = 0; n < block.padded_size(); ++n) {
          const auto row = static_cast<Index>(std::min(n, block.size() - 1));
          ASSERT_EQ(block.column(j)[n], values(row, static_cast<Index>(j))) << dimension << " " << size << " " << n;
        }
      }
      ASSERT_EQ(block.plain(), size == 32);
      for (std::size_t n = 0; n < block.padded_size(); ++n) {
        EXPECT_EQ(block.weights()[n], n < block.size() ? 1.0 : 0.0);
      }
    }
  }
}

TEST_P(Packing, VisitsEveryObservationOnceWithItsWeight) {
  RandomEngine rng = random_stream(2, 0);
  for (const Index size : {1, 511, 512, 513, 2000}) {
    const RowMatrix values = random_models::normal_draws(size, 3, rng);
    const Vector weights = random_models::uniform_draws(size, 0.5, 2.0, rng);
    const Observations data(values, {weights.data(), static_cast<std::size_t>(size)});
    PackedBlock block(3);
    std::size_t visited = 0;
    for_each_block(data, block, [&](std::size_t first) {
      ASSERT_EQ(first, visited);
      for (std::size_t n = 0; n < block.size(); ++n) {
        EXPECT_EQ(block.column(2)[n], data(first + n, 2));
        EXPECT_EQ(block.weights()[n], data.weight(first + n));
      }
      visited += block.size();
    });
    EXPECT_EQ(visited, data.size());
  }
}

LATENT_ON_EACH_INSTRUCTION_SET(Packing);

TEST(LaneRows, AreAlignedApartAndZero) {
  const LaneRows rows(3, 512);
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(rows.row(i)) % 64, 0U);
    EXPECT_THAT(std::vector<double>(rows.row(i), rows.row(i) + 512), testing::Each(0.0));
  }
  EXPECT_NE((rows.row(1) - rows.row(0)) % 512, 0);
}

}  // namespace
}  // namespace latent
