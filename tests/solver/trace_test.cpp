#include "latent/solver/trace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <span>
#include <vector>

#include "latent/solver/fit.hpp"
#include "latent/solver/monitor.hpp"
#include "latent/solver/rest.hpp"
#include "latent/solver/stopping.hpp"

namespace latent {
namespace {

Iteration iteration_at(int number, double objective = 0.0) {
  Iteration iteration;
  iteration.number = iteration.em_steps = number;
  iteration.objective = objective;
  return iteration;
}

std::vector<int> numbers_of(const Trace& trace) {
  std::vector<int> numbers;
  for (const Iteration& iteration : trace) numbers.push_back(iteration.number);
  return numbers;
}

// By its definition: the multiples of the smallest power of 2 of which no more than 2,048 are needed, and the last 32.
std::vector<int> numbers_after(int last) {
  int every = 1;
  while (last / every > 2048) every *= 2;
  std::vector<int> numbers;
  for (int number = 0; number <= last; ++number) {
    if (number % every == 0 || number > last - 32) numbers.push_back(number);
  }
  return numbers;
}

TEST(Trace, OfALongRunIsThinnedEvenly) {
  Trace trace;
  for (int number = 0; number <= 40'000; ++number) {
    append(trace, iteration_at(number));
    if (number % 977 != 0 && number != 2048 && number != 2049 && number != 4097) continue;
    ASSERT_EQ(numbers_of(trace), numbers_after(number)) << number;
    ASSERT_EQ(spacing(trace), number > 2048 ? trace[1].number : 1);
  }
}

TEST(Trace, IsBoundedHoweverLongTheRun) {
  Trace trace;
  std::size_t longest = 0;
  for (int number = 0; number <= 3'000'000; ++number) {
    append(trace, iteration_at(number));
    longest = std::max(longest, trace.size());
  }
  EXPECT_LE(longest, 2048U + 1U + 32U);
  EXPECT_EQ(trace.front().number, 0);
  EXPECT_EQ(trace.back().number, 3'000'000);
  EXPECT_EQ(spacing(trace), 2048);
}

TEST(Trace, GainsStayThoseOfOneIteration) {
  Monitor monitor(OnDecrease::ignore);
  for (int t = 0; t <= 10'000; ++t) monitor.record({.log_likelihood = 3.0 * t, .objective = 3.0 * t});
  EXPECT_EQ(spacing(monitor.trace()), 8);
  for (const Iteration& iteration : monitor.trace()) {
    if (iteration.number > 0) {
      EXPECT_EQ(iteration.gain, 3.0);
    }
  }
}

// What EM has left, by two eigenvalues.
double gap(double rate, int t) { return std::pow(rate, t) + 0.1 * std::pow(0.5 * rate, t); }

// The rest of thinned traces is the one that there is.
TEST(Rest, OfAThinnedTraceIsThatOfTheRun) {
  for (const double rate : {0.999, 0.9995, 0.9999}) {
    Trace trace;
    for (int t = 0; t <= 60'000; ++t) {
      append(trace, iteration_at(t, -gap(rate, t)));
      const double left = gap(rate, t);
      if (t < 3000 || t % 501 != 0 || left < 1e-10) continue;
      const auto rest = rest_of(trace);
      ASSERT_TRUE(rest.has_value()) << rate << ' ' << t;
      if (rest->below_rounding) continue;
      EXPECT_NEAR(rest->nats / left, 1.0, 0.1) << rate << ' ' << t;
      EXPECT_GE(rest->nats, 0.999 * left);
    }
  }
}

// A run stops where it would if its trace had all iterations, but for a hundredth of it.
TEST(EstimatedRest, StopsARunWithAThinnedTraceWhereItShould) {
  for (const double rate : {0.99, 0.999, 0.9999}) {
    const StoppingRule rule = estimated_rest(1e-6);
    Trace whole;
    Trace thinned;
    int stop = -1;
    int stop_of_thinned = -1;
    for (int t = 0; stop_of_thinned < 0 && t < 300'000; ++t) {
      append(thinned, iteration_at(t, -gap(rate, t)));
      if (rule(thinned)) stop_of_thinned = t;
      if (stop >= 0) continue;
      whole.push_back(iteration_at(t, -gap(rate, t)));
      if (rule(whole)) stop = t;
    }
    ASSERT_GT(stop, 0);
    EXPECT_NEAR(stop_of_thinned, stop, 0.01 * stop) << rate;
    EXPECT_LT(gap(rate, stop_of_thinned), 1e-6);
    if (stop <= 2048) {
      EXPECT_EQ(stop_of_thinned, stop);
    }
  }
}

// The steps at the end of a long accelerated run are all in its trace.
TEST(Rest, OfALongAcceleratedRunIsThatOfThePlainStepsAtItsEnd) {
  Trace trace;
  for (int t = 0; t <= 100'000; ++t) {
    Iteration iteration = iteration_at(t, -std::pow(0.8, std::max(0, t - 99'970)));
    iteration.em_steps = std::max(0, t - 99'988);
    append(trace, iteration);
  }
  EXPECT_EQ(trace.back().em_steps, 12);
  EXPECT_NEAR(rest_of(trace)->nats, std::pow(0.8, 30), 1e-2 * std::pow(0.8, 30));
}

// A model that counts how many of its kind there are.
class Counted {
 public:
  using Data = std::span<const double>;
  struct Statistics {
    double mean = 0.0;
    double log_likelihood = 0.0;
  };

  Counted() { add(1); }
  Counted(const Counted& other) : x_(other.x_) { add(1); }
  Counted(Counted&& other) noexcept : x_(other.x_) { add(1); }
  Counted& operator=(const Counted&) = default;
  Counted& operator=(Counted&&) = default;
  ~Counted() { add(-1); }

  void initialize(Data data, RandomEngine& rng) { x_ = data[0] + static_cast<double>(rng() % 1000); }
  [[nodiscard]] Statistics e_step(Data data) const { return {.mean = data[0], .log_likelihood = log_likelihood(data)}; }
  void m_step(const Statistics& statistics) { x_ += 0.5 * (statistics.mean - x_); }
  [[nodiscard]] double log_likelihood(Data data) const { return -(x_ - data[0]) * (x_ - data[0]); }

  static int most() { return most_living; }

 private:
  static void add(int change) {
    const int now = living += change;
    if (now > most_living) most_living = now;
  }

  inline static std::atomic<int> living = 0;
  inline static std::atomic<int> most_living = 0;
  double x_ = 0.0;
};

TEST(Fit, OfManyRestartsKeepsTheModelOfTheBestOnly) {
  const std::vector<double> data = {1.0};
  const auto result =
      fit(Counted(), std::span<const double>(data), {.restarts = 500, .threads = 2, .stop = iteration_limit(3)});
  EXPECT_LT(Counted::most(), 50);
  ASSERT_EQ(result.restarts.size(), 500U);
  const auto best = std::ranges::max_element(result.restarts, {}, &RestartOutcome::objective);
  EXPECT_EQ(result.best_restart, best->number);  // the first of equals
  EXPECT_EQ(result.objective, best->objective);
  EXPECT_EQ(result.trace.back().objective, best->objective);
  EXPECT_EQ(result.model.log_likelihood(data), best->log_likelihood);
}

}  // namespace
}  // namespace latent
