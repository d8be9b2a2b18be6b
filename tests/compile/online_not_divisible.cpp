// A model that lacks just one thing: data that can be divided.
#include "latent/methods/online_em.hpp"

struct Model {
  using Data = latent::Matrix;
  struct Statistics {
    Statistics& operator+=(const Statistics&) { return *this; }
    Statistics& operator*=(double) { return *this; }
  };
  Statistics e_step(const Data&) const { return {}; }
  void m_step(const Statistics&) {}
  double log_likelihood(const Data&) const { return 0.0; }
};

int main() { latent::online_em(Model{}, latent::Matrix{}); }
