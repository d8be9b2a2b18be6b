// EM by hand: six points on a line, two normal distributions, every number of two iterations.
//
// What to look for: the responsibilities of the first E-step. A widely read tutorial prints 0.9502 for x = 2.0; with
// the parameters that it gives, Bayes' rule says 1 / (1 + exp(-(7-2)^2/2)) = 0.9999963. No point of these six is in
// doubt, so the first M-step already finds the two groups, and the second changes nothing that can be seen.
#include <fmt/format.h>

#include "latent/models/gaussian_mixture.hpp"

int main() {
  using namespace latent;
  const RowMatrix points{{1.0}, {1.5}, {2.0}, {8.0}, {8.5}, {9.0}};
  const Matrix one = Matrix::Ones(1, 1);
  GaussianMixture mixture(Vector{{0.5, 0.5}}, RowMatrix{{2.0}, {7.0}}, {one, one});

  for (int iteration = 0; iteration <= 2; ++iteration) {
    fmt::print("iteration {}: weights {:.4f} {:.4f}, means {:.4f} {:.4f}, variances {:.4f} {:.4f}\n", iteration,
               mixture.weights()[0], mixture.weights()[1], mixture.means()(0, 0), mixture.means()(1, 0),
               mixture.covariance(0)(0, 0), mixture.covariance(1)(0, 0));
    fmt::print("log-likelihood {:.6f}\n", mixture.log_likelihood(points));

    const Matrix responsibilities = mixture.posterior(points);
    fmt::print("  x    first      second\n");
    for (Index row = 0; row < points.rows(); ++row) {
      fmt::print("{:>4.1f}  {:.7f}  {:.7f}\n", points(row, 0), responsibilities(row, 0), responsibilities(row, 1));
    }
    if (iteration == 0)
      fmt::print("For x = 2.0 a tutorial prints 0.9502; Bayes' rule gives 1 / (1 + exp(-12.5)) = 0.9999963.\n");
    fmt::print("\n");

    mixture.m_step(mixture.e_step(points));
  }
}
