#include "latent/models/incomplete_gaussian.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/LU>
#include <algorithm>
#include <boost/random/uniform_01.hpp>
#include <cmath>
#include <limits>
#include <numbers>

#include "fixtures/random_models.hpp"
#include "fixtures/reference.hpp"
#include "latent/core/errors.hpp"
#include "latent/data/invalid_columns.hpp"
#include "latent/solver/fit.hpp"

namespace latent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// ---------------------------------------------------------------------------------------------------------------------
// Figures from elsewhere.

FitResult<IncompleteGaussian> airquality_fit() {
  const auto known = reference::load_case("airquality");
  const IncompleteObservations data(known.data());
  return fit(IncompleteGaussian(data), data, {.stop = iteration_limit(300)});
}

TEST(IncompleteGaussian, MaximumOfAirquality) {
  const auto known = reference::load_case("airquality");
  const auto result = airquality_fit();
  const double expected = known.results().at("log_likelihood");
  EXPECT_NEAR(result.log_likelihood, expected, std::abs(expected) * known.tolerance());
  const Vector mean = reference::vector(known.results().at("parameters").at("mean"));
  const Matrix covariance = reference::matrix(known.results().at("parameters").at("covariance"));
  EXPECT_LT((result.model.mean() - mean).cwiseQuotient(mean).cwiseAbs().maxCoeff(), known.tolerance());
  EXPECT_LT((result.model.covariance() - covariance).cwiseQuotient(covariance).cwiseAbs().maxCoeff(),
            known.tolerance());
}

TEST(IncompleteGaussian, ImputationsOfAirquality) {
  const auto known = reference::load_case("airquality");
  const RowMatrix filled = airquality_fit().model.impute(known.data());
  for (const auto& cell : known.results().at("imputed")) {
    const double expected = cell.at(2);
    EXPECT_NEAR(filled(cell.at(0).get<Index>() - 1, cell.at(1).get<Index>() - 1), expected,
                known.tolerance() * std::abs(expected));
  }
}

// Anderson (1957, JASA 52:200): with y missing for some, μ_y and Σ follow from the regression of y on x where both are
// observed, and the mean and variance of all x.
TEST(IncompleteGaussian, MonotoneMissingnessHasAClosedForm) {
  RandomEngine rng = random_stream(41, 0);
  RowMatrix values = random_models::normal_draws(80, 2, rng);
  values.col(1) += 0.7 * values.col(0);
  constexpr Index complete = 50;
  values.col(1).tail(80 - complete).setConstant(nan);
  const Vector x = values.col(0);
  const Vector some_x = x.head(complete);
  const Vector y = values.col(1).head(complete);
  const double mean_x = x.mean();
  const double variance_x = (x.array() - mean_x).square().mean();
  const double slope = ((some_x.array() - some_x.mean()) * (y.array() - y.mean())).mean() /
                       (some_x.array() - some_x.mean()).square().mean();
  const double residual = (y.array() - y.mean() - slope * (some_x.array() - some_x.mean())).square().mean();

  const IncompleteObservations data{Observations(values)};
  const auto result = fit(IncompleteGaussian(data), data, {.stop = relative_gain(1e-16) || iteration_limit(500)});
  EXPECT_NEAR(result.model.mean()[0], mean_x, 1e-12);
  EXPECT_NEAR(result.model.mean()[1], y.mean() + slope * (mean_x - some_x.mean()), 1e-7);
  EXPECT_NEAR(result.model.covariance()(0, 0), variance_x, 1e-12);
  EXPECT_NEAR(result.model.covariance()(0, 1), slope * variance_x, 1e-7);
  EXPECT_NEAR(result.model.covariance()(1, 1), residual + slope * slope * variance_x, 1e-7);
}

// ---------------------------------------------------------------------------------------------------------------------
// Against the textbook, one observation at a time.

struct Textbook {
  Vector mean;
  Matrix covariance;
  double log_likelihood = 0.0;  // before the step

