// The shipped models, made wrong in some seventy ways: each mutant must be caught by the check that it is named with.
//
// LATENT_MUTANT_TABLE=FILE writes the table of docs/testing.md to a file, with all checks that catch each.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <numbers>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "fixtures/mutant.hpp"
#include "fixtures/random_models.hpp"
#include "latent/core/cholesky.hpp"
#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/models/incomplete_gaussian.hpp"
#include "latent/testing/check_model.hpp"

namespace latent {
namespace {

template <class M>
struct MutantCase {
  std::string wrong;
  std::string check;  // that must catch it
  M model;
  Mutation<M> mutation;
};

// ---------------------------------------------------------------------------------------------------------------------
// Gaussian mixtures.

using G = GaussianMixture;
using GS = GaussianMixtureStatistics;
using enum CovarianceKind;

G with(const G& model, const Vector& weights, const RowMatrix& means, const std::vector<Matrix>& covariances) {
  G changed(weights / weights.sum(), means, covariances, model.options());
  changed.set_penalty(model.penalty());
  return changed;
}
G with_weights(const G& model, const Vector& weights) {
  return with(model, weights, model.means(), model.covariances());
}
G with_equal_weights(const G& model) { return with_weights(model, Vector::Ones(model.weights().size())); }
G with_means(const G& model, const RowMatrix& means) {
  return with(model, model.weights(), means, model.covariances());
}
G with_covariances(const G& model, const std::vector<Matrix>& covariances) {
  return with(model, model.weights(), model.means(), covariances);
}
G with_covariances_times(const G& model, double factor) {
  auto covariances = model.covariances();
  for (Matrix& covariance : covariances) covariance *= factor;
  return with_covariances(model, covariances);
}

Matrix tempered(Matrix rows, double power) {
  rows = rows.array().pow(power);
  for (Index row = 0; row < rows.rows(); ++row) rows.row(row) /= rows.row(row).sum();
  return rows;
}

double log_two_pi_terms(double weight, Index dimension) {
  return 0.5 * weight * static_cast<double>(dimension) * std::log(2.0 * std::numbers::pi);
}

// The E-step for other responsibilities, with the log-likelihood as it is.
GS e_step_with(const G& model, const Observations& data, const Matrix& rows) {
  GS statistics = model.complete_statistics(data, rows);
  statistics.log_likelihood = model.e_step(data).log_likelihood;
  return statistics;
}

std::vector<MutantCase<G>> gaussian_mutants() {
  const auto mixture = [](CovarianceKind kind = full, bool fixed = false) {
    return G(2, {.covariance = kind, .fixed_weights = fixed, .penalty = 0.5});
  };
  std::vector<MutantCase<G>> all;
  const auto add = [&](const char* wrong, const char* check, Mutation<G> mutation, CovarianceKind kind = full) {
    all.push_back({.wrong = fmt::format("{}: {}", to_string(kind), wrong),
                   .check = check,
                   .model = mixture(kind),
                   .mutation = std::move(mutation)});
  };

  // The E-step.
  add("E-step forgets the mixing weights", "fisher_identity", {.e_step = [](const G& m, const Observations& x) {
        return e_step_with(m, x, with_equal_weights(m).posterior(x));
      }});
  add("responsibilities sum to 1.01", "fisher_identity",
      {.e_step =
           [](const G& m, const Observations& x) {
             GS s = m.e_step(x);
             const double log_likelihood = s.log_likelihood;
             s *= 1.01;
             s.log_likelihood = log_likelihood;
             return s;
           }},
      diagonal);
  add("E-step gives each component the responsibilities of the other", "fisher_identity",
      {.e_step = [](const G& m, const Observations& x) {
        return e_step_with(m, x, m.posterior(x).rowwise().reverse());
      }});
  add("E-step assigns each observation wholly to the likelier component", "fisher_identity",
      {.e_step = [](const G& m, const Observations& x) { return e_step_with(m, x, tempered(m.posterior(x), 200.0)); }},
      tied);
  add("E-step takes the root of the densities", "fisher_identity",
      {.e_step = [](const G& m, const Observations& x) { return e_step_with(m, x, tempered(m.posterior(x), 0.5)); }},
      spherical);
  add("E-step is one part in a thousand off Bayes' rule", "fisher_identity",
      {.e_step = [](const G& m, const Observations& x) { return e_step_with(m, x, tempered(m.posterior(x), 0.999)); }});
  add("E-step leaves out the products of different columns", "fisher_identity",
      {.e_step = [](const G& m, const Observations& x) {
        GS s = m.e_step(x);
        for (Matrix& scatter : s.scatters) scatter = Matrix(scatter.diagonal().asDiagonal());
        return s;
      }});
  add("E-step leaves out the last observation", "additive_statistics",
      {.e_step = [](const G& m, const Observations& x) {
        return m.e_step(x.subspan(0, std::max<std::size_t>(1, x.size() - 1)));
      }});
  add("statistics are means, not sums", "additive_statistics",
      {.e_step =
           [](const G& m, const Observations& x) {
             GS s = m.e_step(x);
             s *= 1.0 / x.total_weight();
             return s;
           }},
      diagonal);
  add("E-step ignores the observations' weights", "weights", {.e_step = [](const G& m, const Observations& x) {
        return m.e_step(Observations(x.matrix().data(), x.size(), x.dimension()));
      }});
  add("the statistics' log-likelihood lacks the constant", "one_pass",
      {.e_step =
           [](const G& m, const Observations& x) {
             GS s = m.e_step(x);
             s.log_likelihood += log_two_pi_terms(x.total_weight(), 2);
             return s;
           }},
      tied);
  add("E-step differs from call to call", "repeatable",
      {.e_step = [calls = std::make_shared<std::atomic<int>>(0)](const G& m, const Observations& x) {
        GS s = m.e_step(x);
        s.weights[0] *= 1.0 + 1e-12 * ++*calls;
        return s;
      }});
  add("E-steps at once share their work space", "threads",
      {.e_step =
           [inside = std::make_shared<std::atomic<int>>(0)](const G& m, const Observations& x) {
             ++*inside;
             std::this_thread::sleep_for(std::chrono::milliseconds(2));
             GS s = m.e_step(x);
             s.weights[0] += 1e-9 * (*inside - 1);
             --*inside;
             return s;
           }},
      diagonal);

  // The M-step.
  add("covariances divided by n - 1", "m_step", {.m_step = [](G& m, const GS& s) {
        m.m_step(s);
        auto covariances = m.covariances();
        for (Index k = 0; k < 2; ++k) covariances[static_cast<std::size_t>(k)] *= s.weights[k] / (s.weights[k] - 1.0);
        m = with_covariances(m, covariances);
      }});
  add("covariances divided by n - K", "m_step",
      {.m_step =
           [](G& m, const GS& s) {
             m.m_step(s);
             m = with_covariances_times(m, s.weights.sum() / (s.weights.sum() - 2.0));
           }},
      tied);
  add("covariances about the means of before", "m_step",
      {.m_step =
           [](G& m, const GS& s) {
             GS about_old = s;
             about_old.sums.setZero();
             const G old = [&] {
               G copy = m;
               copy.m_step(about_old);
               return copy;
             }();
             m.m_step(s);
             m = with_covariances(m, old.covariances());
           }},
      diagonal);
  add("variance divided by n, not by n d", "m_step",
      {.m_step =
           [](G& m, const GS& s) {
             m.m_step(s);
             m = with_covariances_times(m, 2.0);
           }},
      spherical);
  add("means not updated", "m_step", {.m_step = [](G& m, const GS& s) {
        const RowMatrix means = m.means();
        m.m_step(s);
        m = with_means(m, means);
      }});
  add("mixing weights not updated", "m_step_state",
      {.m_step =
           [](G& m, const GS& s) {
             const Vector weights = m.weights();
             m.m_step(s);
             m = with_weights(m, weights);
           }},
      tied);
  add("mixing weights exchanged", "m_step",
      {.m_step =
           [](G& m, const GS& s) {
             m.m_step(s);
             m = with_weights(m, m.weights().reverse());
           }},
      diagonal);
  add("M-step stops half-way", "m_step_state", {.m_step = [](G& m, const GS& s) {
        const RowMatrix means = m.means();
        m.m_step(s);
        m = with_means(m, 0.5 * (means + m.means()));
      }});
  add("M-step keeps a thousandth of the means before", "m_step_state",
      {.m_step =
           [](G& m, const GS& s) {
             const RowMatrix means = m.means();
             m.m_step(s);
             m = with_means(m, 0.001 * means + 0.999 * m.means());
           }},
      spherical);
  add("every component gets the covariance of the first", "relabelling",
      {.m_step =
           [](G& m, const GS& s) {
             m.m_step(s);
             m = with_covariances(m, {m.covariances()[0], m.covariances()[0]});
           }},
      diagonal);
  add("M-step forgets the penalty", "m_step", {.m_step = [](G& m, const GS& s) {
        const CovariancePenalty penalty = m.penalty();
        m.set_penalty({});
        m.m_step(s);
        m.set_penalty(penalty);
      }});
  add("M-step takes half the penalty", "m_step",
      {.m_step =
           [](G& m, const GS& s) {
             const CovariancePenalty penalty = m.penalty();
             m.set_penalty({.strength = 0.5 * penalty.strength, .scale = penalty.scale});
             m.m_step(s);
             m.set_penalty(penalty);
           }},
      tied);
  add("a ridge of 1e-4 on the variances", "m_step",
      {.m_step =
           [](G& m, const GS& s) {
             m.m_step(s);
             auto covariances = m.covariances();
             for (Matrix& covariance : covariances) covariance.array() += 1e-4;
             m = with_covariances(m, covariances);
           }},
      diagonal);
  add("M-step goes up and down: means past the maximum by 1.2 of the way", "ascent", {.m_step = [](G& m, const GS& s) {
        const RowMatrix means = m.means();
        m.m_step(s);
        m = with_means(m, m.means() + 1.2 * (m.means() - means));
      }});
  const auto shared = std::make_shared<Vector>(Vector{{0.5, 0.5}});
  add("mixing weights held by a pointer that copies share", "copies",
      {.e_step = [shared](const G& m, const Observations& x) { return with_weights(m, *shared).e_step(x); },
       .m_step =
           [shared](G& m, const GS& s) {
             m.m_step(s);
             *shared = m.weights();
           },
       .log_likelihood = [shared](const G& m,
                                  const Observations& x) { return with_weights(m, *shared).log_likelihood(x); }});

  // The log-likelihood.
  add("log-likelihood is NaN where an observation is far", "finite",
      {.log_likelihood = [](const G& m, const Observations& x) {
        const double log_likelihood = m.log_likelihood(x);
        return log_likelihood < -1.0 ? std::log(-1.0) : log_likelihood;
      }});
  add("log-likelihood and statistics lack the constant", "elbo",
      {.e_step =
           [](const G& m, const Observations& x) {
             GS s = m.e_step(x);
             s.log_likelihood += log_two_pi_terms(x.total_weight(), 2);
             return s;
           },
       .log_likelihood =
           [](const G& m, const Observations& x) {
             return m.log_likelihood(x) + log_two_pi_terms(x.total_weight(), 2);
           }});
  add("log-likelihood is a mean", "additive_log_likelihood",
      {.log_likelihood = [](const G& m, const Observations& x) { return m.log_likelihood(x) / x.total_weight(); }},
      diagonal);
  add("log-likelihood ignores the observations' weights", "weights",
      {.log_likelihood =
           [](const G& m, const Observations& x) {
             return m.log_likelihood(Observations(x.matrix().data(), x.size(), x.dimension()));
           }},
      tied);
  add("log-likelihood forgets the mixing weights", "one_pass",
      {.log_likelihood = [](const G& m, const Observations& x) { return with_equal_weights(m).log_likelihood(x); }},
      spherical);
  add("log-likelihood takes the likelier component alone", "one_pass",
      {.log_likelihood = [](const G& m, const Observations& x) { return m.log_likelihood(x) + m.certainty(x); }});

  // Q and the prior.
  add("Q lacks log pi", "fisher_identity", {.expected_log_joint = [](const G& m, const GS& s) {
        return m.expected_log_joint(s) - s.weights.dot(m.weights().array().log().matrix());
      }});
  add("Q lacks the constant", "elbo",
      {.expected_log_joint =
           [](const G& m, const GS& s) { return m.expected_log_joint(s) + log_two_pi_terms(s.weights.sum(), 2); }},
      diagonal);
  add("Q lacks the log-determinant", "m_step", {.expected_log_joint = [](const G& m, const GS& s) {
        double q = m.expected_log_joint(s);
        for (Index k = 0; k < 2; ++k)
          q += 0.5 * s.weights[k] * log_determinant(*cholesky_factor(m.covariance(static_cast<std::size_t>(k))));
        return q;
      }});
  add("Q is taken at the means of the E-step", "fisher_identity",
      {.expected_log_joint = [](const G& m, const GS& s) { return with_means(m, s.centres).expected_log_joint(s); }},
      spherical);
  add("Q has the log-prior in it, which is added again", "fisher_identity",
      {.expected_log_joint = [](const G& m, const GS& s) { return m.expected_log_joint(s) + m.log_prior(); }}, tied);
  add("log-prior has the wrong sign", "m_step", {.log_prior = [](const G& m) { return -m.log_prior(); }}, diagonal);
  add("log-prior twice too large", "m_step", {.log_prior = [](const G& m) { return 2.0 * m.log_prior(); }}, spherical);

  // Parameters.
  add("set_parameters takes standard deviations for variances", "parameters",
      {.set_parameters =
           [](G& m, const Vector& v) {
             Vector halved = v;
             halved.tail(4) *= 0.5;
             m.set_parameters(halved);
           }},
      diagonal);
  add("set_parameters forgets the mixing weights", "parameters", {.set_parameters = [](G& m, const Vector& v) {
        const Vector weights = m.weights();
        m.set_parameters(v);
        m = with_weights(m, weights);
      }});
  add("set_parameters forgets the covariance", "parameters",
      {.set_parameters =
           [](G& m, const Vector& v) {
             const auto covariances = m.covariances();
             m.set_parameters(v);
             m = with_covariances(m, covariances);
           }},
      tied);
  add("parameters gives the means column after column", "parameters", {.parameters = [](const G& m) {
        Vector v = m.parameters();
        std::swap(v[2], v[3]);
        return v;
      }});
  add("free_parameters counts both mixing weights", "free_parameters",
      {.free_parameters = [](const G& m) { return m.free_parameters() + 1.0; }});
  add("free_parameters counts covariances twice", "free_parameters",
      {.free_parameters = [](const G& m) { return m.free_parameters() + 2.0; }}, full);
  add("initialize draws from an engine of its own", "starts",
      {.initialize = [calls = std::make_shared<std::uint64_t>(0)](G& m, const Observations& x, RandomEngine&) {
        RandomEngine own = random_stream(1, ++*calls);
        m.initialize(x, own);
      }});
  add("a file loses the penalty", "file", {.lost_in_a_file = [](G& m) { m.set_penalty({}); }});
  add("a file keeps single precision", "file",
      {.lost_in_a_file = [](G& m) { m = with_means(m, m.means().cast<float>().cast<double>()); }}, spherical);

  // The posterior.
  add("posterior is not normalised", "posterior",
      {.posterior = [](const G& m, const Observations& x) -> Matrix { return 0.5 * m.posterior(x); }});
  add("posterior has its columns exchanged", "complete_statistics",
      {.posterior = [](const G& m, const Observations& x) -> Matrix { return m.posterior(x).rowwise().reverse(); }},
      tied);
  add("posterior forgets the mixing weights", "elbo",
      {.posterior = [](const G& m, const Observations& x) { return with_equal_weights(m).posterior(x); }}, diagonal);
  add("complete_statistics gives Q for the ELBO", "complete_statistics",
      {.complete_statistics = [](const G& m, const Observations& x, const Matrix& rows) {
        GS s = m.complete_statistics(x, rows);
        s.log_likelihood = m.expected_log_joint(s);
        return s;
      }});
  add("complete_statistics gives the log-likelihood for the ELBO", "complete_statistics",
      {.complete_statistics =
           [](const G& m, const Observations& x, const Matrix& rows) {
             GS s = m.complete_statistics(x, rows);
             s.log_likelihood = m.log_likelihood(x);
             return s;
           }},
      diagonal);

  // Draws.
  add("sample takes variances for standard deviations", "sample_score",
      {.sample =
           [](const G& m, std::size_t count, RandomEngine& rng) {
             auto covariances = m.covariances();
             for (Matrix& covariance : covariances) covariance = covariance.cwiseAbs2();
             return with_covariances(m, covariances).sample(count, rng);
           }},
      diagonal);
  add("sample picks components alike", "sample_score", {.sample = [](const G& m, std::size_t count, RandomEngine& rng) {
        return with_equal_weights(m).sample(count, rng);
      }});
  add("sample has the columns independent", "sample_score",
      {.sample =
           [](const G& m, std::size_t count, RandomEngine& rng) {
             auto covariances = m.covariances();
             for (Matrix& covariance : covariances) covariance = Matrix(covariance.diagonal().asDiagonal());
             return with_covariances(m, covariances).sample(count, rng);
           }},
      tied);
  add("sample takes the means of the other component", "recovery",
      {.sample = [](const G& m, std::size_t count,
                    RandomEngine& rng) { return with_means(m, m.means().colwise().reverse()).sample(count, rng); }},
      spherical);
  add("sample spreads 1.1 times too wide", "recovery", {.sample = [](const G& m, std::size_t count, RandomEngine& rng) {
        return with_covariances_times(m, 1.21).sample(count, rng);
      }});

  // Statistics.
  add("+= forgets the log-likelihood", "additive_statistics",
      {.after_add = [](GS& sum, const GS& before, const GS&) { sum.log_likelihood = before.log_likelihood; }});
  add("+= forgets the last component's sums", "additive_statistics",
      {.after_add = [](GS& sum, const GS& before, const GS&) { sum.sums.row(1) = before.sums.row(1); }}, spherical);
  add("+= does not move scatters to its centres", "scaled_statistics",
      {.after_add = [](GS& sum, const GS& before, const GS& other) {
        for (std::size_t c = 0; c < sum.scatters.size(); ++c) sum.scatters[c] = before.scatters[c] + other.scatters[c];
      }});
  add("*= forgets the scatters", "scaled_statistics",
      {.after_scale =
           [](GS& scaled, double factor) {
             for (Matrix& scatter : scaled.scatters) scatter /= factor;
           }},
      tied);
  return all;
}

RowMatrix gaussian_data() {
  RandomEngine rng = random_stream(5, 0);
  RowMatrix data = random_models::normal_draws(60, 2, rng);
  for (Index row = 0; row < data.rows(); ++row) {
    data(row, 1) += 0.6 * data(row, 0);
    if (row % 3 == 0) data.row(row) = 0.5 * data.row(row).array() + 2.5;
  }
  return data;
}

// ---------------------------------------------------------------------------------------------------------------------
// Coin mixtures.

using C = CoinMixture;
using CS = CoinMixtureStatistics;
using Sets = CoinMixture::Data;

C with_weights(const C& model, const Vector& weights) { return C(weights, model.biases(), model.options()); }
C with_biases(const C& model, const Vector& biases) { return C(model.weights(), biases, model.options()); }

double log_orders(Sets data) {
  double sum = 0.0;
  for (const TossSet& set : data) sum += set.weight() * set.log_orders();
  return sum;
}

std::vector<MutantCase<C>> coin_mutants() {
  std::vector<MutantCase<C>> all;
  const auto add = [&](const char* wrong, const char* check, Mutation<C> mutation, bool fixed = false) {
    all.push_back({.wrong = fmt::format("coins{}: {}", fixed ? ", fixed weights" : "", wrong),
                   .check = check,
                   .model = C(2, {.fixed_weights = fixed}),
                   .mutation = std::move(mutation)});
  };
  add("the number of orders is left out of everything", "brute_force",
      {.e_step =
           [](const C& m, Sets x) {
             CS s = m.e_step(x);
             s.log_likelihood -= s.log_orders;
             s.log_orders = 0.0;
             return s;
           },
       .log_likelihood = [](const C& m, Sets x) { return m.log_likelihood(x) - log_orders(x); }});
  add("the number of orders is left out of Q", "elbo",
      {.expected_log_joint = [](const C& m, const CS& s) { return m.expected_log_joint(s) - s.log_orders; }});
  add("log(1 - p) is left out of Q", "fisher_identity", {.expected_log_joint = [](const C& m, const CS& s) {
        return m.expected_log_joint(s) - s.tails.dot((-m.biases().array()).log1p().matrix());
      }});
  add("E-step counts heads for tails in the last coin", "fisher_identity", {.e_step = [](const C& m, Sets x) {
        CS s = m.e_step(x);
        std::swap(s.heads[1], s.tails[1]);
        return s;
      }});
  add("biases have a pseudo-count that no prior has", "m_step", {.m_step = [](C& m, const CS& s) {
        CS more = s;
        more.heads.array() += 1.0;
        more.tails.array() += 1.0;
        m.m_step(more);
      }});
  add("biases are heads by tails", "m_step",
      {.m_step =
           [](C& m, const CS& s) {
             m.m_step(s);
             m = with_biases(m, s.heads.cwiseQuotient(s.heads + s.tails + s.heads));
           }},
      true);
  add("weights that are held are updated", "parameters",
      {.m_step =
           [](C& m, const CS& s) {
             m.m_step(s);
             m = with_weights(m, s.weights / s.weights.sum());
           }},
      true);
  add("sample tosses the other coin", "sample_score", {.sample = [](const C& m, std::size_t count, RandomEngine& rng) {
        return with_biases(m, m.biases().reverse()).sample(count, rng);
      }});
  add("posterior forgets the mixing weights", "brute_force",
      {.posterior = [](const C& m, Sets x) { return with_weights(m, Vector{{0.5, 0.5}}).posterior(x); }});
  add("log-likelihood ignores the sets' weights", "weights", {.log_likelihood = [](const C& m, Sets x) {
        std::vector<TossSet> equal;
        for (const TossSet& set : x) equal.push_back(set.with_weight(1.0));
        return m.log_likelihood(equal);
      }});
  add("+= forgets the tails", "additive_statistics",
      {.after_add = [](CS& sum, const CS& before, const CS&) { sum.tails = before.tails; }});
  add("free_parameters counts weights that are held", "free_parameters",
      {.free_parameters = [](const C&) { return 3.0; }}, true);
  return all;
}

// ---------------------------------------------------------------------------------------------------------------------
// The incomplete Gaussian.

using I = IncompleteGaussian;
using IS = IncompleteGaussianStatistics;
using Patterns = IncompleteGaussian::Data;

IncompleteObservations incomplete_data() {
  RandomEngine rng = random_stream(9, 0);
  RowMatrix data = random_models::normal_draws(50, 3, rng);
  data.col(1) += 0.8 * data.col(0);
  data.col(2) -= 0.5 * data.col(1);
  for (Index row = 0; row < data.rows(); ++row) {
    if (row % 2 == 0) data(row, row % 3) = std::nan("");
    if (row % 5 == 0) data(row, (row + 1) % 3) = std::nan("");
  }
  return IncompleteObservations(Observations(data));
}

std::vector<MutantCase<I>> incomplete_mutants() {
  std::vector<MutantCase<I>> all;
  const auto add = [&](const char* wrong, const char* check, Mutation<I> mutation) {
    all.push_back({.wrong = fmt::format("incomplete: {}", wrong),
                   .check = check,
                   .model = I(incomplete_data(), 0.5),
                   .mutation = std::move(mutation)});
  };
  add("E-step fills in conditional means and forgets their variance", "fisher_identity",
      {.e_step = [](const I& m, Patterns x) {
        IS s = m.e_step(x);
        for (const MissingnessPattern& pattern : x) {
          std::vector<bool> missing(m.dimension(), false);
          for (const Index column : pattern.missing) missing[static_cast<std::size_t>(column)] = true;
          s.scatter(pattern.missing, pattern.missing) -= pattern.weight * m.conditional_covariance(missing);
        }
        return s;
      }});
  add("covariance divided by n - 1", "m_step", {.m_step = [](I& m, const IS& s) {
        IS fewer = s;
        fewer.scatter *= s.weight / (s.weight - 1.0);
        m.m_step(fewer);
      }});
  add("mean stays where the E-step had it", "m_step", {.m_step = [](I& m, const IS& s) {
        IS centred = s;
        centred.sum.setZero();
        m.m_step(centred);
      }});
  add("log-likelihood has a constant for missing values too", "one_pass",
      {.log_likelihood = [](const I& m, Patterns x) {
        double log_likelihood = m.log_likelihood(x);
        for (const MissingnessPattern& pattern : x) {
          log_likelihood -= log_two_pi_terms(pattern.weight, static_cast<Index>(pattern.missing.size()));
        }
        return log_likelihood;
      }});
  add("log-prior left at 0", "m_step", {.log_prior = [](const I&) { return 0.0; }});
  add("set_parameters forgets the mean", "parameters", {.set_parameters = [](I& m, const Vector& v) {
        Vector kept = v;
        kept.head(3) = m.mean();
        m.set_parameters(kept);
      }});
  add("+= does not move the scatter to its centre", "scaled_statistics",
      {.after_add = [](IS& sum, const IS& before, const IS& other) { sum.scatter = before.scatter + other.scatter; }});
  add("*= forgets the number of observations", "scaled_statistics",
      {.after_scale = [](IS& scaled, double factor) { scaled.weight /= factor; }});
  return all;
}

// ---------------------------------------------------------------------------------------------------------------------
// The hunt.

std::string caught_by(const ModelReport& report) {
  std::string names;
  for (const CheckResult& result : report.checks) {
    if (result.outcome == CheckOutcome::failed) names += (names.empty() ? "" : ", ") + result.name;
  }
  return names;
}

class MutantTable {
 public:
  template <class M, class Data, class States>
  void hunt(const std::vector<MutantCase<M>>& mutants, const Data& data, const States& states) {
    const CheckOptions options = {.starts = 3, .exchangeable = true, .draws = 100};
    for (const auto& [wrong, check, model, mutation] : mutants) {
      const std::string_view name = check;
      const Mutant<M> mutant(model, mutation);
      const ModelReport report = check_model(std::span(&name, 1), mutant, data, options, states);
      EXPECT_EQ(report.checks.front().outcome, CheckOutcome::failed) << wrong << "\n" << report;
      EXPECT_NE(report.checks.front().message, "") << wrong;
      EXPECT_NE(report.checks.front().function, "") << wrong;
      if (file() == nullptr) continue;
      std::ofstream(file(), std::ios::app)
          << fmt::format("| {} | `{}` | {} |\n", wrong, check, caught_by(check_model(mutant, data, options, states)));
    }
  }

