// A model that lacks just one thing: expected_log_joint.
#include "complete_model.hpp"
#include "latent/methods/classification_em.hpp"
#include "latent/solver/fit.hpp"

struct Model : CompleteModel<> {
  double expected_log_joint(const Statistics&) const = delete;
};

int main() { latent::fit(latent::ClassificationModel(Model{}), latent::Observations{}); }
