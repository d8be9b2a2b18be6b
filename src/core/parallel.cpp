#include "latent/core/parallel.hpp"

#include <fmt/format.h>
#include <tbb/blocked_range.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/parallel_reduce.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <latch>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "latent/core/errors.hpp"
#include "latent/core/threads.hpp"

namespace latent {
namespace {

// TBB's idea of a body, around ours.
class Body {
 public:
  explicit Body(Reduction& reduction) : reduction_(&reduction) {}
  Body(const Body& left, tbb::split /*unused*/) : owned_(left.reduction_->split()), reduction_(owned_.get()) {}

  void operator()(const tbb::blocked_range<std::size_t>& part) { reduction_->run(part.begin(), part.size()); }
  void join(const Body& right) { reduction_->join(*right.reduction_); }

 private:
  std::unique_ptr<Reduction> owned_;
  Reduction* reduction_;
};

// Runs `work`, which has TBB start threads. What it throws where the system refuses one has no type of its own.
template <class Work>
void with_started_threads(const Work& work) {
  try {
    work();
  } catch (const std::runtime_error& error) {
    const std::string_view message = error.what();
    if (!message.starts_with("pthread_")) throw;
    const std::size_t reason = message.find(": ");
    throw TooFewThreads(
        fmt::format("the system does not start as many as {} threads{}; ask for fewer threads", threads_at_hand(),
                    reason == std::string_view::npos ? "" : fmt::format(" ({})", message.substr(reason + 2))));
  }
}

// Threads that are started to see whether the system starts them. They wait until all were.
class TrialThreads {
 public:
  TrialThreads() = default;
  TrialThreads(const TrialThreads&) = delete;
  TrialThreads& operator=(const TrialThreads&) = delete;
  TrialThreads(TrialThreads&&) = delete;
  TrialThreads& operator=(TrialThreads&&) = delete;
  ~TrialThreads() { end(); }

  // Why there are not so many; nothing where there are.
  std::optional<std::string> start(std::size_t count) {
    try {
      threads_.reserve(count);
      while (threads_.size() < count) threads_.emplace_back([this] { use_memory_and_wait(); });
    } catch (const std::exception& error) {
      return error.what();
    }
    return std::nullopt;
  }
  [[nodiscard]] std::size_t started() const { return threads_.size(); }
  // Whether there was memory for each.
  bool end() {
    if (!ended_) all_tried_.count_down();
    ended_ = true;
    threads_.clear();
    return !out_of_memory_;
  }

 private:
  // The C library reserves memory for each thread that allocates. What leaves a thread would end the program.
  void use_memory_and_wait() noexcept {
    void* const memory = ::operator new(1000, std::nothrow);
    if (memory == nullptr) out_of_memory_ = true;
    all_tried_.wait();
    ::operator delete(memory);
  }

  std::latch all_tried_{1};
  std::atomic<bool> out_of_memory_ = false;
  bool ended_ = false;
  std::vector<std::jthread> threads_;
};

// Whether the system starts so many threads is tried once: where it refuses one to a thread of TBB's, the program ends.
void require_threads(std::size_t count) {
  static std::mutex mutex;
  static std::size_t started = 1;
  const std::lock_guard lock(mutex);
  if (count <= started) return;
  TrialThreads others;
  const std::optional<std::string> refusal = others.start(count - 1);
  const std::size_t enough = others.started() + 1;
  const bool has_memory = others.end();
  if (refusal) {
    throw TooFewThreads(
        fmt::format("{} threads were asked for, and the system starts no more than {} ({}); ask for fewer threads",
                    count, enough, *refusal));
  }
  if (!has_memory) {
    throw TooFewThreads(
        fmt::format("{} threads were asked for, and no memory is left for them; ask for fewer threads", count));
  }
  started = count;
}

}  // namespace

void with_threads(int threads, const std::function<void()>& work) {
  constexpr int most = 1024;
  if (threads < 0 || threads > most) {
    throw InvalidOption("threads", fmt::to_string(threads),
                        fmt::format("must be at least 1 and at most {}, or 0 for one thread a core", most));
  }
  require_threads(threads == 0 ? threads_at_hand() : static_cast<std::size_t>(threads));
  if (threads == 0) {
    work();
    return;
  }
  // The arena keeps the work to that many threads; the control lets there be more of them than cores.
  const auto count = static_cast<std::size_t>(threads);
  const tbb::global_control allowance(
      tbb::global_control::max_allowed_parallelism,
      std::max(count, tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism)));
  tbb::task_arena arena(threads);
  arena.execute([&] { with_started_threads(work); });
}

std::size_t threads_at_hand() { return static_cast<std::size_t>(tbb::this_task_arena::max_concurrency()); }

// Isolated, as the reduction below, so that a thread that waits for its part does not begin another restart meanwhile.
void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body) {
  with_started_threads([&] {
    tbb::this_task_arena::isolate([&] { tbb::parallel_for(std::size_t{0}, count, body, tbb::simple_partitioner{}); });
  });
}

std::size_t reduction_grain(std::size_t size, std::size_t smallest) {
  constexpr std::size_t most_tasks = 64;  // enough to balance the load of some ten threads
  constexpr std::size_t least_tasks = 8;  // where there are as many items
  // Items that are worth a task where there are many. What is more is halved, so that each half has `smallest`.
  const std::size_t worthwhile = std::max<std::size_t>(3, 2 * smallest - 1);
  const std::size_t for_most = (size + most_tasks - 1) / most_tasks;
  const std::size_t for_least = std::max<std::size_t>(1, size / least_tasks);
  return std::max(for_most, std::min(worthwhile, for_least));
}

void deterministic_reduce(std::size_t size, std::size_t grain, Reduction& reduction) {
  Body body(reduction);
  with_started_threads([&] {
    tbb::this_task_arena::isolate(
        [&] { tbb::parallel_deterministic_reduce(tbb::blocked_range<std::size_t>(0, size, grain), body); });
  });
}

}  // namespace latent
