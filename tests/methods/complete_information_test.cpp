#include "latent/methods/complete_information.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "fixtures/random_models.hpp"
#include "latent/methods/anderson.hpp"
#include "latent/methods/parabolic_em.hpp"
#include "latent/methods/squarem.hpp"
#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/models/incomplete_gaussian.hpp"
#include "latent/solver/fit.hpp"

namespace latent {
namespace {

constexpr CovarianceKind kinds[] = {CovarianceKind::full, CovarianceKind::tied, CovarianceKind::diagonal,
                                    CovarianceKind::spherical};

// −∂²Q/∂θ_i² at the maximum of Q, by differences of a fixed width in the parameters' own units.
template <class Model>
void expect_second_derivatives(Model model, const typename Model::Data& data) {
  const auto statistics = model.e_step(data);
  model.m_step(statistics);
  const Vector at = model.parameters();
  const Vector information = model.complete_information(statistics);
  ASSERT_EQ(information.size(), at.size());
  const auto q = [&](const Vector& there) {
    Model moved = model;
    moved.set_parameters(there);
    return moved.expected_log_joint(statistics);
  };
  for (Index i = 0; i < at.size(); ++i) {
    const double width = 0.01 / std::sqrt(information[i]);  // of a standard error
    Vector above = at;
    Vector below = at;
    above[i] += width;
    below[i] -= width;
    const double second = (2.0 * q(at) - q(above) - q(below)) / (width * width);
    EXPECT_NEAR(second, information[i], 2e-3 * information[i]) << i;
  }
  const Vector generic = detail::curvatures(q, at, information.cwiseSqrt().cwiseInverse());
  for (Index i = 0; i < at.size(); ++i) EXPECT_NEAR(generic[i], information[i], 0.3 * information[i]) << i;
}

TEST(CompleteInformation, OfAGaussianMixtureIsTheSecondDerivative) {
  RandomEngine rng = random_stream(811, 0);
  const RowMatrix data = random_models::normal_draws(200, 3, rng) * random_models::covariance(3, rng);
  for (const CovarianceKind kind : kinds) {
    GaussianMixture model(2, {.covariance = kind, .penalty = 0.0});
    model.initialize(data, rng);
    expect_second_derivatives(model, data);
    GaussianMixture equal(2, {.covariance = kind, .fixed_weights = true, .penalty = 0.0});
    equal.initialize(data, rng);
    expect_second_derivatives(equal, data);
  }
}

TEST(CompleteInformation, OfACoinMixtureIsTheSecondDerivative) {
  const std::vector<TossSet> sets = {{5, 10}, {9, 10}, {8, 10}, {4, 10}, {7, 10}, {2, 10}};
  expect_second_derivatives(CoinMixture(Vector{{0.3, 0.3, 0.4}}, Vector{{0.2, 0.5, 0.8}}), sets);
}

TEST(CompleteInformation, OfAnIncompleteGaussianIsTheSecondDerivative) {
  RandomEngine rng = random_stream(812, 0);
  RowMatrix data = random_models::normal_draws(100, 3, rng) * random_models::covariance(3, rng);
  for (Index row = 0; row < 30; ++row) data(row, row % 3) = std::numeric_limits<double>::quiet_NaN();
  const IncompleteObservations observations(data);
  expect_second_derivatives(IncompleteGaussian(observations), observations);
}

TEST(CompleteInformation, WhereNothingIsKnownEveryParameterCountsAlike) {
  EXPECT_EQ(detail::usable_information(Vector{{0.0, NAN, -1.0}}), Vector::Ones(3));
  EXPECT_EQ(detail::usable_information(Vector{{2.0, INFINITY, -1.0}}), (Vector{{2.0, 0.0, 0.0}}));
}

// A model as `GaussianMixture` is, that does not know its information.
struct Unaware {
  using Data = GaussianMixture::Data;
  using Statistics = GaussianMixture::Statistics;
  GaussianMixture mixture;

