// A model that lacks just one thing: expected_log_joint.
#include "latent/monte_carlo_em.hpp"

struct Model {
  using Data = latent::Observations;
  struct Statistics {
    double log_likelihood = 0.0;
    Statistics& operator+=(const Statistics&) { return *this; }
    Statistics& operator*=(double) { return *this; }
  };
  Statistics e_step(const Data&) const { return {}; }
  void m_step(const Statistics&) {}
  double log_likelihood(const Data&) const { return 0.0; }
  latent::Matrix posterior(const Data&) const { return {}; }
  Statistics complete_statistics(const Data&, const latent::Matrix&) const { return {}; }
};

int main() { latent::monte_carlo_em(Model{}, latent::Observations{}); }
