// A model that can't be given responsibilities can't be started from labels.
#include <array>

#include "latent/labelled_start.hpp"

struct Model {
  using Data = double;
  using Statistics = double;
  double e_step(double x) const { return x; }
  void m_step(double) {}
  double log_likelihood(double) const { return 0.0; }
};

int main() {
  const std::array<std::size_t, 1> labels = {0};
  latent::labelled_start(Model(), 1.0, labels);
}
