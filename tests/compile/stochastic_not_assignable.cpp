// A model that lacks just one thing: posterior.
#include "complete_model.hpp"
#include "latent/methods/stochastic_em.hpp"

struct Model : CompleteModel<> {
  latent::Matrix posterior(const Data&) const = delete;
};

int main() { latent::stochastic_em(Model{}, latent::Observations{}); }
