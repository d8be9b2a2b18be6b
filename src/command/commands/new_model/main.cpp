// Fits MyModel to a CSV file of counts: my_model FILE.csv [KINDS]. A column `weight` says how often each was observed.
#include <latent/data/data_file.hpp>
#include <latent/inference/criteria.hpp>
#include <latent/methods/squarem.hpp>
#include <latent/solver/fit.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include "my_model.hpp"

namespace {

void fit_file(const std::string& path, latent::Index kinds) {
  const latent::DataFile file = latent::open_data(path);
  const bool weighted = std::ranges::count(file.columns(), "weight") > 0;
  const latent::NumericTable counts = file.numbers({.weights = weighted ? "weight" : ""});

  // SQUAREM, which the model's `parameters` make possible: mixtures of kinds that are much alike make EM crawl.
  const auto result = latent::fit(MyModel(kinds), counts.observations(), {}, latent::Squarem());
  const MyModel& model = result.model;
  std::cout << result << "\n";
  std::printf("BIC %.2f\n",
              latent::bic(result.log_likelihood, model.free_parameters(), counts.observations().total_weight()));
  for (latent::Index k = 0; k < kinds; ++k)
    std::printf("weight %.4f, mean %.4f\n", model.weights()[k], model.means()[k]);
  for (const std::string& warning : result.warnings) std::cerr << "warning: " << warning << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::cerr << "usage: my_model FILE.csv [KINDS]\n";
    return 2;
  }
  try {
    const int kinds = argc == 3 ? std::atoi(argv[2]) : 2;
    if (kinds < 1) throw latent::InvalidOption("KINDS", argv[2], "must be a number from 1 on");
    fit_file(argv[1], kinds);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "my_model: " << error.what() << "\n";
    return 2;
  }
}
