// The peer Armadillo, gmm_full and gmm_diag, on one workload: fit_armadillo FOLDER ITERATIONS. Prints one JSON object.
#include <armadillo>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

namespace {

arma::mat load(const std::string& path, arma::uword rows) {
  arma::mat values;
  if (!values.load(path, arma::raw_binary)) throw std::runtime_error(path + ": can't be read");
  return arma::reshape(values, rows, values.n_elem / rows);
}

template <class Mixture>
void fit(Mixture& mixture, const arma::mat& data, arma::uword components, arma::uword iterations) {
  const auto begin = std::chrono::steady_clock::now();
  const bool fitted =
      mixture.learn(data, components, arma::eucl_dist, arma::keep_existing, 0, iterations, 1e-300, false);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  const double log_likelihood = mixture.sum_log_p(data);
  std::printf("{\"fitted\": %s, \"seconds\": %.9g, \"log_likelihood\": %.17g}\n", fitted ? "true" : "false",
              seconds.count(), log_likelihood);
}

void run(const std::string& folder, arma::uword iterations) {
  std::ifstream shape(folder + "/shape.txt");
  std::string covariance;
  arma::uword dimension = 0;
  arma::uword components = 0;
  shape >> covariance >> dimension >> components;
  const arma::mat data = load(folder + "/data.raw", dimension);
  const arma::rowvec weights = load(folder + "/weights.raw", 1);
  const arma::mat means = load(folder + "/means.raw", dimension);
  const arma::mat covariances = load(folder + "/covariances.raw", dimension);  // symmetric, so the order is no matter
  if (covariance == "full") {
    arma::gmm_full mixture;
    const arma::cube cube(covariances.memptr(), dimension, dimension, components);
    mixture.set_params(means, cube, weights);
    fit(mixture, data, components, iterations);
  } else {
    arma::gmm_diag mixture;
    mixture.set_params(means, covariances, weights);
    fit(mixture, data, components, iterations);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  run(argv[1], std::strtoull(argv[2], nullptr, 10));
}
