#include "latent/models/gaussian_mixture_candidates.hpp"

#include <fmt/format.h>

namespace latent {

std::vector<Candidate<GaussianMixture>> gaussian_mixture_candidates(const std::vector<std::size_t>& components,
                                                                    const std::vector<CovarianceKind>& kinds,
                                                                    const GaussianMixtureOptions& options) {
  std::vector<Candidate<GaussianMixture>> candidates;
  for (const CovarianceKind kind : kinds) {
    GaussianMixtureOptions of_kind = options;
    of_kind.covariance = kind;
    for (const std::size_t count : components) {
      candidates.push_back({fmt::format("{} component{}, {} covariance", count, count == 1 ? "" : "s", to_string(kind)),
                            GaussianMixture(count, of_kind)});
    }
  }
  return candidates;
}

}  // namespace latent
