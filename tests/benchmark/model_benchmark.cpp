// What the models do, one function at a time: run one with --benchmark_filter=NAME.
#include <benchmark/benchmark.h>

#include <boost/random/binomial_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "fixtures/random_models.hpp"
#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/models/incomplete_gaussian.hpp"
#include "latent/solver/fit.hpp"

namespace latent {
namespace {

using random_models::clustered_data;
using random_models::normal_draws;

struct Workload {
  RowMatrix values;
  GaussianMixture model;
};

// Arguments: N, d, K, and the number of the covariance kind.
Workload workload(const benchmark::State& state) {
  RandomEngine rng = random_stream(1, 0);
  RowMatrix values = clustered_data(state.range(0), state.range(1), state.range(2), rng);
  GaussianMixture model(static_cast<std::size_t>(state.range(2)),
                        {.covariance = static_cast<CovarianceKind>(state.range(3))});
  model.initialize(values, rng);
  return {.values = std::move(values), .model = std::move(model)};
}

void gaussian_e_step(benchmark::State& state) {
  const Workload work = workload(state);
  const Observations data = work.values;
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(expect(work.model, data));
}

void gaussian_m_step(benchmark::State& state) {
  Workload work = workload(state);
  const auto statistics = work.model.e_step(work.values);
  for ([[maybe_unused]] auto _ : state) work.model.m_step(statistics);
}

void gaussian_start(benchmark::State& state) {
  Workload work = workload(state);
  RandomEngine rng = random_stream(2, 0);
  for ([[maybe_unused]] auto _ : state) work.model.initialize(work.values, rng);
}

void gaussian_check(benchmark::State& state) {
  const Workload work = workload(state);
  for ([[maybe_unused]] auto _ : state) work.model.check(work.values);
}

void gaussian_posterior(benchmark::State& state) {
  const Workload work = workload(state);
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(work.model.posterior(work.values));
}

void gaussian_sample(benchmark::State& state) {
  const Workload work = workload(state);
  RandomEngine rng = random_stream(2, 0);
  const auto count = static_cast<std::size_t>(state.range(0));
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(work.model.sample(count, rng));
}

void gaussian_workloads(benchmark::internal::Benchmark* benchmark) {
  const auto kind = [](CovarianceKind covariance) { return static_cast<std::int64_t>(covariance); };
  using enum CovarianceKind;
  benchmark->ArgNames({"N", "d", "K", "covariance"})->Unit(benchmark::kMillisecond)->UseRealTime();
  benchmark->Args({2'000'000, 1, 2, kind(full)});
  benchmark->Args({1'000'000, 2, 3, kind(full)});
  benchmark->Args({500'000, 8, 8, kind(full)});
  benchmark->Args({200'000, 32, 16, kind(full)});
  benchmark->Args({50'000, 128, 8, kind(full)});
  benchmark->Args({1'000'000, 16, 16, kind(diagonal)});
}

BENCHMARK(gaussian_e_step)->Apply(gaussian_workloads);
BENCHMARK(gaussian_m_step)->Apply(gaussian_workloads);
BENCHMARK(gaussian_start)->Apply(gaussian_workloads);
BENCHMARK(gaussian_check)->Apply(gaussian_workloads);
BENCHMARK(gaussian_posterior)->Apply(gaussian_workloads);
BENCHMARK(gaussian_sample)->Apply(gaussian_workloads);

// N sets of up to 100 tosses of one of K coins.
void coin_e_step(benchmark::State& state) {
  RandomEngine rng = random_stream(1, 0);
  boost::random::uniform_01<double> uniform;
  std::vector<TossSet> sets;
  const auto coins = state.range(1);
  for (std::int64_t n = 0; n < state.range(0); ++n) {
    const int tosses = 10 + static_cast<int>(90.0 * uniform(rng));
    const double bias = (static_cast<double>(n % coins) + 0.5) / static_cast<double>(coins);
    sets.emplace_back(boost::random::binomial_distribution<int, double>(tosses, bias)(rng), tosses);
  }
  CoinMixture model(static_cast<std::size_t>(coins));
  model.initialize(sets, rng);
  const CoinMixture::Data data = sets;
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(expect(model, data));
}

BENCHMARK(coin_e_step)
    ->ArgNames({"N", "K"})
    ->Args({10'000'000, 2})
    ->Args({10'000'000, 5})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

RowMatrix data_with_holes(Index rows, Index columns, double missing, RandomEngine& rng) {
  boost::random::uniform_01<double> uniform;
  RowMatrix values = normal_draws(rows, columns, rng) * normal_draws(columns, columns, rng);
  for (double& value : values.reshaped()) {
    if (uniform(rng) < missing) value = std::numeric_limits<double>::quiet_NaN();
  }
  return values;
}

void incomplete_gaussian_grouping(benchmark::State& state) {
  RandomEngine rng = random_stream(1, 0);
  const RowMatrix values = data_with_holes(state.range(0), state.range(1), 0.2, rng);
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(IncompleteObservations(values));
}

void incomplete_gaussian_e_step(benchmark::State& state) {
  RandomEngine rng = random_stream(1, 0);
  const RowMatrix values = data_with_holes(state.range(0), state.range(1), 0.2, rng);
  const IncompleteObservations patterns(values);
  const IncompleteGaussian model(patterns);
  const IncompleteGaussian::Data data = patterns;
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(expect(model, data));
  state.counters["patterns"] = static_cast<double>(patterns.patterns().size());
}

BENCHMARK(incomplete_gaussian_grouping)
    ->ArgNames({"N", "d"})
    ->Args({200'000, 10})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(incomplete_gaussian_e_step)
    ->ArgNames({"N", "d"})
    ->Args({200'000, 10})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace latent
