#include "latent/solver/rest.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>

namespace latent {
namespace {

// The objective `back` iterations before the last one; of a trace that has not all, that of the one before where it
// lacks this.
double objective_before(const Trace& trace, int back) {
  if (spacing(trace) == 1) return trace[trace.size() - 1 - static_cast<std::size_t>(back)].objective;
  const auto after = std::ranges::upper_bound(trace, trace.back().number - back, {}, &Iteration::number);
  return after == trace.begin() ? after->objective : std::prev(after)->objective;
}

// Which iterations an estimate looks at: the last em_steps, which plain EM made, up to the one that is `skipped` before
// the last, in blocks of so many.
struct Blocks {
  int em_steps;
  int skipped;
  int size;
};

int iterations_in(const Trace& trace) {
  return spacing(trace) == 1 ? static_cast<int>(trace.size()) - 1 : trace.back().number - trace.front().number;
}

// Blocks of an eighth of the EM steps, which begin and end at iterations that the trace has.
Blocks blocks_of(const Trace& trace) {
  constexpr int parts = 8;
  const int every = spacing(trace);
  const int em_steps = std::min(trace.back().em_steps, iterations_in(trace));
  if (every == 1) return {.em_steps = em_steps, .skipped = 0, .size = std::max(1, em_steps / parts)};
  if (em_steps < parts * every) {
    const int at_end = std::min(em_steps, whole_end_of_trace - 1);
    return {.em_steps = at_end, .skipped = 0, .size = std::max(1, at_end / parts)};
  }
  const int skipped = trace.back().number % every;
  const int spaced = (em_steps - skipped) / parts / every * every;
  return {.em_steps = em_steps - skipped, .skipped = skipped, .size = std::max(every, spaced)};
}

// The largest decrease in the last iterations, as far as it may be rounding: what is beyond that is an error in the
// model's functions, which the monitor reports (latent/solver/monitor.hpp).
double decrease_by_rounding(const Trace& trace, int em_steps) {
  constexpr int lately = 8;
  constexpr double at_most = 1e-11;
  double largest = 0.0;
  for (int back = 0; back < std::min(lately, em_steps); ++back) {
    largest = std::max(largest, objective_before(trace, back + 1) - objective_before(trace, back));
  }
  return std::min(largest, at_most * std::max(1.0, std::abs(trace.back().objective)));
}

// What the objective may move by without meaning it.
double rounding_of(const Trace& trace, int em_steps) {
  const double of_the_sum = 4.0 * std::numeric_limits<double>::epsilon() * std::abs(trace.back().objective);
  return std::max(of_the_sum, 2.0 * decrease_by_rounding(trace, em_steps));
}

bool stands_still(const Trace& trace, int window, int skipped, double rounding) {
  const auto moved = [&](int back) {
    return std::abs(objective_before(trace, skipped + back) - trace.back().objective);
  };
  return moved(window) <= rounding && moved((window + 1) / 2) <= rounding;
}

// The ratios of the gains of successive blocks of `block` iterations, latest first, and the latest gain.
struct BlockGains {
  double latest;
  double before;
  std::array<double, 3> ratios;
};

std::optional<BlockGains> block_gains(const Trace& trace, const Blocks& blocks) {
  const auto objective_at = [&](int block) { return objective_before(trace, blocks.skipped + block * blocks.size); };
  std::array<double, 4> gains = {};
  for (int j = 0; j < 4; ++j) {
    const double gain = objective_at(j) - objective_at(j + 1);
    if (!(gain > 0.0)) return std::nullopt;
    gains[static_cast<std::size_t>(j)] = gain;
  }
  return BlockGains{.latest = gains[0],
                    .before = gains[1],
                    .ratios = {gains[0] / gains[1], gains[1] / gains[2], gains[2] / gains[3]}};
}

// What the ratios come to; nothing where they do not look like those of linear convergence. `noise` is what rounding
// may change a ratio by.
std::optional<double> limit_of(const std::array<double, 3>& ratios, double noise) {
  constexpr double slowing_down = 0.9;  // at most, of q
  const auto [now, before, first] = ratios;
  const double change = now - before;
  const double change_before = before - first;
  const double larger = std::max(now, before);
  // A small change passes for none; a far smaller one where the changes grow, as on the way to a plateau.
  const double small = 0.02 * (1.0 - larger);
  const double small_but_growing = std::min(small, std::max(0.001 * (1.0 - larger), noise));
  const bool growing = change > slowing_down * change_before;
  if (std::abs(change) <= (growing ? small_but_growing : small)) return larger + std::abs(change);
  if (growing || !(change > 0.0)) return std::nullopt;
  const double q = change / change_before;
  return now + change * q / (1.0 - q);
}

double projected(double gain, double ratio) { return gain * ratio / (1.0 - ratio); }

}  // namespace

std::optional<Rest> rest_of(const Trace& trace) {
  if (trace.empty()) return std::nullopt;
  const Blocks blocks = blocks_of(trace);
  const int window = std::max(3, blocks.size);
  if (blocks.em_steps < window) return std::nullopt;
  const double rounding = rounding_of(trace, blocks.em_steps);
  if (stands_still(trace, window, blocks.skipped, rounding)) return Rest{.nats = rounding, .below_rounding = true};

  // The first gain is left out: it is that of the start.
  if (blocks.em_steps < 4 * blocks.size + 1) return std::nullopt;
  const auto gains = block_gains(trace, blocks);
  if (!gains || !(*std::ranges::max_element(gains->ratios) < 1.0)) return std::nullopt;
  const auto limit = limit_of(gains->ratios, 4.0 * rounding / gains->before);
  if (!limit || !(*limit < 1.0)) return std::nullopt;
  constexpr double agreement = 4.0;
  const double rest = projected(gains->latest, *limit);
  if (!(rest <= agreement * projected(gains->latest, gains->ratios[0]))) return std::nullopt;
  return Rest{.nats = rest, .below_rounding = false};
}

}  // namespace latent
