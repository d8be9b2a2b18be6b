// A model whose parameters can be read and not set has no information.
#include "latent/inference/uncertainty.hpp"

struct Model {
  using Data = double;
  struct Statistics {};
  Statistics e_step(const Data&) const { return {}; }
  void m_step(const Statistics&) {}
  double log_likelihood(const Data&) const { return 0.0; }
  latent::Vector parameters() const { return {}; }
  double expected_log_joint(const Statistics&) const { return 0.0; }
};

int main() { latent::observed_information(Model{}, 1.0); }
