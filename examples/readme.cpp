// The program of README.md: a mixture of two normal distributions, fitted to Old Faithful. Run it from the root.
#include <latent/data_file.hpp>
#include <latent/fit.hpp>
#include <latent/models/gaussian_mixture.hpp>

#include <iostream>

int main() {
  const auto data = latent::open_data("examples/data/old_faithful.csv").numbers();

  const auto result = latent::fit(latent::GaussianMixture(2), data.observations(), {.restarts = 20, .seed = 7});

  std::cout << result << "\n"
            << "weights: " << result.model.weights().transpose() << "\n"
            << "means:\n"
            << result.model.means() << "\n";
  for (const latent::RestartOutcome& restart : result.restarts) {
    std::cout << "restart " << restart.number << ": " << restart.log_likelihood << ", " << restart.stop.rule << "\n";
  }
}
