#include "latent/models/gaussian_memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "fixtures/random_models.hpp"
#include "latent/core/memory.hpp"
#include "latent/core/parallel.hpp"
#include "latent/models/incomplete_gaussian.hpp"
#include "latent/solver/fit.hpp"

namespace latent {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

double bytes_of(const std::vector<Matrix>& matrices) {
  double numbers = 0.0;
  for (const Matrix& matrix : matrices) numbers += static_cast<double>(matrix.size());
  return 8.0 * numbers;
}

// What a model and its statistics are seen to hold.
TEST(MemoryOfGaussianMixture, IsThatOfParametersAndStatistics) {
  RandomEngine rng = random_stream(1, 0);
  const RowMatrix data = random_models::normal_draws(100, 7, rng);
  const Observations observations(data);
  for (const CovarianceKind kind :
       {CovarianceKind::full, CovarianceKind::tied, CovarianceKind::diagonal, CovarianceKind::spherical}) {
    GaussianMixture model(3, {.covariance = kind, .penalty = 0.0});
    model.initialize(observations, rng);
    const auto statistics = model.e_step(observations);
    const double parameters =
        2.0 * bytes_of(model.covariances()) + 8.0 * static_cast<double>(model.means().size());  // and the factors
    const double of_statistics =
        bytes_of(statistics.scatters) + 8.0 * static_cast<double>(statistics.sums.size() + statistics.centres.size());
    EXPECT_EQ(memory_of_gaussian_mixture(3, 7, kind), parameters + of_statistics) << to_string(kind);
    with_threads(
        2, [&] { EXPECT_EQ(memory_of_gaussian_mixture(3, 7, kind, 10), 3.0 * parameters + 2.0 * of_statistics); });
  }
}

// 50,000 columns: 20 GB a matrix. Data of so many columns are small.
TEST(RequireMemoryOfGaussianMixture, SaysWhatTakesHowMuchAndWhatToDo) {
  if (memory_at_hand() > 2'000'000'000'000) GTEST_SKIP() << "there is memory for it";
  const auto fit_by_two_threads = [] {
    with_threads(2, [] { require_memory_of_gaussian_mixture(30, 50'000, CovarianceKind::full, 10); });
  };
  EXPECT_THAT(
      fit_by_two_threads,
      ThrowsMessage<TooLittleMemory>(AllOf(
          HasSubstr(
              "a mixture of 30 components with full covariance in 50000 columns, in 2 fits at once, needs at least "),
          HasSubstr(" TB of memory, and there are "),
          HasSubstr("each covariance takes 20 GB: use diagonal covariances, fewer columns, fewer "
                    "components, or fewer threads"))));
  EXPECT_NO_THROW(require_memory_of_gaussian_mixture(30, 50'000, CovarianceKind::diagonal, 10));
}

TEST(GaussianMixture, IsRefusedBeforeItTakesMoreMemoryThanThereIs) {
  if (memory_at_hand() > 500'000'000'000) GTEST_SKIP() << "there is memory for it";
  const RowMatrix data = RowMatrix::Random(3, 150'000);  // 180 GB a matrix
  EXPECT_THROW(fit(GaussianMixture(1), data), TooLittleMemory);
  EXPECT_THROW(fit(GaussianMixture(2, {.covariance = CovarianceKind::tied}), data), TooLittleMemory);
}

TEST(IncompleteGaussian, IsRefusedBeforeItTakesMoreMemoryThanThereIs) {
  if (memory_at_hand() > 80'000'000'000) GTEST_SKIP() << "there is memory for it";
  const RowMatrix values = RowMatrix::Random(3, 50'000);
  const IncompleteObservations data(values);
  EXPECT_THAT([&] { (void)IncompleteGaussian(data); },
              ThrowsMessage<TooLittleMemory>(HasSubstr("each matrix of covariances takes 20 GB")));
}

}  // namespace
}  // namespace latent
