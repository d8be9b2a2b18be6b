// A model that can be fitted, and not drawn from.
#include <span>

#include "latent/inference/bootstrap_lrt.hpp"

struct Model {
  using Data = std::span<const double>;
  struct Statistics {};
  Statistics e_step(Data) const { return {}; }
  void m_step(const Statistics&) {}
  double log_likelihood(Data) const { return 0.0; }
};

int main() { latent::bootstrap_lrt(Model{}, Model{}, std::vector<double>{1.0}); }
