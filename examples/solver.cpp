// What the solver can be told, and what it tells; docs/solver.md goes through it.
//
// What to look for: restarts that end at different maxima, a rule that says why each of them stopped, a run that goes
// on from where another ended, a rule of one's own, and what an error says.
#include <fmt/format.h>

#include <stop_token>

#include "latent/data/data_file.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/solver/fit.hpp"

using namespace latent;

namespace {

// Three components of one covariance on Old Faithful: a likelihood with several maxima.
FitResult<GaussianMixture> several_maxima(const Observations& data) {
  std::stop_source interrupt;  // interrupt.request_stop(), from any thread, ends all runs in good order
  const Observer report{.on_restart_end = [](const RestartOutcome& restart) {
    if (restart.failure) {
      fmt::print(stderr, "restart {} failed: {}\n", restart.number, *restart.failure);
    } else {
      fmt::print(stderr, "restart {} ends at {:.3f}\n", restart.number, restart.log_likelihood);
    }
  }};

  const GaussianMixture model(3, {.covariance = CovarianceKind::tied, .penalty = 0.0});
  return fit(model, data,
             {.restarts = 20,
              .seed = 7,
              .threads = 2,
              .stop = (relative_gain(1e-10) && parameter_change(1e-4)) || iteration_limit(500) || time_limit(60.0) ||
                      stop_requested(interrupt.get_token()),
              .on_decrease = OnDecrease::raise,
              .observers = {report}});
}

// A rule of one's own: good enough is enough.
StoppingRule objective_above(double level) {
  return StoppingRule([level](const Trace& trace) -> std::optional<StopReason> {
    if (trace.back().objective < level) return std::nullopt;
    return StopReason{.rule = fmt::format("objective above {}", level), .converged = true};
  });
}

}  // namespace

int main() {
  const NumericTable table = open_data("examples/data/old_faithful.csv").numbers();
  const Observations data = table.observations();

  const auto first = several_maxima(data);
  fmt::print("best: {:.6f} in {} iterations, {}\n", first.log_likelihood, first.iterations, first.stop.rule);

  const auto further = fit_from(first.model, data, {.stop = parameter_change(1e-8) || iteration_limit(1000)});
  fmt::print("further: {:.6f} in {} iterations more, {}\n", further.log_likelihood, further.iterations,
             further.stop.rule);

  const auto enough = fit(GaussianMixture(2), data, {.restarts = 1, .stop = objective_above(-1140.0)});
  fmt::print("enough: {:.3f}, {}\n", enough.objective, enough.stop.rule);

  try {
    fit(GaussianMixture(60, {.penalty = 0.0}), data);
  } catch (const DegenerateFit& error) {
    fmt::print("DegenerateFit: {}\n", error.what());
  }
  try {
    fit(GaussianMixture(2), data.subspan(0, 1));
  } catch (const InvalidData& error) {
    fmt::print("InvalidData: {}\n", error.what());
  }
}
