// Checks of draws: that they come from the density whose logarithm log_likelihood is.
#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

#include "checks.hpp"

namespace latent::detail {
namespace {

Finding lacks_sample() { return lacks("sample(count, rng) (GenerativeModel)"); }

// A correct model fails one of these checks with about this probability, over all seeds.
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
    const auto height = [&](const AnyData& data) {
      return along(truth, towards, [&data](const AnyModel& there) { return there.log_likelihood(data); });
    };
    const auto step = bending_step(height(drawn.front()), scale, rounding);
    if (!step) return 0.0;
    const double unit = *step / step_in_standard_errors;
    Vector scores(static_cast<Index>(sets));
    double error = 0.0;
    for (std::size_t s = 0; s < sets; ++s) {
      const Slope score = slope(height(drawn[s]), *step, rounding, 0.1 / *step);
      scores[static_cast<Index>(s)] = score.value;
      error = std::max(error, score.error);
    }
    if (!scores.allFinite()) return 0.0;
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

// From the truth, EM on n draws gains half a χ² of p degrees of freedom at most, whatever n; of a wrong distribution it
// gains in proportion to n. That is the error of an estimate shrinking as 1/√n, on a scale of the likelihood's own.
Finding check_recovery(const Bench& bench) {
  if (!bench.has().generative) return lacks_sample();
  if (!bench.has().countable && !bench.has().parameterized) {
    return lacks("free_parameters() (CountableModel), to know what a fit may gain");
  }
  const AnyModel& truth = *bench.fitted().model;
  const double p = bench.has().countable ? truth.free_parameters() : static_cast<double>(truth.parameters().size());
  constexpr int replicates = 6;
  // Near a boundary of the parameters the gain is no χ²; it is still of that size.
  constexpr double leeway = 2.0;
  Worst worst;
  for (const std::size_t times : {std::size_t{1}, std::size_t{16}}) {
    RandomEngine rng = random_stream(bench.options().seed, 6 + times);
    double gained = 0.0;
    double rounding = 0.0;
    for (int replicate = 0; replicate < replicates; ++replicate) {
      const AnyData data = truth.sample(times * bench.options().draws, rng);
      const auto fitted = after_em(truth, data, bench.options().iterations);
      gained += 2.0 * (fitted->log_likelihood(data) - truth.log_likelihood(data));
      rounding += 2.0 * bench.rounding(truth, data);
    }
    const boost::math::chi_squared null(std::max(1.0, p) * replicates);
    const double most = leeway * boost::math::quantile(boost::math::complement(null, false_alarm)) + rounding;
    worst.add("sample", std::max(0.0, gained), most, [&] {
      return fmt::format(
          "EM from the truth on {} sets of {} draws gains {:.3g} in twice the log-likelihood, and {} "
          "parameters should gain {:.3g}: the draws are not of the density that log_likelihood has",
          replicates, times * bench.options().draws, gained, p, p * replicates);
    });
  }
  return worst.finding("sample", "draws are fitted back, with an error that shrinks as one over the root of n");
}

}  // namespace latent::detail
