#include "latent/models/gaussian_mixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numbers>

#include "fixtures/random_models.hpp"
#include "fixtures/reference.hpp"
#include "latent/core/errors.hpp"
#include "latent/core/parallel.hpp"
#include "latent/inference/criteria.hpp"
#include "latent/solver/fit.hpp"
#include "latent/starts/starts.hpp"

namespace latent {
namespace {

using enum CovarianceKind;
using random_models::clustered_data;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr std::array kinds = {full, tied, diagonal, spherical};

void expect_near(const Matrix& actual, const Matrix& expected, double relative) {
  ASSERT_EQ(actual.rows(), expected.rows());
  ASSERT_EQ(actual.cols(), expected.cols());
  const double scale = std::max(expected.cwiseAbs().maxCoeff(), 1e-300);
  EXPECT_LE((actual - expected).cwiseAbs().maxCoeff(), relative * scale) << actual << "\ninstead of\n" << expected;
}

// ---------------------------------------------------------------------------------------------------------------------
// Figures from elsewhere.

class GaussianMixtureReference : public testing::TestWithParam<const char*> {};

TEST_P(GaussianMixtureReference, LogLikelihoodAfterSoManySteps) {
  const auto known = reference::load_case(GetParam());
  const GaussianMixture start = reference::start_of(known);
  for (const auto& [steps, value] : known.results().at("log_likelihood_after").items()) {
    const auto result = fit_from(start, known.data(), {.stop = iteration_limit(std::stoi(steps))});
    const double expected = value;
    EXPECT_NEAR(result.log_likelihood, expected, std::abs(expected) * known.tolerance()) << steps << " steps";
  }
}

TEST_P(GaussianMixtureReference, MaximumFromTheStart) {
  const auto known = reference::load_case(GetParam());
  const GaussianMixture start = reference::start_of(known);
  const auto result = fit_from(start, known.data(), {.stop = relative_gain(1e-14) || iteration_limit(5000)});
  const double expected = known.results().at("log_likelihood");
  EXPECT_NEAR(result.log_likelihood, expected, std::abs(expected) * known.tolerance());

  // Where the likelihood is flat to 1e-14, the parameters are known to its root.
  const GaussianMixture best =
      reference::gaussian_mixture(known.results().at("parameters"), start.options().covariance);
  expect_near(result.model.weights(), best.weights(), 2e-6);
  expect_near(result.model.means(), best.means(), 2e-6);
  for (std::size_t k = 0; k < best.components(); ++k) {
    expect_near(result.model.covariance(k), best.covariance(k), 1e-5);
  }
}

INSTANTIATE_TEST_SUITE_P(All, GaussianMixtureReference,
                         testing::Values("faithful-2-full", "faithful-2-diagonal", "faithful-2-spherical",
                                         "faithful-3-tied", "iris-3-full", "geyser-4-tied", "six-points"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::erase(name, '-');
                           return name;
                         });

// mclust 6.0.0, model VVV: log-likelihood -1130.26407 with a looser stopping rule.
TEST(GaussianMixture, RestartsFindTheMaximumOfOldFaithful) {
  const auto known = reference::load_case("faithful-2-full");
  EXPECT_NEAR(fit(GaussianMixture(2, {.penalty = 0.0}), known.data()).log_likelihood, -1130.264, 5e-4);
}

TEST(GaussianMixture, RestartsFindTheTiedMaximumOfOldFaithful) {
  const auto known = reference::load_case("faithful-3-tied");
  const GaussianMixture model(3, {.covariance = tied, .penalty = 0.0});
  EXPECT_GE(fit(model, known.data(), {.restarts = 20}).log_likelihood, -1126.316);
}

// The best maximum known, mclust's model VVV; the start of the reference case ends at -189.503.
TEST(GaussianMixture, RestartsFindTheMaximumOfIris) {
  const auto known = reference::load_case("iris-3-full");
  const auto result = fit(GaussianMixture(3, {.penalty = 0.0}), known.data(), {.restarts = 20});
  EXPECT_NEAR(result.log_likelihood, -180.186, 1e-3);
}

// Bayes' rule by hand: r = 1 / (1 + exp(-(7 - 2)^2 / 2)) for x = 2, where a widely read tutorial prints 0.9502.
TEST(GaussianMixture, ResponsibilitiesOfTheSixPoints) {
  const auto known = reference::load_case("six-points");
  const GaussianMixture start = reference::start_of(known);
  const Matrix responsibilities = start.posterior(known.data());
  EXPECT_NEAR(responsibilities(2, 0), 0.9999963, 5e-8);
  EXPECT_NEAR(responsibilities(2, 0), 1.0 / (1.0 + std::exp(-12.5)), 1e-15);
}

// ---------------------------------------------------------------------------------------------------------------------
// Against the textbook, one observation at a time.

double log_normal_density(const Vector& x, const Vector& mean, const Matrix& covariance) {
  const double mahalanobis = (x - mean).dot(covariance.inverse() * (x - mean));
  return -0.5 * (static_cast<double>(x.size()) * std::log(2.0 * std::numbers::pi) + std::log(covariance.determinant()) +
                 mahalanobis);
}

struct TextbookStep {
  double log_likelihood = 0.0;
  Matrix responsibilities;
  Vector weights;
  RowMatrix means;
  std::vector<Matrix> covariances;  // d×d, one a component, whatever the kind
};

// One EM iteration by the formulas of McLachlan & Peel (2000), section 3.2, with inverse and determinant.
TextbookStep textbook_step(const GaussianMixture& model, const Observations& data) {
  const auto components = static_cast<Index>(model.components());
  const auto dimension = static_cast<Index>(data.dimension());
  TextbookStep step{.responsibilities = Matrix(static_cast<Index>(data.size()), components),
                    .weights = Vector::Zero(components),
                    .means = RowMatrix::Zero(components, dimension),
                    .covariances = {}};
  Vector counts = Vector::Zero(components);
  for (std::size_t n = 0; n < data.size(); ++n) {
    Vector joint(components);
    for (Index k = 0; k < components; ++k) {
      joint[k] = model.weights()[k] * std::exp(log_normal_density(data[n], model.means().row(k),
                                                                  model.covariance(static_cast<std::size_t>(k))));
    }
    step.log_likelihood += data.weight(n) * std::log(joint.sum());
    step.responsibilities.row(static_cast<Index>(n)) = joint / joint.sum();
    for (Index k = 0; k < components; ++k) {
      const double r = data.weight(n) * joint[k] / joint.sum();
      counts[k] += r;
      step.means.row(k) += r * data[n];
    }
  }
  step.weights = counts / counts.sum();
  step.means.array().colwise() /= counts.array();
  Matrix pooled = Matrix::Zero(dimension, dimension);
  for (Index k = 0; k < components; ++k) {
    Matrix scatter = Matrix::Zero(dimension, dimension);
    for (std::size_t n = 0; n < data.size(); ++n) {
      const Vector y = data[n] - step.means.row(k).transpose();
      scatter += data.weight(n) * step.responsibilities(static_cast<Index>(n), k) * y * y.transpose();
    }
    pooled += scatter;
    step.covariances.emplace_back(scatter / counts[k]);
  }
  for (Matrix& covariance : step.covariances) {
    const CovarianceKind kind = model.options().covariance;
    if (kind == tied) covariance = pooled / counts.sum();
    if (kind == diagonal) covariance = Matrix(covariance.diagonal().asDiagonal());
    if (kind == spherical) covariance = Matrix::Identity(dimension, dimension) * covariance.trace() / double(dimension);
  }
  return step;
}

class GaussianMixtureOfKind : public testing::TestWithParam<CovarianceKind> {};

TEST_P(GaussianMixtureOfKind, OneIterationIsThatOfTheTextbook) {
  for (const Index dimension : {1, 2, 5}) {
    RandomEngine rng = random_stream(11, static_cast<std::uint64_t>(dimension));
    const RowMatrix values = random_models::normal_draws(300, dimension, rng) * 2.0;
    const Vector weights = random_models::uniform_draws(300, 0.0, 3.0, rng);
    const Observations data(values, {weights.data(), 300});
    GaussianMixture model = random_models::gaussian_mixture(GetParam(), 3, dimension, rng);
    const TextbookStep expected = textbook_step(model, data);

    const auto statistics = model.e_step(data);
    EXPECT_NEAR(statistics.log_likelihood, expected.log_likelihood, 1e-12 * std::abs(expected.log_likelihood));
    EXPECT_NEAR(model.log_likelihood(data), expected.log_likelihood, 1e-12 * std::abs(expected.log_likelihood));
    EXPECT_NEAR(data.total_weight(), statistics.weights.sum(), 1e-12 * data.total_weight());
    expect_near(model.posterior(data), expected.responsibilities, 1e-12);
    model.m_step(statistics);
    expect_near(model.weights(), expected.weights, 1e-12);
    expect_near(model.means(), expected.means, 1e-12);
    for (std::size_t k = 0; k < 3; ++k) expect_near(model.covariance(k), expected.covariances[k], 1e-12);
  }
}

TEST_P(GaussianMixtureOfKind, StatisticsAddUpOverAnySplit) {
  RandomEngine rng = random_stream(12, 0);
  const RowMatrix values = random_models::normal_draws(700, 3, rng);
  const Observations data(values);
  const GaussianMixture model = random_models::gaussian_mixture(GetParam(), 3, 3, rng);
  const auto whole = model.e_step(data);
  for (const std::size_t cut : {std::size_t{1}, std::size_t{256}, std::size_t{257}, std::size_t{699}}) {
    auto sum = model.e_step(data.subspan(0, cut));
    sum += model.e_step(data.subspan(cut, 700 - cut));
    EXPECT_NEAR(sum.log_likelihood, whole.log_likelihood, 1e-12 * std::abs(whole.log_likelihood));
    expect_near(sum.weights, whole.weights, 1e-12);
    expect_near(sum.sums, whole.sums, 1e-12);
    for (std::size_t c = 0; c < whole.scatters.size(); ++c) expect_near(sum.scatters[c], whole.scatters[c], 1e-12);
  }
}

TEST_P(GaussianMixtureOfKind, AWeightOfTwoIsTheObservationTwice) {
  RandomEngine rng = random_stream(13, 0);
  const RowMatrix once = random_models::normal_draws(200, 2, rng);
  RowMatrix twice(400, 2);
  twice << once, once;
  const std::vector<double> weights(200, 2.0);
  const GaussianMixture start = random_models::gaussian_mixture(GetParam(), 2, 2, rng);
  const FitOptions options{.stop = iteration_limit(20)};
  const auto weighted = fit_from(start, Observations(once, weights), options);
  const auto doubled = fit_from(start, twice, options);
  EXPECT_NEAR(weighted.log_likelihood, doubled.log_likelihood, 1e-10 * std::abs(doubled.log_likelihood));
  expect_near(weighted.model.means(), doubled.model.means(), 1e-10);
}

// Neal & Hinton (1998): neither half-step lowers the ELBO, and the E-step lifts the objective to touch it.
TEST_P(GaussianMixtureOfKind, EveryHalfStepAscends) {
  for (std::uint64_t round = 0; round < 12; ++round) {
    RandomEngine rng = random_stream(14, round);
    const auto dimension = static_cast<Index>(1 + round % 4);
    const auto components = static_cast<std::size_t>(1 + round % 5);
    const RowMatrix data = clustered_data(60 + 20 * static_cast<Index>(round), dimension, 3, rng);
    for (const auto start :
         {MixtureStart::kmeans_plus_plus, MixtureStart::random_observations, MixtureStart::random_responsibilities}) {
      const GaussianMixture model(components, {.covariance = GetParam(), .start = start});
      const auto result = fit(model, data, {.restarts = 2, .seed = round, .on_decrease = OnDecrease::raise});
      for (std::size_t t = 1; t < result.trace.size(); ++t) {
        const double slack = 1e-11 * std::abs(result.objective) + 1e-11;
        EXPECT_GE(*result.trace[t].elbo_after_m_step, result.trace[t - 1].objective - slack);
        EXPECT_GE(result.trace[t].objective, *result.trace[t].elbo_after_m_step - slack);
      }
    }
  }
}

// H(q) = log-likelihood − Q at the parameters of the E-step; here it is summed over the responsibilities themselves.
TEST_P(GaussianMixtureOfKind, TheElboTouchesTheLogLikelihoodAtTheEStep) {
  RandomEngine rng = random_stream(15, 0);
  const RowMatrix data = random_models::normal_draws(150, 2, rng);
  const GaussianMixture model = random_models::gaussian_mixture(GetParam(), 3, 2, rng);
  const Matrix r = model.posterior(data);
  const double entropy = -(r.array() * r.array().max(1e-300).log()).sum();
  const auto statistics = model.e_step(data);
  EXPECT_NEAR(model.expected_log_joint(statistics) + entropy, statistics.log_likelihood,
              1e-11 * std::abs(statistics.log_likelihood));
}

TEST_P(GaussianMixtureOfKind, NoDirectionImprovesOnTheMStep) {
  for (const double strength : {0.0, 3.0}) {
    RandomEngine rng = random_stream(16, 0);
    const RowMatrix data = clustered_data(120, 2, 2, rng);
    GaussianMixture model(2, {.covariance = GetParam(), .penalty = strength});
    model.initialize(data, rng);
    const auto statistics = model.e_step(data);
    model.m_step(statistics);
    const double best = model.expected_log_joint(statistics) + model.log_prior();
    const Vector parameters = model.parameters();
    for (int direction = 0; direction < 40; ++direction) {
      GaussianMixture other = model;
      other.set_parameters(parameters + 1e-3 * random_models::normal_draws(parameters.size(), 1, rng));
      EXPECT_LT(other.expected_log_joint(statistics) + other.log_prior(), best);
    }
  }
}

TEST_P(GaussianMixtureOfKind, ParametersSurviveTheRoundTrip) {
  RandomEngine rng = random_stream(17, 0);
  const GaussianMixture model = random_models::gaussian_mixture(GetParam(), 3, 3, rng);
  GaussianMixture other = random_models::gaussian_mixture(GetParam(), 3, 3, rng);
  other.set_parameters(model.parameters());
  expect_near(other.weights(), model.weights(), 1e-14);
  expect_near(other.means(), model.means(), 1e-14);
  for (std::size_t k = 0; k < 3; ++k) expect_near(other.covariance(k), model.covariance(k), 1e-13);
  EXPECT_EQ(static_cast<double>(model.parameters().size()), model.free_parameters());
}

// The entries of a covariance, counted by hand for K = 3, d = 4: the weights are 2, the means 12.
TEST(GaussianMixture, CountsItsFreeParameters) {
  RandomEngine rng = random_stream(18, 0);
  EXPECT_EQ(random_models::gaussian_mixture(full, 3, 4, rng).free_parameters(), 14 + 30);
  EXPECT_EQ(random_models::gaussian_mixture(tied, 3, 4, rng).free_parameters(), 14 + 10);
  EXPECT_EQ(random_models::gaussian_mixture(diagonal, 3, 4, rng).free_parameters(), 14 + 12);
  EXPECT_EQ(random_models::gaussian_mixture(spherical, 3, 4, rng).free_parameters(), 14 + 3);
}

TEST_P(GaussianMixtureOfKind, TheSameBitsForAnyNumberOfThreads) {
  RandomEngine rng = random_stream(19, 0);
  const RowMatrix data = clustered_data(6000, 2, 3, rng);
  const GaussianMixture model(3, {.covariance = GetParam()});
  const auto with_threads = [&](int threads) {
    return fit(model, data, {.restarts = 3, .threads = threads, .stop = iteration_limit(10)});
  };
  const auto one = with_threads(1);
  for (const int threads : {2, 3, 8}) {
    const auto other = with_threads(threads);
    EXPECT_EQ(other.log_likelihood, one.log_likelihood);
    EXPECT_EQ(other.model.parameters(), one.model.parameters());
    EXPECT_EQ(other.best_restart, one.best_restart);
  }
}

// What is worked out in parts, of more observations than a part and a block have.
TEST_P(GaussianMixtureOfKind, PredictionAndSamplesHaveTheSameBitsForAnyNumberOfThreads) {
  RandomEngine rng = random_stream(30, 0);
  const RowMatrix values = random_models::normal_draws(3000, 3, rng);
  const Vector weights = random_models::uniform_draws(3000, 0.0, 2.0, rng);
  const Observations data(values, {weights.data(), 3000});
  const GaussianMixture model = random_models::gaussian_mixture(GetParam(), 3, 3, rng);
  const auto all_of = [&](int threads) {
    std::vector<Matrix> all;
    latent::with_threads(threads, [&] {
      RandomEngine draws = random_stream(31, 0);
      all = {model.posterior(data), model.log_densities(data), model.sample(2000, draws),
             Matrix::Constant(1, 1, model.certainty(data)), Matrix::Constant(1, 1, model.log_likelihood(data))};
    });
    return all;
  };
  const auto one = all_of(1);
  EXPECT_EQ(all_of(2), one);
  EXPECT_EQ(all_of(8), one);

  // And they are right: one observation at a time, and by the textbook's formula for ICL.
  for (const Index row : {0, 511, 512, 2999}) {
    const RowMatrix single = values.row(row);
    expect_near(one[0].row(row), model.posterior(single), 1e-14);
    EXPECT_NEAR(one[1](row, 0), model.log_likelihood(single), 1e-13 * std::abs(one[1](row, 0)));
  }
  EXPECT_NEAR(one[3](0, 0), classification_certainty(one[0], weights), 1e-12 * std::abs(one[3](0, 0)));
  EXPECT_NEAR(one[4](0, 0), one[1].col(0).dot(weights), 1e-12 * std::abs(one[4](0, 0)));
}

TEST(GaussianMixture, AnObservationBeyondReachIsNamedInAnyBlock) {
  RowMatrix data = RowMatrix::Zero(2000, 1);
  data(1700, 0) = 1e100;
  data(1900, 0) = 1e100;
  const GaussianMixture model(Vector::Ones(1), RowMatrix{{0.0}}, {Matrix::Constant(1, 1, 1e-200)});
  EXPECT_THAT([&] { (void)model.posterior(data); },
              ThrowsMessage<InvalidData>(HasSubstr("row 1701: the observation is too far")));
}

// The start by k-means++ with the clusters worked out one observation at a time; columns of very different units.
TEST_P(GaussianMixtureOfKind, AStartIsOfTheClustersAroundKMeansPlusPlusCentres) {
  RandomEngine rng = random_stream(32, 0);
  const RowMatrix values = clustered_data(1200, 3, 4, rng);
  const Vector weights = random_models::uniform_draws(1200, 0.0, 2.0, rng);
  const Observations data(values, {weights.data(), 1200});
  const CovarianceKind kind = GetParam();
  GaussianMixture model(4, {.covariance = kind, .penalty = 0.0});
  RandomEngine engine = random_stream(33, 0);
  model.initialize(data, engine);

  const Vector scale = column_variances(data).cwiseSqrt();
  engine = random_stream(33, 0);
  const auto centres = kmeans_plus_plus(data, 4, scale, engine);
  Vector counts = Vector::Zero(4);
  RowMatrix means = RowMatrix::Zero(4, 3);
  std::vector<Index> nearest;
  for (std::size_t n = 0; n < data.size(); ++n) {
    Vector distances(4);
    for (Index k = 0; k < 4; ++k) {
      distances[k] = (data[n] - data[centres[static_cast<std::size_t>(k)]]).cwiseQuotient(scale).squaredNorm();
    }
    Index k = 0;
    distances.minCoeff(&k);
    nearest.push_back(k);
    counts[k] += data.weight(n);
    means.row(k) += data.weight(n) * data[n];
  }
  means.array().colwise() /= counts.array();
  Matrix pooled = Matrix::Zero(3, 3);
  for (std::size_t n = 0; n < data.size(); ++n) {
    const Vector y = data[n] - means.row(nearest[n]).transpose();
    pooled += data.weight(n) * y * y.transpose() / counts.sum();
  }
  if (kind == diagonal) pooled = Matrix(pooled.diagonal().asDiagonal());
  if (kind == spherical) pooled = Matrix::Identity(3, 3) * pooled.trace() / 3.0;
  expect_near(model.weights(), counts / counts.sum(), 1e-12);
  expect_near(model.means(), means, 1e-12);
  for (std::size_t k = 0; k < 4; ++k) expect_near(model.covariance(k), pooled, 1e-12);
}

// Rows of weight 0 may hold anything, and stand first.
TEST_P(GaussianMixtureOfKind, RowsOfWeight0ChangeNothing) {
  RandomEngine rng = random_stream(34, 0);
  const RowMatrix some = clustered_data(300, 2, 2, rng);
  RowMatrix more(302, 2);
  more << RowMatrix{{1e100, -3.4e38}}, some, RowMatrix{{1e149, 0.0}};
  std::vector<double> weights(302, 1.0);
  weights.front() = weights.back() = 0.0;
  const auto plain = covariance_penalty(some, GetParam(), 1.0);
  const auto padded = covariance_penalty(Observations(more, weights), GetParam(), 1.0);
  expect_near(padded.scale, plain.scale, 1e-12);
  EXPECT_NO_THROW(GaussianMixture(2, {.covariance = GetParam()}).check(Observations(more, weights)));
  const GaussianMixture model = random_models::gaussian_mixture(GetParam(), 2, 2, rng);
  expect_near(model.e_step(Observations(more, weights)).sums, model.e_step(some).sums, 1e-12);
}

TEST_P(GaussianMixtureOfKind, RelabellingTheComponentsChangesNothing) {
  RandomEngine rng = random_stream(20, 0);
  const RowMatrix data = random_models::normal_draws(100, 2, rng);
  const GaussianMixture model = random_models::gaussian_mixture(GetParam(), 2, 2, rng);
  std::vector<Matrix> swapped = model.covariances();
  std::ranges::reverse(swapped);
  const GaussianMixture other(model.weights().reverse(), model.means().colwise().reverse(), swapped, model.options());
  EXPECT_NEAR(other.log_likelihood(data), model.log_likelihood(data), 1e-12 * std::abs(model.log_likelihood(data)));
  expect_near(other.posterior(data).rowwise().reverse(), model.posterior(data), 1e-12);
}

// Mean and covariance of a mixture: Σ π μ, and Σ π (Σ + μ μᵀ) − mean meanᵀ.
TEST_P(GaussianMixtureOfKind, DrawsHaveTheMomentsOfTheMixture) {
  RandomEngine rng = random_stream(21, 0);
  const GaussianMixture model = random_models::gaussian_mixture(GetParam(), 3, 2, rng);
  const Vector mean = model.means().transpose() * model.weights();
  Matrix covariance = -mean * mean.transpose();
  for (Index k = 0; k < 3; ++k) {
    const Vector centre = model.means().row(k);
    covariance += model.weights()[k] * (model.covariance(static_cast<std::size_t>(k)) + centre * centre.transpose());
  }
  constexpr double count = 200'000;
  const RowMatrix draws = model.sample(static_cast<std::size_t>(count), rng);
  const Vector drawn_mean = draws.colwise().mean();
  const RowMatrix centred = draws.rowwise() - drawn_mean.transpose();
  const Matrix drawn_covariance = centred.transpose() * centred / count;
  const double scale = covariance.diagonal().maxCoeff();
  EXPECT_LT((drawn_mean - mean).norm(), 5.0 * std::sqrt(2.0 * scale / count));
  EXPECT_LT((drawn_covariance - covariance).norm(), 5.0 * 4.0 * scale / std::sqrt(count));
}

INSTANTIATE_TEST_SUITE_P(All, GaussianMixtureOfKind, testing::ValuesIn(kinds),
                         [](const auto& test) { return std::string(to_string(test.param)); });

TEST(GaussianMixture, InOneDimensionAllKindsWithOwnVariancesAreTheSame) {
  RandomEngine rng = random_stream(22, 0);
  const RowMatrix data = clustered_data(200, 1, 2, rng);
  std::vector<double> ends;
  for (const CovarianceKind kind : {full, diagonal, spherical}) {
    ends.push_back(fit(GaussianMixture(2, {.covariance = kind, .penalty = 0.5}), data).objective);
  }
  EXPECT_NEAR(ends[0], ends[1], 1e-9 * std::abs(ends[0]));
  EXPECT_NEAR(ends[0], ends[2], 1e-9 * std::abs(ends[0]));
}

// x → A x + b changes the density by |A| only, and k-means++ starts are scaled by column.
TEST(GaussianMixture, TheFitFollowsAChangeOfUnits) {
  RandomEngine rng = random_stream(23, 0);
  const RowMatrix data = clustered_data(300, 2, 3, rng);
  const Vector unit{{1e-4, 1e5}};
  const RowMatrix other = (data * unit.asDiagonal()).rowwise() + Vector{{3e-4, -7e5}}.transpose();
  const auto before = fit(GaussianMixture(3, {.penalty = 0.0}), data);
  const auto after = fit(GaussianMixture(3, {.penalty = 0.0}), other);
  EXPECT_NEAR(after.log_likelihood, before.log_likelihood - 300.0 * unit.array().log().sum(),
              1e-7 * std::abs(before.log_likelihood));
}

// ---------------------------------------------------------------------------------------------------------------------
// Accuracy, and the edges.

// Two components of sd 1 at 0 and `spread`; the sum is taken in long double.
TEST(GaussianMixture, IsAccurateWhereTheSpreadIsLarge) {
  for (const double spread : {1e1, 1e3, 1e6}) {
    RandomEngine rng = random_stream(24, 0);
    RowMatrix data = random_models::normal_draws(2000, 1, rng);
    for (Index row = 0; row < 2000; row += 2) data(row, 0) += spread;
    const Matrix variance = Matrix::Constant(1, 1, 1.0);
    GaussianMixture model(Vector{{0.5, 0.5}}, RowMatrix{{0.25}, {spread - 0.25}}, {variance, variance});
    for (int iteration = 0; iteration < 3; ++iteration) model.m_step(model.e_step(data));

    long double expected = 0.0L;
    for (Index row = 0; row < 2000; ++row) {
      long double density = 0.0L;
      for (Index k = 0; k < 2; ++k) {
        const long double y = static_cast<long double>(data(row, 0)) - model.means()(k, 0);
        const long double v = model.covariance(static_cast<std::size_t>(k))(0, 0);
        density += static_cast<long double>(model.weights()[k]) * std::exp(-0.5L * y * y / v) /
                   std::sqrt(2.0L * std::numbers::pi_v<long double> * v);
      }
      expected += std::log(density);
    }
    EXPECT_NEAR(model.log_likelihood(data), static_cast<double>(expected), 1e-12 * std::abs(double(expected)));
    // The variance is that of the draws: nothing was lost to the spread.
    double scatter = 0.0;
    const double mean = model.means()(0, 0);
    for (Index row = 1; row < 2000; row += 2) scatter += std::pow(data(row, 0) - mean, 2);
    if (spread > 100.0) {
      EXPECT_NEAR(model.covariance(0)(0, 0), scatter / 1000.0, 1e-12);
    }
  }
}

TEST(GaussianMixture, LogLikelihoodNeverUnderflows) {
  const Matrix variance = Matrix::Constant(1, 1, 1.0);
  const GaussianMixture model(Vector{{0.5, 0.5}}, RowMatrix{{0.0}, {1.0}}, {variance, variance});
  const RowMatrix far{{1e6}};
  // The nearer component is all that counts: log 0.5 − ½ log 2π − ½ (1e6 − 1)².
  const double expected = std::log(0.5) - 0.5 * std::log(2.0 * std::numbers::pi) - 0.5 * std::pow(1e6 - 1.0, 2);
  EXPECT_NEAR(model.log_likelihood(far), expected, 1e-15 * std::abs(expected));
  EXPECT_EQ(model.posterior(far)(0, 1), 1.0);
}

TEST(GaussianMixture, AnObservationBeyondReachIsRefusedNotNaN) {
  const Matrix tiny = Matrix::Constant(1, 1, 1e-200);
  const GaussianMixture model(Vector::Ones(1), RowMatrix{{0.0}}, {tiny}, {.floor = 0.0});
  const RowMatrix far{{0.0}, {1e100}};
  EXPECT_THAT([&] { (void)model.posterior(far); },
              ThrowsMessage<InvalidData>(HasSubstr("row 2: the observation is too far")));
  EXPECT_THAT([&] { fit_from(model, RowMatrix{{1e100}, {2e100}}); },
              ThrowsMessage<DegenerateFit>(HasSubstr("-inf at iteration 0")));
}

// By hand: −3/2 log 2π − ½ (1 + 0 + 1).
TEST(GaussianMixture, AWeightOf0IsNoObservationEvenBeyondReach) {
  const RowMatrix data{{-1.0}, {0.0}, {1.0}, {1e149}};
  const std::vector<double> weights = {1.0, 1.0, 1.0, 0.0};
  const double expected = -1.5 * std::log(2.0 * std::numbers::pi) - 1.0;
  const GaussianMixture model(Vector::Ones(1), RowMatrix{{0.0}}, {Matrix::Ones(1, 1)});
  EXPECT_NEAR(model.log_likelihood(Observations(data, weights)), expected, 1e-14);
  const GaussianMixture narrow(Vector::Ones(1), RowMatrix{{0.0}}, {Matrix::Constant(1, 1, 1e-20)});
  EXPECT_TRUE(std::isinf(narrow.log_densities(data)[3]));
  EXPECT_TRUE(std::isfinite(narrow.log_likelihood(Observations(data, weights))));
  EXPECT_TRUE(std::isfinite(narrow.e_step(Observations(data, weights)).log_likelihood));
}

TEST(GaussianMixture, OneComponentIsTheSampleMeanAndCovariance) {
  RandomEngine rng = random_stream(25, 0);
  const RowMatrix data = clustered_data(50, 3, 2, rng);
  const auto result = fit(GaussianMixture(1, {.penalty = 0.0}), data);
  const Vector mean = data.colwise().mean();
  const RowMatrix centred = data.rowwise() - mean.transpose();
  expect_near(result.model.means().transpose(), mean, 1e-12);
  expect_near(result.model.covariance(0), centred.transpose() * centred / 50.0, 1e-12);
}

TEST(GaussianMixture, ASingleObservationIsRefused) {
  EXPECT_THAT([] { fit(GaussianMixture(1), RowMatrix{{1.0, 2.0}}); },
              ThrowsMessage<InvalidData>(HasSubstr("columns 1, 2: the values of each are all equal")));
}

TEST(GaussianMixture, ComponentsThatCollapseAreNamedWithoutAFloorAndSurviveWithIt) {
  const RowMatrix data{{0.0}, {0.1}, {0.2}, {0.3}, {0.4}, {50.0}, {50.0}};
  const auto plain = [&] { fit(GaussianMixture(2, {.penalty = 0.0}), data); };
  EXPECT_THAT(plain, ThrowsMessage<DegenerateFit>(HasSubstr("component ")));
  const auto kept = fit(GaussianMixture(2), data);
  EXPECT_TRUE(kept.converged);
  EXPECT_TRUE(kept.model.parameters().allFinite());
}

// A component sitting on a single value that has no exact mean in binary: rounding leaves a variance that is not zero.
TEST(GaussianMixture, AVarianceMadeOfRoundingIsACollapse) {
  const Matrix variance = Matrix::Constant(1, 1, 1e-4);
  const GaussianMixture start(Vector{{0.5, 0.5}}, RowMatrix{{0.0}, {123.1}}, {Matrix::Ones(1, 1), variance},
                              {.floor = 0.0});
  const RowMatrix data{{-1.0}, {0.5}, {1.0}, {123.1}, {123.1}, {123.1}};
  EXPECT_THAT([&] { fit_from(start, data); }, ThrowsMessage<DegenerateFit>(HasSubstr("component 2")));
}

// Whether it is found in the first iteration, or the weight goes to 0 by a factor in each: whatever the tolerance.
TEST(GaussianMixture, AComponentThatHoldsNothingIsReportedWhateverTheTolerance) {
  const Matrix variance = Matrix::Ones(1, 1);
  const RowMatrix data{{-1.0}, {0.0}, {1.0}};
  const RowMatrix out_of_reach{{0.0}, {1e8}};
  const RowMatrix emptied{{0.0}, {4.0}};
  for (const RowMatrix& means : {out_of_reach, emptied}) {
    const GaussianMixture start(Vector{{0.5, 0.5}}, means, {variance, 0.01 * variance});
    for (const double tolerance : {1e-2, 1e-6, 1e-12, 0.0}) {
      const auto result = fit_from(start, data, {.stop = estimated_rest(tolerance) || iteration_limit(5000)});
      EXPECT_THAT(result.warnings, testing::Contains(testing::AllOf(testing::StartsWith("component 2 holds "),
                                                                    HasSubstr("less than one"))))
          << tolerance;
      EXPECT_TRUE(result.model.means().allFinite());
      // The other component has the maximum of a single one, −n/2 (log 2πs² + 1).
      if (tolerance < 1e-2) {
        EXPECT_NEAR(result.log_likelihood, -1.5 * (std::log(4.0 / 3.0 * std::acos(-1.0)) + 1.0), 1e-5);
      }
    }
  }
}

TEST(GaussianMixture, AComponentThatNothingIsAssignedToIsNamed) {
  const Matrix variance = Matrix::Ones(1, 1);
  GaussianMixture mixture(Vector{{0.5, 0.5}}, RowMatrix{{0.0}, {1.0}}, {variance, variance});
  const RowMatrix data{{-1.0}, {0.0}, {1.0}};
  const Matrix all_to_the_first{{1.0, 0.0}, {1.0, 0.0}, {1.0, 0.0}};
  EXPECT_THAT([&] { mixture.m_step(mixture.complete_statistics(data, all_to_the_first)); },
              ThrowsMessage<DegenerateFit>(HasSubstr("component 2: no observations are left to it")));
}

TEST(GaussianMixture, FixedWeightsStayAsTheyAre) {
  RandomEngine rng = random_stream(26, 0);
  const RowMatrix data = clustered_data(90, 1, 3, rng);
  const auto result = fit(GaussianMixture(2, {.fixed_weights = true}), data);
  EXPECT_EQ(result.model.weights(), (Vector{{0.5, 0.5}}));
  EXPECT_EQ(result.model.free_parameters(), 4);
}

// The M-step with the penalty, by hand: K = 1, Σ = (S + 2a S_x) / (n + 2a), and S = n S_x.
TEST(GaussianMixture, ThePenaltyPullsTowardsTheCovarianceOfTheData) {
  const RowMatrix data{{1.0}, {2.0}, {6.0}};
  const auto result = fit(GaussianMixture(1, {.penalty = 5.0}), data);
  EXPECT_NEAR(result.model.covariance(0)(0, 0), 14.0 / 3.0, 1e-12);
  // −a { tr(S_x / Σ) + log Σ }.
  EXPECT_NEAR(result.objective - result.log_likelihood, -5.0 * (1.0 + std::log(14.0 / 3.0)), 1e-12);
}

TEST(GaussianMixture, TheRidgeIsAddedToEachVariance) {
  const RowMatrix data{{1.0}, {2.0}, {6.0}};
  const auto result =
      fit(GaussianMixture(1, {.penalty = 0.0, .ridge = 0.25}), data, {.on_decrease = OnDecrease::ignore});
  EXPECT_NEAR(result.model.covariance(0)(0, 0), 14.0 / 3.0 + 0.25, 1e-12);
}

// mclust 6's ICL: BIC + 2 Σ log max r in its own sign; here both have the other sign.
TEST(GaussianMixture, IclIsBicWhereComponentsDoNotOverlap) {
  const auto known = reference::load_case("six-points");
  const GaussianMixture best = reference::gaussian_mixture(known.results().at("parameters"), full);
  EXPECT_NEAR(classification_certainty(best.posterior(known.data()), Vector::Ones(6)), 0.0, 1e-12);
}

struct BadModel {
  const char* what;
  std::function<void()> make;
  const char* message;
};

TEST(GaussianMixture, RefusesWhatIsNoMixture) {
  const Matrix one = Matrix::Ones(1, 1);
  const RowMatrix means{{0.0}, {1.0}};
  const Vector half{{0.5, 0.5}};
  const std::vector<BadModel> models = {
      {"no component", [] { GaussianMixture(0); }, "components: 0: must be at least 1"},
      {"negative penalty", [] { GaussianMixture(1, {.penalty = -1.0}); }, "penalty: -1: must be finite"},
      {"infinite ridge", [] { GaussianMixture(1, {.ridge = INFINITY}); }, "ridge: inf: must be finite"},
      {"weights", [&] { GaussianMixture(Vector{{0.5, 0.6}}, means, {one, one}); }, "weights: 2 of sum 1.1"},
      {"negative weight", [&] { GaussianMixture(Vector{{1.5, -0.5}}, means, {one, one}); }, "weights"},
      {"too few means", [&] { GaussianMixture(half, RowMatrix{{0.0}}, {one, one}); }, "means: 1 x 1: must be 2 rows"},
      {"a mean that is NaN", [&] { GaussianMixture(half, RowMatrix{{0.0}, {NAN}}, {one, one}); }, "means"},
      {"too few covariances", [&] { GaussianMixture(half, means, {one}); },
       "covariances: 1 of 1 x 1: must be 2 of 1 x 1"},
      {"no covariances", [&] { GaussianMixture(half, means, {}); }, "covariances: none"},
      {"zero variance", [&] { GaussianMixture(half, means, {one, 0.0 * one}); },
       "covariances: number 2: must be symmetric"},
      {"not symmetric",
       [] { GaussianMixture(Vector::Ones(1), RowMatrix{{0.0, 0.0}}, {Matrix{{1.0, 0.5}, {0.0, 1.0}}}); },
       "covariances: number 1: must be symmetric"},
      {"NaN", [&] { GaussianMixture(half, means, {one, NAN * one}); }, "covariances: number 2"},
  };
  for (const BadModel& model : models) {
    EXPECT_THAT(model.make, ThrowsMessage<InvalidOption>(HasSubstr(model.message))) << model.what;
  }
}

TEST(GaussianMixture, RefusesBadDataByRowAndColumn) {
  const auto fit_to = [](const RowMatrix& data) { return [data] { fit(GaussianMixture(2), data); }; };
  EXPECT_THAT(fit_to(RowMatrix{{1.0, 2.0}, {3.0, NAN}, {5.0, 6.0}}),
              ThrowsMessage<InvalidData>(HasSubstr("row 2, column 2: the value is missing")));
  EXPECT_THAT(fit_to(RowMatrix{{1.0, 2.0}, {3.0, 4.0}, {-INFINITY, 6.0}}),
              ThrowsMessage<InvalidData>(HasSubstr("row 3, column 1: the value is infinite")));
  EXPECT_THAT(fit_to(RowMatrix{{1.0}, {1e300}, {2.0}}),
              ThrowsMessage<InvalidData>(HasSubstr("row 2, column 1: 1e+300 is too large")));
  EXPECT_THAT(fit_to(RowMatrix{{1.0, 0.1}, {3.0, 0.1}, {5.0, 0.1}}),
              ThrowsMessage<InvalidData>(HasSubstr("column 2: all its values are equal")));
  EXPECT_THAT(fit_to(RowMatrix{{1e-300}, {2e-300}, {5e-300}}),
              ThrowsMessage<InvalidData>(HasSubstr("column 1: all its values are equal, or too close")));
  EXPECT_THAT(fit_to(RowMatrix(0, 2)), ThrowsMessage<InvalidData>(HasSubstr("there are no observations")));
  EXPECT_THAT(fit_to(RowMatrix{{1.0}}), ThrowsMessage<InvalidData>(HasSubstr("1 observation for 2 components")));
}

TEST(GaussianMixture, RefusesAPenaltyOfAnotherShape) {
  GaussianMixture given(Vector::Ones(1), RowMatrix{{0.0}}, {Matrix::Ones(1, 1)});
  EXPECT_THAT([&] { given.set_penalty({.strength = -1.0}); }, ThrowsMessage<InvalidOption>(HasSubstr("penalty: -1")));
  EXPECT_THAT(
      [&] { given.set_penalty({.strength = 1.0}); },
      ThrowsMessage<InvalidOption>(HasSubstr("penalty scale: 0 x 0: must be finite, of 1 x 1 for covariance full")));
  GaussianMixture blank(1, {.covariance = diagonal});
  blank.set_penalty({.strength = 1.0, .scale = Matrix::Identity(2, 2)});
  EXPECT_THAT([&] { fit(blank, RowMatrix{{1.0, 2.0}, {2.0, 5.0}, {3.0, 3.0}}); },
              ThrowsMessage<InvalidOption>(HasSubstr("penalty scale: 2 x 2: must be finite, of 2 x 1")));
}

TEST(GaussianMixture, RefusesDataOfAnotherDimension) {
  const GaussianMixture model(Vector::Ones(1), RowMatrix{{0.0}}, {Matrix::Ones(1, 1)});
  const RowMatrix plane{{0.0, 1.0}};
  EXPECT_THAT([&] { (void)model.posterior(plane); },
              ThrowsMessage<InvalidData>(HasSubstr("2 columns, and the mixture 1")));
  EXPECT_THAT([&] { (void)model.e_step(plane); },
              ThrowsMessage<InvalidData>(HasSubstr("2 columns, and the mixture 1")));
}

TEST(GaussianMixture, RefusesMoreComponentsThanDistinctObservations) {
  EXPECT_THAT([] { fit(GaussianMixture(3), RowMatrix{{1.0}, {1.0}, {2.0}, {2.0}}); },
              ThrowsMessage<InvalidData>(HasSubstr("only 2 distinct observations for 3 components")));
}

TEST(GaussianMixture, HasNoDensityBeforeItHasParameters) {
  EXPECT_THAT([] { (void)GaussianMixture(2).log_likelihood(RowMatrix{{1.0}}); },
              ThrowsMessage<Error>(HasSubstr("no parameters yet")));
}

TEST(CovarianceKind, HasANameAndIsFoundByIt) {
  for (const CovarianceKind kind : kinds) EXPECT_EQ(covariance_kind(to_string(kind)), kind);
  EXPECT_THAT([] { (void)covariance_kind("round"); },
              ThrowsMessage<InvalidOption>(HasSubstr("covariance: round: must be full, tied, diagonal or spherical")));
}

TEST(Labels, AreTheLargestResponsibilitiesAndTheFirstOfEquals) {
  EXPECT_THAT(labels(Matrix{{0.2, 0.8}, {0.5, 0.5}, {0.9, 0.1}}), testing::ElementsAre(1, 0, 0));
}

}  // namespace
}  // namespace latent
