#include "data/data_limit.hpp"

#include <fmt/format.h>

#include "latent/core/memory.hpp"

namespace latent {
namespace {

std::string text_of(std::uint64_t bytes) { return size_text(static_cast<double>(bytes)); }

std::string reason(const DataLimit& limit) {
  return limit.is_memory ? fmt::format("the {} of memory that there are; take fewer rows", text_of(limit.bytes))
                         : fmt::format("the {} that are allowed; see ReadingLimits::data", text_of(limit.bytes));
}

}  // namespace

std::string DataLimit::sentence() const { return "the data up to here take more than " + reason(*this); }

std::string DataLimit::sentence(double size) const {
  return fmt::format("the data take {}, which is more than {}", size_text(size), reason(*this));
}

DataLimit limit_of_file(const ReadingLimits& limits) {
  const std::uint64_t memory = memory_at_hand();
  if (limits.data && *limits.data <= memory) return {.bytes = *limits.data, .is_memory = false};
  return {.bytes = memory, .is_memory = true};
}

DataLimit limit_of_stream(const ReadingLimits& limits) {
  constexpr std::uint64_t usual = 4'000'000'000;
  return limit_of_file({.data = limits.data.value_or(usual)});
}

}  // namespace latent
