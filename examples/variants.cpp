// Variants of EM on one problem; docs/variants.md goes through them.
//
// What to look for: classification EM ends a little lower, as it maximises something else, and needs restarts;
// annealing and stochastic EM, from EM's start, end at EM's maximum; one pass of online EM over a long sample comes
// near to what it was drawn from; and Monte-Carlo EM comes to the published figure without an expectation.
#include <fmt/format.h>

#include <array>
#include <boost/random/binomial_distribution.hpp>
#include <cmath>

#include "latent/data/data_file.hpp"
#include "latent/methods/annealing.hpp"
#include "latent/methods/classification_em.hpp"
#include "latent/methods/monte_carlo_em.hpp"
#include "latent/methods/online_em.hpp"
#include "latent/methods/stochastic_em.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/solver/fit.hpp"

using namespace latent;

namespace {

// Dempster, Laird & Rubin (1977): 125, 18, 20, 34 of probabilities 1/2 + p/4, (1 - p)/4, (1 - p)/4, p/4. Of the 125,
// those of p/4 are binomial, and drawn.
struct Linkage {
  using Data = std::array<int, 4>;
  struct Statistics {
    double successes;
    double failures;
    Statistics& operator+=(const Statistics& other) {
      successes += other.successes;
      failures += other.failures;
      return *this;
    }
    Statistics& operator*=(double factor) {
      successes *= factor;
      failures *= factor;
      return *this;
    }
  };

  double p = 0.5;

  Statistics simulated_e_step(const Data& y, std::size_t draws, RandomEngine& rng) const {
    const boost::random::binomial_distribution<int, double> of_first(y[0], p / (2 + p));
    double sum = 0;
    for (std::size_t i = 0; i < draws; ++i) sum += of_first(rng);
    return {.successes = sum / static_cast<double>(draws) + y[3], .failures = static_cast<double>(y[1] + y[2])};
  }
  void m_step(const Statistics& s) { p = s.successes / (s.successes + s.failures); }
  double expected_log_joint(const Statistics& s) const {
    return s.successes * std::log(p) + s.failures * std::log1p(-p);
  }
};

}  // namespace

int main() {
  const NumericTable table = open_data(LATENT_DATA_DIR "/old_faithful.csv").numbers();
  const Observations data = table.observations();
  GaussianMixture start(2, {.penalty = 0.0});
  RandomEngine rng = random_stream(1, 0);
  start.initialize(data, rng);

  const auto em = fit_from(start, data);
  fmt::print("EM                       {:.4f} after {} iterations\n", em.log_likelihood, em.iterations);

  const auto hard = fit(ClassificationModel(GaussianMixture(2, {.penalty = 0.0})), data);
  fmt::print("classification EM        {:.4f} after {} iterations\n", hard.model.model().log_likelihood(data),
             hard.iterations);
  const auto annealed = anneal(start, data, {.schedule = {0.9}});
  fmt::print("annealing                {:.4f}\n", annealed.fit.log_likelihood);
  const auto chain = stochastic_em(start, data, {.iterations = 300});
  fmt::print("stochastic EM            {:.4f} at best, {:.4f} at the mean\n", chain.log_likelihood,
             chain.mean->log_likelihood(data));
  fmt::print("  and EM from there      {:.4f}\n", fit_from(chain.best, data).log_likelihood);

  const RowMatrix many = em.model.sample(100'000, rng);
  const auto online = online_em(start, many, {.batch = 500, .online = {.warm_up = 2, .average_from = 150}});
  const double distance = (online.averaged().means() - em.model.means()).cwiseAbs().maxCoeff();
  fmt::print("online EM, one pass over 100,000 draws: means within 0.5 of the truth: {}\n",
             distance < 0.5 ? "yes" : "no");

  const auto monte_carlo = monte_carlo_em(Linkage(), Linkage::Data{125, 18, 20, 34}, {.tolerance = 1e-5});
  fmt::print("Monte-Carlo EM, linkage  p = {:.3f} with {} draws at the end\n", monte_carlo.model.p,
             monte_carlo.trace.back().draws);
}