  [[nodiscard]] Statistics e_step(const Data& data) const { return mixture.e_step(data); }
  void m_step(const Statistics& statistics) { mixture.m_step(statistics); }
  [[nodiscard]] double log_likelihood(const Data& data) const { return mixture.log_likelihood(data); }
  [[nodiscard]] double expected_log_joint(const Statistics& statistics) const {
    return mixture.expected_log_joint(statistics);
  }
  [[nodiscard]] Vector parameters() const { return mixture.parameters(); }
  void set_parameters(const Vector& parameters) { mixture.set_parameters(parameters); }
};
static_assert(BoundedModel<Unaware> && ParameterizedModel<Unaware> && !CompleteInformationModel<Unaware>);

// Three groups that overlap, and a start that is as good in any unit.
struct Case {
  RowMatrix data;
  GaussianMixture start;
};

Case overlapping(CovarianceKind kind) {
  RandomEngine rng = random_stream(813, 0);
  RowMatrix data = random_models::normal_draws(300, 2, rng);
  for (Index row = 0; row < data.rows(); ++row) {
    data(row, 0) += 2.0 * static_cast<double>(row % 3);
    data(row, 1) += row % 3 == 1 ? 1.5 : 0.3 * data(row, 0);
  }
  GaussianMixture start(3, {.covariance = kind, .penalty = 0.0});
  start.initialize(data, rng);
  return {.data = data, .start = start};
}

// The same in other units: column j times 2^powers[j], which rounds nothing.
Case in_units(const Case& original, CovarianceKind kind, const std::vector<int>& powers) {
  Vector scale(2);
  for (Index j = 0; j < 2; ++j) scale[j] = std::ldexp(1.0, powers[static_cast<std::size_t>(j)]);
  std::vector<Matrix> covariances;
  for (const Matrix& covariance : original.start.covariances()) {
    if (kind == CovarianceKind::spherical) {
      covariances.emplace_back(covariance * scale[0] * scale[0]);
    } else if (kind == CovarianceKind::diagonal) {
      covariances.emplace_back(covariance.cwiseProduct(scale.cwiseAbs2()));
    } else {
      covariances.emplace_back(scale.asDiagonal() * covariance * scale.asDiagonal());
    }
  }
  return {.data = original.data * scale.asDiagonal(),
          .start = GaussianMixture(original.start.weights(), original.start.means() * scale.asDiagonal(), covariances,
                                   {.covariance = kind, .penalty = 0.0})};
}

template <class Model, class Method>
void expect_the_same_run(CovarianceKind kind, const Method& method, const std::function<Model(GaussianMixture)>& as) {
  const Case original = overlapping(kind);
  const FitOptions options = {.stop = estimated_rest(1e-6) || iteration_limit(3000)};
  const auto expected = fit_from(as(original.start), original.data, options, method);
  EXPECT_TRUE(expected.converged);
  const bool one_unit = kind == CovarianceKind::spherical;
  for (const std::vector<int>& powers : {std::vector{-10, -10}, {10, 10}, {one_unit ? 20 : -20, 20}}) {
    const Case scaled = in_units(original, kind, powers);
    const auto actual = fit_from(as(scaled.start), scaled.data, options, method);
    const double shift = 300.0 * (powers[0] + powers[1]) * std::log(2.0);
    // Extrapolations magnify rounding, so late iterations may differ: the first are the same, and so is the maximum.
    for (std::size_t t = 0; t <= 5; ++t) {
      EXPECT_NEAR(actual.trace[t].objective + shift, expected.trace[t].objective, 1e-7) << method.name() << ' ' << t;
      EXPECT_EQ(actual.trace[t].e_steps, expected.trace[t].e_steps) << method.name() << ' ' << t;
    }
    EXPECT_NEAR(actual.objective + shift, expected.objective, 2e-6) << method.name();
  }
}

template <class Method>
void expect_no_unit_matters(const Method& method) {
  for (const CovarianceKind kind : kinds) {
    expect_the_same_run<GaussianMixture>(kind, method, [](GaussianMixture model) { return model; });
  }
}

TEST(CompleteInformation, SquaremDoesNotDependOnTheUnit) {
  for (const SquaremScheme scheme : {SquaremScheme::s1, SquaremScheme::s2, SquaremScheme::s3}) {
    expect_no_unit_matters(Squarem{scheme});
  }
}
TEST(CompleteInformation, AndersonDoesNotDependOnTheUnit) { expect_no_unit_matters(Anderson()); }
TEST(CompleteInformation, ParabolicEMDoesNotDependOnTheUnit) { expect_no_unit_matters(ParabolicEM()); }

TEST(CompleteInformation, SecondDifferencesDoNotDependOnTheUnitEither) {
  const auto unaware = [](GaussianMixture model) { return Unaware{std::move(model)}; };
  expect_the_same_run<Unaware>(CovarianceKind::full, Squarem(), unaware);
  expect_the_same_run<Unaware>(CovarianceKind::full, Anderson(), unaware);
}

// In standard errors of the complete data, and so in no unit.
TEST(CompleteInformation, TheChangeOfParametersHasNoUnit) {
  const Case original = overlapping(CovarianceKind::full);
  const Case scaled = in_units(original, CovarianceKind::full, {20, -20});
  const FitOptions three = {.stop = iteration_limit(3)};
  const auto expected = fit_from(original.start, original.data, three);
  const auto actual = fit_from(scaled.start, scaled.data, three);
  for (std::size_t t = 1; t <= 3; ++t) {
    EXPECT_NEAR(*actual.trace[t].parameter_change, *expected.trace[t].parameter_change,
                1e-9 * *expected.trace[t].parameter_change);
  }
}

}  // namespace
}  // namespace latent
