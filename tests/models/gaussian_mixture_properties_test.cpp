// Properties of the Gaussian mixture on random models and data; rapidcheck shrinks what fails to its smallest form.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cmath>

#include "fixtures/random_models.hpp"
#include "latent/core/errors.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/solver/fit.hpp"

namespace latent {
namespace {

// Sizes and shapes; the numbers themselves come from a seeded stream.
struct Setting {
  CovarianceKind kind;
  Index components;
  Index dimension;
  Index rows;
  std::uint64_t seed;
  bool weighted;

  [[nodiscard]] RandomEngine rng() const { return random_stream(seed, 0); }
};

std::ostream& operator<<(std::ostream& out, const Setting& setting) {
  return out << to_string(setting.kind) << ", K = " << setting.components << ", d = " << setting.dimension
             << ", N = " << setting.rows << ", seed " << setting.seed << (setting.weighted ? ", weighted" : "");
}

Setting any_setting() {
  using enum CovarianceKind;
  return {.kind = *rc::gen::element(full, tied, diagonal, spherical),
          .components = *rc::gen::inRange<Index>(1, 5),
          .dimension = *rc::gen::inRange<Index>(1, 5),
          .rows = *rc::gen::inRange<Index>(20, 400),
          .seed = *rc::gen::inRange<std::uint64_t>(0, 1'000'000),
          .weighted = *rc::gen::arbitrary<bool>()};
}

// Data that own their rows and weights.
struct Rows {
  RowMatrix values;
  std::vector<double> weights;

