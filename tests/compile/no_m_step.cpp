// A model that lacks just one thing: m_step.
#include "latent/solver/fit.hpp"

struct Model {
  using Data = double;
  struct Statistics {};
  Statistics e_step(const Data&) const { return {}; }
  double log_likelihood(const Data&) const { return 0.0; }
};

int main() { latent::fit(Model{}, 1.0); }