  // One EM iteration by Little & Rubin (2002), section 11.2, with inverses and determinants.
  void step(const Observations& data) {
    const auto d = static_cast<Index>(data.dimension());
    Vector sum = Vector::Zero(d);
    Matrix products = Matrix::Zero(d, d);
    double total = 0.0;
    log_likelihood = 0.0;
    for (std::size_t row = 0; row < data.size(); ++row) {
      std::vector<Index> o;
      std::vector<Index> m;
      for (Index column = 0; column < d; ++column) {
        (std::isnan(data(row, static_cast<std::size_t>(column))) ? m : o).push_back(column);
      }
      if (o.empty()) continue;
      const Matrix inverse = Matrix(covariance(o, o)).inverse();
      const Vector y = data[row](o) - mean(o);
      log_likelihood -= 0.5 * data.weight(row) *
                        (static_cast<double>(o.size()) * std::log(2.0 * std::numbers::pi) +
                         std::log(Matrix(covariance(o, o)).determinant()) + y.dot(inverse * y));
      Vector completed = data[row];
      completed(m) = mean(m) + covariance(m, o) * inverse * y;
      Matrix product = completed * completed.transpose();
      product(m, m) += covariance(m, m) - covariance(m, o) * inverse * covariance(o, m);
      sum += data.weight(row) * completed;
      products += data.weight(row) * product;
      total += data.weight(row);
    }
    mean = sum / total;
    covariance = products / total - mean * mean.transpose();
  }
};

RowMatrix with_holes(RowMatrix values, double fraction, RandomEngine& rng) {
  boost::random::uniform_01<double> uniform;
  for (double& value : values.reshaped()) {
    if (uniform(rng) < fraction) value = nan;
  }
  return values;
}

RowMatrix correlated_draws(Index rows, Index columns, RandomEngine& rng) {
  const Matrix mix = random_models::normal_draws(columns, columns, rng);
  return random_models::normal_draws(rows, columns, rng) * mix;
}

TEST(IncompleteGaussian, EveryIterationIsThatOfTheTextbook) {
  for (const Index columns : {1, 2, 4, 6}) {
    RandomEngine rng = random_stream(42, static_cast<std::uint64_t>(columns));
    const RowMatrix values = with_holes(correlated_draws(120, columns, rng), 0.3, rng);
    const Vector weights = random_models::uniform_draws(120, 0.0, 2.0, rng);
    const Observations rows(values, {weights.data(), 120});
    const IncompleteObservations data(rows);
    IncompleteGaussian model(data);
    Textbook expected{.mean = model.mean(), .covariance = model.covariance()};
    for (int iteration = 0; iteration < 5; ++iteration) {
      expected.step(rows);
      const auto statistics = model.e_step(data);
      EXPECT_NEAR(statistics.log_likelihood, expected.log_likelihood, 1e-11 * std::abs(expected.log_likelihood));
      EXPECT_NEAR(model.log_likelihood(data), expected.log_likelihood, 1e-11 * std::abs(expected.log_likelihood));
      model.m_step(statistics);
      EXPECT_LT((model.mean() - expected.mean).norm(), 1e-11 * (1.0 + expected.mean.norm()));
      EXPECT_LT((model.covariance() - expected.covariance).norm(), 1e-11 * expected.covariance.norm());
    }
  }
}

TEST(IncompleteGaussian, CompleteDataTakeOneStep) {
  RandomEngine rng = random_stream(43, 0);
  const RowMatrix values = correlated_draws(40, 3, rng);
  const IncompleteObservations data{Observations(values)};
  IncompleteGaussian model(data);
  model.m_step(model.e_step(data));
  const RowMatrix centred = values.rowwise() - values.colwise().mean();
  EXPECT_LT((model.mean() - values.colwise().mean().transpose()).norm(), 1e-13);
  EXPECT_LT((model.covariance() - centred.transpose() * centred / 40.0).norm(), 1e-12);
}

TEST(IncompleteGaussian, StatisticsAddUpOverThePatterns) {
  RandomEngine rng = random_stream(44, 0);
  const RowMatrix values = with_holes(correlated_draws(200, 4, rng), 0.3, rng);
  const IncompleteObservations data{Observations(values)};
  const IncompleteGaussian model(data);
  const IncompleteGaussian::Data patterns = data;
  const auto whole = model.e_step(patterns);
  for (std::size_t cut = 1; cut < patterns.size(); ++cut) {
    auto sum = model.e_step(patterns.subspan(0, cut));
    sum += model.e_step(patterns.subspan(cut));
    EXPECT_NEAR(sum.log_likelihood, whole.log_likelihood, 1e-12 * std::abs(whole.log_likelihood));
    EXPECT_LT((sum.scatter - whole.scatter).norm(), 1e-12 * whole.scatter.norm());
    EXPECT_LT((sum.sum - whole.sum).norm(), 1e-12 * (1.0 + whole.sum.norm()));
  }
}

