// A model that lacks just one thing: statistics that can be scaled.
#include "latent/online_em.hpp"

struct Model {
  using Data = latent::Observations;
  struct Statistics {
    double log_likelihood = 0.0;
    Statistics& operator+=(const Statistics&) { return *this; }
  };
  Statistics e_step(const Data&) const { return {}; }
  void m_step(const Statistics&) {}
  double log_likelihood(const Data&) const { return 0.0; }
  latent::Matrix posterior(const Data&) const { return {}; }
  Statistics complete_statistics(const Data&, const latent::Matrix&) const { return {}; }
  double expected_log_joint(const Statistics&) const { return 0.0; }
};

int main() { latent::online_em(Model{}, latent::Observations{}); }
