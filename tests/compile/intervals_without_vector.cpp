// Quantities that are no vector.
#include "latent/inference/uncertainty.hpp"

struct Model {
  using Data = double;
  struct Statistics {};
  Statistics e_step(const Data&) const { return {}; }
  void m_step(const Statistics&) {}
  double log_likelihood(const Data&) const { return 0.0; }
  latent::Vector parameters() const { return {}; }
  void set_parameters(const latent::Vector&) {}
  double expected_log_joint(const Statistics&) const { return 0.0; }
};

int main() {
  (void)latent::wald_intervals(Model{}, latent::Information{}, [](const Model&) { return "text"; });
}
