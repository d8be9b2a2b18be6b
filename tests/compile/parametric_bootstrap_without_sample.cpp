// A model that does not sample has no parametric bootstrap.
#include "latent/inference/bootstrap.hpp"

struct Model {
  using Data = double;
  struct Statistics {};
  Statistics e_step(const Data&) const { return {}; }
  void m_step(const Statistics&) {}
  double log_likelihood(const Data&) const { return 0.0; }
};

int main() {
  latent::parametric_bootstrap(Model{}, 10, [](const Model&) { return latent::Vector{{1.0}}; });
}
