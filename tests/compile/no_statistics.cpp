// A model that lacks just one thing: the name of its statistics.
#include "latent/solver/fit.hpp"

struct Model {
  using Data = double;
  double e_step(const Data&) const { return 0.0; }
  void m_step(double) {}
  double log_likelihood(const Data&) const { return 0.0; }
};

int main() { latent::fit(Model{}, 1.0); }
