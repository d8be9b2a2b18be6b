// A model of three functions alone can't be accelerated.
#include "latent/methods/squarem.hpp"
#include "latent/solver/fit.hpp"

struct Model {
  using Data = double;
  using Statistics = double;
  double e_step(double x) const { return x; }
  void m_step(double) {}
  double log_likelihood(double) const { return 0.0; }
};

int main() { latent::fit(Model(), 1.0, {}, latent::Squarem()); }