TEST(IncompleteGaussian, AWeightOfTwoIsTheRowTwice) {
  RandomEngine rng = random_stream(45, 0);
  const RowMatrix once = with_holes(correlated_draws(60, 3, rng), 0.2, rng);
  RowMatrix twice(120, 3);
  twice << once, once;
  const std::vector<double> weights(60, 2.0);
  const IncompleteObservations weighted{Observations(once, weights)};
  const IncompleteObservations doubled{Observations(twice)};
  const auto a = fit(IncompleteGaussian(weighted), weighted);
  const auto b = fit(IncompleteGaussian(doubled), doubled);
  EXPECT_NEAR(a.log_likelihood, b.log_likelihood, 1e-10 * std::abs(b.log_likelihood));
  EXPECT_EQ(weighted.total_weight(), 120.0);
}

TEST(IncompleteGaussian, EveryHalfStepAscends) {
  for (std::uint64_t round = 0; round < 10; ++round) {
    RandomEngine rng = random_stream(46, round);
    const RowMatrix values = with_holes(correlated_draws(40, 3, rng), 0.1 * static_cast<double>(round % 6), rng);
    const IncompleteObservations data{Observations(values)};
    for (const double penalty : {0.0, 2.0}) {
      // With half of the values missing the likelihood may have no maximum, and the covariance becomes singular.
      const auto result =
          fit(IncompleteGaussian(data, penalty), data,
              {.stop = relative_gain(1e-10) || iteration_limit(1000), .on_decrease = OnDecrease::raise});
      for (std::size_t t = 1; t < result.trace.size(); ++t) {
        EXPECT_GE(*result.trace[t].elbo_after_m_step, result.trace[t - 1].objective - 1e-9);
        EXPECT_GE(result.trace[t].objective, *result.trace[t].elbo_after_m_step - 1e-9);
      }
    }
  }
}

TEST(IncompleteGaussian, NoDirectionImprovesOnTheMStep) {
  RandomEngine rng = random_stream(47, 0);
  const RowMatrix values = with_holes(correlated_draws(50, 3, rng), 0.3, rng);
  const IncompleteObservations data{Observations(values)};
  for (const double penalty : {0.0, 4.0}) {
    IncompleteGaussian model(data, penalty);
    const auto statistics = model.e_step(data);
    model.m_step(statistics);
    const double best = model.expected_log_joint(statistics) + model.log_prior();
    for (int direction = 0; direction < 40; ++direction) {
      IncompleteGaussian other = model;
      other.set_parameters(model.parameters() + 1e-3 * random_models::normal_draws(model.parameters().size(), 1, rng));
      EXPECT_LT(other.expected_log_joint(statistics) + other.log_prior(), best);
    }
  }
}

TEST(IncompleteGaussian, TheSameBitsForAnyNumberOfThreads) {
  RandomEngine rng = random_stream(48, 0);
  const RowMatrix values = with_holes(correlated_draws(4000, 12, rng), 0.3, rng);
  const IncompleteObservations data{Observations(values)};
  ASSERT_GT(data.patterns().size(), 4 * IncompleteGaussian(data).smallest_part());  // or there is nothing to divide
  const auto with_threads = [&](int threads) {
    return fit(IncompleteGaussian(data), data, {.threads = threads, .stop = iteration_limit(4)});
  };
  const auto one = with_threads(1);
  for (const int threads : {2, 3, 8}) {
    EXPECT_EQ(with_threads(threads).model.parameters(), one.model.parameters());
    EXPECT_EQ(with_threads(threads).log_likelihood, one.log_likelihood);
  }
}

TEST(IncompleteGaussian, ParametersSurviveTheRoundTrip) {
  RandomEngine rng = random_stream(49, 0);
  const IncompleteGaussian model(Vector{{1.0, -2.0, 3.0}}, random_models::covariance(3, rng));
  IncompleteGaussian other(Vector::Zero(3), Matrix::Identity(3, 3));
  other.set_parameters(model.parameters());
  EXPECT_EQ(other.mean(), model.mean());
  EXPECT_LT((other.covariance() - model.covariance()).norm(), 1e-14);
  EXPECT_EQ(model.free_parameters(), 9.0);
}

// ---------------------------------------------------------------------------------------------------------------------
// Imputation.

TEST(IncompleteGaussian, ImputesConditionalMeansAndKeepsWhatWasObserved) {
  const IncompleteGaussian model(Vector{{1.0, 2.0}}, Matrix{{4.0, 1.0}, {1.0, 9.0}});
  const RowMatrix data{{3.0, nan}, {nan, 5.0}, {7.0, 0.1}, {nan, nan}};
  const RowMatrix filled = model.impute(data);
  EXPECT_EQ(filled(0, 0), 3.0);
  EXPECT_NEAR(filled(0, 1), 2.0 + 1.0 / 4.0 * (3.0 - 1.0), 1e-15);
  EXPECT_NEAR(filled(1, 0), 1.0 + 1.0 / 9.0 * (5.0 - 2.0), 1e-15);
  EXPECT_EQ(filled.row(2), data.row(2));
  EXPECT_EQ(filled.row(3), model.mean().transpose());
}

