// Checks of the posterior: probabilities, the ELBO, given responsibilities, and the sum over latent states.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "latent/starts/starts.hpp"
#include "testing/checks.hpp"

namespace latent::detail {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

// −Σ_k p_k log p_k, natural log.
double entropy(const Eigen::Ref<const Eigen::RowVectorXd>& probabilities) {
  double sum = 0.0;
  for (const double p : probabilities) {
    if (p > 0.0) sum -= p * std::log(p);
  }
  return sum;
}

double weighted_entropy(const Matrix& rows, const Vector& weights) {
  double sum = 0.0;
  for (Index row = 0; row < rows.rows(); ++row) sum += weights[row] * entropy(rows.row(row));
  return sum;
}

Finding lacks_posterior() { return lacks("posterior(data) (PredictiveModel)"); }

}  // namespace

Finding check_posterior(const Bench& bench) {
  if (!bench.has().predictive) return lacks_posterior();
  Worst worst;
  for (const Place& place : bench.places()) {
    const Matrix rows = place.model->posterior(bench.data());
    // In the log domain a probability is exp of a difference of log-densities, and as far off as they are.
    const double allowed = std::max((16.0 + static_cast<double>(rows.cols())) * epsilon, place.rounding);
    for (Index row = 0; row < rows.rows(); ++row) {
      const double total = rows.row(row).sum();
      worst.add("posterior", total - 1.0, allowed, [&] {
        return fmt::format("row {} sums to 1 {:+.3g}, and should to 1: divide by the sum over the components", row + 1,
                           total - 1.0);
      });
      const double outside = std::max({0.0, -rows.row(row).minCoeff(), rows.row(row).maxCoeff() - 1.0});
      worst.add("posterior", outside, allowed,
                [&] { return fmt::format("row {} has an entry outside of [0, 1]", row + 1); });
    }
  }
  return worst.finding("posterior", "rows are probabilities");
}

// ---------------------------------------------------------------------------------------------------------------------
// The ELBO at the E-step.

namespace {

// log-likelihood − Q is the entropy of the posterior, w_n H_n for an observation of weight w_n, at any parameters.
// Where the data's type does not tell the weights, they follow from this at one place, and are held to it at another.
bool holds_with_some_weights(const Bench& bench) {
  const std::size_t size = std::min<std::size_t>(bench.model().size(bench.data()), 100);
  const auto gap_and_entropy = [&](const AnyModel& model, std::size_t i) {
    const AnyData item = model.part(bench.data(), i, 1);
    const double gap = model.log_likelihood(item) - model.expected_log_joint(model.e_step(item));
    return std::pair(gap, entropy(model.posterior(item).row(0)));
  };
  const auto other = bench.elsewhere(0);
  const AnyModel& here = *bench.places().front().model;
  const double rounding = bench.places().front().rounding + bench.rounding(*other, bench.data());
  int weighed = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const auto [gap, spread] = gap_and_entropy(here, i);
    const auto [other_gap, other_spread] = gap_and_entropy(*other, i);
    if (spread < 1e-3) continue;  // tells no weight
    ++weighed;
    const double weight = gap / spread;
    const double off = std::abs(other_gap - weight * other_spread);
    if (weight < -rounding || off > rounding * (1.0 + other_spread / spread)) return false;
  }
  return weighed > 0;
}

}  // namespace

