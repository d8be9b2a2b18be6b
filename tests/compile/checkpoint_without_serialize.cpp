// A model that can't be written to a file has no checkpoint.
#include "latent/solver/checkpoint.hpp"

struct Model {
  using Data = double;
  using Statistics = double;
  double e_step(double x) const { return x; }
  void m_step(double) {}
  double log_likelihood(double) const { return 0.0; }
};

int main() { latent::resumable_fit(Model(), 1.0, {.file = "file"}); }
