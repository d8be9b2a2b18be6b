#include "latent/core/persistence.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "fixtures/random_models.hpp"
#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/models/incomplete_gaussian.hpp"

namespace latent {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class Persistence : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  template <class Model>
  Model there_and_back(const Model& model, const Model& other) {
    save(model, path_);
    return load(path_, other);
  }

  const std::string path_ =
      (std::filesystem::temp_directory_path() / ("latent-model-" + std::to_string(::getpid()))).string();
};

TEST_F(Persistence, AGaussianMixtureComesBackBitForBit) {
  RandomEngine rng = random_stream(1, 0);
  for (const auto kind :
       {CovarianceKind::full, CovarianceKind::tied, CovarianceKind::diagonal, CovarianceKind::spherical}) {
    GaussianMixture model = random_models::gaussian_mixture(kind, 3, 2, rng);
    const RowMatrix data = random_models::normal_draws(50, 2, rng);
    model.set_penalty(covariance_penalty(data, kind, 0.7));
    const GaussianMixture back = there_and_back(model, GaussianMixture(1));
    EXPECT_EQ(back.options().covariance, kind);
    EXPECT_EQ(back.parameters(), model.parameters());
    EXPECT_EQ(back.log_likelihood(data), model.log_likelihood(data));
    EXPECT_EQ(back.log_prior(), model.log_prior());
  }
}

TEST_F(Persistence, ACoinMixtureComesBackBitForBit) {
  const CoinMixture model(Vector{{0.1, 0.9}}, Vector{{0.0, 1.0 / 3.0}}, {.fixed_weights = true});
  const CoinMixture back = there_and_back(model, CoinMixture(1));
  EXPECT_EQ(back.weights(), model.weights());
  EXPECT_EQ(back.biases(), model.biases());
  EXPECT_TRUE(back.options().fixed_weights);
}

TEST_F(Persistence, AnIncompleteGaussianComesBackBitForBit) {
  RandomEngine rng = random_stream(2, 0);
  const IncompleteGaussian model(Vector{{1.0, 2.0}}, random_models::covariance(2, rng));
  const IncompleteGaussian back = there_and_back(model, IncompleteGaussian(Vector::Zero(1), Matrix::Identity(1, 1)));
  EXPECT_EQ(back.mean(), model.mean());
  EXPECT_EQ(back.covariance(), model.covariance());
}

TEST_F(Persistence, WhatIsNoModelIsRefused) {
  std::ofstream(path_) << "no model";
  EXPECT_THAT([&] { load(path_, CoinMixture(1)); }, ThrowsMessage<Error>(HasSubstr(path_ + ": no model of this type")));
  EXPECT_THAT([] { load("/no/such/file", CoinMixture(1)); }, ThrowsMessage<Error>("/no/such/file: can't be read"));
  EXPECT_THAT([] { save(CoinMixture(1), "/no/such/file"); },
              ThrowsMessage<Error>("/no/such/file: can't be written: No such file or directory"));
}

}  // namespace
}  // namespace latent
