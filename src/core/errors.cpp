#include "latent/core/errors.hpp"

#include <fmt/format.h>

#include <utility>

namespace latent {
namespace {

std::string at_place(const std::string& reason, std::optional<std::size_t> row, std::optional<std::size_t> column) {
  if (row && column) return fmt::format("row {}, column {}: {}", *row, *column, reason);
  if (row) return fmt::format("row {}: {}", *row, reason);
  if (column) return fmt::format("column {}: {}", *column, reason);
  return reason;
}

}  // namespace

InvalidData::InvalidData(std::string reason, std::optional<std::size_t> row, std::optional<std::size_t> column)
    : Error(at_place(reason, row, column)), reason_(std::move(reason)), row_(row), column_(column) {}

InvalidOption::InvalidOption(std::string option, std::string value, std::string allowed)
    : Error(fmt::format("{}: {}: {}", option, value, allowed)),
      option_(std::move(option)),
      value_(std::move(value)),
      allowed_(std::move(allowed)) {}

DegenerateFit::DegenerateFit(const std::string& reason, std::optional<std::size_t> component)
    : Error(component ? fmt::format("component {}: {}", *component, reason) : reason), component_(component) {}

}  // namespace latent
