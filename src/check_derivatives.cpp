// Checks of derivatives: Fisher's identity, and that the M-step's parameters are a maximum.
#include <fmt/format.h>

#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <limits>

#include "checks.hpp"

namespace latent::detail {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

// Of the complete data, along a coordinate in which a step of bending_step is a tenth of it.
double standard_error(double step) { return step / step_in_standard_errors; }

// How far a gradient is from zero because parameters are rounded: in standard errors.
double rounding_of_place(double parameter, double step) {
  constexpr double safety = 8.0;
  return safety * epsilon * std::abs(parameter) / standard_error(step);
}

Finding lacks_q() { return lacks("expected_log_joint(statistics) (BoundedModel)"); }
Finding lacks_parameters() { return lacks("parameters() and set_parameters(vector) (ParameterizedModel)"); }

}  // namespace

// ∂ℓ(θ)/∂θ = ∂Q(θ'|θ)/∂θ' at θ' = θ, for the posterior and for no other distribution near it (Fisher 1925; Dempster,
// Laird & Rubin 1977, equation 2.16).
Finding check_fisher_identity(const Bench& bench) {
  if (!bench.has().bounded) return lacks_q();
  if (!bench.has().parameterized) return lacks_parameters();
  if (bench.options().e_step == EStepKind::approximate) return lacks("an exact E-step (CheckOptions::e_step)");
  Worst worst;
  int compared = 0;
  for (const Place& place : bench.places()) {
    const AnyModel& model = *place.model;
    const auto statistics = model.e_step(bench.data());
    const Vector parameters = model.parameters();
    for (const Index j : coordinates(parameters, bench.options().seed)) {
      const Curve q = along(model, j, [&](const AnyModel& there) { return there.expected_log_joint(statistics); });
      const Curve height = along(model, j, [&](const AnyModel& there) { return there.log_likelihood(bench.data()); });
      // Where one of them is flat, the other tells how far to go.
      auto step = bending_step(q, parameters[j], place.rounding);
      if (!step) step = bending_step(height, parameters[j], place.rounding);
      if (!step) continue;
      const double wanted = bench.options().accuracy / standard_error(*step);
      const Slope of_q = slope(q, *step, place.rounding, wanted);
      const Slope of_height = slope(height, *step, place.rounding, wanted);
      if (!std::isfinite(of_q.error + of_height.error)) continue;  // at the end of the parameter's range
      ++compared;
      const double unit = standard_error(*step);
      const double allowed = bench.options().accuracy + unit * (of_q.error + of_height.error);
      worst.add("e_step", unit * (of_height.value - of_q.value), allowed, [&] {
        return fmt::format(
            "along {} the log-likelihood has the slope {:.8g} and Q {:.8g} (the figures below are in units "
            "of the score's standard deviation): e_step is not the posterior that log_likelihood belongs "
            "to, or expected_log_joint or log_likelihood has a wrong term",
            numbered(j), of_height.value, of_q.value);
      });
    }
  }
  if (compared == 0) return lacks("a parameter along which the log-likelihood is curved");
  return worst.finding("e_step", "Q and the log-likelihood have the same gradient (Fisher's identity)");
}

namespace {

// Q (plus the log-prior) around the parameters of an M-step, in standard errors along each coordinate.
class Summit {
 public:
  Summit(const Bench& bench, const AnyModel& model, AnyStatistics statistics, double rounding)
      : bench_(bench),
        model_(model),
        statistics_(std::move(statistics)),
        rounding_(rounding),
        parameters_(model.parameters()),
        height_(m_step_target_of(model, statistics_)) {}

