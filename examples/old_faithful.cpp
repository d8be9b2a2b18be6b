// The geyser Old Faithful: how long 272 eruptions lasted, and how long the wait for the next one was, in minutes.
//
// What to look for: two kinds of eruption, the short ones (a third of all) followed by a short wait. The log-likelihood
// is that of other software (mclust 6.0.0: -1130.264). With a covariance shared by three components the likelihood has
// several maxima: the restarts say which they found.
#include <fmt/format.h>

#include <iostream>
#include <map>
#include <string>

#include "latent/data/data_file.hpp"
#include "latent/inference/criteria.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/solver/fit.hpp"

int main() {
  using namespace latent;
  const NumericTable table = open_data(LATENT_DATA_DIR "/old_faithful.csv").numbers();
  const Observations data = table.observations();

  const auto two = fit(GaussianMixture(2, {.penalty = 0.0}), data);
  const double criterion = bic(two.log_likelihood, two.model.free_parameters(), data.total_weight());
  const double certainty = classification_certainty(two.model.posterior(data), Vector::Ones(272));
  std::cout << two << "\n";
  fmt::print("AIC {:.2f}, BIC {:.2f}, ICL {:.2f}\n", aic(two.log_likelihood, two.model.free_parameters()), criterion,
             icl(criterion, certainty));
  for (Index k = 0; k < 2; ++k) {
    fmt::print("  {:.1f} % of the eruptions: {:.2f} minutes long, {:.1f} minutes of waiting\n",
               100.0 * two.model.weights()[k], two.model.means()(k, 0), two.model.means()(k, 1));
  }

  const GaussianMixture tied(
      3, {.covariance = CovarianceKind::tied, .penalty = 0.0, .start = MixtureStart::random_observations});
  const auto three = fit(tied, data, {.restarts = 20});
  std::map<std::string, int> ends;
  for (const RestartOutcome& restart : three.restarts) ++ends[fmt::format("{:.2f}", restart.log_likelihood)];
  fmt::print("\nthree components with one covariance, 20 restarts:\n");
  for (const auto& [end, count] : ends) fmt::print("  {} of them end at {}\n", count, end);
}
