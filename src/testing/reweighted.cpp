#include "latent/testing/reweighted.hpp"

namespace latent {

ResampledObservations reweighted(const Observations& data, const Vector& factors) {
  std::vector<double> weights(data.size());
  for (std::size_t row = 0; row < data.size(); ++row)
    weights[row] = data.weight(row) * factors[static_cast<Index>(row)];
  return {data, std::move(weights)};
}

}  // namespace latent
