// A model that lacks just one thing: the log-likelihood in its statistics.
#include "complete_model.hpp"
#include "latent/methods/annealing.hpp"

struct Nothing {};
struct Model : CompleteModel<Nothing> {};

int main() { latent::anneal(Model{}, latent::Observations{}); }
