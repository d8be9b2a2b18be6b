// The default protection: covariances stay above a floor, which changes nothing where plain maximum likelihood is well
// behaved.
#include "covariance_floor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <array>
#include <boost/random/bernoulli_distribution.hpp>
#include <boost/random/gamma_distribution.hpp>
#include <boost/random/poisson_distribution.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <boost/random/uniform_real_distribution.hpp>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "fixtures/random_models.hpp"
#include "fixtures/reference.hpp"
#include "latent/core/errors.hpp"
#include "latent/data/data_file.hpp"
#include "latent/inference/bootstrap.hpp"
#include "latent/inference/select.hpp"
#include "latent/models/gaussian_mixture_candidates.hpp"
#include "latent/solver/fit.hpp"
#include "recording_resolution.hpp"

namespace latent {
namespace {

using enum CovarianceKind;
using random_models::normal_draws;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

constexpr std::array kinds = {full, tied, diagonal, spherical};

void expect_near(const Matrix& actual, const Matrix& expected, double relative) {
  ASSERT_EQ(actual.rows(), expected.rows());
  ASSERT_EQ(actual.cols(), expected.cols());
  EXPECT_LE((actual - expected).cwiseAbs().maxCoeff(), relative * expected.cwiseAbs().maxCoeff())
      << actual << "\ninstead of\n"
      << expected;
}

// Normal groups of `size` each at the rows of `centres`, with standard deviation 1.
RowMatrix groups_at(const RowMatrix& centres, Index size, RandomEngine& rng) {
  RowMatrix data = normal_draws(size * centres.rows(), centres.cols(), rng);
  for (Index row = 0; row < data.rows(); ++row) data.row(row) += centres.row(row / size);
  return data;
}

double log_likelihood_of(const Matrix& covariance, const Matrix& scatter) {
  const Eigen::LLT<Matrix> factor(covariance);
  return -Matrix(factor.matrixL()).diagonal().array().log().sum() - 0.5 * factor.solve(scatter).trace();
}

// ---------------------------------------------------------------------------------------------------------------------
// The maximisation subject to Σ ⪰ B.

TEST(RaisedToFloor, NoFeasibleCovarianceIsLikelier) {
  RandomEngine rng = random_stream(1, 0);
  for (int repetition = 0; repetition < 20; ++repetition) {
    const Matrix scatter = 0.3 * random_models::covariance(3, rng);
    const Matrix floor = random_models::covariance(3, rng);
    const Matrix factor = Eigen::LLT<Matrix>(floor).matrixL();
    const auto raised = raised_to_floor(full, scatter, factor);
    ASSERT_TRUE(raised);
    EXPECT_GE(height_above_floor(full, *raised, factor), 1.0 - 1e-9);
    // Feasible ones near and far: the floor plus something positive.
    for (int i = 0; i < 200; ++i) {
      const Matrix excess = *raised - floor + std::pow(10.0, -(i % 5)) * random_models::covariance(3, rng);
      for (const double share : {1.0, 0.9, 0.1}) {
        const Matrix other = floor + share * excess;
        EXPECT_LE(log_likelihood_of(other, scatter), log_likelihood_of(*raised, scatter) + 1e-12);
      }
    }
  }
}

TEST(RaisedToFloor, WhatIsAboveTheFloorIsLeftAsItIs) {
  RandomEngine rng = random_stream(2, 0);
  const Matrix covariance = random_models::covariance(4, rng);
  const Matrix factor = Eigen::LLT<Matrix>(Matrix(0.999 * covariance)).matrixL();
  EXPECT_FALSE(raised_to_floor(full, covariance, factor));
  EXPECT_FALSE(raised_to_floor(diagonal, covariance.diagonal(), (0.999 * covariance.diagonal()).cwiseSqrt()));
  EXPECT_FALSE(raised_to_floor(full, covariance, Eigen::LLT<Matrix>(covariance).matrixL())) << "equality is no less";
}

// The monitor would raise if the M-step did not maximise what is watched.
TEST(CovarianceFloor, EMOnTheFloorNeverDecreases) {
  RandomEngine rng = random_stream(3, 0);
  for (const CovarianceKind kind : kinds) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      RowMatrix data = normal_draws(40, 2, rng);
      data.topRows(12) = data.row(0).replicate(12, 1);
      const auto result = fit(GaussianMixture(4, {.covariance = kind, .floor = 0.05}), data,
                              {.restarts = 4, .seed = seed, .on_decrease = OnDecrease::raise});
      for (std::size_t c = 0; c < result.model.covariances().size(); ++c) {
        const Matrix factor = kind == full || kind == tied
                                  ? Matrix(Eigen::LLT<Matrix>(result.model.floor().least).matrixL())
                                  : Matrix(result.model.floor().least.cwiseSqrt());
        EXPECT_GE(height_above_floor(kind, result.model.covariances()[c], factor), 1.0 - 1e-8);
      }
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Where plain maximum likelihood is well behaved, the default is plain maximum likelihood.

class CovarianceFloorOfKind : public testing::TestWithParam<CovarianceKind> {};

TEST_P(CovarianceFloorOfKind, GroupsAtAnyDistanceAreFittedAsByPlainMaximumLikelihood) {
  const CovarianceKind kind = GetParam();
  RandomEngine rng = random_stream(4, 0);
  for (const Index size : {Index{10}, Index{50}}) {
    for (const double distance : {1e1, 1e3, 1e6}) {
      for (const double unit : {1e-9, 1.0, 1e9}) {
        const RowMatrix centres{{0.0, 0.0}, {distance, 0.0}, {0.0, 2.0 * distance}};
        const RowMatrix data = unit * groups_at(centres, size, rng);
        const auto kept = fit(GaussianMixture(3, {.covariance = kind}), data);
        const auto plain = fit(GaussianMixture(3, {.covariance = kind, .floor = 0.0}), data);
        EXPECT_NEAR(kept.log_likelihood, plain.log_likelihood, 1e-6 * std::abs(plain.log_likelihood));
        expect_near(kept.model.means(), plain.model.means(), 1e-6);
        for (std::size_t c = 0; c < plain.model.covariances().size(); ++c)
          expect_near(kept.model.covariances()[c], plain.model.covariances()[c], 1e-6);
        EXPECT_THAT(kept.model.components_on_floor(), IsEmpty());
      }
    }
  }
}

// Plain maximum likelihood from groups of equal size, in the order of the rows.
double plain_from_groups(const RowMatrix& data, Index groups, CovarianceKind kind) {
  const Index size = data.rows() / groups;
  RowMatrix means(groups, data.cols());
  for (Index k = 0; k < groups; ++k) means.row(k) = data.middleRows(k * size, size).colwise().mean();
  const bool dense = kind == full || kind == tied;
  const Matrix unit = dense              ? Matrix(Matrix::Identity(data.cols(), data.cols()))
                      : kind == diagonal ? Matrix(Matrix::Ones(data.cols(), 1))
                                         : Matrix(Matrix::Ones(1, 1));
  const std::vector<Matrix> covariances(kind == tied ? 1 : static_cast<std::size_t>(groups), unit);
  const GaussianMixture start(Vector::Constant(groups, 1.0 / static_cast<double>(groups)), means, covariances,
                              {.covariance = kind, .floor = 0.0});
  return fit_from(start, data).log_likelihood;
}

// Groups of few observations, and groups far apart in one direction only, which differences in the others hide.
TEST_P(CovarianceFloorOfKind, FewObservationsAndGroupsInALineAreFittedAsByPlainMaximumLikelihood) {
  struct Shape {
    Index groups;
    Index size;
    Index dimension;
    double distance;
  };
  const CovarianceKind kind = GetParam();
  RandomEngine rng = random_stream(8, 0);
  for (const Shape& shape : {Shape{2, 5, 2, 20.0}, Shape{2, 5, 2, 1e3}, Shape{3, 4, 1, 1e3}, Shape{4, 4, 1, 1e3},
                             Shape{5, 100, 5, 1e3}, Shape{7, 100, 3, 1e3}}) {
    RowMatrix centres(shape.groups, shape.dimension);
    for (Index k = 0; k < shape.groups; ++k) centres.row(k).setConstant(static_cast<double>(k) * shape.distance);
    const RowMatrix data = groups_at(centres, shape.size, rng);
    const auto kept = fit(GaussianMixture(static_cast<std::size_t>(shape.groups), {.covariance = kind}), data);
    const double plain = plain_from_groups(data, shape.groups, kind);
    EXPECT_NEAR(kept.log_likelihood, plain, 1e-6 * std::abs(plain))
        << shape.groups << " groups of " << shape.size << " in " << shape.dimension;
    EXPECT_THAT(kept.model.components_on_floor(), IsEmpty());
  }
}

TEST_P(CovarianceFloorOfKind, FewerComponentsThanFarGroupsAreFittedAsByPlainMaximumLikelihood) {
  const CovarianceKind kind = GetParam();
  RandomEngine rng = random_stream(5, 0);
  const RowMatrix data = groups_at(RowMatrix{{0.0, 0.0}, {30.0, 0.0}, {0.0, 1e4}, {1e6, 1e6}}, 30, rng);
  const auto kept = fit(GaussianMixture(2, {.covariance = kind}), data);
  const auto plain = fit(GaussianMixture(2, {.covariance = kind, .floor = 0.0}), data);
  EXPECT_NEAR(kept.log_likelihood, plain.log_likelihood, 1e-6 * std::abs(plain.log_likelihood));
}

TEST_P(CovarianceFloorOfKind, SixteenFarGroupsAreFittedAsByPlainMaximumLikelihood) {
  const CovarianceKind kind = GetParam();
  RandomEngine rng = random_stream(6, 0);
  RowMatrix centres(16, 1);
  for (Index k = 0; k < 16; ++k) centres(k, 0) = 1e4 * static_cast<double>(k);
  const RowMatrix data = groups_at(centres, 25, rng);
  std::vector<Matrix> unit(kind == tied ? 1 : 16, Matrix::Ones(1, 1));
  const GaussianMixture start(Vector::Constant(16, 1.0 / 16.0), centres, unit, {.covariance = kind});
  const GaussianMixture without(Vector::Constant(16, 1.0 / 16.0), centres, unit, {.covariance = kind, .floor = 0.0});
  EXPECT_EQ(fit_from(start, data).log_likelihood, fit_from(without, data).log_likelihood);
}

TEST_P(CovarianceFloorOfKind, OneComponentIsPlainMaximumLikelihoodHoweverCoarseTheValues) {
  const CovarianceKind kind = GetParam();
  RandomEngine rng = random_stream(7, 0);
  boost::random::uniform_int_distribution<int> coin(0, 1);
  RowMatrix data(200, 3);
  for (double& value : data.reshaped()) value = coin(rng);
  const auto kept = fit(GaussianMixture(1, {.covariance = kind}), data);
  const auto plain = fit(GaussianMixture(1, {.covariance = kind, .floor = 0.0}), data);
  EXPECT_NEAR(kept.log_likelihood, plain.log_likelihood, 1e-9 * std::abs(plain.log_likelihood));
  EXPECT_THAT(kept.warnings, IsEmpty());
}

// x → M x + b takes B to M B Mᵀ: any M for d×d covariances, one that is diagonal for diagonal ones, a scale for
// spherical.
TEST_P(CovarianceFloorOfKind, TheFloorIsEquivariant) {
  const CovarianceKind kind = GetParam();
  RandomEngine rng = random_stream(8, 0);
  const RowMatrix data = groups_at(RowMatrix{{0.0, 0.0}, {9.0, 3.0}}, 60, rng);
  Matrix map{{1e3, 40.0}, {-2e-3, 5e-3}};
  if (kind == diagonal) map = Vector{{1e-3, 7e4}}.asDiagonal();
  if (kind == spherical) map = 1e5 * Matrix::Identity(2, 2);
  const RowMatrix mapped = (data * map.transpose()).rowwise() + Vector{{10.0, -3.0}}.transpose();
  const Matrix plain = covariance_floor(data, kind).least;
  const Matrix expected = kind == diagonal    ? Matrix(map.diagonal().cwiseAbs2().cwiseProduct(plain))
                          : kind == spherical ? Matrix(1e10 * plain)
                                              : Matrix(map * plain * map.transpose());
  expect_near(covariance_floor(mapped, kind).least, expected, 1e-6);
}

TEST_P(CovarianceFloorOfKind, AWeightOf2IsTheObservationTwice) {
  const CovarianceKind kind = GetParam();
  RandomEngine rng = random_stream(9, 0);
  const RowMatrix data = groups_at(RowMatrix{{0.0}, {9.0}}, 40, rng);
  RowMatrix twice(160, 1);
  twice << data, data;
  const std::vector<double> weights(80, 2.0);
  const Matrix weighted = covariance_floor(Observations(data, weights), kind).least;
  // The starts that W is found from are drawn from other rows.
  expect_near(weighted, covariance_floor(twice, kind).least, 1e-2);
}

INSTANTIATE_TEST_SUITE_P(All, CovarianceFloorOfKind, testing::ValuesIn(kinds),
                         [](const auto& test) { return std::string(to_string(test.param)); });

// ---------------------------------------------------------------------------------------------------------------------
// What must not win.

TEST(CovarianceFloor, AnOutlierGetsAComponentAndTheGroupsKeepTheirWidth) {
  RandomEngine rng = random_stream(10, 0);
  RowMatrix data(201, 2);
  data << groups_at(RowMatrix{{0.0, 0.0}, {8.0, 8.0}}, 100, rng), RowMatrix{{1e4, 1e4}};
  const auto result = fit(GaussianMixture(3), data);
  expect_near(result.model.weights(), Vector{{100.0 / 201.0, 100.0 / 201.0, 1.0 / 201.0}}, 1e-3);
  EXPECT_LT(result.model.covariance(0).trace(), 3.0);
  EXPECT_LT(result.model.covariance(1).trace(), 3.0);
  EXPECT_THAT(result.model.components_on_floor(), ElementsAre(2));
  EXPECT_THAT(result.warnings, testing::Contains(HasSubstr("component 3 rests on the floor: it holds 1 observation")));
}

// One group is ten times narrower than the other, which the floor's share forbids: not for what the data can resolve.
TEST(CovarianceFloor, AComponentThatAHighShareHoldsIsSaidToBe) {
  for (const CovarianceKind kind : kinds) {
    RandomEngine rng = random_stream(23, 0);
    RowMatrix data = groups_at(RowMatrix{{0.0, 0.0}, {40.0, 40.0}}, 60, rng);
    data.topRows(60) *= 0.1;
    const auto result = fit(GaussianMixture(2, {.covariance = kind, .floor = 1.0}), data);
    if (kind == tied) {
      EXPECT_THAT(result.warnings, testing::Not(testing::Contains(HasSubstr("can resolve"))));
      continue;
    }
    EXPECT_THAT(result.warnings,
                testing::Contains(HasSubstr("rests on the floor: in some direction its variance is 1 times that within "
                                            "groups, the least that the floor allows; it holds 60 observations")))
        << to_string(kind);
  }
}

// Whole numbers of which a third are equal: no spread to be seen below the spacing.
TEST(CovarianceFloor, AComponentThatTheSpacingHoldsIsSaidToBe) {
  RandomEngine rng = random_stream(24, 0);
  RowMatrix data = groups_at(RowMatrix{{0.0}, {1000.0}}, 60, rng);
  data.topRows(60).setConstant(5.0);
  data.bottomRows(60) = (10.0 * data.bottomRows(60)).array().round();
  const auto result = fit(GaussianMixture(2), data);
  EXPECT_THAT(result.warnings,
              testing::Contains(HasSubstr("its 60 observations lie closer together in some direction than the data")));
}

std::size_t components_by_bic(const RowMatrix& data, std::size_t most, CovarianceKind kind = full) {
  std::vector<std::size_t> numbers;
  for (std::size_t k = 1; k <= most; ++k) numbers.push_back(k);
  const auto selection = select(gaussian_mixture_candidates(numbers, {kind}), data, Bic());
  return selection.fit.model.components();
}

// Two groups of 8, far apart in a direction that slants through three columns: the maximum of plain EM is that of two
// normal distributions, one for each group.
TEST(CovarianceFloor, StaysBelowSmallGroupsThatLieOnASlant) {
  constexpr Index held = 8;
  for (int draw = 0; draw < 24; ++draw) {
    RandomEngine rng = random_stream(23, static_cast<std::uint64_t>(draw));
    boost::random::uniform_real_distribution<double> power(1.5, 6.0);
    RowMatrix data = random_models::normal_draws(2 * held, 3, rng);
    const RowMatrix direction = random_models::normal_draws(1, 3, rng).rowwise().normalized();
    data.bottomRows(held).rowwise() += std::pow(10.0, power(rng)) * direction.row(0);
    double of_groups = 2.0 * held * std::log(0.5);
    for (const RowMatrix& group : {RowMatrix(data.topRows(held)), RowMatrix(data.bottomRows(held))}) {
      const RowMatrix centred = group.rowwise() - group.colwise().mean();
      const Matrix covariance = centred.transpose() * centred / held;
      of_groups -= 0.5 * held * (std::log(covariance.determinant()) + 3.0 * std::log(2.0 * std::numbers::pi) + 3.0);
    }
    EXPECT_NEAR(fit(GaussianMixture(2), data).log_likelihood, of_groups, 1e-6 * std::abs(of_groups)) << draw;
  }
}

// Poisson(2) and Poisson(15), as mclust 6 takes two; the table of docs/defaults.md has more.
TEST(CovarianceFloor, WholeNumbersOfTwoGroupsAreTwoGroups) {
  RandomEngine rng = random_stream(11, 0);
  RowMatrix data(350, 1);
  for (Index row = 0; row < 350; ++row)
    data(row, 0) = boost::random::poisson_distribution<int>(row < 175 ? 2.0 : 15.0)(rng);
  EXPECT_EQ(components_by_bic(data, 8), 2U);
  EXPECT_EQ(components_by_bic(data, 4, diagonal), 2U);
  EXPECT_EQ(components_by_bic(data, 4, spherical), 2U);
}

TEST(CovarianceFloor, ZerosAndOnesAreOneGroup) {
  RandomEngine rng = random_stream(12, 0);
  boost::random::uniform_int_distribution<int> coin(0, 1);
  RowMatrix data(250, 3);
  for (double& value : data.reshaped()) value = coin(rng);
  for (const CovarianceKind kind : {full, diagonal, spherical}) EXPECT_EQ(components_by_bic(data, 4, kind), 1U);
}

// Rare ones have a smaller variance than a quarter of their squared spacing, to which the floor can't reach.
TEST_P(CovarianceFloorOfKind, AColumnOfRareOnesIsOneGroup) {
  RandomEngine rng = random_stream(14, 0);
  for (const double rare : {0.01, 0.05, 0.1, 0.19}) {
    RowMatrix data(250, 1);
    for (double& value : data.reshaped()) value = boost::random::bernoulli_distribution<double>(rare)(rng);
    EXPECT_EQ(components_by_bic(data, 3, GetParam()), 1U) << rare;
  }
}

// Beside a column of rare ones, groups that differ in another are found: what spikes gain is taken off one component
// as off two.
TEST(CovarianceFloor, GroupsAreFoundBesideAColumnOfRareOnes) {
  RandomEngine rng = random_stream(18, 0);
  RowMatrix data(250, 2);
  for (Index row = 0; row < data.rows(); ++row) {
    const bool second = row >= 125;
    data(row, 0) = normal_draws(1, 1, rng)(0, 0) + (second ? 5.0 : 0.0);
    data(row, 1) = boost::random::bernoulli_distribution<double>(second ? 0.18 : 0.02)(rng);
  }
  for (const CovarianceKind kind : {full, diagonal}) EXPECT_EQ(components_by_bic(data, 3, kind), 2U);

  // All ones in one group: the other is a spike in that column.
  for (Index row = 0; row < data.rows(); ++row) data(row, 1) = row % 30 == 29 && row >= 125 ? 1.0 : 0.0;
  for (const CovarianceKind kind : {full, diagonal}) EXPECT_EQ(components_by_bic(data, 3, kind), 2U);
}

TEST(CovarianceFloor, SelectSaysWhichCandidateWouldBeBestIfSpikesCounted) {
  RandomEngine rng = random_stream(14, 1);
  RowMatrix data(250, 1);
  for (double& value : data.reshaped()) value = boost::random::bernoulli_distribution<double>(0.05)(rng);
  const auto selection = select(gaussian_mixture_candidates({1, 2}, {full}), data, Bic());
  ASSERT_EQ(selection.best, 0U);
  const CandidateOutcome& two = selection.candidates[1];
  EXPECT_LT(two.scores->bic, selection.candidates[0].scores->bic);
  EXPECT_EQ(*two.value, two.scores->bic + 2.0 * two.scores->discount);
  EXPECT_THAT(two.notes, ElementsAre(HasSubstr("nats of the log-likelihood don't count")));
}

// Groups six deviations apart in one of several columns: a component of few observations is narrow in all directions
// but those that they span.
TEST(CovarianceFloor, AComponentOfFewObservationsWinsNeitherWithinAFitNorInSelect) {
  RowMatrix centres = RowMatrix::Zero(2, 5);
  centres(1, 0) = 6.0;
  for (std::uint64_t draw = 0; draw < 8; ++draw) {
    RandomEngine rng = random_stream(15, draw);
    const RowMatrix data = groups_at(centres, 30, rng);
    const auto result = fit(GaussianMixture(2), data);
    EXPECT_THAT(result.model.components_on_floor(), IsEmpty());
    EXPECT_EQ(result.discount, 0.0);
  }
  int divided = 0;
  for (std::uint64_t draw = 0; draw < 20; ++draw) {
    RandomEngine rng = random_stream(16, draw);
    divided += components_by_bic(normal_draws(80, 3, rng), 3, spherical) > 1 ? 1 : 0;
  }
  EXPECT_LE(divided, 1);  // now and then as many as 6 observations lie close together
}

// Percentages to 0.1 add up to 100: in one direction they differ by rounding only.
TEST(CovarianceFloor, RoundedColumnsThatAddUpAreFittedAsByPlainMaximumLikelihood) {
  RandomEngine rng = random_stream(17, 0);
  RowMatrix data(300, 3);
  for (Index row = 0; row < data.rows(); ++row) {
    Vector parts(3);
    for (Index j = 0; j < 3; ++j)
      parts[j] = boost::random::gamma_distribution<double>(row < 150 ? 8.0 - 3.0 * static_cast<double>(j)
                                                                     : 2.0 + 4.0 * static_cast<double>(j))(rng);
    data.row(row) = ((1000.0 / parts.sum()) * parts).array().round().matrix().transpose() / 10.0;
  }
  const double plain = plain_from_groups(data, 2, full);
  EXPECT_NEAR(fit(GaussianMixture(2), data).log_likelihood, plain, 1e-6 * std::abs(plain));
}

// By hand: 2 of 10 observations coincide, and are a component as narrow as the floor lets them be. Raised to W, each
// loses ½ log(W/B), for the variance of what they hold is 0.
TEST(CovarianceFloor, TheDiscountIsWhatFewObservationsOweToTheFloor) {
  const RowMatrix data{{-100.0}, {-101.0}, {-102.0}, {-103.0}, {-104.0}, {-105.0}, {-106.0}, {-107.0}, {50.0}, {50.0}};
  GaussianMixture mixture(Vector{{0.8, 0.2}}, RowMatrix{{-103.5}, {50.0}}, {Matrix{{5.25}}, Matrix{{0.04}}});
  mixture.set_floor({.share = 0.01, .least = Matrix{{0.04}}, .within = Matrix{{4.0}}, .resolution = Matrix{{0.0}}});
  EXPECT_NEAR(mixture.discount(data), 2.0 * 0.5 * std::log(4.0 / 0.04), 1e-12);
  // Four are enough to vouch for themselves, to the share c.
  const std::vector<double> weights = {2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0};
  EXPECT_EQ(mixture.discount(Observations(data, weights)), 0.0);
  // Values recorded to a spacing of 2 vouch for nothing narrower than 1.
  mixture.set_floor({.share = 0.01, .least = Matrix{{0.04}}, .within = Matrix{{4.0}}, .resolution = Matrix{{1.0}}});
  EXPECT_NEAR(mixture.discount(Observations(data, weights)), 4.0 * 0.5 * std::log(1.0 / 0.04), 1e-12);
}

TEST(CovarianceFloor, ARoundedNormalIsOneGroup) {
  RandomEngine rng = random_stream(13, 0);
  for (const double deviation : {0.7, 2.0, 20.0}) {
    const RowMatrix data = (deviation * normal_draws(200, 1, rng)).array().round();
    EXPECT_EQ(components_by_bic(data, 5), 1U) << deviation;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// How finely values were recorded.

double resolution_of(const RowMatrix& values) { return recording_resolution(values)[0]; }

TEST(RecordingResolution, IsTheSpacingOfRoundedValues) {
  RandomEngine rng = random_stream(14, 0);
  const RowMatrix values = normal_draws(500, 1, rng);
  for (const double spacing : {0.01, 0.1, 1.0}) {
    const RowMatrix rounded = spacing * (values / spacing).array().round();
    EXPECT_NEAR(resolution_of(rounded), spacing, 1e-9) << spacing;
  }
  EXPECT_EQ(resolution_of(values), 0.0);
}

TEST(RecordingResolution, IsNotThatOfASingleOddValue) {
  RowMatrix values(101, 1);
  for (Index row = 0; row < 100; ++row) values(row, 0) = static_cast<double>(row % 10);
  values(100, 0) = 3.001;
  EXPECT_EQ(resolution_of(values), 1.0);
}

TEST(RecordingResolution, TakesComputedValuesForTheSame) {
  RowMatrix values(60, 1);
  for (Index row = 0; row < 60; ++row)
    values(row, 0) = row % 2 == 0 ? 0.1 * static_cast<double>(row % 6) : static_cast<double>(row % 6 - 1) / 10.0;
  EXPECT_NEAR(resolution_of(values), 0.2, 1e-12);
}

// More than are looked at in a sample, on a grid that a sample shows, and on one that it does not.
TEST(RecordingResolution, OfManyValuesIsThatOfAFew) {
  RandomEngine rng = random_stream(15, 0);
  const RowMatrix values = normal_draws(100'000, 1, rng);
  EXPECT_NEAR(resolution_of((values / 0.01).array().round() * 0.01), 0.01, 1e-9);
  EXPECT_EQ(resolution_of((values / 1e-7).array().round() * 1e-7), 0.0);
}

// ---------------------------------------------------------------------------------------------------------------------
// What is kept, and refused.

TEST(CovarianceFloor, AReplicateIsFittedAboveTheFloorOfTheData) {
  RandomEngine rng = random_stream(16, 0);
  const RowMatrix data = groups_at(RowMatrix{{0.0}, {9.0}}, 50, rng);
  const GaussianMixture fitted = fit(GaussianMixture(2), data).model;
  const RowMatrix other = 3.0 * data;
  EXPECT_EQ(fit_from(fitted, other).model.floor().least, fitted.floor().least);
  const auto quantities = [&](const GaussianMixture& model) -> Vector { return model.floor().least.reshaped(); };
  const auto bootstrap = nonparametric_bootstrap(fitted, data, quantities, {.replicates = 50});
  EXPECT_TRUE((bootstrap.replicates.array() == fitted.floor().least(0, 0)).all());
}

TEST(CovarianceFloor, AStartBelowTheFloorIsRaisedToIt) {
  RandomEngine rng = random_stream(17, 0);
  const RowMatrix data = groups_at(RowMatrix{{0.0}, {9.0}}, 50, rng);
  const GaussianMixture start(Vector{{0.5, 0.5}}, RowMatrix{{0.0}, {9.0}},
                              {Matrix::Ones(1, 1), Matrix::Constant(1, 1, 1e-12)});
  const auto result = fit_from(start, data, {.on_decrease = OnDecrease::raise});
  EXPECT_TRUE(result.converged);
}

TEST(CovarianceFloor, IsOffWithAPenaltyOrARidgeOrWhenToldSo) {
  RandomEngine rng = random_stream(18, 0);
  const RowMatrix data = groups_at(RowMatrix{{0.0}, {9.0}}, 50, rng);
  for (const GaussianMixtureOptions& options :
       {GaussianMixtureOptions{.penalty = 0.0}, {.penalty = 1.0}, {.ridge = 1e-3}, {.floor = 0.0}}) {
    GaussianMixture model(2, options);
    model.prepare(data);
    EXPECT_EQ(model.floor().least.size(), 0);
  }
  GaussianMixture both(2, {.floor = 0.01, .penalty = 1.0});
  both.prepare(data);
  EXPECT_GT(both.floor().least.size(), 0);
}

TEST(CovarianceFloor, ParametersBelowItAreRefused) {
  RandomEngine rng = random_stream(19, 0);
  const RowMatrix data = groups_at(RowMatrix{{0.0}, {9.0}}, 50, rng);
  GaussianMixture model = fit(GaussianMixture(2), data).model;
  Vector parameters = model.parameters();
  EXPECT_NO_THROW(model.set_parameters(parameters));
  parameters.tail(1).array() -= 50.0;
  EXPECT_THAT([&] { model.set_parameters(parameters); },
              ThrowsMessage<DegenerateFit>(HasSubstr("component 2: the covariance is below the floor")));
}

TEST(CovarianceFloor, AShareOutOfRangeIsRefused) {
  EXPECT_THAT([] { GaussianMixture(2, {.floor = -0.1}); }, ThrowsMessage<InvalidOption>(HasSubstr("floor: -0.1")));
  EXPECT_THAT([] { GaussianMixture(2, {.floor = 2.0}); }, ThrowsMessage<InvalidOption>(HasSubstr("floor: 2")));
}

// ---------------------------------------------------------------------------------------------------------------------
// The order of the components.

TEST(ComponentOrder, IsTheSameFromEverySeed) {
  RandomEngine rng = random_stream(20, 0);
  RowMatrix data(150, 1);
  data << groups_at(RowMatrix{{50.0}}, 30, rng), groups_at(RowMatrix{{0.0}, {90.0}}, 60, rng);
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const auto model = fit(GaussianMixture(3), data, {.seed = seed}).model;
    expect_near(model.weights(), Vector{{0.4, 0.4, 0.2}}, 1e-6);
    expect_near(model.means().col(0), Vector{{0.0, 90.0, 50.0}}, 1e-2);
    EXPECT_NEAR(model.log_likelihood(data), fit(GaussianMixture(3), data).log_likelihood, 1e-6);
  }
}

TEST(ComponentOrder, IsThatOfAGivenStartUnlessAskedOtherwise) {
  RandomEngine rng = random_stream(21, 0);
  RowMatrix data(90, 1);
  data << groups_at(RowMatrix{{0.0}}, 30, rng), groups_at(RowMatrix{{50.0}}, 60, rng);
  const GaussianMixture start(Vector{{0.5, 0.5}}, RowMatrix{{0.0}, {50.0}}, {Matrix::Ones(1, 1), Matrix::Ones(1, 1)});
  EXPECT_NEAR(fit_from(start, data).model.weights()[0], 1.0 / 3.0, 1e-9);
  const auto sorted = fit_from(start, data, {.order = ComponentOrder::sorted});
  EXPECT_NEAR(sorted.model.weights()[0], 2.0 / 3.0, 1e-9);
  EXPECT_NEAR(sorted.model.log_likelihood(data), sorted.log_likelihood, 1e-9);
  EXPECT_NEAR(fit(GaussianMixture(2), data, {.order = ComponentOrder::as_started}).model.weights().sum(), 1.0, 1e-12);
}

TEST(CovarianceFloor, NamesTheColumnsThatGiveNone) {
  RowMatrix data{{1.0, 3.0, 2.0}, {2.0, 3.0, 4.0}, {4.0, 3.0, 8.0}, {7.0, 3.0, 14.0}, {5.0, 3.0, 10.0}};
  EXPECT_THAT([&] { return covariance_floor(data, diagonal, 0.01); },
              ThrowsMessage<InvalidData>(HasSubstr("column 2: all its values are equal")));
  data.col(1) = Vector{{3.0, 1.0, 2.0, 5.0, 1.0}};
  EXPECT_THAT([&] { return covariance_floor(data, full, 0.01); },
              ThrowsMessage<InvalidData>(HasSubstr("columns 1, 3: they are linearly dependent")));
}

TEST(CovarianceFloor, ThatIsRefusedLeavesTheModelAsItWas) {
  const Matrix covariance = Vector{{2.0, 3.0}};
  GaussianMixture mixture(Vector{{1.0}}, RowMatrix{{0.0, 0.0}}, {covariance}, {.covariance = diagonal, .floor = 0.0});
  for (const Matrix& least :
       {Matrix(Vector{{1.0, -1.0}}), Matrix(Vector{{1.0, 1.0, 1.0}}), Matrix::Ones(2, 2).eval()}) {
    EXPECT_THROW(mixture.set_floor({.share = 0.1, .least = least}), InvalidOption);
    EXPECT_EQ(mixture.covariances().front(), covariance);
    EXPECT_EQ(mixture.floor().share, 0.0);
  }
}

}  // namespace
}  // namespace latent
