#include "latent/parallel.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <string>
#include <vector>

#include "latent/errors.hpp"
#include "latent/expectation.hpp"

namespace latent {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// Writes down the tree along which parts are joined: "((0 1) 2)".
class TreeOf final : public Reduction {
 public:
  std::string text;

  [[nodiscard]] std::unique_ptr<Reduction> split() const override { return std::make_unique<TreeOf>(); }
  void run(std::size_t first, std::size_t count) override {
    const std::string leaf = std::to_string(first) + "+" + std::to_string(count);
    text = text.empty() ? leaf : "(" + text + " " + leaf + ")";
  }
  void join(Reduction& right) override { text = "(" + text + " " + static_cast<TreeOf&>(right).text + ")"; }
};

std::string tree(std::size_t size, std::size_t grain, int threads) {
  TreeOf reduction;
  with_threads(threads, [&] { deterministic_reduce(size, grain, reduction); });
  return reduction.text;
}

TEST(DeterministicReduce, JoinsAlongOneTreeForAnyNumberOfThreads) {
  const std::string one = tree(100, 20, 1);
  EXPECT_EQ(one, "(((0+12 12+13) (25+12 37+13)) ((50+12 62+13) (75+12 87+13)))");
  for (int round = 0; round < 20; ++round) {
    for (const int threads : {2, 3, 8}) EXPECT_EQ(tree(100, 20, threads), one);
  }
}

TEST(DeterministicReduce, PassesExceptionsOn) {
  class Failing final : public Reduction {
   public:
    [[nodiscard]] std::unique_ptr<Reduction> split() const override { return std::make_unique<Failing>(); }
    void run(std::size_t first, std::size_t) override {
      if (first > 0) throw Error("a part failed");
    }
    void join(Reduction&) override {}
  };
  Failing reduction;
  EXPECT_THAT([&] { deterministic_reduce(100, 10, reduction); }, ThrowsMessage<Error>("a part failed"));
}

TEST(ReductionGrain, DependsOnTheSizeAloneAndBoundsTheTasks) {
  for (const std::size_t size : {0UL, 1UL, 511UL, 100'000UL, 10'000'000UL}) {
    EXPECT_LE(size / reduction_grain(size), 64);
    EXPECT_GE(reduction_grain(size), 1);
  }
}

TEST(ParallelFor, CallsEachOnce) {
  std::vector<std::atomic<int>> calls(1000);
  with_threads(4, [&] { parallel_for(calls.size(), [&](std::size_t i) { ++calls[i]; }); });
  for (const auto& count : calls) EXPECT_EQ(count, 1);
}

TEST(WithThreads, RefusesImpossibleNumbers) {
  EXPECT_THAT([] { with_threads(1025, [] {}); }, ThrowsMessage<InvalidOption>(HasSubstr("threads: 1025")));
  EXPECT_THAT([] { with_threads(-1, [] {}); },
              ThrowsMessage<InvalidOption>(HasSubstr("threads: -1: must be at least 1")));
}

// A sum of numbers whose rounding depends on the order.
struct Harmonic {
  using Data = std::span<const double>;
  struct Statistics {
    double sum = 0.0;
    Statistics& operator+=(const Statistics& other) {
      sum += other.sum;
      return *this;
    }
  };
  Statistics e_step(Data data) const { return {std::accumulate(data.begin(), data.end(), 0.0)}; }
  void m_step(const Statistics&) {}
  double log_likelihood(Data) const { return 0.0; }
};

TEST(Expect, DividesTheDataAndGivesTheSameBitsForAnyNumberOfThreads) {
  std::vector<double> data(100'001);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = 1.0 / static_cast<double>(i + 1);
  std::vector<double> sums;
  for (const int threads : {1, 2, 3, 8}) {
    with_threads(threads, [&] { sums.push_back(expect(Harmonic(), Harmonic::Data(data)).statistics.sum); });
  }
  EXPECT_THAT(sums, testing::Each(sums.front()));
  EXPECT_NE(sums.front(), Harmonic().e_step(data).sum);  // it was divided
  EXPECT_NEAR(sums.front(), Harmonic().e_step(data).sum, 1e-12);
}

}  // namespace
}  // namespace latent
