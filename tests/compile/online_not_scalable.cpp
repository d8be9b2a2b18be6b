// A model that lacks just one thing: statistics that can be scaled.
#include "complete_model.hpp"
#include "latent/methods/online_em.hpp"

struct Additive {
  double log_likelihood = 0.0;
  Additive& operator+=(const Additive&) { return *this; }
};
struct Model : CompleteModel<Additive> {};

int main() { latent::online_em(Model{}, latent::Observations{}); }
