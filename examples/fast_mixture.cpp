// A mixture at the speed of the shipped ones: blocks of observations across SIMD lanes, and Bayes' rule by
// `to_responsibilities`. Waiting times from two exponential distributions, p(x) = Σ_k π_k λ_k e^(−λ_k x).
#include <fmt/format.h>

#include <boost/random/exponential_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <cmath>

#include "latent/expectation/packed_block.hpp"
#include "latent/expectation/responsibilities.hpp"
#include "latent/solver/fit.hpp"

using latent::Index;
using latent::Vector;

struct ExponentialMixture {
  using Data = latent::Observations;  // N×1
  struct Statistics {
    Vector weights;  // Σ_n r_nk
    Vector sums;     // Σ_n r_nk x_n
    double log_likelihood = 0.0;

    Statistics& operator+=(const Statistics& other) {
      weights += other.weights;
      sums += other.sums;
      log_likelihood += other.log_likelihood;
      return *this;
    }
  };

  Vector weights{{0.5, 0.5}};
  Vector rates{{0.2, 2.0}};

  Statistics e_step(const Data& data) const {
    Statistics statistics{.weights = Vector::Zero(rates.size()), .sums = Vector::Zero(rates.size())};
    latent::PackedBlock block(1);
    latent::LaneRows r(static_cast<std::size_t>(rates.size()), block.capacity());
    latent::for_each_block(data, block, [&](std::size_t /*first*/) {
      const auto size = static_cast<Index>(block.padded_size());
      const Eigen::Map<const Vector> x(block.column(0), size);
      const auto row = [&](Index k) { return Eigen::Map<Vector>(r.row(static_cast<std::size_t>(k)), size); };
      for (Index k = 0; k < rates.size(); ++k) {
        row(k) = (std::log(weights[k]) + std::log(rates[k])) - rates[k] * x.array();
      }
      statistics.log_likelihood += latent::to_responsibilities(block, r).log_likelihood;
      for (Index k = 0; k < rates.size(); ++k) {
        statistics.weights[k] += row(k).sum();
        statistics.sums[k] += row(k).dot(x);
      }
    });
    return statistics;
  }

  void m_step(const Statistics& statistics) {
    weights = statistics.weights / statistics.weights.sum();
    rates = statistics.weights.cwiseQuotient(statistics.sums);
  }

  double log_likelihood(const Data& data) const { return e_step(data).log_likelihood; }
};

int main() {
  // A million waiting times, 3 in 10 of them with a mean of 10, the others of 1.
  latent::RandomEngine rng = latent::random_stream(1, 0);
  boost::random::uniform_01<double> uniform;
  latent::RowMatrix times(1'000'000, 1);
  for (double& time : times.reshaped()) {
    const double rate = uniform(rng) < 0.3 ? 0.1 : 1.0;
    time = boost::random::exponential_distribution<double>(rate)(rng);
  }
  const auto result = latent::fit(ExponentialMixture(), times);
  fmt::print("{} iterations, {:.1f} ms each\n", result.iterations,
             1e3 * result.trace.back().seconds / result.iterations);
  fmt::print("weights {:.2f} and {:.2f}, means {:.1f} and {:.1f}\n", result.model.weights[0], result.model.weights[1],
             1.0 / result.model.rates[0], 1.0 / result.model.rates[1]);
}
