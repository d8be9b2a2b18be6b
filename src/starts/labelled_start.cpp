#include "latent/starts/labelled_start.hpp"

#include <fmt/format.h>

#include "core/counted.hpp"
#include "latent/core/errors.hpp"

namespace latent::detail {

Matrix one_hot(std::span<const std::size_t> labels, std::size_t components) {
  Matrix responsibilities = Matrix::Zero(static_cast<Index>(labels.size()), static_cast<Index>(components));
  for (std::size_t n = 0; n < labels.size(); ++n) {
    responsibilities(static_cast<Index>(n), static_cast<Index>(labels[n])) = 1.0;
  }
  return responsibilities;
}

void require_labels(std::span<const std::size_t> labels, std::size_t observations, std::size_t components) {
  if (labels.size() != observations) {
    throw InvalidData(fmt::format("there {} {} for {}", labels.size() == 1 ? "is" : "are",
                                  counted(labels.size(), "label"), counted(observations, "observation")));
  }
  for (std::size_t n = 0; n < labels.size(); ++n) {
    if (labels[n] < components) continue;
    throw InvalidOption("labels", fmt::format("{} for observation {}", labels[n], n + 1),
                        fmt::format("must be from 0 to {}", components - 1));
  }
}

}  // namespace latent::detail
