// latent on one workload: fit_latent FOLDER ITERATIONS THREADS. Prints one JSON object.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "latent/data_file.hpp"
#include "latent/fit.hpp"
#include "latent/models/gaussian_mixture.hpp"

namespace {

using namespace latent;

// From the rows of all covariances, one after another.
std::vector<Matrix> covariances_of(CovarianceKind kind, const RowMatrix& rows) {
  std::vector<Matrix> covariances;
  const bool dense = kind == CovarianceKind::full || kind == CovarianceKind::tied;
  const Index each = dense ? rows.cols() : 1;
  for (Index first = 0; first < rows.rows(); first += each) {
    const Matrix covariance = rows.middleRows(first, each);
    covariances.push_back(dense ? covariance : Matrix(covariance.transpose()));
  }
  return covariances;
}

void run(const std::string& folder, int iterations, int threads) {
  std::string name;
  std::ifstream(folder + "/shape.txt") >> name;
  const CovarianceKind kind = covariance_kind(name);
  const NumericTable data = read_npy(folder + "/data.npy");
  const RowMatrix means = read_npy(folder + "/means.npy").matrix();
  const RowMatrix weights = read_npy(folder + "/weights.npy").matrix();
  const RowMatrix covariances = read_npy(folder + "/covariance_rows.npy").matrix();
  const GaussianMixture start(weights.col(0), means, covariances_of(kind, covariances), {.covariance = kind});
  const auto begin = std::chrono::steady_clock::now();
  const auto result = fit_from(start, data.observations(), {.threads = threads, .stop = iteration_limit(iterations)});
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  std::printf("{\"fitted\": %s, \"seconds\": %.9g, \"log_likelihood\": %.17g}\n",
              result.iterations == iterations ? "true" : "false", seconds.count(), result.log_likelihood);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  run(argv[1], std::atoi(argv[2]), std::atoi(argv[3]));
}
