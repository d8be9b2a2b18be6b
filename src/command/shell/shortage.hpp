// What to say where memory runs out although nothing foretold it.
#pragma once

#include <fmt/format.h>

#include <new>
#include <string>

#include "latent/core/memory.hpp"
#include "latent/data/data_file.hpp"

namespace latent::cli {

/// Runs `work`. Where memory runs out, the message is "memory ran out while WHAT", with what `what()` returns, as
/// "reading data.csv".
/// @throws TooLittleMemory then.
template <class What, class Work>
auto naming_shortage(const What& what, const Work& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    throw TooLittleMemory(
        fmt::format("memory ran out while {}; there are {}", what(), size_text(static_cast<double>(memory_at_hand()))));
  }
}

/// "data.csv (272 rows, 2 columns)".
inline std::string size_of(const DataFile& file) {
  return fmt::format("{} ({} rows, {} columns)", file.name(), file.rows(), file.columns().size());
}

/// Refuses draws that memory can't hold.
/// @throws TooLittleMemory.
inline void require_room_for_draws(std::size_t count, std::size_t columns) {
  require_memory(static_cast<double>(count) * static_cast<double>(columns) * static_cast<double>(sizeof(double)),
                 fmt::format("a table of {} draws of {} columns", count, columns), "ask for fewer with --count");
}

}  // namespace latent::cli
