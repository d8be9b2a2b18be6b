#include "command/reports/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "core/ascii_text.hpp"

namespace latent::cli {
namespace {

// How many letters must be inserted, left out, replaced or exchanged with the next to make `to` of `from`: the
// Damerau–Levenshtein distance, in its restricted form.
std::size_t edits(std::string_view from, std::string_view to) {
  std::vector<std::vector<std::size_t>> distance(from.size() + 1, std::vector<std::size_t>(to.size() + 1));
  for (std::size_t i = 0; i <= from.size(); ++i) distance[i][0] = i;
  for (std::size_t j = 0; j <= to.size(); ++j) distance[0][j] = j;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = distance[i - 1][j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      distance[i][j] = std::min({distance[i - 1][j] + 1, distance[i][j - 1] + 1, replaced});
      const bool exchanged = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (exchanged) distance[i][j] = std::min(distance[i][j], distance[i - 2][j - 2] + 1);
    }
  }
  return distance[from.size()][to.size()];
}

}  // namespace

std::string nearest(const std::string& word, const std::vector<std::string>& names) {
  const std::string lower = lower_case(word);
  const auto begins_with_word = [&](const std::string& name) { return lower.size() > 2 && name.starts_with(lower); };
  if (std::ranges::count_if(names, begins_with_word) == 1) return *std::ranges::find_if(names, begins_with_word);
  const auto distance = [&](const std::string& name) { return edits(lower, name); };
  const auto best = std::ranges::min_element(names, {}, distance);
  const std::size_t letters = lower.size() - std::min(lower.size(), lower.find_first_not_of('-'));
  return best == names.end() || distance(*best) > std::max<std::size_t>(1, letters / 3) ? "" : *best;
}

std::string suggestion(const std::string& name, const std::string& otherwise) {
  return name.empty() ? otherwise : fmt::format("did you mean {}?", name);
}

}  // namespace latent::cli
