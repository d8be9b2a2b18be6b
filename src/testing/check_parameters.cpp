// Checks of the parameters: as a vector, in a file, counted, and with the components exchanged.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "testing/checks.hpp"

namespace latent::detail {
namespace {

// The entry that differs most from what it should be, beside 1 + |θ|; infinite ones must be equal.
double largest_difference(const Vector& is, const Vector& should) {
  if (is.size() != should.size()) return std::numeric_limits<double>::infinity();
  double largest = 0.0;
  for (Index j = 0; j < is.size(); ++j) {
    if (is[j] == should[j]) continue;
    const double difference = std::abs(is[j] - should[j]) / (1.0 + std::abs(should[j]));
    largest = difference <= largest ? largest : difference;  // takes in NaN
  }
  return largest;
}

}  // namespace

Finding check_parameters(const Bench& bench) {
  if (!bench.has().parameterized) return lacks("parameters() and set_parameters(vector) (ParameterizedModel)");
  Worst worst;
  for (std::size_t p = 0; p < bench.places().size(); ++p) {
    const Place& place = bench.places()[p];
    auto other = bench.elsewhere(p);
    if (!bench.is_elsewhere(*other, p)) continue;
    const Vector parameters = place.model->parameters();
    other->set_parameters(parameters);
    const double log_likelihood = other->log_likelihood(bench.data());
    worst.add("set_parameters", log_likelihood - place.log_likelihood, 4.0 * place.rounding, [&] {
      return fmt::format(
          "a model given the vector of another has the log-likelihood {:.10g}, and the other {:.10g}: "
          "parameters() leaves something out, or set_parameters does not take it back",
          log_likelihood, place.log_likelihood);
    });
    const Vector again = other->parameters();
    // Between the vector and the model lie sums and squares of the same size: some hundred roundings.
    constexpr double allowed = 1e3 * std::numeric_limits<double>::epsilon();
    const double off = largest_difference(again, parameters);
    // What the likelihood does not feel is no error: a logit near the end of its range, one logit more than are free.
    auto nearby = place.model->copy();
    nearby->set_parameters(again);
    const double felt = std::abs(nearby->log_likelihood(bench.data()) - place.log_likelihood);
    const bool harmless = felt <= 4.0 * place.rounding;
    worst.add("parameters", harmless ? std::min(off, allowed) : off, allowed, [&] {
      return fmt::format(
          "the vector that set_parameters was given comes back changed, by {:.3g} of 1 + |entry|: "
          "parameters and set_parameters are not each other's inverse, or one transforms twice",
          off);
    });
  }
  return worst.finding("set_parameters", "parameters survive the way through the vector");
}

Finding check_free_parameters(const Bench& bench) {
  if (!bench.has().countable) return lacks("free_parameters() (CountableModel)");
  if (!bench.has().parameterized) return lacks("parameters(), to compare their number with (ParameterizedModel)");
  const AnyModel& model = *bench.fitted().model;
  const double free = model.free_parameters();
  const double expected = static_cast<double>(model.parameters().size()) - bench.options().redundant_parameters;
  Worst worst;
  worst.add("free_parameters", free - expected, 0.0, [&] {
    return fmt::format(
        "it is {}, and parameters() has {} entries{}: AIC and BIC count each probability vector one short, "
        "and a symmetric matrix once; entries that are more than are free are declared as "
        "CheckOptions::redundant_parameters",
        free, model.parameters().size(),
        bench.options().redundant_parameters > 0
            ? fmt::format(", {} of them redundant", bench.options().redundant_parameters)
            : "");
  });
  return worst.finding("free_parameters", "as many as parameters() has");
}

Finding check_file(const Bench& bench) {
  if (!bench.has().persistent) return lacks("cereal's serialize(archive) (PersistentModel)");
  Worst worst;
  for (std::size_t p = 0; p < bench.places().size(); ++p) {
    const auto other = bench.elsewhere(p);
    if (!bench.is_elsewhere(*other, p)) continue;
    const AnyModel& model = *bench.places()[p].model;
    const auto loaded = model.through_a_file(*other);
    const auto bits = [&](const AnyModel& one) {
      auto all = bits_of(bench, one, one.e_step(bench.data()));
      all.push_back(one.log_likelihood(bench.data()));
      all.push_back(one.log_prior());
      if (bench.has().countable) all.push_back(one.free_parameters());
      return all;
    };
    worst.add("serialize", different_bits(bits(model), bits(*loaded)), 0.0, [] {
      return std::string(
          "a model read from a file is another than was written: its log-likelihood, or what an M-step "
          "makes of its statistics, has other bits; serialize must take all that the model holds, options "
          "included");
    });
  }
  return worst.finding("serialize", "a file gives the model back, bit for bit");
}

// ---------------------------------------------------------------------------------------------------------------------
// Relabelling.

namespace {

using Permutation = std::vector<std::size_t>;

// k → k + 1: no component of two or more stays where it is.
Permutation rotation(std::size_t components) {
  Permutation permutation(components);
  for (std::size_t k = 0; k < components; ++k) permutation[k] = (k + 1) % components;
  return permutation;
}

Matrix permuted(const Matrix& rows, const Permutation& permutation) {
  Matrix all(rows.rows(), rows.cols());
  for (std::size_t k = 0; k < permutation.size(); ++k) {
    all.col(static_cast<Index>(k)) = rows.col(static_cast<Index>(permutation[k]));
  }
  return all;
}

struct Pair {
  std::unique_ptr<AnyModel> model;
  std::unique_ptr<AnyModel> relabelled;
};

// A model and the same with its components exchanged, by the model's own function or by an M-step from exchanged
// responsibilities. Nothing where that M-step is degenerate.
std::optional<Pair> pair_at(const Bench& bench, const Place& place, const Permutation& permutation) {
  if (bench.has().relabellable) {
    return Pair{.model = place.model->copy(), .relabelled = place.model->relabelled(permutation)};
  }
  const Matrix rows = place.model->posterior(bench.data());
  Pair pair = {.model = place.model->copy(), .relabelled = place.model->copy()};
  const bool possible = is_possible([&] {
    pair.model->m_step(place.model->complete_statistics(bench.data(), rows));
    pair.relabelled->m_step(place.model->complete_statistics(bench.data(), permuted(rows, permutation)));
  });
  return possible ? std::optional(std::move(pair)) : std::nullopt;
}

}  // namespace

Finding check_relabelling(const Bench& bench) {
  const Refinements& has = bench.has();
  if (!has.relabellable && !(has.assignable && bench.options().exchangeable)) {
    return lacks(has.assignable ? "CheckOptions::exchangeable, for components that may be exchanged"
                                : "relabelled(permutation) (RelabellableModel); or complete_statistics "
                                  "(AssignableModel) and CheckOptions::exchangeable");
  }
  if (!has.predictive) return lacks("posterior(data) (PredictiveModel)");
  const std::string_view function = has.relabellable ? "relabelled" : "m_step";
  Worst worst;
  for (const Place& place : bench.places()) {
    const Matrix rows = place.model->posterior(bench.data());
    const Permutation permutation = rotation(static_cast<std::size_t>(rows.cols()));
    const auto pair = pair_at(bench, place, permutation);
    if (!pair) continue;
    const double log_likelihood = pair->model->log_likelihood(bench.data());
    const double relabelled = pair->relabelled->log_likelihood(bench.data());
    const double rounding = 16.0 * (place.rounding + bench.rounding(*pair->model, bench.data()));
    worst.add(function, relabelled - log_likelihood, rounding, [&] {
      return fmt::format(
          "with the components exchanged the log-likelihood is {:.10g}, and was {:.10g}: a component is "
          "treated as no other is; look for an index that should be k",
          relabelled, log_likelihood);
    });
    const Matrix before = permuted(pair->model->posterior(bench.data()), permutation);
    const double off = (pair->relabelled->posterior(bench.data()) - before).cwiseAbs().maxCoeff();
    worst.add("posterior", off, rounding, [&] {
      return fmt::format(
          "with the components exchanged the columns of posterior are not those of before exchanged: a "
          "probability is off by {:.3g}",
          off);
    });
  }
  return worst.finding(function, "components may be exchanged");
}

}  // namespace latent::detail
