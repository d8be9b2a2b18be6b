// A model that can be compared, but for ICL: it has no posterior.
#include <span>

#include "latent/inference/select.hpp"

struct Model {
  using Data = std::span<const double>;
  struct Statistics {};
  Statistics e_step(Data) const { return {}; }
  void m_step(const Statistics&) {}
  double log_likelihood(Data) const { return 0.0; }
  double free_parameters() const { return 1.0; }
};

int main() {
  const std::vector<latent::Candidate<Model>> candidates = {{"one", Model{}}};
  latent::select(candidates, std::vector<double>{1.0}, latent::Icl{});
}
