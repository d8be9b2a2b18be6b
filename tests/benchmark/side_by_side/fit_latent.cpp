// latent on one workload: fit_latent FOLDER ITERATIONS THREADS. Prints one JSON object.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "latent/data/data_file.hpp"
#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/models/incomplete_gaussian.hpp"
#include "latent/solver/fit.hpp"

namespace {

using namespace latent;

struct Task {
  std::string folder;
  FitOptions options;
  int iterations;
};

// Times a fit alone, from data in memory.
template <class Model, class Data>
void fit_and_print(const Model& start, const Data& data, const Task& task) {
  const auto begin = std::chrono::steady_clock::now();
  const auto result = fit_from(start, data, task.options);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  std::printf("{\"fitted\": %s, \"seconds\": %.9g, \"log_likelihood\": %.17g}\n",
              result.iterations == task.iterations ? "true" : "false", seconds.count(), result.log_likelihood);
}

RowMatrix numbers(const Task& task, const std::string& name) {
  return read_npy(task.folder + "/" + name + ".npy").matrix();
}

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

void fit_gaussian_mixture(const std::string& covariance, const Task& task) {
  const CovarianceKind kind = covariance_kind(covariance);
  const NumericTable data = read_npy(task.folder + "/data.npy");
  const GaussianMixture start(numbers(task, "weights").col(0), numbers(task, "means"),
                              covariances_of(kind, numbers(task, "covariance_rows")), {.covariance = kind});
  fit_and_print(start, data.observations(), task);
}

void fit_coin_mixture(const Task& task) {
  const NumericTable data = read_npy(task.folder + "/data.npy");
  std::vector<TossSet> sets;
  sets.reserve(data.rows());
  for (Index row = 0; row < data.matrix().rows(); ++row)
    sets.emplace_back(data.matrix()(row, 0), data.matrix()(row, 1));
  fit_and_print(CoinMixture(numbers(task, "weights").col(0), numbers(task, "means").col(0)), sets, task);
}

void fit_incomplete_gaussian(const Task& task) {
  const IncompleteObservations data(read_npy(task.folder + "/data.npy").observations());
  fit_and_print(IncompleteGaussian(data), data, task);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const int iterations = std::atoi(argv[2]);
  const Task task = {.folder = argv[1],
                     .options = {.threads = std::atoi(argv[3]), .stop = latent::iteration_limit(iterations)},
                     .iterations = iterations};
  std::string kind;
  std::ifstream(task.folder + "/shape.txt") >> kind;
  if (kind == "coins") {
    fit_coin_mixture(task);
  } else if (kind == "incomplete") {
    fit_incomplete_gaussian(task);
  } else {
    fit_gaussian_mixture(kind, task);
  }
}
