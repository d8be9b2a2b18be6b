#include "latent/solver/trace.hpp"

#include <algorithm>
#include <cstddef>

namespace latent {
namespace {

// The smallest power of 2 of which the last number is no more than so many times as large.
int spacing_at(int last) {
  constexpr int most = 2048;
  int spacing = 1;
  while (last / spacing > most) spacing *= 2;
  return spacing;
}

}  // namespace

void append(Trace& trace, const Iteration& iteration) {
  trace.push_back(iteration);
  const int spaced = spacing_at(iteration.number);
  const bool wider = iteration.number > 0 && spaced != spacing_at(iteration.number - 1);
  const auto end = trace.end() - std::min<std::ptrdiff_t>(whole_end_of_trace, std::ssize(trace));
  // If the spacing is that of the iteration before, only the one that has just left the end may go.
  const auto begin = wider || end == trace.begin() ? trace.begin() : end - 1;
  trace.erase(std::remove_if(begin, end, [&](const Iteration& kept) { return kept.number % spaced != 0; }), end);
}

int spacing(const Trace& trace) { return trace.size() < 2 ? 1 : std::max(1, trace[1].number - trace[0].number); }

}  // namespace latent
