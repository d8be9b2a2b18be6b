// A model that lacks just one thing: the log-likelihood in its statistics.
#include "latent/annealing.hpp"

struct Model {
  using Data = latent::Observations;
  struct Statistics {};
  Statistics e_step(const Data&) const { return {}; }
  void m_step(const Statistics&) {}
  double log_likelihood(const Data&) const { return 0.0; }
  latent::Matrix posterior(const Data&) const { return {}; }
  Statistics complete_statistics(const Data&, const latent::Matrix&) const { return {}; }
  double expected_log_joint(const Statistics&) const { return 0.0; }
};

int main() { latent::anneal(Model{}, latent::Observations{}); }
