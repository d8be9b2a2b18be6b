// Checks of the two steps: that they can be repeated, that they ascend, and that the state of a model is its
// parameters.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <thread>
#include <vector>

#include "latent/core/parallel.hpp"
#include "testing/checks.hpp"

namespace latent::detail {
namespace {

// Bits of the model itself.
std::vector<double> bits_of_model(const Bench& bench, const AnyModel& model) {
  std::vector<double> bits = {model.log_likelihood(bench.data()), model.log_prior()};
  if (bench.has().parameterized) {
    const Vector parameters = model.parameters();
    bits.insert(bits.end(), parameters.begin(), parameters.end());
  }
  return bits;
}

}  // namespace

Finding check_starts(const Bench& bench) {
  if (bench.places().empty() || bench.starts().empty()) {
    const bool random = bench.has().initializable;
    return {.name = {},
            .outcome = CheckOutcome::failed,
            .function = random ? "initialize" : "e_step",
            .disagreement = static_cast<double>(bench.options().starts),
            .message = fmt::format("{}, so there is nothing to check at: {}; check a model with data that it can be "
                                   "fitted to",
                                   random ? "no start could be gone on from"
                                          : "no step could be made from the "
                                            "parameters given",
                                   bench.failure())};
  }
  if (!bench.has().initializable) return lacks("initialize(data, rng) (InitializableModel)");
  Worst worst;
  for (int start = 0; start < bench.options().starts; ++start) {
    const auto begun = [&](const AnyModel& from) {
      RandomEngine rng = random_stream(bench.options().seed, static_cast<std::uint64_t>(start));
      auto model = from.copy();
      try {
        model->initialize(bench.data(), rng);
        return bits_of_model(bench, *model);
      } catch (const ThrewIn&) {
        return std::vector<double>();  // another start may do better
      }
    };
    const auto once = begun(bench.model());
    worst.add("initialize", different_bits(once, begun(bench.model())), 0.0, [&] {
      return fmt::format(
          "start {}: two calls with the same engine give different parameters; draw from the engine "
          "given, and from nothing else",
          start + 1);
    });
    if (once.empty()) continue;
    worst.add("initialize", std::isfinite(once.front()) ? 0.0 : std::numeric_limits<double>::infinity(), 0.0, [&] {
      return fmt::format("start {}: the log-likelihood is {}; a start must give every observation some probability",
                         start + 1, once.front());
    });
  }
  return worst.finding("initialize", "the same engine gives the same start, of finite log-likelihood");
}

Finding check_finite(const Bench& bench) {
  const Refinements& has = bench.has();
  Worst worst;
  const auto require_finite = [&](std::string_view function, double value, std::size_t place) {
    worst.add(function, std::isfinite(value) ? 0.0 : value, 0.0, [&] {
      return fmt::format(
          "{} gives {} at place {}; work with logs, take the largest out before exp, and let 0 log 0 be "
          "0",
          function, value, place + 1);
    });
  };
  for (std::size_t p = 0; p < bench.places().size(); ++p) {
    const AnyModel& model = *bench.places()[p].model;
    require_finite("log_likelihood", model.log_likelihood(bench.data()), p);
    const auto statistics = model.e_step(bench.data());
    if (has.one_pass) require_finite("e_step", model.log_likelihood_in(statistics), p);
    if (has.bounded) require_finite("expected_log_joint", model.expected_log_joint(statistics), p);
    require_finite("log_prior", model.log_prior(), p);
    if (has.parameterized) {
      for (const double parameter : model.parameters()) {  // one at the boundary of its range is infinite
        require_finite("parameters", std::isnan(parameter) ? parameter : 0.0, p);
      }
    }
    if (has.predictive) require_finite("posterior", model.posterior(bench.data()).sum(), p);
    auto next = model.copy();
    (void)is_possible([&] {
      next->m_step(statistics);
      require_finite("m_step", next->log_likelihood(bench.data()), p);
    });
  }
  return worst.finding("log_likelihood", "every number is finite");
}

Finding check_repeatable(const Bench& bench) {
  Worst worst;
  for (const Place& place : bench.places()) {
    const AnyModel& model = *place.model;
    const auto before = bits_of_model(bench, model);
    const auto statistics = model.e_step(bench.data());
    const auto first = bits_of(bench, model, statistics);
    const auto second = bits_of(bench, model, model.e_step(bench.data()));
    worst.add("e_step", different_bits(first, second), 0.0, [] {
      return std::string(
          "two E-steps at the same parameters give different statistics: it depends on something that "
          "changes between calls, or is not initialised");
    });
    worst.add("e_step", different_bits(before, bits_of_model(bench, model)), 0.0, [] {
      return std::string("the log-likelihood or the parameters changed through an E-step, which is const");
    });
    worst.add("m_step", different_bits(first, bits_of(bench, model, statistics)), 0.0, [] {
      return std::string(
          "two M-steps from the same statistics give different parameters: it changes the statistics, or "
          "depends on something else that changes");
    });
  }
  return worst.finding("e_step", "twice the same call, twice the same bits");
}

Finding check_copies(const Bench& bench) {
  Worst worst;
  for (std::size_t p = 0; p < bench.places().size(); ++p) {
    const auto other = bench.elsewhere(p);
    if (!bench.is_elsewhere(*other, p)) continue;
    const AnyModel& model = *bench.places()[p].model;
    const auto before = bits_of_model(bench, model);
    const auto statistics = bits_of(bench, model, model.e_step(bench.data()));
    const auto other_statistics = other->e_step(bench.data());
    auto copy = model.copy();
    (void)is_possible([&] {
      copy->m_step(other_statistics);
      if (bench.has().parameterized) copy->set_parameters(other->parameters());
    });
    const double different = different_bits(before, bits_of_model(bench, model)) +
                             different_bits(statistics, bits_of(bench, model, model.e_step(bench.data())));
    worst.add("the copy constructor", different, 0.0, [] {
      return std::string(
          "an M-step of a copy changed the model it was copied from: restarts would share parameters; "
          "hold them by value, not by pointer");
    });
  }
  return worst.finding("the copy constructor", "a copy changes alone");
}

// ---------------------------------------------------------------------------------------------------------------------
// Ascent.

namespace {

// EM from a start, each half-step judged by itself (Neal & Hinton 1998).
void watch(const Bench& bench, const AnyModel& start, std::size_t number, Worst& worst) {
  const bool bounded = bench.has().bounded;
  auto model = start.copy();
  double level = objective_of(*model, bench.data());
  for (int iteration = 1; iteration <= bench.options().iterations; ++iteration) {
    const auto statistics = model->e_step(bench.data());
    auto next = model->copy();
    if (!is_possible([&] { next->m_step(statistics); })) return;
    const double after = objective_of(*next, bench.data());
    const auto judge = [&](std::string_view function, double decrease, const char* what) {
      const bool ascends = decrease <= 0.0;
      if (ascends) return worst.add(function, 0.0, 0.0, [] { return std::string(); });
      const double allowed = bench.rounding(*model, bench.data()) + bench.rounding(*next, bench.data());
      worst.add(function, decrease, allowed, [&] {
        return fmt::format("iteration {} from start {}: {} by {:.3g}", iteration, number + 1, what, decrease);
      });
    };
    if (bounded) {
      const double gain = m_step_target_of(*next, statistics) - m_step_target_of(*model, statistics);
      judge("m_step", -gain,
            "the M-step lowered the ELBO: m_step does not maximise expected_log_joint (plus log_prior)");
      if (gain >= 0.0) {
        judge("e_step", level + gain - after,
              "the E-step left the objective below the ELBO: e_step is not the posterior that log_likelihood belongs "
              "to, or expected_log_joint lacks a term; it fell short");
      }
    }
    if (!worst.failed()) {
      judge(
          "m_step", level - after,
          "the objective decreased: m_step does not maximise what e_step expects, or log_likelihood is that of another "
          "model; it decreased");
    }
    if (!std::isfinite(after)) return;
    model = std::move(next);
    level = after;
  }
}

}  // namespace

Finding check_ascent(const Bench& bench) {
  Worst worst;
  for (std::size_t start = 0; start < bench.starts().size(); ++start) {
    watch(bench, *bench.starts()[start].model, start, worst);
  }
  if (!worst.compared()) {
    return {.name = {},
            .outcome = CheckOutcome::failed,
            .function = "m_step",
            .message = "from no start could an M-step be made: each threw DegenerateFit"};
  }
  return worst.finding("m_step",
                       fmt::format("the objective increases from {} start{} for {} iterations", bench.starts().size(),
                                   bench.starts().size() == 1 ? "" : "s", bench.options().iterations));
}

// ---------------------------------------------------------------------------------------------------------------------
// Hidden state.

Finding check_m_step_state(const Bench& bench) {
  if (bench.options().m_step == MStepKind::increases) return lacks("an M-step that maximises (CheckOptions::m_step)");
  Worst worst;
  for (std::size_t p = 0; p < bench.places().size(); ++p) {
    auto elsewhere = bench.elsewhere(p);
    if (!bench.is_elsewhere(*elsewhere, p)) continue;
    const Place& place = bench.places()[p];
    const auto statistics = place.model->e_step(bench.data());
    auto here = place.model->copy();
    const bool possible = is_possible([&] {
      here->m_step(statistics);
      elsewhere->m_step(statistics);
    });
    if (!possible) continue;
    const double one = objective_of(*here, bench.data());
    const double other = objective_of(*elsewhere, bench.data());
    const double allowed = 16.0 * (place.rounding + bench.rounding(*here, bench.data()));
    worst.add("m_step", one - other, allowed, [&] {
      return fmt::format(
          "the same statistics give an objective of {:.10g} or of {:.10g}, as the model had these "
          "parameters or others before: m_step must set every parameter from the statistics alone, or be "
          "declared CheckOptions::m_step = MStepKind::increases",
          one, other);
    });
    if (!bench.has().parameterized) continue;
    // Parameters that nothing was estimated of, such as weights that are held, are of the model's own.
    if (here->parameters().size() != elsewhere->parameters().size()) {
      worst.add("m_step", 1.0, 0.0, [] { return std::string("the number of parameters depends on those before"); });
    }
  }
  return worst.finding("m_step", "what the M-step sets depends on the statistics alone");
}

// ---------------------------------------------------------------------------------------------------------------------
// Threads.

namespace {

constexpr std::size_t enough_to_be_divided = 5000;

// Data that are long enough to be divided, where there is a way to lengthen them.
AnyData long_enough(const Bench& bench) {
  const std::size_t size = bench.model().size(bench.data());
  if (!bench.has().subsettable || size == 0 || size >= enough_to_be_divided) return bench.data();
  Rows rows(enough_to_be_divided);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = i % size;
  return bench.model().rows(bench.data(), rows);
}

}  // namespace

namespace {

// E-steps of one model, at once in threads of their own: what calls share shows. How many bits differ from those of a
// call alone; one at least where a call throws.
double bits_that_differ_at_once(const Bench& bench, const AnyModel& model) {
  constexpr int calls_each = 4;
  const auto alone = bits_of(bench, model, model.e_step(bench.data()));
  std::array<double, 8> different{};
  std::vector<std::jthread> threads;
  threads.reserve(different.size());
  for (double& mine : different) {
    threads.emplace_back([&] {
      try {
        for (int call = 0; call < calls_each; ++call) {
          mine += different_bits(alone, bits_of(bench, model, model.e_step(bench.data())));
        }
      } catch (const ThrewIn&) {
        mine += 1.0;
      }
    });
  }
  threads.clear();  // joins them
  return *std::ranges::max_element(different);
}

}  // namespace

Finding check_threads(const Bench& bench) {
  if (!bench.has().divisible) return lacks_division();
  const AnyData data = long_enough(bench);
  const AnyModel& model = *bench.fitted().model;
  const auto with = [&](int threads) {
    std::vector<double> bits;
    with_threads(threads, [&] {
      bits = bits_of(bench, model, model.divided_e_step(data));
      bits.push_back(model.log_likelihood(data));
      if (bench.has().predictive) bits.push_back(model.posterior(data).squaredNorm());
    });
    return bits;
  };
  Worst worst;
  const auto alone = with(1);
  for (const int threads : {2, 3, 8}) {
    worst.add("e_step", different_bits(alone, with(threads)), 0.0, [&] {
      return fmt::format(
          "the E-step gives other bits with {} threads than with 1: it, or +=, depends on more than the "
          "parameters and the data",
          threads);
    });
  }
  const auto disturbed = bits_that_differ_at_once(bench, model);
  worst.add("e_step", disturbed, 0.0, [] {
    return std::string("E-steps of one model that run at once disturb each other: keep work space inside of the call");
  });
  const bool long_enough_to_be_divided = bench.has().subsettable || bench.model().size(data) >= enough_to_be_divided;
  return worst.finding("e_step", long_enough_to_be_divided
                                     ? "the same bits with 1, 2, 3 and 8 threads"
                                     : "the same bits with 1, 2, 3 and 8 threads, of data that may be too few for a "
                                       "thread each; check with more");
}

}  // namespace latent::detail
