// A model that lacks just one thing: e_step.
#include "latent/solver/fit.hpp"

struct Model {
  using Data = double;
  struct Statistics {};
  void m_step(const Statistics&) {}
  double log_likelihood(const Data&) const { return 0.0; }
};

int main() { latent::fit(Model{}, 1.0); }
