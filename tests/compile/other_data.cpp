// A model that lacks just one thing: data of the kind that it is given.
#include "latent/solver/fit.hpp"

struct Model {
  using Data = double;
  struct Statistics {};
  Statistics e_step(const Data&) const { return {}; }
  void m_step(const Statistics&) {}
  double log_likelihood(const Data&) const { return 0.0; }
};

int main() { latent::fit(Model{}, "text"); }
