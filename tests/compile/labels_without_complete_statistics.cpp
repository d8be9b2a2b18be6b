// A model that lacks just one thing: complete_statistics.
#include <array>

#include "complete_model.hpp"
#include "latent/starts/labelled_start.hpp"

struct Model : CompleteModel<> {
  Statistics complete_statistics(const Data&, const latent::Matrix&) const = delete;
};

int main() {
  const std::array<std::size_t, 1> labels = {0};
  latent::labelled_start(Model(), latent::Observations(), labels);
}
