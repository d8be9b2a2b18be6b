#include "latent/inference/uncertainty.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "fixtures/linkage_model.hpp"
#include "fixtures/random_models.hpp"
#include "latent/data/data_file.hpp"
#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/models/incomplete_gaussian.hpp"
#include "paths.hpp"

namespace latent {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr InformationMethod both_methods[] = {InformationMethod::oakes, InformationMethod::score};

const StoppingRule to_rounding = relative_gain(1e-15) || iteration_limit(5000);

// −∂²/∂θ∂θᵀ of the log-likelihood (plus log-prior) itself, by second differences with Richardson's extrapolation.
template <class Model>
Matrix brute_force(const Model& model, const typename Model::Data& data, double step) {
  const Vector here = model.parameters();
  const auto at = [&](Index i, double by_i, Index j, double by_j) {
    Vector there = here;
    there[i] += by_i;
    there[j] += by_j;
    Model moved = model;
    moved.set_parameters(there);
    return objective(moved, moved.log_likelihood(data));
  };
  const auto second = [&](Index i, Index j, double h) {
    return (at(i, h, j, h) - at(i, h, j, -h) - at(i, -h, j, h) + at(i, -h, j, -h)) / (4.0 * h * h);
  };
  Matrix information(here.size(), here.size());
  for (Index i = 0; i < here.size(); ++i) {
    for (Index j = 0; j < here.size(); ++j) {
      information(i, j) = -(4.0 * second(i, j, 0.5 * step) - second(i, j, step)) / 3.0;
    }
  }
  return information;
}

// The largest difference, in units that make the diagonal 1.
double scaled_difference(const Matrix& a, const Matrix& b) {
  const Vector scale = b.diagonal().cwiseSqrt().cwiseInverse();
  return (scale.asDiagonal() * (a - b) * scale.asDiagonal()).cwiseAbs().maxCoeff();
}

template <class Model>
void expect_information_of_brute_force(const Model& model, const typename Model::Data& data) {
  const Matrix expected = brute_force(model, data, 2e-3);
  for (const InformationMethod method : both_methods) {
    const Information information = observed_information(model, data, {.method = method});
    EXPECT_LT(scaled_difference(information.matrix, expected), 1e-5);
    EXPECT_LT(information.relative_error, 1e-3);
    EXPECT_LT(information.distance, 1e-2);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// The linkage example.

// x1/(2+π)² + (x2+x3)/(1−π)² + x4/π², the information on π itself.
double linkage_information(double pi) {
  const auto& x = linkage::animals;
  return x[0] / ((2 + pi) * (2 + pi)) + (x[1] + x[2]) / ((1 - pi) * (1 - pi)) + x[3] / (pi * pi);
}

// Louis (1982), J. R. Statist. Soc. B 44:226, section 4: the observed information is 377.5, which is a standard error
// of 0.0515.
TEST(Uncertainty, StandardErrorOfTheLinkageExample) {
  const auto result = fit(linkage::Model(), linkage::animals, {.stop = to_rounding});
  for (const InformationMethod method : both_methods) {
    const Information information = observed_information(result.model, linkage::animals, {.method = method});
    const auto pi = wald_intervals(result.model, information, linkage::natural);
    ASSERT_EQ(pi.size(), 1);
    EXPECT_NEAR(pi[0].estimate, 0.6268, 5e-5);
    EXPECT_NEAR(pi[0].standard_error, 0.0515, 5e-5);
    const double exact = linkage_information(result.model.pi);
    EXPECT_NEAR(exact, 377.5, 0.05);
    EXPECT_NEAR(1.0 / (pi[0].standard_error * pi[0].standard_error) / exact, 1.0, 1e-7);
  }
}

// Quantiles of the normal distribution: 1.959964 and 2.575829.
TEST(Uncertainty, IntervalsHaveTheLevelAskedFor) {
  const auto result = fit(linkage::Model(), linkage::animals);
  const Information information = observed_information(result.model, linkage::animals);
  for (const auto& [level, z] : {std::pair(0.95, 1.959964), std::pair(0.99, 2.575829)}) {
    const auto pi = wald_intervals(result.model, information, linkage::natural, {.level = level}).front();
    EXPECT_NEAR((pi.upper - pi.estimate) / pi.standard_error, z, 1e-6);
    EXPECT_NEAR((pi.estimate - pi.lower) / pi.standard_error, z, 1e-6);
  }
}

// The delta method by hand: on the logit's scale the standard error is se/(π(1−π)), and the interval is symmetric
// there.
TEST(Uncertainty, IntervalsAreSymmetricOnTheScaleAskedFor) {
  const auto result = fit(linkage::Model(), linkage::animals, {.stop = to_rounding});
  const Information information = observed_information(result.model, linkage::animals);
  const double pi = result.model.pi;
  const double se = 1.0 / std::sqrt(linkage_information(pi));
  const double z = 1.959963984540054;
  const auto on = [&](IntervalScale scale) {
    return wald_intervals(result.model, information, linkage::natural, {.scale = scale}).front();
  };
  const double middle = std::log(pi / (1.0 - pi));
  const double half = z * se / (pi * (1.0 - pi));
  EXPECT_NEAR(on(IntervalScale::logit).lower, 1.0 / (1.0 + std::exp(half - middle)), 1e-7);
  EXPECT_NEAR(on(IntervalScale::logit).upper, 1.0 / (1.0 + std::exp(-half - middle)), 1e-7);
  EXPECT_NEAR(on(IntervalScale::log).lower, pi * std::exp(-z * se / pi), 1e-7);
  EXPECT_NEAR(on(IntervalScale::fisher_z).upper, std::tanh(std::atanh(pi) + z * se / (1.0 - pi * pi)), 1e-7);
  EXPECT_NEAR(on(IntervalScale::logit).standard_error, se, 1e-7);
  // The same as of the logit itself, which has no other scale.
  const auto logit = [](const linkage::Model& model) { return model.parameters(); };
  const auto of_logit = wald_intervals(result.model, information, logit).front();
  EXPECT_NEAR(1.0 / (1.0 + std::exp(-of_logit.lower)), on(IntervalScale::logit).lower, 1e-7);
  const auto negative = [](const linkage::Model& model) { return Vector{{-model.pi}}; };
  EXPECT_THAT([&] { (void)wald_intervals(result.model, information, negative, {.scale = IntervalScale::log}); },
              ThrowsMessage<InvalidOption>(HasSubstr("scale: log: must suit the estimate, which is -0.62")));
}

// The score of the logit is π(1−π) · {x1/(2+π) − (x2+x3)/(1−π) + x4/π}, whatever the point.
TEST(Uncertainty, TheScoreSaysHowFarTheMaximumIs) {
  const double maximum = fit(linkage::Model(), linkage::animals, {.stop = to_rounding}).model.pi;
  const auto& x = linkage::animals;
  for (const double pi : {0.6, 0.65}) {
    linkage::Model model;
    model.pi = pi;
    const Information information = observed_information(model, x);
    const double score = x[0] / (2 + pi) - (x[1] + x[2]) / (1 - pi) + x[3] / pi;
    EXPECT_NEAR(information.score[0], pi * (1 - pi) * score, 1e-6);
    EXPECT_EQ(information.rest(), 0.5 * information.distance * information.distance);
    const double highest = fit(linkage::Model(), x, {.stop = to_rounding}).log_likelihood;
    EXPECT_NEAR(information.rest(), highest - model.log_likelihood(x), 0.02);
    // One Newton step, in standard errors.
    EXPECT_NEAR(information.distance, std::abs(maximum - pi) * std::sqrt(linkage_information(pi)), 0.05);
  }
}

// Louis (1982): of the complete data's information, 435.3, 57.8 is missing. Dempster, Laird & Rubin (1977), table 1:
// the error of each iteration is 0.1328 of that before.
TEST(Uncertainty, MissingInformationOfTheLinkageExample) {
  const auto result = fit(linkage::Model(), linkage::animals, {.stop = to_rounding});
  const Information information = observed_information(result.model, linkage::animals);
  const Vector missing = information.missing_fractions();
  ASSERT_EQ(missing.size(), 1);
  EXPECT_NEAR(missing[0], 0.1328, 5e-5);
  const double per_logit = result.model.pi * (1.0 - result.model.pi);
  EXPECT_NEAR((*information.complete)(0, 0) / (per_logit * per_logit), 435.3, 0.05);
  const Information by_score =
      observed_information(result.model, linkage::animals, {.method = InformationMethod::score});
  EXPECT_THAT([&] { (void)by_score.missing_fractions(); }, ThrowsMessage<InvalidOption>(HasSubstr("must be oakes")));
}

// ---------------------------------------------------------------------------------------------------------------------
// The shipped models against brute force.

RowMatrix two_groups(Index rows, Index columns, double apart) {
  RandomEngine rng = random_stream(11, 0);
  RowMatrix data = random_models::normal_draws(rows, columns, rng);
  for (Index row = 0; row < rows; row += 3) data.row(row).array() += apart;
  return data;
}

TEST(Uncertainty, GaussianMixtureOfEachKindAsBruteForce) {
  const RowMatrix data = two_groups(150, 2, 4.0);
  for (const CovarianceKind kind :
       {CovarianceKind::full, CovarianceKind::tied, CovarianceKind::diagonal, CovarianceKind::spherical}) {
    for (const double penalty : {0.0, 3.0}) {
      const GaussianMixture start(2, {.covariance = kind, .penalty = penalty});
      const auto result = fit(start, data, {.restarts = 3, .stop = to_rounding});
      expect_information_of_brute_force(result.model, data);
    }
  }
}

// Waiting times of Old Faithful, by R 4.2.2: Newton's method on the derivatives that `deriv3` finds symbolically for
// p N(u1, s1²) + (1 − p) N(u2, s2²), to a gradient of 7e-14, and the inverse of its Hessian.
TEST(Uncertainty, OldFaithfulAsBySymbolicDerivatives) {
  const auto file = open_data(LATENT_DATA_DIR "/old_faithful.csv");
  const NumericTable waiting = file.numbers().select(std::vector<std::size_t>{1});
  const auto result =
      fit_from(GaussianMixture(Vector{{0.5, 0.5}}, RowMatrix{{55.0}, {80.0}}, {Matrix{{30.0}}, Matrix{{30.0}}}),
               waiting.observations(), {.stop = to_rounding});
  const auto natural = [](const GaussianMixture& model) -> Vector {
    return Vector{{model.weights()[0], model.means()(0, 0), std::sqrt(model.covariance(0)(0, 0)), model.means()(1, 0),
                   std::sqrt(model.covariance(1)(0, 0))}};
  };
  const std::vector<std::pair<double, double>> expected = {{0.3608860738, 0.03116475469},
                                                           {54.6148561406, 0.69967497942},
                                                           {5.8712194122, 0.53732238220},
                                                           {80.0910694027, 0.50459471400},
                                                           {5.8677344237, 0.40096150394}};
  for (const InformationMethod method : both_methods) {
    const Information information = observed_information(result.model, waiting.observations(), {.method = method});
    const auto table = wald_intervals(result.model, information, natural);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(table[i].estimate / expected[i].first, 1.0, 1e-6) << i;
      EXPECT_NEAR(table[i].standard_error / expected[i].second, 1.0, 1e-6) << i;
    }
  }
}

TEST(Uncertainty, CoinMixtureAsBruteForce) {
  const std::vector<TossSet> sets = {{5, 10}, {9, 10}, {8, 10, 2.0}, {4, 10}, {7, 10},
                                     {2, 10}, {3, 10}, {1, 10},      {9, 10}};
  const auto result = fit(CoinMixture(2), sets, {.stop = to_rounding});
  expect_information_of_brute_force(result.model, sets);
  const auto fixed = fit(CoinMixture(2, {.fixed_weights = true}), sets, {.stop = to_rounding});
  EXPECT_EQ(observed_information(fixed.model, sets).matrix.rows(), 2);
  expect_information_of_brute_force(fixed.model, sets);
}

TEST(Uncertainty, IncompleteGaussianAsBruteForce) {
  RowMatrix values = two_groups(60, 3, 1.0);
  for (Index row = 0; row < 60; row += 4) values(row, row % 3) = std::numeric_limits<double>::quiet_NaN();
  for (Index row = 1; row < 60; row += 7) values(row, 2) = std::numeric_limits<double>::quiet_NaN();
  const IncompleteObservations data(values);
  for (const double penalty : {0.0, 2.0}) {
    const auto result = fit(IncompleteGaussian(data, penalty), data, {.stop = to_rounding});
    expect_information_of_brute_force(result.model, data);
  }
}

// The information on the mean of a normal distribution is n Σ⁻¹, and it tells nothing of the covariance.
TEST(Uncertainty, TheMeanOfANormalDistributionHasInformationNOverSigma) {
  const RowMatrix values = two_groups(40, 3, 2.0);
  const IncompleteObservations data(values);
  const auto result = fit(IncompleteGaussian(data), data, {.stop = to_rounding});
  const Information information = observed_information(result.model, data);
  const Matrix covariance_of_mean = information.covariance().topLeftCorner(3, 3);
  EXPECT_LT(scaled_difference(covariance_of_mean, result.model.covariance() / 40.0), 1e-8);
  EXPECT_LT(information.matrix.topRightCorner(3, 6).cwiseAbs().maxCoeff(), 1e-5);
}

// The largest fraction that is missing is what EM leaves of the distance in each iteration: here over its last ones.
TEST(Uncertainty, MissingInformationIsTheRateOfEM) {
  const RowMatrix data = two_groups(150, 2, 2.5);
  for (const double penalty : {0.0, 3.0}) {
    const auto result = fit(GaussianMixture(2, {.penalty = penalty}), data, {.restarts = 3, .stop = to_rounding});
    const Vector missing = observed_information(result.model, data).missing_fractions();
    EXPECT_TRUE(std::ranges::is_sorted(missing, std::greater<>()));
    GaussianMixture model = result.model;
    Vector away = model.parameters();
    away[0] += 0.1;
    model.set_parameters(away);
    std::vector<double> steps;
    for (int iteration = 0; iteration < 60; ++iteration) {
      const Vector before = model.parameters();
      model.m_step(model.e_step(data));
      steps.push_back((model.parameters() - before).norm());
    }
    EXPECT_NEAR(steps[59] / steps[58], missing[0], 1e-3);
  }
}

// Groups that don't overlap are as good as labelled: π has standard error √(π(1−π)/n), a mean √(σ²/n_k), and a variance
// σ² √(2/n_k).
TEST(Uncertainty, SeparateGroupsAreAsCompleteData) {
  const RowMatrix data = two_groups(90, 1, 1000.0);
  const auto result = fit(GaussianMixture(2, {.penalty = 0.0}), data, {.stop = to_rounding});
  const auto natural = [](const GaussianMixture& mixture) -> Vector {
    return Vector{{mixture.weights()[0], mixture.weights()[1], mixture.means()(0, 0), mixture.means()(1, 0),
                   mixture.covariance(0)(0, 0), mixture.covariance(1)(0, 0)}};
  };
  const Information information = observed_information(result.model, data);
  const auto table = wald_intervals(result.model, information, natural);
  for (std::size_t k : {0U, 1U}) {
    const double weight = table[k].estimate;
    const double variance = table[4 + k].estimate;
    EXPECT_NEAR(table[k].standard_error / std::sqrt(weight * (1.0 - weight) / 90.0), 1.0, 1e-7);
    EXPECT_NEAR(table[2 + k].standard_error / std::sqrt(variance / (90.0 * weight)), 1.0, 1e-7);
    EXPECT_NEAR(table[4 + k].standard_error / (variance * std::sqrt(2.0 / (90.0 * weight))), 1.0, 1e-5);
  }
  // Weights sum to 1, so what one gains the other loses.
  const Matrix covariance = natural_covariance(result.model, information, natural);
  EXPECT_NEAR(covariance(0, 1) / covariance(0, 0), -1.0, 1e-9);
}

// ---------------------------------------------------------------------------------------------------------------------
// Scales, weights, threads.

TEST(Uncertainty, StandardErrorsHaveTheUnitsOfTheData) {
  const RowMatrix data = two_groups(120, 2, 4.0);
  const auto natural = [](const GaussianMixture& mixture) -> Vector { return mixture.means().reshaped(); };
  const auto standard_errors = [&](const RowMatrix& values) {
    const auto result = fit(GaussianMixture(2, {.penalty = 0.0}), values, {.restarts = 3, .stop = to_rounding});
    Vector all(4);
    std::size_t i = 0;
    for (const auto& mean : wald_intervals(result.model, observed_information(result.model, values), natural)) {
      all[static_cast<Index>(i++)] = mean.standard_error;
    }
    return all;
  };
  const Vector plain = standard_errors(data);
  for (const double unit : {1e-40, 1e-6, 1e6, 1e40}) {
    const Vector scaled = standard_errors(unit * data) / unit;
    EXPECT_LT((scaled - plain).cwiseQuotient(plain).cwiseAbs().maxCoeff(), 1e-4) << unit;
  }
  const Vector shifted = standard_errors((data.array() + 1e6).matrix());
  EXPECT_LT((shifted - plain).cwiseQuotient(plain).cwiseAbs().maxCoeff(), 1e-4);
}

TEST(Uncertainty, AWeightOfTwoIsTheObservationTwice) {
  const RowMatrix data = two_groups(80, 1, 4.0);
  RowMatrix twice(160, 1);
  twice << data, data;
  const std::vector<double> weights(80, 2.0);
  const auto result = fit(GaussianMixture(2, {.penalty = 0.0}), twice, {.stop = to_rounding});
  const Matrix of_twice = observed_information(result.model, twice).matrix;
  EXPECT_LT(scaled_difference(observed_information(result.model, Observations(data, weights)).matrix, of_twice), 1e-8);
}

TEST(Uncertainty, SaysThatWeightsAreTakenForCounts) {
  const RowMatrix data = two_groups(80, 1, 4.0);
  const auto notes = [&](double weight) {
    const std::vector<double> weights(80, weight);
    const Observations weighted(data, weights);
    return observed_information(fit(GaussianMixture(1), weighted).model, weighted).notes;
  };
  EXPECT_TRUE(notes(2.0).empty());
  ASSERT_EQ(notes(0.7).size(), 1);
  EXPECT_THAT(notes(0.7).front(), AllOf(HasSubstr("not whole numbers"), HasSubstr("56 observations in all"),
                                        HasSubstr("effective size is 80")));
}

TEST(Uncertainty, TheSameBitsForAnyNumberOfThreads) {
  const RowMatrix data = two_groups(1500, 2, 4.0);
  const auto model = fit(GaussianMixture(2), data, {.restarts = 1}).model;
  const Information one = observed_information(model, data, {.threads = 1});
  for (const int threads : {2, 3}) {
    const Information more = observed_information(model, data, {.threads = threads});
    EXPECT_EQ(more.matrix, one.matrix);
    EXPECT_EQ(more.score, one.score);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Refusals.

TEST(Uncertainty, RefusesAnEstimateAtTheBoundary) {
  const std::vector<TossSet> sets = {{0, 10}, {10, 10}, {0, 10}, {10, 10}};
  const CoinMixture certain(Vector{{0.5, 0.5}}, Vector{{0.0, 1.0}});
  EXPECT_THAT([&] { observed_information(certain, sets); },
              ThrowsMessage<InformationUnavailable>(AllOf(HasSubstr("parameter 2 of parameters() is -inf"),
                                                          HasSubstr("boundary"), HasSubstr("profile_interval"),
                                                          HasSubstr("the bootstrap is inconsistent"))));
}

TEST(Uncertainty, RefusesAComponentThatIsNotThere) {
  const std::vector<TossSet> sets = {{3, 10}, {7, 10}, {4, 10}};
  const CoinMixture one(Vector{{0.0, 1.0}}, Vector{{0.2, 14.0 / 30.0}});
  EXPECT_THAT([&] { observed_information(one, sets); },
              ThrowsMessage<InformationUnavailable>(HasSubstr("not identified")));
}

// Two equal components are a stationary point, whatever the weights: a saddle, or a ridge.
TEST(Uncertainty, RefusesWhatIsNotIdentified) {
  const std::vector<TossSet> sets = {{3, 10}, {7, 10}, {5, 10}, {5, 10}};
  const CoinMixture equal(Vector{{0.4, 0.6}}, Vector{{0.5, 0.5}});
  for (const InformationMethod method : both_methods) {
    EXPECT_THAT([&] { observed_information(equal, sets, {.method = method}); },
                ThrowsMessage<InformationUnavailable>(HasSubstr("not a maximum")));
  }
}

// Two components on the mean of two groups: EM stays there, and along the direction that the exception holds it leaves,
// to the maximum that other starts reach.
TEST(Uncertainty, NamesTheDirectionThatLeavesASaddle) {
  const RowMatrix data = two_groups(100, 1, 6.0);
  const double mean = data.mean();
  const Matrix variance{{column_variances(data)[0]}};
  const GaussianMixture saddle(Vector{{0.5, 0.5}}, RowMatrix{{mean}, {mean}}, {variance, variance});
  ASSERT_NEAR(fit_from(saddle, data).log_likelihood, saddle.log_likelihood(data), 1e-9);
  for (const InformationMethod method : both_methods) {
    try {
      observed_information(saddle, data, {.method = method});
      FAIL() << "a saddle has no information";
    } catch (const NotAMaximum& error) {
      EXPECT_THAT(error.what(), AllOf(HasSubstr("are a saddle, not a maximum"), HasSubstr("of parameter 2"),
                                      HasSubstr("of parameter 3"), HasSubstr("perturb")));
      for (const double sign : {-0.1, 0.1}) {
        GaussianMixture moved = saddle;
        moved.set_parameters(saddle.parameters() + sign * error.direction());
        EXPECT_GT(moved.log_likelihood(data), saddle.log_likelihood(data));
        EXPECT_NEAR(fit_from(moved, data, {.stop = to_rounding}).log_likelihood,
                    fit(GaussianMixture(2, {.penalty = 0.0}), data, {.stop = to_rounding}).log_likelihood, 1e-6);
      }
    }
  }
}

// Far from any stationary point, where the likelihood is not concave either.
TEST(Uncertainty, RefusesWhatIsNoMaximum) {
  const RowMatrix data = two_groups(100, 1, 6.0);
  const GaussianMixture away(Vector{{0.5, 0.5}}, RowMatrix{{1.0}, {1.5}}, {Matrix{{9.0}}, Matrix{{9.0}}});
  EXPECT_THAT(
      [&] { observed_information(away, data); },
      ThrowsMessage<NotAMaximum>(AllOf(HasSubstr("are not a maximum"), HasSubstr("let the fit run to convergence"))));
}

struct WithSpareParameter : linkage::Model {
  double spare = 1.0;
  Vector parameters() const { return Vector{{linkage::Model::parameters()[0], spare}}; }
  void set_parameters(const Vector& both) {
    linkage::Model::set_parameters(both.head(1));
    spare = both[1];
  }
};

TEST(Uncertainty, RefusesAParameterThatDoesNothing) {
  EXPECT_THAT([&] { observed_information(WithSpareParameter(), linkage::animals); },
              ThrowsMessage<InformationUnavailable>(
                  AllOf(HasSubstr("parameter 2 of parameters()"), HasSubstr("not identified"))));
}

// A model that loses digits.
struct Careless : linkage::Model {
  double expected_log_joint(const Statistics& s) const {
    return linkage::Model::expected_log_joint(s) + 1e-3 * std::sin(1e6 * pi);
  }
};

TEST(Uncertainty, RefusesDifferencesThatAreMostlyRounding) {
  Careless model;
  model.pi = 0.6268;
  for (const InformationMethod method : both_methods) {
    EXPECT_THAT([&] { observed_information(model, linkage::animals, {.method = method}); },
                ThrowsMessage<InformationUnavailable>(HasSubstr("more than the tolerance of 0.01")));
  }
}

TEST(Uncertainty, RefusesImpossibleOptions) {
  linkage::Model model;
  model.pi = 0.6268;
  for (const double tolerance : {0.0, -1.0, 2.0, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THAT([&] { observed_information(model, linkage::animals, {.tolerance = tolerance}); },
                ThrowsMessage<InvalidOption>(HasSubstr("tolerance: ")));
  }
  EXPECT_THAT([&] { observed_information(model, linkage::animals, {.threads = -1}); },
              ThrowsMessage<InvalidOption>(HasSubstr("threads: -1")));
  const Information information = observed_information(model, linkage::animals);
  for (const double level : {0.0, 1.0, 95.0}) {
    EXPECT_THAT([&] { (void)wald_intervals(model, information, linkage::natural, {.level = level}); },
                ThrowsMessage<InvalidOption>(HasSubstr("level: ")));
  }
  model.pi = 0.5;
  EXPECT_THAT([&] { (void)wald_intervals(model, information, linkage::natural); },
              ThrowsMessage<InvalidOption>(HasSubstr("information: that of other parameters")));
}

TEST(Uncertainty, RefusesQuantitiesWithoutDerivative) {
  linkage::Model model;
  model.pi = 0.6268;
  const Information information = observed_information(model, linkage::animals);
  const auto kinked = [](const linkage::Model& m) { return Vector{{m.pi, std::sqrt(std::abs(m.pi - 0.6268))}}; };
  EXPECT_THAT([&] { (void)wald_intervals(model, information, kinked); },
              ThrowsMessage<InformationUnavailable>(HasSubstr("quantity 2 of `natural`")));
  const auto undefined = [](const linkage::Model& m) { return Vector{{std::log(m.pi - 0.6267)}}; };
  EXPECT_THAT([&] { (void)wald_intervals(model, information, undefined); },
              ThrowsMessage<InformationUnavailable>(HasSubstr("must be finite and smooth")));
  // A quantity that does not depend on the parameters is no such: it is known.
  const auto constant = [](const linkage::Model&) { return Vector{{7.0}}; };
  EXPECT_EQ(wald_intervals(model, information, constant).front().standard_error, 0.0);
}

}  // namespace
}  // namespace latent
