// An update method that can't be written to a file can't be kept in a checkpoint.
#include "complete_model.hpp"
#include "latent/solver/checkpoint.hpp"

struct Model : CompleteModel<> {
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

int main() { latent::resumable_fit(Model(), latent::Observations(), {.file = "file"}, {}, Method()); }
