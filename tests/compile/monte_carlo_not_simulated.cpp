// A model that lacks just one thing: draws from its posterior.
#include "complete_model.hpp"
#include "latent/methods/monte_carlo_em.hpp"

struct Model : CompleteModel<> {
  Statistics complete_statistics(const Data&, const latent::Matrix&) const = delete;
  latent::Matrix posterior(const Data&) const = delete;
};

int main() { latent::monte_carlo_em(Model{}, latent::Observations{}); }
