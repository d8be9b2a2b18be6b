// A model that lacks just one thing: copies.
#include "latent/solver/fit.hpp"

struct Model {
  using Data = double;
  struct Statistics {};
  Statistics e_step(const Data&) const { return {}; }
  void m_step(const Statistics&) {}
  double log_likelihood(const Data&) const { return 0.0; }
  Model() = default;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;
  Model(Model&&) = default;
  Model& operator=(Model&&) = default;
  ~Model() = default;
};

int main() { latent::fit(Model{}, 1.0); }
