#include "latent/resumable_select.hpp"

namespace latent::detail {
namespace {

constexpr std::size_t most_replicates = 1'000'000;

}  // namespace

// Fits have even places, values odd ones, and replicates negative ones.
int place_of_fit(std::size_t candidate) { return static_cast<int>(2 * candidate); }

int place_of_value(std::size_t candidate) { return static_cast<int>(2 * candidate + 1); }

int place_of_replicate(std::size_t test, std::size_t replicate) {
  return -1 - static_cast<int>(test * most_replicates + replicate);
}

void SelectionStore::throw_if_stopped() {
  if (!stopped()) return;
  file_.finish();
  if (file_.failure()) throw Error(*file_.failure());
  throw SelectionStopped(file_.name() + " has what was finished of a selection that was told to stop");
}

}  // namespace latent::detail
