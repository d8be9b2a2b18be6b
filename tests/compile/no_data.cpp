// A model that lacks just one thing: the name of its data.
#include "latent/solver/fit.hpp"

struct Model {
  struct Statistics {};
  Statistics e_step(double) const { return {}; }
  void m_step(const Statistics&) {}
  double log_likelihood(double) const { return 0.0; }
};

int main() { latent::fit(Model{}, 1.0); }
