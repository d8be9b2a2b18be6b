// A model that lacks just one thing: log_likelihood.
#include "latent/solver/fit.hpp"

struct Model {
  using Data = double;
  struct Statistics {};
  Statistics e_step(const Data&) const { return {}; }
  void m_step(const Statistics&) {}
};

int main() { latent::fit(Model{}, 1.0); }
