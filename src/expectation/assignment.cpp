#include "latent/expectation/assignment.hpp"

#include <fmt/format.h>

#include <cstdint>

#include "latent/core/draw_by_mass.hpp"
#include "latent/core/errors.hpp"

namespace latent {

namespace {

DegenerateFit no_component(Index observation) {
  return DegenerateFit(
      fmt::format("observation {} has a responsibility of 0 for each component; use another start", observation + 1));
}

}  // namespace

void assign_to_largest(Matrix& responsibilities) {
  for (Index n = 0; n < responsibilities.rows(); ++n) {
    Index largest = 0;
    responsibilities.row(n).maxCoeff(&largest);
    responsibilities.row(n).setZero();
    responsibilities(n, largest) = 1.0;
  }
}

void draw_assignments(Matrix& responsibilities, std::size_t draws, RandomEngine& rng) {
  const auto count = static_cast<std::int64_t>(draws);
  for (Index n = 0; n < responsibilities.rows(); ++n) {
    auto row = responsibilities.row(n);
    if (draws == 1) {
      const auto drawn = draw_by_mass(row.transpose(), rng);
      if (!drawn) throw no_component(n);
      row.setZero();
      row[static_cast<Index>(*drawn)] = 1.0;
    } else {
      const auto drawn = draw_counts_by_mass(row.transpose(), count, rng);
      if (!drawn) throw no_component(n);
      for (Index k = 0; k < row.size(); ++k) {
        row[k] = static_cast<double>((*drawn)[static_cast<std::size_t>(k)]) / static_cast<double>(draws);
      }
    }
  }
}

void temper(Matrix& responsibilities, double beta) {
  responsibilities = responsibilities.array().pow(beta);
  responsibilities.array().colwise() /= responsibilities.rowwise().sum().array().eval();
}

}  // namespace latent