  [[nodiscard]] Observations view() const { return {values, weights}; }
};

Rows rows_of(const Setting& setting, RandomEngine& rng) {
  Rows rows{.values = random_models::clustered_data(setting.rows, setting.dimension, 3, rng), .weights = {}};
  if (setting.weighted) {
    const Vector weights = random_models::uniform_draws(setting.rows, 0.1, 3.0, rng);
    rows.weights.assign(weights.begin(), weights.end());
  }
  return rows;
}

bool close(const Matrix& a, const Matrix& b, double relative) {
  return (a - b).cwiseAbs().maxCoeff() <= relative * (1e-300 + b.cwiseAbs().maxCoeff());
}

// Under a strong penalty a component may lose all of its observations to the others, and the run ends.
FitResult<GaussianMixture> fit_unless_degenerate(const GaussianMixture& model, const Rows& rows,
                                                 const FitOptions& options) {
  try {
    return fit(model, rows.view(), options);
  } catch (const DegenerateFit&) {
    RC_DISCARD("a component died out");
  }
}

RC_GTEST_PROP(GaussianMixtureProperty, NoHalfStepDecreases, ()) {
  const Setting setting = any_setting();
  RC_LOG() << setting;
  RandomEngine rng = setting.rng();
  const Rows rows = rows_of(setting, rng);
  const bool fixed_weights = *rc::gen::arbitrary<bool>();
  const GaussianMixture model(
      static_cast<std::size_t>(setting.components),
      {.covariance = setting.kind, .fixed_weights = fixed_weights, .penalty = *rc::gen::element(0.01, 1.0, 20.0)});
  const auto result = fit_unless_degenerate(
      model, rows,
      {.restarts = 1, .seed = setting.seed, .stop = iteration_limit(25), .on_decrease = OnDecrease::raise});
  const double slack = 1e-10 * (1.0 + std::abs(result.objective));
  for (std::size_t t = 1; t < result.trace.size(); ++t) {
    RC_ASSERT(result.trace[t].elbo_after_m_step.value() >= result.trace[t - 1].objective - slack);
    RC_ASSERT(result.trace[t].objective >= result.trace[t].elbo_after_m_step.value() - slack);
  }
}

RC_GTEST_PROP(GaussianMixtureProperty, StatisticsAddUpOverAnySplit, ()) {
  const Setting setting = any_setting();
  RC_LOG() << setting;
  RandomEngine rng = setting.rng();
  const Rows rows = rows_of(setting, rng);
  const auto size = static_cast<std::size_t>(setting.rows);
  const auto cut = *rc::gen::inRange<std::size_t>(0, size + 1);
  GaussianMixture model(static_cast<std::size_t>(setting.components), {.covariance = setting.kind});
  model.initialize(rows.view(), rng);

  const auto whole = model.e_step(rows.view());
  auto sum = model.e_step(rows.view().subspan(0, cut));
  sum += model.e_step(rows.view().subspan(cut, size - cut));
  RC_ASSERT(std::abs(sum.log_likelihood - whole.log_likelihood) <= 1e-12 * (1.0 + std::abs(whole.log_likelihood)));
  RC_ASSERT(close(sum.weights, whole.weights, 1e-12));
  for (std::size_t c = 0; c < whole.scatters.size(); ++c) {
    RC_ASSERT(close(sum.scatters[c], whole.scatters[c], 1e-12));
  }
}

RC_GTEST_PROP(GaussianMixtureProperty, AWeightOfTwoIsTheObservationTwice, ()) {
  Setting setting = any_setting();
  setting.weighted = false;
  RC_LOG() << setting;
  RandomEngine rng = setting.rng();
  const Rows once = rows_of(setting, rng);
  const Rows doubled{.values = once.values.replicate(2, 1), .weights = {}};
  const Rows weighted{.values = once.values, .weights = std::vector<double>(once.view().size(), 2.0)};
  GaussianMixture model(static_cast<std::size_t>(setting.components), {.covariance = setting.kind});
  model.initialize(once.view(), rng);
  GaussianMixture other = model;
  model.m_step(model.e_step(weighted.view()));
  other.m_step(other.e_step(doubled.view()));
  RC_ASSERT(close(model.means(), other.means(), 1e-10));
  RC_ASSERT(close(model.weights(), other.weights(), 1e-12));
  for (std::size_t k = 0; k < model.components(); ++k) {
    RC_ASSERT(close(model.covariance(k), other.covariance(k), 1e-10));
  }
}

RC_GTEST_PROP(GaussianMixtureProperty, ResponsibilitiesAreProbabilities, ()) {
  const Setting setting = any_setting();
  RC_LOG() << setting;
  RandomEngine rng = setting.rng();
  const Rows rows = rows_of(setting, rng);
  GaussianMixture model(static_cast<std::size_t>(setting.components), {.covariance = setting.kind});
  model.initialize(rows.view(), rng);
  // Also far away, where every density underflows.
  const Rows far{.values = 1e6 * rows.values, .weights = {}};
  for (const Rows& some : {rows, far}) {
    const Matrix r = model.posterior(some.view());
    RC_ASSERT((r.array() >= 0.0).all());
    RC_ASSERT((r.rowwise().sum().array() - 1.0).abs().maxCoeff() <= 1e-12);
  }
}

// The gradient of the log-likelihood is that of Q at the parameters of the E-step (Fisher's identity).
RC_GTEST_PROP(GaussianMixtureProperty, QHasTheGradientOfTheLogLikelihood, ()) {
  const Setting setting = any_setting();
  RC_LOG() << setting;
  RandomEngine rng = setting.rng();
  const RowMatrix data = random_models::normal_draws(setting.rows, setting.dimension, rng);
  const GaussianMixture model =
      random_models::gaussian_mixture(setting.kind, setting.components, setting.dimension, rng);
  const auto statistics = model.e_step(data);
  const Vector parameters = model.parameters();
  const Vector direction = random_models::normal_draws(parameters.size(), 1, rng).normalized();
  const auto slope = [&](const auto& value) {
    const auto at = [&](double step) {
      GaussianMixture moved = model;
      moved.set_parameters(parameters + step * direction);
      return value(moved);
    };
    const double h = 1e-3;  // a five-point difference, with an error of the order of h⁴
    return (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h);
  };
  const double of_likelihood = slope([&](const GaussianMixture& moved) { return moved.log_likelihood(data); });
  const double of_q = slope([&](const GaussianMixture& moved) { return moved.expected_log_joint(statistics); });
  RC_ASSERT(std::abs(of_likelihood - of_q) <= 1e-6 * (1.0 + std::abs(statistics.log_likelihood)));
}

}  // namespace
}  // namespace latent