Finding check_elbo(const Bench& bench) {
  const Refinements& has = bench.has();
  if (!has.bounded) return lacks("expected_log_joint(statistics) (BoundedModel)");
  if (!has.predictive) return lacks("posterior(data) (PredictiveModel), to take the entropy of");
  if (!has.sized) return lacks("Data with size(), to match the rows of posterior with");
  const bool approximate = bench.options().e_step == EStepKind::approximate;
  // Latent variables of all rows at once may have an entropy of their own.
  if (approximate && !has.divisible)
    return lacks("statistics that add over the data, each row with its own latent variables (DivisibleModel)");
  Worst worst;
  for (const Place& place : bench.places()) {
    const Matrix rows = place.model->posterior(bench.data());
    const Vector weights = weights_of(bench, bench.data());
    if (rows.rows() != weights.size()) return lacks("a posterior with one row for each item of the data");
    const double q = place.model->expected_log_joint(place.model->e_step(bench.data()));
    const double elbo = q + weighted_entropy(rows, weights);
    const double above = elbo - place.log_likelihood;
    const double rounding = place.rounding * (1.0 + std::abs(q) / std::max(1.0, std::abs(place.log_likelihood))) * 2.0;
    // Where latent variables of different rows depend on each other, the sum of the entropies is too large.
    const double off = has.divisible ? above : std::min(0.0, above);
    worst.add("expected_log_joint", off, rounding, [&] {
      return approximate
                 ? fmt::format(
                       "at the E-step, Q + the entropy of posterior's rows = {:.10g}, and log_likelihood is {:.10g}: "
                       "both must be the bound F that the M-step maximises, constants included. A term is missing in "
                       "expected_log_joint or in log_likelihood, log_likelihood is not F, or posterior is not the "
                       "distribution that e_step takes",
                       elbo, place.log_likelihood)
                 : fmt::format(
                       "at the E-step, Q + entropy = {:.10g}, and the log-likelihood is {:.10g}: {}, constants "
                       "included. A term is missing in expected_log_joint or in log_likelihood, or posterior is not "
                       "what e_step takes (if an item stands for several observations, give CheckOptions::weights)",
                       elbo, place.log_likelihood,
                       has.divisible ? "both must be the same" : "the first must not be lower");
    });
  }
  if (worst.failed() && !approximate && has.divisible && !bench.options().weights && holds_with_some_weights(bench)) {
    Worst by_weights;
    by_weights.add("expected_log_joint", 0.0, bench.fitted().rounding, [] { return std::string(); });
    return by_weights.finding("expected_log_joint",
                              "the ELBO is the log-likelihood, with the weights of the items taken from their entropy");
  }
  return worst.finding("expected_log_joint",
                       approximate     ? "at the E-step Q + entropy is log_likelihood, the bound F"
                       : has.divisible ? "at the E-step the ELBO is the log-likelihood"
                                       : "at the E-step the ELBO is no lower than the log-likelihood (one side only: "
                                         "rows may depend on each other)");
}

// ---------------------------------------------------------------------------------------------------------------------
// Given responsibilities.

Finding check_complete_statistics(const Bench& bench) {
  const Refinements& has = bench.has();
  if (!has.assignable) return lacks("complete_statistics(data, responsibilities) (AssignableModel)");
  if (bench.options().e_step == EStepKind::approximate) return lacks_exact_e_step();
  Worst worst;
  for (std::size_t p = 0; p < bench.places().size(); ++p) {
    const Place& place = bench.places()[p];
    const AnyModel& model = *place.model;
    const Matrix rows = model.posterior(bench.data());
    compare(worst, "complete_statistics", effects(bench, place, model.complete_statistics(bench.data(), rows)),
            effects(bench, place, model.e_step(bench.data())),
            "with complete_statistics of the posterior, beside e_step (if posterior disagrees too, look there)");
    if (!has.one_pass) continue;

    RandomEngine rng = random_stream(bench.options().seed, 4 + p);
    Matrix drawn(rows.rows(), rows.cols());
    for (Index row = 0; row < drawn.rows(); ++row) {
      drawn.row(row) = random_responsibilities(static_cast<std::size_t>(drawn.cols()), rng).transpose();
    }
    const auto statistics = model.complete_statistics(bench.data(), drawn);
    const double elbo = model.log_likelihood_in(statistics);
    worst.add("complete_statistics", std::max(0.0, elbo - place.log_likelihood), place.rounding, [&] {
      return fmt::format(
          "for random responsibilities its log_likelihood is {:.10g}, above the log-likelihood {:.10g}: it "
          "must be their ELBO, a lower bound",
          elbo, place.log_likelihood);
    });
    if (!has.bounded) continue;
    // ELBO − Q is the entropy of the responsibilities, whatever the parameters.
    const double q = model.expected_log_joint(statistics);
    const auto other = bench.elsewhere(p);
    const auto of_other = other->complete_statistics(bench.data(), drawn);
    const double other_q = other->expected_log_joint(of_other);
    const double off = (elbo - q) - (other->log_likelihood_in(of_other) - other_q);
    if (!std::isfinite(q) || !std::isfinite(other_q)) continue;  // a responsibility for what is impossible
    const double scale = 1.0 + (std::abs(q) + std::abs(other_q)) / std::max(1.0, std::abs(place.log_likelihood));
    worst.add("complete_statistics", off, scale * (place.rounding + bench.rounding(*other, bench.data())), [&] {
      return std::string(
          "its log_likelihood less Q must be the entropy of the responsibilities, and changes with the "
          "parameters");
    });
  }
  return worst.finding("complete_statistics", "the posterior's rows give what e_step gives, and others a lower bound");
}

