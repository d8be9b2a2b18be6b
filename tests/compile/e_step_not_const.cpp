// A model that lacks just one thing: an e_step that leaves the model as it is.
#include "latent/solver/fit.hpp"

struct Model {
  using Data = double;
  struct Statistics {};
  Statistics e_step(const Data&) { return {}; }
  void m_step(const Statistics&) {}
  double log_likelihood(const Data&) const { return 0.0; }
};

int main() { latent::fit(Model{}, 1.0); }
