// A model that lacks just one thing: draws from its posterior.
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
  double expected_log_joint(const Statistics&) const { return 0.0; }
};

int main() { latent::monte_carlo_em(Model{}, latent::Observations{}); }