// ---------------------------------------------------------------------------------------------------------------------
// Brute force.

namespace {

// log Σ_z exp(log p(x, z)).
double log_sum(const std::vector<double>& logs) {
  const double largest = *std::ranges::max_element(logs);
  if (!std::isfinite(largest)) return largest;
  double sum = 0.0;
  for (const double each : logs) sum += std::exp(each - largest);
  return largest + std::log(sum);
}

}  // namespace

Finding check_brute_force(const Bench& bench) {
  const Refinements& has = bench.has();
  if (has.states == 0) return lacks("LatentStates{count, log_joint}, the joint density written out");
  if (!has.sized) return lacks("Data with size()");
  if (bench.options().e_step == EStepKind::approximate) return lacks_exact_e_step();
  const std::size_t size = bench.model().size(bench.data());
  const Vector weights = weights_of(bench, bench.data());
  Worst worst;
  for (const Place& place : bench.places()) {
    const AnyModel& model = *place.model;
    Matrix rows(static_cast<Index>(size), static_cast<Index>(has.states));
    std::vector<double> logs(has.states);
    double log_likelihood = 0.0;
    double q = 0.0;
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t z = 0; z < logs.size(); ++z) logs[z] = model.log_joint(bench.data(), i, z);
      const double marginal = log_sum(logs);
      const double weight = weights[static_cast<Index>(i)];
      log_likelihood += weight * marginal;
      for (std::size_t z = 0; z < logs.size(); ++z) {
        const double probability = std::exp(logs[z] - marginal);
        rows(static_cast<Index>(i), static_cast<Index>(z)) = probability;
        if (probability > 0.0) q += weight * probability * logs[z];
      }
    }
    worst.add("log_likelihood", place.log_likelihood - log_likelihood, 2.0 * place.rounding, [&] {
      return fmt::format("it is {:.10g}, and the sum of the joint density over the latent states is {:.10g}",
                         place.log_likelihood, log_likelihood);
    });
    if (has.bounded) {
      const double of_model = model.expected_log_joint(model.e_step(bench.data()));
      const double allowed = 4.0 * place.rounding * (1.0 + std::abs(q) / std::max(1.0, std::abs(log_likelihood)));
      worst.add("expected_log_joint", of_model - q, allowed, [&] {
        return fmt::format(
            "Q is {:.10g}, and the expected joint density over the latent states {:.10g}: e_step or "
            "expected_log_joint is wrong, or lacks a constant",
            of_model, q);
      });
    }
    if (!has.predictive) continue;
    const Matrix posterior = model.posterior(bench.data());
    if (posterior.rows() != rows.rows() || posterior.cols() != rows.cols()) continue;
    const double off = (posterior - rows).cwiseAbs().maxCoeff();
    worst.add("posterior", off, 4.0 * place.rounding, [&] {
      return fmt::format("a probability is off by {:.3g} from Bayes' rule over the latent states", off);
    });
  }
  return worst.finding("log_likelihood", "the sum over the latent states gives the same");
}

}  // namespace latent::detail
