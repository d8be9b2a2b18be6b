// How many E-steps, and seconds, each update method takes where plain EM crawls: the table of
// docs/acceleration.md.
#include <fmt/format.h>

#include <boost/random/uniform_01.hpp>
#include <limits>
#include <string>

#include "fixtures/london_deaths.hpp"
#include "latent/methods/anderson.hpp"
#include "latent/methods/parabolic_em.hpp"
#include "latent/methods/squarem.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/models/incomplete_gaussian.hpp"
#include "latent/solver/fit.hpp"

namespace {

using namespace latent;

// Until the parameters, without constraints, move by less than a millionth.
template <class Model, class Data, class Method>
void run(const std::string& name, const Model& start, const Data& data, const Method& method) {
  const auto result = fit_from(
      start, data,
      {.threads = 2, .stop = parameter_change(1e-6) || iteration_limit(100000), .on_decrease = OnDecrease::raise},
      method);
  const Effort& effort = result.restarts.front().effort;
  fmt::print("| {} | {} | {} | {:.3g} | {:.6f} |\n", name, result.iterations, effort.e_steps,
             result.trace.back().seconds, result.log_likelihood);
}

template <class Model, class Data>
void run_all(const std::string& title, const Model& start, const Data& data) {
  fmt::print("\n{}\n\n| method | iterations | E-steps | seconds | log-likelihood |\n|---|---|---|---|---|\n", title);
  run("plain EM", start, data, PlainEM());
  run("SQUAREM, scheme 1", start, data, Squarem{SquaremScheme::s1});
  run("SQUAREM, scheme 2", start, data, Squarem{SquaremScheme::s2});
  run("SQUAREM, scheme 3", start, data, Squarem{SquaremScheme::s3});
  run("Anderson", start, data, Anderson());
  run("parabolic EM", start, data, ParabolicEM());
}

Matrix correlated(Index dimension, double correlation) {
  Matrix covariance = Matrix::Constant(dimension, dimension, correlation);
  covariance.diagonal().setOnes();
  return covariance;
}

// Three clusters in two dimensions whose means are 1.8 standard deviations apart.
RowMatrix overlapping_clusters() {
  RandomEngine rng = random_stream(1, 0);
  const RowMatrix means{{0.0, 0.0}, {1.8, 0.0}, {0.9, 1.6}};
  return GaussianMixture(Vector{{0.5, 0.3, 0.2}}, means, {3, correlated(2, 0.3)}).sample(20'000, rng);
}

RowMatrix half_missing() {
  RandomEngine rng = random_stream(2, 0);
  RowMatrix data = IncompleteGaussian(Vector::Zero(8), correlated(8, 0.8)).sample(2000, rng);
  boost::random::uniform_01<double> uniform;
  for (double& value : data.reshaped<Eigen::RowMajor>()) {
    if (uniform(rng) < 0.5) value = std::numeric_limits<double>::quiet_NaN();
  }
  return data;
}

}  // namespace

int main() {
  run_all("Two Poisson distributions, deaths in London 1910-12", LondonDeaths(), london_deaths);

  const RowMatrix clusters = overlapping_clusters();
  RandomEngine rng = random_stream(3, 0);
  GaussianMixture mixture(3);
  mixture.initialize(clusters, rng);
  run_all("Gaussian mixture, N=20,000 d=2 K=3, overlapping", mixture, clusters);

  const RowMatrix holes = half_missing();
  const IncompleteObservations incomplete{Observations(holes)};
  run_all("Incomplete Gaussian, N=2,000 d=8, 50 % missing", IncompleteGaussian(incomplete), incomplete);
}
