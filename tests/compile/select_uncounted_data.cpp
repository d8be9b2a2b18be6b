// A model whose data have no size.
#include "latent/inference/select.hpp"

struct Model {
  using Data = double;
  struct Statistics {};
  Statistics e_step(const Data&) const { return {}; }
  void m_step(const Statistics&) {}
  double log_likelihood(const Data&) const { return 0.0; }
  double free_parameters() const { return 1.0; }
};

int main() {
  const std::vector<latent::Candidate<Model>> candidates = {{"one", Model{}}};
  latent::select(candidates, 1.0);
}
