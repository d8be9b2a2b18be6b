// A model that lacks just one thing: expected_log_joint.
#include "complete_model.hpp"
#include "latent/methods/annealing.hpp"

struct Model : CompleteModel<> {
  double expected_log_joint(const Statistics&) const = delete;
};

int main() { latent::anneal(Model{}, latent::Observations{}); }
