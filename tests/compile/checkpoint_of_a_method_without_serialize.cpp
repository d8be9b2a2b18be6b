// A method of climbing that can't be written to a file can't be kept in a checkpoint.
#include "latent/checkpoint.hpp"

struct Model {
  using Data = double;
  using Statistics = double;
  double e_step(double x) const { return x; }
  void m_step(double) {}
  double log_likelihood(double) const { return 0.0; }
  template <class Archive>
  void serialize(Archive&) {}
};

struct Method {
  struct Memory {};
  static const char* name() { return "mine"; }
  Memory begin(const Model&) const { return {}; }
  latent::Point<Model> advance(Memory&, latent::Steps<Model>& steps, latent::Point<Model> from) const {
    return steps.em_step(std::move(from));
  }
};

int main() { latent::resumable_fit(Model(), 1.0, {.file = "file"}, {}, Method()); }
