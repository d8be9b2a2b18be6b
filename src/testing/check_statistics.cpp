// Checks of the statistics: that they add, count weights, and carry their log-likelihood.
#include <fmt/format.h>

#include <algorithm>
#include <boost/random/uniform_int_distribution.hpp>
#include <cmath>

#include "testing/checks.hpp"

namespace latent::detail {

Finding check_one_pass(const Bench& bench) {
  if (!bench.has().one_pass) return lacks("Statistics::log_likelihood (OnePassModel)");
  Worst worst;
  for (const Place& place : bench.places()) {
    const double in_statistics = place.model->log_likelihood_in(place.model->e_step(bench.data()));
    worst.add("e_step", in_statistics - place.log_likelihood, place.rounding, [&] {
      return fmt::format(
          "the statistics' log_likelihood is {:.10g}, and log_likelihood(data) gives {:.10g}: one lacks a "
          "term, or they are of different parameters",
          in_statistics, place.log_likelihood);
    });
  }
  return worst.finding("e_step", "the statistics' log_likelihood is that of log_likelihood(data)");
}

// ---------------------------------------------------------------------------------------------------------------------
// Additivity.

namespace {

// Where to cut data of that size: in halves, behind the first, and at random into several.
std::vector<std::vector<std::size_t>> cuts_of(std::size_t size, std::uint64_t seed) {
  RandomEngine rng = random_stream(seed, 1);
  const boost::random::uniform_int_distribution<std::size_t> anywhere(1, size - 1);
  std::vector<std::vector<std::size_t>> all = {{size / 2}, {1}};
  std::vector<std::size_t> several(5);
  for (std::size_t& cut : several) cut = anywhere(rng);
  std::ranges::sort(several);
  const auto repeated = std::ranges::unique(several);
  several.erase(repeated.begin(), repeated.end());
  all.push_back(several);
  return all;
}

std::vector<AnyData> pieces(const AnyModel& model, const AnyData& data, const std::vector<std::size_t>& cuts) {
  std::vector<AnyData> parts;
  std::size_t first = 0;
  for (const std::size_t cut : cuts) {
    parts.push_back(model.part(data, first, cut - first));
    first = cut;
  }
  parts.push_back(model.part(data, first, model.size(data) - first));
  return parts;
}

Finding lacks_parts(const Bench& bench) {
  return bench.has().divisible ? lacks("data of two items at least") : lacks_division();
}

bool can_be_divided(const Bench& bench) { return bench.has().divisible && bench.model().size(bench.data()) > 1; }

}  // namespace

Finding check_additive_statistics(const Bench& bench) {
  if (!can_be_divided(bench)) return lacks_parts(bench);
  Worst worst;
  for (const Place& place : bench.places()) {
    const AnyModel& model = *place.model;
    const auto whole = effects(bench, place, model.e_step(bench.data()));
    for (const auto& cuts : cuts_of(model.size(bench.data()), bench.options().seed)) {
      const auto parts = pieces(model, bench.data(), cuts);
      const auto sum = model.e_step(parts.front());
      for (std::size_t i = 1; i < parts.size(); ++i) model.add(sum, model.e_step(parts[i]));
      compare(worst, "Statistics::operator+=", effects(bench, place, sum), whole,
              fmt::format("with the statistics added over {} parts, beside one E-step of the whole (look at += first, "
                          "then for what e_step takes from the whole of its data)",
                          parts.size()));
    }
  }
  return worst.finding("Statistics::operator+=", "the statistics of parts add up to those of the whole");
}

Finding check_additive_log_likelihood(const Bench& bench) {
  if (!can_be_divided(bench)) return lacks_parts(bench);
  Worst worst;
  for (const Place& place : bench.places()) {
    for (const auto& cuts : cuts_of(bench.model().size(bench.data()), bench.options().seed)) {
      double sum = 0.0;
      for (const AnyData& part : pieces(*place.model, bench.data(), cuts)) sum += place.model->log_likelihood(part);
      worst.add("log_likelihood", sum - place.log_likelihood, place.rounding, [&] {
        return fmt::format(
            "the log-likelihoods of the parts add up to {:.10g}, and that of the whole is {:.10g}: it is "
            "the sum over the observations, not a mean, and has no constant of its own",
            sum, place.log_likelihood);
      });
    }
  }
  return worst.finding("log_likelihood", "the log-likelihoods of parts add up to that of the whole");
}

Finding check_scaled_statistics(const Bench& bench) {
  const Refinements& has = bench.has();
  if (!has.scalable) return lacks("Statistics with *= and += (ScalableModel)");
  if (!has.bounded) return lacks("expected_log_joint(statistics) (BoundedModel), to look into the statistics");
  Worst worst;
  for (std::size_t p = 0; p < bench.places().size(); ++p) {
    const Place& place = bench.places()[p];
    const auto other_model = bench.elsewhere(p);
    const auto once = effects(bench, place, place.model->e_step(bench.data()));
    const auto other = effects(bench, place, other_model->e_step(bench.data()));

    const auto scaled = place.model->e_step(bench.data());
    constexpr double factor = 0.375;  // exact in binary
    place.model->scale(scaled, factor);
    const auto scaled_effects = effects(bench, place, scaled);

    const auto blend = place.model->e_step(bench.data());
    place.model->add(blend, other_model->e_step(bench.data()));
    const auto blend_effects = effects(bench, place, blend);

    for (std::size_t i = 0; i < std::min({once.size(), other.size(), scaled_effects.size(), blend_effects.size()});
         ++i) {
      if (once[i].what != "Q from it" || !std::isfinite(once[i].value + other[i].value)) continue;
      // Moved to another centre, each moment is a sum of four that may cancel.
      const double allowed = 4.0 * (once[i].tolerance + other[i].tolerance + blend_effects[i].tolerance);
      worst.add("Statistics::operator*=", scaled_effects[i].value - factor * once[i].value, allowed, [&] {
        return fmt::format(
            "Q from the statistics times {} is {:.10g}, and should be {:.10g}: *= must multiply all that "
            "is in them",
            factor, scaled_effects[i].value, factor * once[i].value);
      });
      worst.add("Statistics::operator+=", blend_effects[i].value - once[i].value - other[i].value, allowed, [&] {
        return fmt::format(
            "Q from a sum of statistics of different parameters is {:.10g}, and should be {:.10g}: what is "
            "taken about a centre must be moved before it is added",
            blend_effects[i].value, once[i].value + other[i].value);
      });
    }
  }
  return worst.finding("Statistics::operator*=", "Q is linear in the statistics");
}

// ---------------------------------------------------------------------------------------------------------------------
// Weights.

Finding check_weights(const Bench& bench) {
  const Refinements& has = bench.has();
  if (!has.reweightable) return lacks("data with weights, and reweighted(data, factors) (ReweightableData)");
  if (!has.subsettable) return lacks("subset(data, rows) (SubsettableData)");
  const std::size_t size = bench.model().size(bench.data());
  RandomEngine rng = random_stream(bench.options().seed, 2);
  const boost::random::uniform_int_distribution<int> times(1, 3);
  Vector factors(static_cast<Index>(size));
  Rows rows;
  for (std::size_t i = 0; i < size; ++i) {
    const int count = i == 0 ? 2 : times(rng);
    factors[static_cast<Index>(i)] = count;
    rows.insert(rows.end(), static_cast<std::size_t>(count), i);
  }
  const AnyData weighted = bench.model().reweighted(bench.data(), factors);
  const AnyData repeated = bench.model().rows(bench.data(), rows);
  Worst worst;
  for (const Place& place : bench.places()) {
    const double by_weight = place.model->log_likelihood(weighted);
    const double by_rows = place.model->log_likelihood(repeated);
    const double rounding = 3.0 * place.rounding;
    worst.add("log_likelihood", by_weight - by_rows, rounding, [&] {
      return fmt::format(
          "with weights it is {:.10g}, and with observations repeated as often {:.10g}: a weight "
          "multiplies all that the observation adds",
          by_weight, by_rows);
    });
    const Place heavier = {.model = place.model->copy(), .log_likelihood = by_rows, .rounding = rounding};
    compare(worst, "e_step", effects(bench, heavier, place.model->e_step(weighted)),
            effects(bench, heavier, place.model->e_step(repeated)),
            "with the statistics of weighted observations, beside those of observations repeated as often");
  }
  return worst.finding("e_step", "an observation of weight 2 counts as two");
}

}  // namespace latent::detail
