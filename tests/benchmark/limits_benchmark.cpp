// What the machine can do at most: fused multiply-adds, the exponentials that responsibilities are made of, and reading
// memory.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "limits_benchmark.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h:
#include <benchmark/benchmark.h>
#include <hwy/highway.h>

#include <array>
#include <cstddef>
#include <numeric>

#include "expectation/simd/exp-inl.hpp"
#include "latent/data/observations.hpp"

HWY_BEFORE_NAMESPACE();
namespace latent::HWY_NAMESPACE {
namespace {

// Twelve chains that do not wait for one another, `rounds` long. Returns the number of multiply-adds.
double multiply_adds(const double* start, std::size_t rounds, double* result) {
  constexpr std::size_t chains = 12;
  Lanes sums[chains];
  HWY_UNROLL(16) for (std::size_t c = 0; c < chains; ++c) sums[c] = hn::Set(doubles, start[c]);
  const auto factor = hn::Set(doubles, start[0]);
  for (std::size_t round = 0; round < rounds; ++round) {
    HWY_UNROLL(16) for (Lanes& sum : sums) sum = hn::MulAdd(sum, factor, factor);
  }
  HWY_UNROLL(16) for (std::size_t c = 0; c < chains; ++c) result[c] = hn::GetLane(sums[c]);
  return static_cast<double>(chains * rounds * hn::Lanes(doubles));
}

void exponentials(const double* x, std::size_t size, double* result) {
  for (std::size_t n = 0; n < size; n += hn::Lanes(doubles)) {
    hn::Store(exp_of_nonpositive(hn::Load(doubles, x + n)), doubles, result + n);
  }
}

}  // namespace
}  // namespace latent::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace latent {
namespace {

HWY_EXPORT(multiply_adds);
HWY_EXPORT(exponentials);

void multiply_adds_per_second(benchmark::State& state) {
  std::array<double, 12> start{};
  std::iota(start.begin(), start.end(), 1e-3);
  for (double& value : start) value *= 1e-2;
  std::array<double, 12> result{};
  double count = 0.0;
  for ([[maybe_unused]] auto _ : state) {
    count += HWY_DYNAMIC_DISPATCH(multiply_adds)(start.data(), 100'000, result.data());
    benchmark::DoNotOptimize(result);
  }
  state.counters["rate"] = benchmark::Counter(count, benchmark::Counter::kIsRate);
}

void exponentials_per_second(benchmark::State& state) {
  constexpr std::size_t size = 1024;  // in the first cache
  alignas(64) std::array<double, size> x{};
  alignas(64) std::array<double, size> result{};
  for (std::size_t n = 0; n < size; ++n) x[n] = -0.01 * static_cast<double>(n);
  double count = 0.0;
  for ([[maybe_unused]] auto _ : state) {
    HWY_DYNAMIC_DISPATCH(exponentials)(x.data(), size, result.data());
    benchmark::DoNotOptimize(result);
    benchmark::ClobberMemory();
    count += static_cast<double>(size);
  }
  state.counters["rate"] = benchmark::Counter(count, benchmark::Counter::kIsRate);
}

// Each thread reads an array of its own, far larger than the caches.
void bytes_read_per_second(benchmark::State& state) {
  const Vector values = Vector::Ones(Index{1} << 24);
  double bytes = 0.0;
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(values.sum());
    bytes += static_cast<double>(values.size() * 8);
  }
  state.counters["rate"] = benchmark::Counter(bytes, benchmark::Counter::kIsRate);
}

BENCHMARK(multiply_adds_per_second)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(exponentials_per_second)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(bytes_read_per_second)->Threads(1)->Threads(2)->UseRealTime();

}  // namespace
}  // namespace latent
#endif
