// A model that lacks just one thing: complete_statistics.
#include "complete_model.hpp"
#include "latent/methods/classification_em.hpp"
#include "latent/solver/fit.hpp"

struct Model : CompleteModel<> {
  Statistics complete_statistics(const Data&, const latent::Matrix&) const = delete;
};

int main() { latent::fit(latent::ClassificationModel(Model{}), latent::Observations{}); }
