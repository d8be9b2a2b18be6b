#include "latent/inference/resumable_select.hpp"

#include <cstdint>

namespace latent::detail {
namespace {

constexpr std::int64_t most_replicates = 1'000'000;

}  // namespace

// Fits have even places, values odd ones, and replicates negative ones.
std::int64_t place_of_fit(std::size_t candidate) { return 2 * static_cast<std::int64_t>(candidate); }

std::int64_t place_of_value(std::size_t candidate) { return 2 * static_cast<std::int64_t>(candidate) + 1; }

std::int64_t place_of_replicate(std::size_t test, std::size_t replicate) {
  return -1 - (static_cast<std::int64_t>(test) * most_replicates + static_cast<std::int64_t>(replicate));
}

void SelectionStore::throw_if_stopped() {
  if (!stopped()) return;
  file_.finish();
  if (file_.failure()) throw Error(*file_.failure());
  throw SelectionStopped(file_.name() + " has what was finished of a selection that was told to stop");
}

}  // namespace latent::detail
