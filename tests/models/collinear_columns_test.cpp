// The incomplete Gaussian where columns are nearly linear combinations of others: what rounding leaves of the ELBO and
// of the log-likelihood.
#include <gtest/gtest.h>

#include <boost/random/uniform_01.hpp>
#include <cmath>
#include <limits>

#include "fixtures/random_models.hpp"
#include "fixtures/rows_with_holes.hpp"
#include "latent/models/incomplete_gaussian.hpp"
#include "latent/solver/fit.hpp"

namespace latent {
namespace {

// The last columns are the sum of the first and a noise that is 2⁻ᵇ of their spread: the condition is about 4ᵇ.
RowMatrix nearly_collinear(Index rows, Index columns, int bits, RandomEngine& rng) {
  RowMatrix values = random_models::normal_draws(rows, columns, rng);
  const Index first = columns / 2;
  for (Index column = first; column < columns; ++column) {
    values.col(column) = values.leftCols(first).rowwise().sum() + std::ldexp(1.0, -bits) * values.col(column).eval();
  }
  return values;
}

void make_holes(RowMatrix& values, double share, RandomEngine& rng) {
  boost::random::uniform_01<double> uniform;
  for (double& value : values.reshaped()) {
    if (uniform(rng) < share) value = std::numeric_limits<double>::quiet_NaN();
  }
}

TEST(CollinearColumns, RaiseNoFalseAlarmAndKeepTheLikelihood) {
  for (int bits = 10; bits <= 20; bits += 2) {
    for (std::uint64_t round = 0; round < 8; ++round) {
      SCOPED_TRACE(testing::Message() << "noise 2^-" << bits << ", round " << round);
      RandomEngine rng = random_stream(66, round);
      RowMatrix values = nearly_collinear(200, 2 + static_cast<Index>(round % 3), bits, rng);
      make_holes(values, 0.05 + 0.1 * static_cast<double>(round % 4), rng);
      const IncompleteObservations data{Observations(values)};
      // What doubles lose of Σ (x − μ)² in the direction of the noise, in nats.
      const double lost = std::numeric_limits<double>::epsilon() * std::ldexp(1.0, 2 * bits);
      const auto result = fit(IncompleteGaussian(data), data,
                              {.threads = 1, .stop = iteration_limit(300), .on_decrease = OnDecrease::raise});
      for (std::size_t t = 1; t < result.trace.size(); ++t) {
        const double above = *result.trace[t].elbo_after_m_step - result.trace[t].objective;
        EXPECT_LT(above, 2.0 * static_cast<double>(values.size()) * lost) << t;
      }
      const IncompleteGaussian& model = result.model;
      const auto expected = static_cast<double>(
          rows_with_holes::log_likelihood(values, model.mean(), model.mean_remainder(), model.covariance()));
      EXPECT_NEAR(result.log_likelihood, expected, 64.0 * lost);
    }
  }
}

}  // namespace
}  // namespace latent