  // How far the maximum is along each coordinate.
  void judge_coordinates(Worst& worst) {
    for (const Index j : coordinates(parameters_, bench_.options().seed)) {
      const Curve target =
          along(model_, j, [&](const AnyModel& there) { return m_step_target_of(there, statistics_); });
      const auto step = bending_step(target, parameters_[j], rounding_);
      if (!step) continue;
      const Slope gradient = slope(target, *step, rounding_, bench_.options().accuracy / standard_error(*step));
      if (!std::isfinite(gradient.error)) continue;
      coordinates_.push_back(j);
      units_.push_back(standard_error(*step));
      const double unit = units_.back();
      const double allowed =
          bench_.options().accuracy + unit * gradient.error + rounding_of_place(parameters_[j], *step);
      worst.add("m_step", unit * gradient.value, allowed, [&] {
        return fmt::format(
            "the parameters that it sets are {:.3g} standard errors from the maximum of "
            "expected_log_joint{} along {}, where the slope is {:.6g} and should be 0: solve for that "
            "parameter anew, or look for it in expected_log_joint",
            unit * gradient.value, bench_.has().penalized ? " + log_prior" : "", numbered(j), gradient.value);
      });
    }
  }

  // That nothing is higher, in directions across the coordinates.
  void judge_directions(Worst& worst, std::uint64_t seed) const {
    RandomEngine rng = random_stream(seed, 3);
    boost::random::normal_distribution<double> normal;
    constexpr int directions = 8;
    for (int direction = 0; direction < directions && !coordinates_.empty(); ++direction) {
      Vector towards = Vector::Zero(parameters_.size());
      const double length = std::sqrt(static_cast<double>(coordinates_.size()));
      for (std::size_t i = 0; i < coordinates_.size(); ++i) towards[coordinates_[i]] = normal(rng) * units_[i] / length;
      for (const double distance : {-1.0, -0.1, 0.1, 1.0}) {
        const double rise = value_at(parameters_ + distance * towards) - height_;
        if (!std::isfinite(rise)) continue;
        // A maximum that is off by δ standard errors leaves δ·distance to be gained.
        const double allowed = 4.0 * rounding_ + length * bench_.options().accuracy * std::abs(distance);
        worst.add("m_step", std::max(0.0, rise), allowed, [&] {
          return fmt::format(
              "expected_log_joint{} is higher by {:.3g} {} standard errors away in a random direction: the "
              "parameters that it sets are no maximum",
              bench_.has().penalized ? " + log_prior" : "", rise, std::abs(distance));
        });
      }
    }
  }

  [[nodiscard]] bool curved() const { return !coordinates_.empty(); }

 private:
  [[nodiscard]] double value_at(const Vector& parameters) const {
    auto there = model_.copy();
    try {
      there->set_parameters(parameters);
      return m_step_target_of(*there, statistics_);
    } catch (const ThrewIn& error) {
      if (!error.degenerate()) throw;
      return std::numeric_limits<double>::quiet_NaN();
    }
  }

  const Bench& bench_;
  const AnyModel& model_;
  AnyStatistics statistics_;
  double rounding_;
  Vector parameters_;
  double height_;
  std::vector<Index> coordinates_;
  std::vector<double> units_;
};

}  // namespace

Finding check_m_step(const Bench& bench) {
  if (!bench.has().bounded) return lacks_q();
  const bool has_summit = bench.has().parameterized && bench.options().m_step == MStepKind::maximises;
  Worst worst;
  bool curved = false;
  for (const Place& place : bench.places()) {
    const auto statistics = place.model->e_step(bench.data());
    auto next = place.model->copy();
    try {
      next->m_step(statistics);
    } catch (const ThrewIn& error) {
      if (!error.degenerate()) throw;
      continue;
    }
    const double rounding = place.rounding + bench.rounding(*next, bench.data());
    const double before = m_step_target_of(*place.model, statistics);
    const double after = m_step_target_of(*next, statistics);
    worst.add("m_step", std::max(0.0, before - after), 2.0 * rounding, [&] {
      return fmt::format("expected_log_joint{} falls from {:.10g} to {:.10g} through the M-step",
                         bench.has().penalized ? " + log_prior" : "", before, after);
    });
    if (!has_summit || !std::isfinite(after)) continue;
    Summit summit(bench, *next, statistics, rounding);
    summit.judge_coordinates(worst);
    summit.judge_directions(worst, bench.options().seed);
    curved = curved || summit.curved();
  }
  return worst.finding("m_step", curved ? "Q has its maximum where the M-step goes, along each parameter and across"
                                        : "Q does not fall (parameters() would tell whether it has its maximum there)");
}

}  // namespace latent::detail
