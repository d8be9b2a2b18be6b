// How many kinds of eruption does the geyser Old Faithful have? Mixtures of 1 to 5 normal distributions, each with a
// covariance of its own or all with one, compared by what each criterion asks.
//
// What to look for: the criteria don't answer the same question. The density is best described by three components with
// one covariance (BIC); but two of those three overlap, and there are two clusters (ICL). docs/choosing.md says more.
#include <fmt/format.h>

#include "latent/data/data_file.hpp"
#include "latent/inference/bootstrap_lrt.hpp"
#include "latent/inference/select.hpp"
#include "latent/models/gaussian_mixture_candidates.hpp"

int main() {
  using namespace latent;
  const NumericTable table = open_data(LATENT_DATA_DIR "/old_faithful.csv").numbers();
  const Observations data = table.observations();
  const auto candidates =
      gaussian_mixture_candidates({1, 2, 3, 4, 5}, {CovarianceKind::full, CovarianceKind::tied}, {.penalty = 0.0});

  const auto by_bic = select(candidates, data, Bic{});
  fmt::print("{:<29}  log-likelihood      BIC      ICL\n", "");
  for (const CandidateOutcome& candidate : by_bic.candidates) {
    if (!candidate.scores) continue;
    fmt::print("{:<29}  {:>14.2f}  {:>7.2f}  {:>7.2f}\n", candidate.label, candidate.scores->log_likelihood,
               candidate.scores->bic, candidate.scores->icl.value_or(0.0));
  }

  const auto by_icl = select(candidates, data, Icl{});
  const auto by_cv = select(candidates, data, CrossValidation{.folds = 10});
  fmt::print("\nbest by BIC: {}\n", by_bic.candidates[by_bic.best].label);
  fmt::print("best by ICL: {}\n", by_icl.candidates[by_icl.best].label);
  fmt::print("best by cross-validation: {}\n", by_cv.candidates[by_cv.best].label);

  const GaussianMixture one(1, {.penalty = 0.0});
  const GaussianMixture two(2, {.penalty = 0.0});
  const auto test = bootstrap_lrt(one, two, data, {.replicates = 99, .fit = {.restarts = 3}});
  fmt::print("one component against two: statistic {:.2f}, p = {:.2f}\n", test.statistic, test.p_value);
}
