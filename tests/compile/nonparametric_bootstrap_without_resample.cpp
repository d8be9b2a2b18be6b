// Data that nobody knows how to resample have no nonparametric bootstrap.
#include "latent/inference/bootstrap.hpp"

struct Model {
  using Data = double;
  struct Statistics {};
  Statistics e_step(const Data&) const { return {}; }
  void m_step(const Statistics&) {}
  double log_likelihood(const Data&) const { return 0.0; }
};

int main() {
  latent::nonparametric_bootstrap(Model{}, 1.0, [](const Model&) { return latent::Vector{{1.0}}; });
}
