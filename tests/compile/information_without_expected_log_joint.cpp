// A model without Q has no information.
#include "latent/inference/uncertainty.hpp"

struct Model {
  using Data = double;
  struct Statistics {};
  Statistics e_step(const Data&) const { return {}; }
  void m_step(const Statistics&) {}
  double log_likelihood(const Data&) const { return 0.0; }
  latent::Vector parameters() const { return {}; }
  void set_parameters(const latent::Vector&) {}
};

int main() { latent::observed_information(Model{}, 1.0); }
