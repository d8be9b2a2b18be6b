// Checks of draws: that they come from the density whose logarithm log_likelihood is.
#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

#include "testing/checks.hpp"

namespace latent::detail {
namespace {

Finding lacks_sample() { return lacks("sample(count, rng) (GenerativeModel)"); }

// The level of each check. A correct model fails with about this probability where its scores are nearly normal.
constexpr double false_alarm = 1e-7;

}  // namespace

// E ∂/∂θ log p(x | θ) = 0 where x is drawn with θ. The mean score of many sets of draws is compared with its standard
// error, by Student's t.
Finding check_sample_score(const Bench& bench) {
  if (!bench.has().generative) return lacks_sample();
  if (!bench.has().parameterized) return lacks("parameters() and set_parameters(vector) (ParameterizedModel)");
  if (bench.options().e_step == EStepKind::approximate) return lacks_exact_e_step();
  constexpr std::size_t sets = 60;
  const AnyModel& truth = *bench.fitted().model;
  RandomEngine rng = random_stream(bench.options().seed, 5);
  std::vector<AnyData> drawn;
  drawn.reserve(sets);
  for (std::size_t s = 0; s < sets; ++s) drawn.push_back(truth.sample(bench.options().draws, rng));

  const Vector parameters = truth.parameters();
  const Coordinates among = coordinates(parameters, bench.options().seed, 0);
  Units units(among, parameters);
  const double rounding = bench.rounding(truth, drawn.front());
  // A slip in one of p coordinates is √p times smaller along a direction, beside its standard error.
  const int directions = among.all_chosen() ? 0 : 8;
  const double level = false_alarm / static_cast<double>(std::max<std::size_t>(1, among.chosen.size()) +
                                                         static_cast<std::size_t>(directions));
  const double most = boost::math::quantile(boost::math::complement(boost::math::students_t(sets - 1.0), 0.5 * level));
  Worst worst;
  int compared = 0;
  const auto judge = [&](const auto& towards, double scale, const std::string& name) {
    const auto log_likelihood = [&](const AnyData& data) {
      return along(truth, towards, [&data](const AnyModel& there) { return there.log_likelihood(data); });
    };
    const auto step = bending_step(log_likelihood(drawn.front()), scale, rounding);
    if (!step) return 0.0;
    const double unit = *step / step_in_standard_errors;
    Vector scores(static_cast<Index>(sets));
    double error = 0.0;
    for (std::size_t s = 0; s < sets; ++s) {
      const Slope score = slope(log_likelihood(drawn[s]), *step, rounding, 0.1 / *step);
      scores[static_cast<Index>(s)] = score.value;
      error = std::max(error, score.error);
    }
    if (!scores.allFinite() || !std::isfinite(error)) return 0.0;
    ++compared;
    const double mean = scores.mean();
    // An event that the draws hold hardly once leaves a variance of next to nothing: the score's variance is the
    // information, and that of one set is known from its curvature.
    const double information = 1.0 / (unit * unit);
    const double variance = std::max(information, (scores.array() - mean).square().sum() / (sets - 1.0));
    const double distance = std::max(0.0, std::abs(mean) - error) / std::sqrt(variance / sets);
    worst.add("sample", distance, most, [&] {
      return fmt::format(
          "the mean score of {} sets of {} draws is {:.3g} of its standard errors from 0 along {}: the draws "
          "are not of the density that log_likelihood has; look at how that parameter is used in sample (a "
          "variance for a standard deviation, a rate for a mean, a wrong component)",
          sets, bench.options().draws, distance, name);
    });
    return unit;
  };
  for (const Index j : among.chosen) units.set(j, judge(j, parameters[j], numbered(j)));
  for (int direction = 0; direction < directions && units.curved(); ++direction) {
    judge(units.direction(rng), 0.0, "a random direction across all parameters");
  }
  if (compared == 0) return lacks("a parameter along which the log-likelihood of draws is curved");
  return worst.finding("sample", "the score of draws has mean 0, in its standard errors, along " + in_words(among));
}

namespace {

// Some three standard errors from the truth, as draws tell them: over a random direction of all parameters; of a model
// without the vector, what EM makes of other draws. Nothing where the likelihood is flat.
std::unique_ptr<AnyModel> away_from(const Bench& bench, const AnyModel& truth, const AnyData& data, RandomEngine& rng) {
  constexpr double standard_errors = 3.0;
  if (!bench.has().parameterized) {
    return after_em(truth, truth.sample(std::max<std::size_t>(1, bench.options().draws / 4), rng), 3);
  }
  const Vector parameters = truth.parameters();
  const Coordinates among = coordinates(parameters, bench.options().seed, 0);
  Units units(among, parameters);
  const double rounding = bench.rounding(truth, data);
  const auto value = [&](const AnyModel& there) { return objective_of(there, data); };
  for (const Index j : among.chosen) {
    units.set(j, bending_step(along(truth, j, value), parameters[j], rounding).value_or(0.0));
  }
  if (!units.curved()) return nullptr;
  const Vector direction = units.direction(rng);
  const auto step = bending_step(along(truth, direction, value), 0.0, rounding);
  if (!step) return nullptr;
  double by = standard_errors / step_in_standard_errors * *step;
  const double at_truth = value(truth);
  for (int halving = 0; halving < 10; ++halving, by *= 0.5) {
    // Where the likelihood is no parabola, so many steps may lead into another basin.
    constexpr double most = standard_errors * standard_errors;
    const double lost = at_truth - along(truth, direction, value)(by);
    if (!std::isfinite(lost) || lost > most) continue;
    auto moved = truth.copy();
    Vector there = parameters;
    for (const Index j : among.finite) there[j] += by * direction[j];
    moved->set_parameters(there);
    return moved;
  }
  return nullptr;
}

// What EM from `away` loses and does not win back.
struct Return {
  double lost = 0.0;        // in the objective, beside the truth
  double still_lost = 0.0;  // when it is nearly back, or after so many iterations
};
Return return_from(const AnyModel& away, const AnyModel& truth, const AnyData& data, int iterations) {
  constexpr double nearly = 0.05;
  const double at_truth = objective_of(truth, data);
  auto model = away.copy();
  double here = objective_of(*model, data);
  const double lost = std::max(0.0, at_truth - here);
  for (int i = 0; i < iterations && here < at_truth - nearly * lost; ++i) {
    model = after_em(*model, data, 1);
    here = objective_of(*model, data);
  }
  return {.lost = lost, .still_lost = std::max(0.0, at_truth - here)};
}

}  // namespace

// From the truth, EM on n draws gains about half a χ² of p degrees of freedom, whatever n; with components to spare it
// is no χ², but of that size; of a wrong distribution it gains in proportion to n. That the gain is bounded alike on n
// and on 16 n is an error that shrinks as 1/√n, on a scale of the likelihood's own. That EM comes back
// from beside the truth shows that the estimate moves with the data.
Finding check_recovery(const Bench& bench) {
  if (!bench.has().generative) return lacks_sample();
  if (!bench.has().countable && !bench.has().parameterized) {
    return lacks("free_parameters() (CountableModel), to know what a fit may gain");
  }
  if (bench.options().e_step == EStepKind::approximate) return lacks_exact_e_step();
  const AnyModel& truth = *bench.fitted().model;
  const double p = bench.has().countable ? truth.free_parameters() : static_cast<double>(truth.parameters().size());
  constexpr int replicates = 6;
  constexpr double leeway = 2.0;  // for what is no χ²
  Worst worst;
  bool moved = false;
  for (const std::size_t times : {std::size_t{1}, std::size_t{16}}) {
    const std::size_t draws = times * bench.options().draws;
    RandomEngine rng = random_stream(bench.options().seed, 6 + times);
    double gained = 0.0;
    double rounding = 0.0;
    std::vector<double> kept;  // of what was lost beside the truth, by set
    for (int replicate = 0; replicate < replicates; ++replicate) {
      const AnyData data = truth.sample(draws, rng);
      const auto fitted = after_em(truth, data, bench.options().iterations);
      gained += 2.0 * (fitted->log_likelihood(data) - truth.log_likelihood(data));
      const double of_set = bench.rounding(truth, data);
      rounding += 2.0 * of_set;
      const auto away = away_from(bench, truth, data, rng);
      if (away == nullptr) continue;
      const Return back = return_from(*away, truth, data, 10 * bench.options().iterations);
      if (back.lost > of_set) kept.push_back(back.still_lost / back.lost);
    }
    const boost::math::chi_squared null(std::max(1.0, p) * replicates);
    const double most = leeway * boost::math::quantile(boost::math::complement(null, false_alarm)) + rounding;
    worst.add("sample", std::max(0.0, gained), most, [&] {
      return fmt::format(
          "EM from the truth on {} sets of {} draws gains {:.3g} in twice the log-likelihood, and {} "
          "parameters should gain {:.3g}: the draws are not of the density that log_likelihood has",
          replicates, draws, gained, p, p * replicates);
    });
    if (kept.empty()) continue;
    moved = true;
    // Some sets lead elsewhere, or EM takes long, where components hardly differ. Most do not.
    std::ranges::sort(kept);
    const double of_half = kept[(kept.size() - 1) / 2];
    worst.add("m_step", of_half, 2.0 / 3.0, [&] {
      return fmt::format(
          "from parameters some standard errors beside the truth, {:.0f} % and more of what they lose in the objective "
          "is still lost after EM, on half of {} sets of {} draws: the M-step does not take the parameters to where "
          "the data are",
          100.0 * of_half, kept.size(), draws);
    });
  }
  return worst.finding("sample", fmt::format("EM on {} and on {} draws gains no more than chance over the truth{}",
                                             bench.options().draws, 16 * bench.options().draws,
                                             moved ? ", and comes back from beside it" : ""));
}

}  // namespace latent::detail