TEST(IncompleteGaussian, ConditionalCovarianceIsThatOfTheBlocks) {
  RandomEngine rng = random_stream(50, 0);
  const Matrix s = random_models::covariance(4, rng);
  const IncompleteGaussian model(Vector::Zero(4), s);
  const std::vector<Index> m = {1, 3};
  const std::vector<Index> o = {0, 2};
  const Matrix expected = s(m, m) - s(m, o) * Matrix(s(o, o)).inverse() * s(o, m);
  EXPECT_LT((model.conditional_covariance({false, true, false, true}) - expected).norm(), 1e-13);
  EXPECT_LT((model.conditional_covariance({true, true, true, true}) - s).norm(), 1e-15);
}

TEST(IncompleteGaussian, ARowWithNothingObservedContributesNothing) {
  RandomEngine rng = random_stream(51, 0);
  RowMatrix values = correlated_draws(30, 2, rng);
  const IncompleteObservations without{Observations(values)};
  values.conservativeResize(31, 2);
  values.row(30).setConstant(nan);
  const IncompleteObservations with{Observations(values)};
  EXPECT_EQ(with.observations(), 30);
  EXPECT_EQ(fit(IncompleteGaussian(with), with).log_likelihood,
            fit(IncompleteGaussian(without), without).log_likelihood);
}

TEST(IncompleteGaussian, PatternsHoldNoMoreThanTheData) {
  RandomEngine rng = random_stream(52, 0);
  const RowMatrix values = with_holes(correlated_draws(500, 8, rng), 0.4, rng);
  const IncompleteObservations data{Observations(values)};
  Index entries = 0;
  for (const auto& pattern : data.patterns()) entries += pattern.root.size();
  EXPECT_LE(entries, values.size());
}

