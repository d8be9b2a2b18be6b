// Nor can a fit that is kept in a file be accelerated where the model can be saved, but has no parameters.
#include "latent/methods/squarem.hpp"
#include "latent/solver/checkpoint.hpp"

struct Model {
  using Data = double;
  using Statistics = double;
  double e_step(double x) const { return x; }
  void m_step(double) {}
  double log_likelihood(double) const { return 0.0; }
  template <class Archive>
  void serialize(Archive&) {}
};

int main() { latent::resumable_fit(Model(), 1.0, {.file = "fit.checkpoint"}, {}, latent::Squarem()); }
