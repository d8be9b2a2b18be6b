#include "latent/core/parallel.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <new>
#include <numeric>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "latent/core/errors.hpp"
#include "latent/core/threads.hpp"
#include "latent/expectation/expectation.hpp"
#include "latent/expectation/parts.hpp"
#include "latent/solver/fit.hpp"

namespace {

std::atomic<bool> memory_is_out = false;

}  // namespace

// Fails where a test says so; otherwise as the library's own. That which threads are tried with is of this kind.
void* operator new(std::size_t size, const std::nothrow_t& /*unused*/) noexcept {  // NOLINT(misc-new-delete-overloads)
  if (memory_is_out) return nullptr;
  try {
    return ::operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

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

TEST(WithThreads, ThreadsWithoutMemoryAreToldInASentence) {
  const int threads = 400;  // more than were started before
  memory_is_out = true;
  EXPECT_THAT([&] { with_threads(threads, [] {}); },
              ThrowsMessage<TooFewThreads>(
                  "400 threads were asked for, and no memory is left for them; ask for fewer threads"));
  memory_is_out = false;
  EXPECT_NO_THROW(with_threads(threads, [] {}));
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

struct Counting : Harmonic {
  [[nodiscard]] std::size_t smallest_part() const { return 10; }
  std::shared_ptr<std::atomic<int>> calls = std::make_shared<std::atomic<int>>(0);
  Statistics e_step(Data data) const {
    ++*calls;
    return Harmonic::e_step(data);
  }
};

TEST(Expect, DividesIntoPartsAsSmallAsTheModelSays) {
  const std::vector<double> data(100, 1.0);
  const Counting model;
  EXPECT_EQ(expect(model, Counting::Data(data)).statistics.sum, 100.0);
  EXPECT_GE(*model.calls, 4);  // one, were the parts of other models' size
}

TEST(ForEachPart, VisitsEachItemOnce) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{512}, std::size_t{513}, std::size_t{200'001}}) {
    std::vector<std::atomic<int>> visits(size);
    with_threads(4, [&] {
      for_each_part(size, [&](std::size_t first, std::size_t count) {
        for (std::size_t i = first; i < first + count; ++i) ++visits[i];
      });
    });
    for (const auto& count : visits) ASSERT_EQ(count, 1);
  }
}

// A model whose check notes which threads it runs on.
struct Checked : Harmonic {
  std::shared_ptr<std::set<std::thread::id>> threads = std::make_shared<std::set<std::thread::id>>();
  void check(Data data) const {
    std::mutex one_at_a_time;
    for_each_part(data.size(), [&](std::size_t, std::size_t) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // long enough for another thread to come
      const std::lock_guard lock(one_at_a_time);
      threads->insert(std::this_thread::get_id());
    });
  }
};

TEST(Fit, ChecksTheDataWithTheThreadsThatItIsGiven) {
  const std::vector<double> data(100'000, 1.0);
  const Checked model;
  fit(model, Checked::Data(data), {.threads = 1, .stop = iteration_limit(1)});
  EXPECT_EQ(model.threads->size(), 1U);
}

}  // namespace
}  // namespace latent
