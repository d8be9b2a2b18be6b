// Three clusters in the plane, of different shape and size: how many are there, and which observation is of which?
//
// What to look for: BIC falls until there are as many components as clusters, and rises after; the three components
// then hold nearly all observations of one cluster each.
#include <fmt/format.h>

#include "latent/inference/criteria.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/solver/fit.hpp"

int main() {
  using namespace latent;
  const std::vector<Matrix> shapes = {Matrix{{1.0, 0.8}, {0.8, 1.0}}, Matrix{{0.3, 0.0}, {0.0, 2.0}},
                                      Matrix{{0.5, -0.2}, {-0.2, 0.4}}};
  const RowMatrix centres{{0.0, 0.0}, {5.0, 2.0}, {0.0, 5.0}};
  const Vector sizes{{400, 250, 150}};

  RandomEngine rng = random_stream(3, 0);
  RowMatrix draws(800, 2);
  std::vector<std::size_t> cluster;
  for (std::size_t k = 0; k < shapes.size(); ++k) {
    const GaussianMixture normal(Vector::Ones(1), centres.row(static_cast<Index>(k)), {shapes[k]});
    const auto count = static_cast<std::size_t>(sizes[static_cast<Index>(k)]);
    draws.middleRows(static_cast<Index>(cluster.size()), static_cast<Index>(count)) = normal.sample(count, rng);
    cluster.insert(cluster.end(), count, k);
  }

  std::size_t best = 0;
  double lowest = 0.0;
  fmt::print("components  log-likelihood       BIC\n");
  for (std::size_t components = 1; components <= 5; ++components) {
    const auto result = fit(GaussianMixture(components), draws);
    const double criterion = bic(result.log_likelihood, result.model.free_parameters(), 800);
    fmt::print("{:>10}  {:>14.2f}  {:>8.2f}\n", components, result.log_likelihood, criterion);
    if (best == 0 || criterion < lowest) {
      best = components;
      lowest = criterion;
    }
  }
  fmt::print("BIC is lowest for {} components\n\n", best);

  const auto label = labels(fit(GaussianMixture(3), draws).model.posterior(draws));
  Eigen::Matrix3i counts = Eigen::Matrix3i::Zero();
  for (std::size_t row = 0; row < label.size(); ++row) {
    ++counts(static_cast<Index>(cluster[row]), static_cast<Index>(label[row]));
  }
  fmt::print("observations of each cluster (rows) in each component (columns)\n");
  for (Index k = 0; k < 3; ++k) fmt::print("{:>6} {:>6} {:>6}\n", counts(k, 0), counts(k, 1), counts(k, 2));
}