 private:
  static const char* file() { return std::getenv("LATENT_MUTANT_TABLE"); }  // NOLINT(concurrency-mt-unsafe)
};

const LatentStates coin_states{2, [](const Mutant<C>& mutant, Sets sets, std::size_t i, std::size_t z) {
                                 const auto k = static_cast<Index>(z);
                                 const C& coins = mutant.model();
                                 return std::log(coins.weights()[k]) + sets[i].log_orders() +
                                        sets[i].heads() * std::log(coins.biases()[k]) +
                                        sets[i].tails() * std::log1p(-coins.biases()[k]);
                               }};

std::vector<TossSet> coin_data() {
  RandomEngine rng = random_stream(3, 0);
  return C(Vector{{0.3, 0.7}}, Vector{{0.25, 0.7}}).sample(40, rng);
}

TEST(Mutants, OfTheGaussianMixture) {
  MutantTable().hunt(gaussian_mutants(), gaussian_data(), LatentStates<detail::NoLogJoint>{});
}

TEST(Mutants, OfTheCoinMixture) { MutantTable().hunt(coin_mutants(), coin_data(), coin_states); }

TEST(Mutants, OfTheIncompleteGaussian) {
  MutantTable().hunt(incomplete_mutants(), incomplete_data(), LatentStates<detail::NoLogJoint>{});
}

TEST(Mutants, EveryCheckHasOne) {
  std::set<std::string> expected;
  for (const auto& mutant : gaussian_mutants()) expected.insert(mutant.check);
  for (const auto& mutant : coin_mutants()) expected.insert(mutant.check);
  for (const auto& mutant : incomplete_mutants()) expected.insert(mutant.check);
  for (const std::string_view name : check_names()) EXPECT_TRUE(expected.contains(std::string(name))) << name;
}

// The wrapper itself is right: what kills a mutant is the mutation.
TEST(Mutants, WithoutAMutationPass) {
  const CheckOptions options = {.starts = 3, .exchangeable = true, .draws = 100};
  const Mutation<G> of_gaussian;
  for (const CovarianceKind kind : {full, tied, diagonal, spherical}) {
    const ModelReport report =
        check_model(Mutant<G>(G(2, {.covariance = kind, .penalty = 0.5}), of_gaussian), gaussian_data(), options);
    EXPECT_TRUE(report.passed()) << report;
  }
  const Mutation<C> of_coin;
  const ModelReport coins = check_model(Mutant<C>(C(2), of_coin), coin_data(), options, coin_states);
  EXPECT_TRUE(coins.passed()) << coins;
  const Mutation<I> of_incomplete;
  const IncompleteObservations data = incomplete_data();
  const ModelReport incomplete = check_model(Mutant<I>(I(data, 0.5), of_incomplete), data, options);
  EXPECT_TRUE(incomplete.passed()) << incomplete;
}

// exp(a − log Σ exp(a)) of a set of 1,000 tosses, whose log-density is some −700, is 1e-13 off.
TEST(Mutants, APosteriorInTheLogDomainIsNone) {
  const Mutation<C> in_logs = {.posterior = [](const C& m, Sets x) {
    Matrix rows(static_cast<Index>(x.size()), 2);
    for (Index i = 0; i < rows.rows(); ++i) {
      const TossSet& set = x[static_cast<std::size_t>(i)];
      const Eigen::Array2d logs = m.weights().array().log() + set.heads() * m.biases().array().log() +
                                  set.tails() * (-m.biases().array()).log1p();
      const double largest = logs.maxCoeff();
      const double sum = largest + std::log((logs - largest).exp().sum());
      rows.row(i) = (logs - sum).exp().transpose();
    }
    return rows;
  }};
  RandomEngine rng = random_stream(3, 1);
  std::vector<TossSet> sets;
  for (int i = 0; i < 40; ++i) sets.emplace_back(480.0 + static_cast<double>(rng() % 60), 1000.0);
  const std::string_view name = "posterior";
  const ModelReport report =
      check_model(std::span(&name, 1), Mutant<C>(C(2), in_logs), sets, {.starts = 3, .draws = 100}, coin_states);
  EXPECT_TRUE(report.passed()) << report;
  // That the case is one: beyond what sixteen roundings and two components come to.
  C fitted(2);
  fitted.initialize(sets, rng);
  const Vector totals = in_logs.posterior(fitted, sets).rowwise().sum();
  EXPECT_GT((totals.array() - 1.0).abs().maxCoeff(), 18.0 * std::numeric_limits<double>::epsilon());
}

}  // namespace
}  // namespace latent