TEST(IncompleteGaussian, DrawsHaveTheMomentsOfTheModel) {
  RandomEngine rng = random_stream(53, 0);
  const IncompleteGaussian model(Vector{{1.0, -2.0}}, Matrix{{4.0, 1.5}, {1.5, 1.0}});
  const RowMatrix draws = model.sample(100'000, rng);
  const Vector mean = draws.colwise().mean();
  const RowMatrix centred = draws.rowwise() - mean.transpose();
  EXPECT_LT((mean - model.mean()).norm(), 5.0 * std::sqrt(5.0 / 1e5));
  EXPECT_LT((centred.transpose() * centred / 1e5 - model.covariance()).norm(), 5.0 * 8.0 / std::sqrt(1e5));
}

// ---------------------------------------------------------------------------------------------------------------------
// The edges.

TEST(IncompleteGaussian, ColumnsOfVeryDifferentScaleAreNoTrouble) {
  RandomEngine rng = random_stream(54, 0);
  RowMatrix values = with_holes(correlated_draws(100, 2, rng), 0.2, rng);
  const IncompleteObservations plain{Observations(values)};
  const double before = fit(IncompleteGaussian(plain), plain).log_likelihood;
  values.col(0) *= 1e-8;
  values.col(1) *= 1e8;
  const IncompleteObservations scaled{Observations(values)};
  const auto observed_0 = static_cast<double>((values.col(0).array() == values.col(0).array()).count());
  const auto observed_1 = static_cast<double>((values.col(1).array() == values.col(1).array()).count());
  const double expected = before - (observed_1 - observed_0) * std::log(1e8);
  EXPECT_NEAR(fit(IncompleteGaussian(scaled), scaled).log_likelihood, expected, 1e-8 * std::abs(expected));
}

TEST(IncompleteGaussian, AnOffsetCostsTheMeanNoMoreThanItsLastDigits) {
  RandomEngine rng = random_stream(55, 0);
  RowMatrix values = correlated_draws(100'000, 2, rng);
  values.array() += 1e8;
  const IncompleteObservations data{Observations(values)};
  IncompleteGaussian model(data);
  model.m_step(model.e_step(data));
  const RowMatrix near_zero = values.array() - 1e8;  // exact
  const Vector mean = near_zero.colwise().mean();
  const RowMatrix centred = near_zero.rowwise() - mean.transpose();
  EXPECT_LE(((model.mean().array() - 1e8).matrix() - mean).cwiseAbs().maxCoeff(), 3e-8);  // 2 units in the last place
  EXPECT_LT((model.covariance() - centred.transpose() * centred / 1e5).norm(), 1e-12 * model.covariance().norm());
}

// Data that lie an offset from 0, and the same values without it: the subtraction has no error.
struct Displaced {
  RowMatrix far;
  RowMatrix near;
};

Displaced displaced(const RowMatrix& values, const Vector& offset) {
  const RowMatrix far = values.rowwise() + offset.transpose();
  return {.far = far, .near = far.rowwise() - offset.transpose()};
}

Vector offset_of_columns(double deviations, const RowMatrix& values) {
  Vector offset(values.cols());
  for (Index column = 0; column < offset.size(); ++column) {
    const auto observed = values.col(column).array();
    const double square = (observed == observed).select(observed.square(), 0.0).mean();
    offset[column] = (column % 2 == 0 ? 1.0 : -0.7) * deviations * std::sqrt(square);
  }
  return offset;
}

TEST(IncompleteGaussian, AnOffsetChangesNoDigitOfTheLikelihood) {
  for (const double deviations : {1e3, 1e6, 1e9, 1e11, 1e12, 1e13}) {
    for (std::uint64_t round = 0; round < 3; ++round) {
      RandomEngine rng = random_stream(60, round);
      const RowMatrix values = with_holes(correlated_draws(150, 4, rng), 0.25, rng);
      const Vector weights = random_models::uniform_draws(150, 0.5, 2.0, rng);
      const Vector offset = offset_of_columns(deviations, values);
      const auto [far_values, near_values] = displaced(values, offset);
      const IncompleteObservations far{Observations(far_values, {weights.data(), 150})};
      const IncompleteObservations near{Observations(near_values, {weights.data(), 150})};
      const FitOptions options{.stop = iteration_limit(80), .on_decrease = OnDecrease::raise};
      for (const double penalty : {0.0, 3.0}) {
        const auto there = fit(IncompleteGaussian(far, penalty), far, options);
        const auto here = fit(IncompleteGaussian(near, penalty), near, options);
        EXPECT_NEAR(there.log_likelihood, here.log_likelihood, 1e-13 * std::abs(here.log_likelihood)) << deviations;
        EXPECT_NEAR(there.objective, here.objective, 1e-13 * std::abs(here.objective)) << deviations;
        EXPECT_NEAR(there.model.log_likelihood(far), here.log_likelihood, 1e-13 * std::abs(here.log_likelihood));
        EXPECT_LT((there.model.covariance() - here.model.covariance()).norm(), 1e-10 * here.model.covariance().norm());
      }
    }
  }
}

// By the textbook's sums without the offset.
TEST(IncompleteGaussian, TheLikelihoodOfAGivenMeanIsThatOfItsDoubles) {
  RandomEngine rng = random_stream(61, 0);
  const RowMatrix values = with_holes(correlated_draws(60, 3, rng), 0.3, rng);
  const Matrix covariance = random_models::covariance(3, rng);
  for (const double deviations : {1e6, 1e9, 1e12}) {
    const Vector offset = offset_of_columns(deviations, values);
    const auto [far_values, near_values] = displaced(values, offset);
    const Vector near_mean = (offset + Vector{{0.3, -0.2, 0.1}}) - offset;
    const IncompleteObservations far{Observations(far_values)};
    const double there = IncompleteGaussian(offset + near_mean, covariance).log_likelihood(far);
    Textbook expected{.mean = near_mean, .covariance = covariance};
    expected.step(near_values);
    EXPECT_NEAR(there, expected.log_likelihood, 1e-13 * std::abs(expected.log_likelihood)) << deviations;
  }
}

TEST(IncompleteGaussian, PatternsAreDrawnAndHolesFilledFarFrom0AsNearIt) {
  RandomEngine rng = random_stream(62, 0);
  const RowMatrix values = with_holes(correlated_draws(100, 3, rng), 0.3, rng);
  const Vector offset = offset_of_columns(1e12, values);
  const auto [far_values, near_values] = displaced(values, offset);
  const IncompleteObservations far{Observations(far_values)};
  const IncompleteObservations near{Observations(near_values)};
  const FitOptions options{.stop = iteration_limit(60)};
  const auto there = fit(IncompleteGaussian(far), far, options).model;
  const auto here = fit(IncompleteGaussian(near), near, options).model;
  RandomEngine a = random_stream(63, 0);
  RandomEngine b = random_stream(63, 0);
  const auto drawn_there = there.sample_like(far, a);
  const auto drawn_here = here.sample_like(near, b);
  ASSERT_EQ(drawn_there.size(), drawn_here.size());
  for (std::size_t p = 0; p < drawn_here.size(); ++p) {
    const Vector m = (drawn_there[p].mean - offset(drawn_there[p].observed)) + drawn_there[p].mean_remainder;
    EXPECT_LT((m - drawn_here[p].mean - drawn_here[p].mean_remainder).norm(), 1e-9 * std::sqrt(offset.size()));
  }
  EXPECT_NEAR(there.log_likelihood(drawn_there), here.log_likelihood(drawn_here),
              1e-9 * std::abs(here.log_likelihood(drawn_here)));
  const RowMatrix filled = there.impute(far_values).rowwise() - offset.transpose();
  // To the last digit of the doubles there.
  const Vector last_digit = offset.cwiseAbs() * std::numeric_limits<double>::epsilon();
  EXPECT_LT(
      ((filled - here.impute(near_values)).cwiseAbs().array().rowwise() / last_digit.transpose().array()).maxCoeff(),
      1.0);
}

TEST(IncompleteGaussian, RefusesAConstantColumnWhoseSumIsRounded) {
  RandomEngine rng = random_stream(56, 0);
  for (const double constant : {0.1, -3.3, 1e8 / 3.0, 1e150}) {
    RowMatrix values = random_models::normal_draws(1000, 2, rng);
    values.col(1).setConstant(constant);
    EXPECT_THAT([&] { IncompleteObservations{Observations(values)}; },
                ThrowsMessage<InvalidData>(HasSubstr("column 2: all its values are equal")));
  }
}

TEST(IncompleteGaussian, RefusesASpreadTooSmallForItsSquares) {
  RandomEngine rng = random_stream(57, 0);
  RowMatrix values = with_holes(correlated_draws(100, 2, rng), 0.2, rng);
  values.col(0) *= 1e-153;
  EXPECT_THAT([&] { IncompleteObservations{Observations(values)}; },
              ThrowsMessage<InvalidData>(HasSubstr("column 1: all its values are equal, or too close")));
}

TEST(IncompleteGaussian, AWeightOfZeroIsNoRow) {
  RandomEngine rng = random_stream(58, 0);
  const RowMatrix values = with_holes(correlated_draws(60, 3, rng), 0.2, rng);
  std::vector<double> weights(60, 1.0);
  std::fill(weights.begin() + 40, weights.end(), 0.0);
  const IncompleteObservations weighted{Observations(values, weights)};
  const IncompleteObservations first{Observations(values).subspan(0, 40)};
  EXPECT_EQ(weighted.observations(), first.observations());
  EXPECT_EQ(fit(IncompleteGaussian(weighted), weighted).log_likelihood,
            fit(IncompleteGaussian(first), first).log_likelihood);
  std::ranges::fill(weights, 0.0);
  EXPECT_THAT([&] { IncompleteObservations{Observations(values, weights)}; },
              ThrowsMessage<InvalidData>(HasSubstr("all observations have weight 0")));
}

TEST(IncompleteGaussian, RefusesBadDataByRowAndColumn) {
  const auto read = [](const RowMatrix& values) { return [values] { IncompleteObservations{Observations(values)}; }; };
  EXPECT_THAT(read(RowMatrix{{1.0, nan}, {2.0, nan}}),
              ThrowsMessage<InvalidData>(HasSubstr("column 2: nothing is observed")));
  EXPECT_THAT(read(RowMatrix{{1.0, 3.0}, {nan, 3.0}, {2.0, 3.0}}),
              ThrowsMessage<InvalidData>(HasSubstr("column 2: all its values are equal")));
  EXPECT_THAT(read(RowMatrix{{1.0}, {INFINITY}}),
              ThrowsMessage<InvalidData>(HasSubstr("row 2, column 1: the value is infinite")));
  EXPECT_THAT(read(RowMatrix{{1.0}, {-1e300}}),
              ThrowsMessage<InvalidData>(HasSubstr("row 2, column 1: -1e+300 is too large")));
  EXPECT_THAT(read(RowMatrix(0, 3)), ThrowsMessage<InvalidData>(HasSubstr("no observations")));
}

// All columns that take part in a dependence, and no other.
template <class Fit>
std::vector<std::size_t> dependent_columns(const Fit& refused_fit) {
  try {
    refused_fit();
  } catch (const InvalidColumns& error) {
    EXPECT_THAT(error.what(), HasSubstr("linearly dependent; leave one of them out, or set a penalty"));
    return error.columns();
  }
  return {};
}

TEST(IncompleteGaussian, TooFewObservationsAreDegenerateWithoutPenalty) {
  const RowMatrix values{{1.0, 2.0, 0.0}, {2.0, 1.0, 4.0}, {4.0, 4.0, 1.0}};
  const IncompleteObservations data{Observations(values)};
  EXPECT_THAT([&] { fit(IncompleteGaussian(data), data); },
              ThrowsMessage<DegenerateFit>(HasSubstr("the covariance is singular: too few observations")));
  EXPECT_TRUE(fit(IncompleteGaussian(data, 0.1), data).converged);
}

// Each with another share of its values missing, so that EM comes to one dependence long before the other.
TEST(IncompleteGaussian, AllDependencesAreNamedAtOnce) {
  for (std::uint64_t round = 0; round < 10; ++round) {
    RandomEngine rng = random_stream(64, round);
    RowMatrix values = correlated_draws(400, 8, rng);
    values.col(2) = (3.0 - 2.0 * values.col(0).array()).matrix();  // a, c
    values.col(4) = 0.5 * values.col(3);                           // d, e
    values.col(7) = values.col(5) + 0.25 * values.col(6).eval();   // f, g, h
    boost::random::uniform_01<double> uniform;
    const Vector missing{{0.02, 0.1, 0.02, 0.35, 0.35, 0.1, 0.1, 0.2}};
    for (Index row = 0; row < values.rows(); ++row) {
      for (Index column = 0; column < values.cols(); ++column) {
        if (uniform(rng) < missing[column]) values(row, column) = nan;
      }
    }
    const IncompleteObservations data{Observations(values)};
    try {
      fit(IncompleteGaussian(data), data);
      ADD_FAILURE() << "fitted";
    } catch (const InvalidColumns& error) {
      EXPECT_THAT(error.what(), HasSubstr("columns 1, 3, 4, 5, 6, 7, 8: they are linearly dependent; leave 3 of them"));
    }
    EXPECT_TRUE(fit(IncompleteGaussian(data, 1.0), data).converged);
  }
}

// Where few rows agree by chance, and EM finds a maximum all the same, nothing is refused.
TEST(IncompleteGaussian, ADependenceThatTheMaximumDoesNotHaveIsNotRefused) {
  RandomEngine rng = random_stream(65, 0);
  RowMatrix values = random_models::normal_draws(203, 2, rng);
  values.col(1).array() += 8.0;
  values.col(0).head(100).setConstant(nan);
  values.col(1).segment(100, 100).setConstant(nan);
  values.col(1).tail(3) = values.col(0).tail(3);
  const IncompleteObservations data{Observations(values)};
  EXPECT_NO_THROW(fit(IncompleteGaussian(data), data, {.stop = iteration_limit(2000)}));
}

TEST(IncompleteGaussian, ColumnsThatDetermineEachOtherAreNamedWithoutPenalty) {
  RowMatrix values(5, 2);
  values.col(0) = Vector{{1.0, 2.0, 4.0, 7.0, 11.0}};
  values.col(1) = 2.0 * values.col(0);
  const IncompleteObservations data{Observations(values)};
  EXPECT_THAT(dependent_columns([&] { fit(IncompleteGaussian(data), data); }), ElementsAre(1U, 2U));
  EXPECT_TRUE(fit(IncompleteGaussian(data, 0.1), data).converged);
}

// With holes EM approaches the singular covariance by a factor an iteration. It must end in the refusal, and not at the
// rounding error that it meets before.
TEST(IncompleteGaussian, ColumnsThatDetermineEachOtherAreNamedWithHolesToo) {
  for (const double scale : {1.0, 0.1, 1e6 / 3.0}) {
    for (const Index rows : {100, 1000, 20'000}) {
      RandomEngine rng = random_stream(59, 0);
      RowMatrix values = correlated_draws(rows, 3, rng);
      values.col(2) = scale * (values.col(0).array() + 1.7);
      const RowMatrix holed = with_holes(values, 0.5, rng);
      const IncompleteObservations data{Observations(holed)};
      EXPECT_THAT(dependent_columns([&] { fit(IncompleteGaussian(data), data, {.on_decrease = OnDecrease::raise}); }),
                  ElementsAre(1U, 3U));
    }
  }
}

TEST(IncompleteGaussian, RefusesWhatIsNoNormalDistribution) {
  const auto make = [](const Vector& mean, const Matrix& covariance) {
    return [=] { IncompleteGaussian(mean, covariance); };
  };
  EXPECT_THAT(make(Vector(), Matrix()), ThrowsMessage<InvalidOption>(HasSubstr("mean: no values")));
  EXPECT_THAT(make(Vector{{1.0, nan}}, Matrix::Identity(2, 2)),
              ThrowsMessage<InvalidOption>(HasSubstr("mean: a value that is not finite")));
  EXPECT_THAT(make(Vector{{1.0}}, Matrix::Identity(2, 2)), ThrowsMessage<InvalidOption>(HasSubstr("must be 1 x 1")));
  EXPECT_THAT(make(Vector{{1.0, 2.0}}, Matrix{{1.0, 2.0}, {2.0, 1.0}}),
              ThrowsMessage<InvalidOption>(HasSubstr("positive definite")));
  EXPECT_THAT(make(Vector{{1.0, 2.0}}, Matrix{{1.0, 0.5}, {0.0, 1.0}}),
              ThrowsMessage<InvalidOption>(HasSubstr("symmetric")));
  EXPECT_THAT(make(Vector::Zero(3), Matrix{{1e16, 0.0, 0.0}, {0.0, 1.0, 0.5}, {0.0, 0.0, 1.0}}),
              ThrowsMessage<InvalidOption>(HasSubstr("symmetric")));
}

TEST(IncompleteGaussian, RefusesDataOfAnotherDimension) {
  const IncompleteGaussian model(Vector{{1.0}}, Matrix::Identity(1, 1));
  const RowMatrix plane{{1.0, 2.0}, {2.0, 5.0}};
  const IncompleteObservations data{Observations(plane)};
  EXPECT_THAT([&] { fit(model, data); }, ThrowsMessage<InvalidData>(HasSubstr("2 columns, and the model 1")));
  EXPECT_THAT([&] { (void)model.impute(plane); }, ThrowsMessage<InvalidData>(HasSubstr("2 columns, and the model 1")));
}

TEST(IncompleteGaussian, RefusesANegativePenalty) {
  const RowMatrix values{{1.0}, {2.0}};
  const IncompleteObservations data{Observations(values)};
  EXPECT_THAT([&] { IncompleteGaussian(data, -1.0); }, ThrowsMessage<InvalidOption>(HasSubstr("penalty: -1")));
}

// The scatter of weighted observations about their mean has expectation {Σ_i w_i − Σ_i w_i²/Σ_i w_i} Σ, whether it is
// drawn row by row or by Bartlett's decomposition; the mean has variance Σ Σ_i w_i²/(Σ_i w_i)². The variance of the
// scatter's diagonal is 2 ν Σ_ii² for n = ν + 1 observations of weight 1.
TEST(IncompleteGaussian, DrawsPatternsLikeThoseOfTheData) {
  const Matrix covariance{{4.0, 1.0, 0.5}, {1.0, 2.0, -0.6}, {0.5, -0.6, 1.0}};
  const IncompleteGaussian model(Vector{{1.0, 2.0, 3.0}}, covariance);
  for (const double weight : {0.5, 1.0, 2.0, 3.0, 4.0, 4.5, 1000.0}) {
    const MissingnessPattern given{.observed = {0, 2},
                                   .missing = {1},
                                   .weight = weight,
                                   .mean = Vector::Zero(2),
                                   .mean_remainder = Vector::Zero(2),
                                   .root = Matrix::Zero(2, 2)};
    const std::vector<MissingnessPattern> data(8000, given);
    RandomEngine rng = random_stream(4, 0);
    const double whole = std::floor(weight);
    const double rest = weight - whole;
    const double degrees = weight - (whole + rest * rest) / weight;
    Matrix scatter = Matrix::Zero(2, 2);
    Vector mean = Vector::Zero(2);
    double square = 0.0;
    for (const MissingnessPattern& drawn : model.sample_like(data, rng)) {
      ASSERT_EQ(drawn.observed, given.observed);
      ASSERT_EQ(drawn.missing, given.missing);
      ASSERT_EQ(drawn.weight, weight);
      ASSERT_LE(drawn.root.rows(), 2);
      const Matrix product = drawn.root.transpose() * drawn.root;
      scatter += product / 8000.0;
      mean += drawn.mean / 8000.0;
      square += std::pow(product(0, 0) - 4.0 * degrees, 2) / 8000.0;
    }
    const std::vector<Index> observed = {0, 2};
    const Matrix expected = degrees * covariance(observed, observed);
    EXPECT_LT((scatter - expected).cwiseAbs().maxCoeff(), 4.0 * 4.0 * std::sqrt(2.0 * degrees / 8000.0) + 1e-12)
        << weight;
    if (rest == 0.0) {
      EXPECT_NEAR(square, 2.0 * degrees * 16.0, 0.15 * 2.0 * degrees * 16.0 + 1e-12) << weight;
    }
    const double variance_of_mean = (whole + rest * rest) / (weight * weight);
    EXPECT_NEAR(mean[0], 1.0, 4.0 * 2.0 * std::sqrt(variance_of_mean / 8000.0)) << weight;
    EXPECT_NEAR(mean[1], 3.0, 4.0 * std::sqrt(variance_of_mean / 8000.0)) << weight;
  }
}

}  // namespace
}  // namespace latent
