// The model of my_first_model.cpp with every refinement there is; docs/your-own-model.md goes through them.
//
// What to look for: the maximum is the same. Beside it there are now the ELBO after each half-step, information
// criteria, simulation, the same bits for any number of threads, and files. At the end an M-step with a mistake in it
// is named.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/random/poisson_distribution.hpp>
#include <boost/random/uniform_real_distribution.hpp>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <span>
#include <vector>

#include "latent/core/persistence.hpp"
#include "latent/inference/criteria.hpp"
#include "latent/methods/classification_em.hpp"
#include "latent/solver/fit.hpp"

struct Count {
  double deaths;  // as many on each
  double days;    // of so many days
};

// p(y) = w Poisson(y | a) + (1 - w) Poisson(y | b).
struct TwoPoissons {
  using Data = std::span<const Count>;
  struct Statistics {
    std::array<double, 2> days = {0, 0};
    std::array<double, 2> deaths = {0, 0};
    double log_factorials = 0;
    double log_likelihood = 0;  // OnePassModel

    Statistics& operator+=(const Statistics& other) {  // DivisibleModel
      for (std::size_t kind : {0U, 1U}) {
        days[kind] += other.days[kind];
        deaths[kind] += other.deaths[kind];
      }
      log_factorials += other.log_factorials;
      log_likelihood += other.log_likelihood;
      return *this;
    }
    Statistics& operator*=(double factor) {  // ScalableModel
      for (std::size_t kind : {0U, 1U}) {
        days[kind] *= factor;
        deaths[kind] *= factor;
      }
      log_factorials *= factor;
      log_likelihood *= factor;
      return *this;
    }
  };

  double w = 0.5, a = 1, b = 2;
  double pseudo_days = 0;  // of each kind, believed in before the data: w ~ Beta(pseudo_days + 1, pseudo_days + 1)

  // log of w Poisson(y | a), and of (1 - w) Poisson(y | b).
  std::array<double, 2> log_joint(double y) const {
    const double log_factorial = boost::math::lgamma(y + 1);
    return {std::log(w) + y * std::log(a) - a - log_factorial, std::log1p(-w) + y * std::log(b) - b - log_factorial};
  }

  Statistics e_step(Data data) const {
    Statistics expected;
    for (const Count& count : data) {
      const auto [first, second] = log_joint(count.deaths);
      const double log_density = std::max(first, second) + std::log1p(std::exp(-std::abs(first - second)));
      const std::array<double, 2> posterior = {std::exp(first - log_density), std::exp(second - log_density)};
      for (std::size_t kind : {0U, 1U}) {
        expected.days[kind] += count.days * posterior[kind];
        expected.deaths[kind] += count.days * posterior[kind] * count.deaths;
      }
      expected.log_factorials += count.days * boost::math::lgamma(count.deaths + 1);
      expected.log_likelihood += count.days * log_density;
    }
    return expected;
  }

  void m_step(const Statistics& s) {
    w = (s.days[0] + pseudo_days) / (s.days[0] + s.days[1] + 2 * pseudo_days);
    a = s.deaths[0] / s.days[0];
    b = s.deaths[1] / s.days[1];
  }

  double log_likelihood(Data data) const { return e_step(data).log_likelihood; }

  // InitializableModel
  void initialize(Data, latent::RandomEngine& rng) {
    const boost::random::uniform_real_distribution<double> mean(0.5, 4.0);
    a = mean(rng);
    b = mean(rng);
  }

  // CheckingModel
  void check(Data data) const {
    for (std::size_t row = 0; row < data.size(); ++row) {
      const auto [deaths, days] = data[row];
      if (deaths >= 0 && std::isfinite(deaths) && days >= 0 && std::isfinite(days)) continue;
      throw latent::InvalidData("counts must be finite and not negative", row + 1);
    }
  }

  // BoundedModel: every term of log p(y, z), in expectation.
  double expected_log_joint(const Statistics& s) const {
    const double of_first = s.days[0] * (std::log(w) - a) + s.deaths[0] * std::log(a);
    const double of_second = s.days[1] * (std::log1p(-w) - b) + s.deaths[1] * std::log(b);
    return of_first + of_second - s.log_factorials;
  }

  // PenalizedModel
  double log_prior() const { return pseudo_days == 0 ? 0 : pseudo_days * (std::log(w) + std::log1p(-w)); }

  // ParameterizedModel
  latent::Vector parameters() const { return latent::Vector{{std::log(w / (1 - w)), std::log(a), std::log(b)}}; }
  void set_parameters(const latent::Vector& parameters) {
    w = 1 / (1 + std::exp(-parameters[0]));
    a = std::exp(parameters[1]);
    b = std::exp(parameters[2]);
  }

  // CountableModel
  double free_parameters() const { return 3; }

  // PredictiveModel
  latent::Matrix posterior(Data data) const {
    latent::Matrix rows(static_cast<latent::Index>(data.size()), 2);
    for (latent::Index row = 0; row < rows.rows(); ++row) {
      const auto [first, second] = log_joint(data[static_cast<std::size_t>(row)].deaths);
      rows.row(row) << 1 / (1 + std::exp(second - first)), 1 / (1 + std::exp(first - second));
    }
    return rows;
  }

  // AssignableModel: the E-step for given responsibilities, and their ELBO in place of the log-likelihood.
  Statistics complete_statistics(Data data, const latent::Matrix& responsibilities) const {
    Statistics complete;
    for (std::size_t row = 0; row < data.size(); ++row) {
      const auto [deaths, days] = data[row];
      const std::array<double, 2> joint = log_joint(deaths);
      for (std::size_t kind : {0U, 1U}) {
        const double q = responsibilities(static_cast<latent::Index>(row), static_cast<latent::Index>(kind));
        complete.days[kind] += days * q;
        complete.deaths[kind] += days * q * deaths;
        if (q > 0) complete.log_likelihood += days * q * (joint[kind] - std::log(q));
      }
      complete.log_factorials += days * boost::math::lgamma(deaths + 1);
    }
    return complete;
  }

  // GenerativeModel
  std::vector<Count> sample(std::size_t days, latent::RandomEngine& rng) const {
    const boost::random::uniform_real_distribution<double> uniform(0, 1);
    std::vector<Count> draws;
    for (std::size_t day = 0; day < days; ++day) {
      const boost::random::poisson_distribution<int> deaths(uniform(rng) < w ? a : b);
      draws.push_back({.deaths = static_cast<double>(deaths(rng)), .days = 1});
    }
    return draws;
  }

  // PersistentModel
  template <class Archive>
  void serialize(Archive& archive) {
    archive(w, a, b, pseudo_days);
  }
};

static_assert(latent::OnePassModel<TwoPoissons> && latent::DivisibleModel<TwoPoissons> &&
              latent::InitializableModel<TwoPoissons> && latent::CheckingModel<TwoPoissons> &&
              latent::BoundedModel<TwoPoissons> && latent::PenalizedModel<TwoPoissons> &&
              latent::ParameterizedModel<TwoPoissons> && latent::CountableModel<TwoPoissons> &&
              latent::PredictiveModel<TwoPoissons> && latent::GenerativeModel<TwoPoissons> &&
              latent::PersistentModel<TwoPoissons> && latent::AssignableModel<TwoPoissons> &&
              latent::ScalableModel<TwoPoissons>);

// A mistake in the M-step.
struct Careless : TwoPoissons {
  void m_step(const Statistics& s) {
    TwoPoissons::m_step(s);
    a = s.deaths[0] / (s.days[0] + 100);
  }
};

int main() {
  const std::vector<Count> counts = {{0, 162}, {1, 267}, {2, 271}, {3, 185}, {4, 111},
                                     {5, 61},  {6, 27},  {7, 8},   {8, 3},   {9, 1}};
  const latent::StoppingRule stop = latent::parameter_change(1e-8) || latent::iteration_limit(20000);
  const auto result = latent::fit(TwoPoissons(), counts, {.stop = stop});
  const TwoPoissons& model = result.model;
  std::cout << result << "\n";
  fmt::print("weight {:.4f}, means {:.4f} and {:.4f}\n", model.w, model.a, model.b);
  fmt::print("AIC {:.2f}, BIC {:.2f}\n", latent::aic(result.log_likelihood, model.free_parameters()),
             latent::bic(result.log_likelihood, model.free_parameters(), 1096));
  fmt::print("a day with 5 deaths is of the second kind with probability {:.3f}\n", model.posterior(counts)(5, 1));

  fmt::print("\niteration   ELBO after the M-step   after the E-step\n");
  for (std::size_t i : {1U, 2U, 3U}) {
    const latent::Iteration& iteration = result.trace[i];
    fmt::print("{:>9}   {:>21.6f}   {:>16.6f}\n", i, iteration.elbo_after_m_step.value_or(0), iteration.objective);
  }

  const auto hard = latent::fit_from(latent::ClassificationModel(model), counts);
  fmt::print("\nclassification EM: means {:.4f} and {:.4f}\n", hard.model.model().a, hard.model.model().b);

  latent::RandomEngine rng = latent::random_stream(1, 0);
  const std::vector<Count> simulated = model.sample(10'000, rng);
  const auto one =
      latent::fit(TwoPoissons(), simulated, {.restarts = 2, .threads = 1, .stop = latent::iteration_limit(50)});
  const auto eight =
      latent::fit(TwoPoissons(), simulated, {.restarts = 2, .threads = 8, .stop = latent::iteration_limit(50)});
  fmt::print("\nsame bits with 1 and 8 threads: {}\n",
             one.model.parameters() == eight.model.parameters() ? "yes" : "no");

  const std::string file = (std::filesystem::temp_directory_path() / "two_poissons.latent").string();
  latent::save(model, file);
  const bool same = latent::load(file, TwoPoissons()).parameters() == model.parameters();
  std::filesystem::remove(file);
  fmt::print("same bits from a file: {}\n", same ? "yes" : "no");

  fmt::print("\nwith a mistake in the M-step:\n  {}\n", latent::fit(Careless(), counts).warnings.front());
}
