// Checks of derivatives: Fisher's identity, and that the M-step's parameters are a maximum.
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <limits>

#include "testing/checks.hpp"

namespace latent::detail {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

// Of the complete data, along a coordinate in which a step of bending_step is a tenth of it.
double standard_error(double step) { return step / step_in_standard_errors; }

// How far a gradient is from zero because parameters are rounded: in standard errors.
double rounding_of_place(double parameter, double unit) {
  constexpr double safety = 8.0;
  return safety * epsilon * std::abs(parameter) / unit;
}

Finding lacks_q() { return lacks("expected_log_joint(statistics) (BoundedModel)"); }
Finding lacks_parameters() { return lacks("parameters() and set_parameters(vector) (ParameterizedModel)"); }

// The derivatives that were compared, and those that could not be: where more than a tenth of a standard error is left
// open, agreement says nothing.
class Derivatives {
 public:
  void add(std::string_view function, double disagreement, double allowed, const std::function<std::string()>& what) {
    constexpr double too_much = 0.1;
    if (allowed > too_much && std::abs(disagreement) <= allowed) {
      ++open_;
    } else {
      ++compared_;
      worst_.add(function, disagreement, allowed, what);
    }
  }

  Worst& worst() { return worst_; }
  [[nodiscard]] bool compared() const { return compared_ > 0; }
  [[nodiscard]] std::string open() const {
    return open_ == 0 ? "" : fmt::format("; {} derivatives not compared, as rounding leaves too much open", open_);
  }

 private:
  Worst worst_;
  int compared_ = 0;
  int open_ = 0;
};

constexpr int directions_across = 4;

// ∂ℓ(θ)/∂θ and ∂Q(θ'|θ)/∂θ' at θ' = θ, along one coordinate or direction.
class SlopesAt {
 public:
  SlopesAt(const Bench& bench, const Place& place)
      : bench_(bench), place_(place), statistics_(place.model->e_step(bench.data())) {}

  // The standard error along `towards`, a coordinate or a direction, whose entry or length is `scale`; 0 where it is
  // flat.
  template <class Towards>
  double judge(Derivatives& derivatives, const Towards& towards, double scale, double leeway, const std::string& name) {
    const Curve q = along(*place_.model, towards, [&](const AnyModel& m) { return m.expected_log_joint(statistics_); });
    const Curve log_likelihood =
        along(*place_.model, towards, [&](const AnyModel& m) { return m.log_likelihood(bench_.data()); });
    // Where one of them is flat, the other tells how far to go.
    auto step = bending_step(q, scale, place_.rounding);
    if (!step) step = bending_step(log_likelihood, scale, place_.rounding);
    if (!step) return 0.0;
    const double unit = standard_error(*step);
    const double wanted = bench_.options().accuracy / unit;
    const Slope of_q = slope(q, *step, place_.rounding, wanted);
    const Slope of_log_likelihood = slope(log_likelihood, *step, place_.rounding, wanted);
    if (!std::isfinite(of_q.error + of_log_likelihood.error)) return 0.0;  // at the end of the parameter's range
    const double allowed = leeway * bench_.options().accuracy + unit * (of_q.error + of_log_likelihood.error);
    derivatives.add("e_step", unit * (of_log_likelihood.value - of_q.value), allowed, [&] {
      return fmt::format(
          "along {} the log-likelihood has the slope {:.8g} and Q {:.8g} (the figures below are in units "
          "of the score's standard deviation): e_step is not the posterior that log_likelihood belongs "
          "to, or expected_log_joint or log_likelihood has a wrong term",
          name, of_log_likelihood.value, of_q.value);
    });
    return unit;
  }

 private:
  const Bench& bench_;
  const Place& place_;
  AnyStatistics statistics_;
};

}  // namespace

// ∂ℓ(θ)/∂θ = ∂Q(θ'|θ)/∂θ' at θ' = θ, for the posterior (Fisher 1925; Dempster, Laird & Rubin 1977, equation 2.16). It
// pins the expected statistics as far as the parameters feel them.
Finding check_fisher_identity(const Bench& bench) {
  if (!bench.has().bounded) return lacks_q();
  if (!bench.has().parameterized) return lacks_parameters();
  if (bench.options().e_step == EStepKind::approximate) return lacks_exact_e_step();
  Derivatives derivatives;
  std::string which;
  for (std::size_t p = 0; p < bench.places().size(); ++p) {
    const Place& place = bench.places()[p];
    SlopesAt slopes(bench, place);
    const Vector parameters = place.model->parameters();
    const Coordinates among = coordinates(parameters, bench.options().seed, p);
    which = in_words(among);
    Units units(among, parameters);
    for (const Index j : among.chosen) units.set(j, slopes.judge(derivatives, j, parameters[j], 1.0, numbered(j)));
    if (among.all_chosen() || !units.curved() || derivatives.worst().failed())
      continue;  // a parameter's name says more
    RandomEngine rng = random_stream(bench.options().seed, 2000 + p);
    const double leeway = std::sqrt(static_cast<double>(among.finite.size()));
    for (int direction = 0; direction < directions_across; ++direction) {
      slopes.judge(derivatives, units.direction(rng), 0.0, leeway, "a random direction across all parameters");
    }
  }
  if (!derivatives.compared()) {
    return lacks("a parameter along which the log-likelihood is curved beyond its rounding" + derivatives.open());
  }
  return derivatives.worst().finding(
      "e_step", fmt::format("Q and the log-likelihood have the same gradient (Fisher's identity), along {}{}", which,
                            derivatives.open()));
}

namespace {

// Q (plus the log-prior) around the parameters of an M-step, in standard errors along each coordinate.
class Summit {
 public:
  Summit(const Bench& bench, const AnyModel& model, AnyStatistics statistics, double rounding, std::uint64_t place)
      : bench_(bench),
        model_(model),
        statistics_(std::move(statistics)),
        rounding_(rounding),
        place_(place),
        parameters_(model.parameters()),
        target_(m_step_target_of(model, statistics_)),
        among_(coordinates(parameters_, bench.options().seed, place)),
        units_(among_, parameters_) {}
  Summit(const Summit&) = delete;
  Summit& operator=(const Summit&) = delete;
  Summit(Summit&&) = delete;
  Summit& operator=(Summit&&) = delete;
  ~Summit() = default;

  // How far the maximum is along each coordinate that was chosen.
  void judge_coordinates(Derivatives& derivatives) {
    for (const Index j : among_.chosen) {
      const auto place = [&](double unit) { return rounding_of_place(parameters_[j], unit); };
      units_.set(j, judge(derivatives, j, parameters_[j], 1.0, place, numbered(j)));
    }
  }

  // And along random directions over all coordinates, which a slip in any one of them tilts.
  void judge_slopes_across(Derivatives& derivatives) const {
    if (among_.all_chosen() || !units_.curved() || derivatives.worst().failed())
      return;  // a parameter's name says more
    RandomEngine rng = random_stream(bench_.options().seed, 3000 + place_);
    const Vector units = units_.all();
    double place = 0.0;
    for (const Index j : among_.finite) {
      if (units[j] > 0.0) place += rounding_of_place(parameters_[j], units[j]);
    }
    for (int direction = 0; direction < directions_across; ++direction) {
      (void)judge(
          derivatives, units_.direction(rng), 0.0, length(), [&](double) { return place; },
          "a random direction across all parameters");
    }
  }

  // That nothing is higher, in directions across the coordinates.
  void judge_directions(Worst& worst) const {
    RandomEngine rng = random_stream(bench_.options().seed, 3);
    constexpr int directions = 8;
    for (int direction = 0; direction < directions && units_.curved(); ++direction) {
      const Vector towards = units_.direction(rng);
      for (const double distance : {-1.0, -0.1, 0.1, 1.0}) {
        const double rise = value_at(distance * towards) - target_;
        if (!std::isfinite(rise)) continue;
        // A maximum that is off by δ standard errors leaves δ·distance to be gained.
        const double allowed = 4.0 * rounding_ + length() * bench_.options().accuracy * std::abs(distance);
        worst.add("m_step", std::max(0.0, rise), allowed, [&] {
          return fmt::format(
              "expected_log_joint{} is higher by {:.3g} {} standard errors away in a random direction: the "
              "parameters that it sets are no maximum",
              prior(), rise, std::abs(distance));
        });
      }
    }
  }

  [[nodiscard]] std::string which() const { return in_words(among_); }

 private:
  // The standard error along a coordinate or a direction; 0 where Q is flat, or has no slope.
  template <class Towards, class RoundingOfPlace>
  double judge(Derivatives& derivatives, const Towards& towards, double scale, double leeway,
               const RoundingOfPlace& place, const std::string& name) const {
    const Curve target =
        along(model_, towards, [&](const AnyModel& there) { return m_step_target_of(there, statistics_); });
    const auto step = bending_step(target, scale, rounding_);
    if (!step) return 0.0;
    const double unit = standard_error(*step);
    const Slope gradient = slope(target, *step, rounding_, bench_.options().accuracy / unit);
    if (!std::isfinite(gradient.error)) return 0.0;
    const double allowed = leeway * bench_.options().accuracy + unit * gradient.error + place(unit);
    derivatives.add("m_step", unit * gradient.value, allowed, [&] {
      return fmt::format(
          "the parameters that it sets are {:.3g} standard errors from the maximum of "
          "expected_log_joint{} along {}, where the slope is {:.6g} and should be 0: solve for that "
          "parameter anew, or look for it in expected_log_joint",
          unit * gradient.value, prior(), name, gradient.value);
    });
    return unit;
  }

  [[nodiscard]] const char* prior() const { return bench_.has().penalized ? " + log_prior" : ""; }
  [[nodiscard]] double length() const { return std::sqrt(static_cast<double>(among_.finite.size())); }
  [[nodiscard]] double value_at(const Vector& away) const {
    return along(model_, away, [&](const AnyModel& there) { return m_step_target_of(there, statistics_); })(1.0);
  }

  const Bench& bench_;
  const AnyModel& model_;
  AnyStatistics statistics_;
  double rounding_;
  std::uint64_t place_;
  Vector parameters_;
  double target_;
  Coordinates among_;
  Units units_;
};

}  // namespace

Finding check_m_step(const Bench& bench) {
  if (!bench.has().bounded) return lacks_q();
  const bool has_summit = bench.has().parameterized && bench.options().m_step == MStepKind::maximises;
  Derivatives derivatives;
  Worst& worst = derivatives.worst();
  std::string which;
  for (std::size_t p = 0; p < bench.places().size(); ++p) {
    const Place& place = bench.places()[p];
    const auto statistics = place.model->e_step(bench.data());
    auto next = place.model->copy();
    if (!is_possible([&] { next->m_step(statistics); })) continue;
    const double rounding = place.rounding + bench.rounding(*next, bench.data());
    const double before = m_step_target_of(*place.model, statistics);
    const double after = m_step_target_of(*next, statistics);
    worst.add("m_step", std::max(0.0, before - after), 2.0 * rounding, [&] {
      return fmt::format("expected_log_joint{} decreases from {:.10g} to {:.10g} through the M-step",
                         bench.has().penalized ? " + log_prior" : "", before, after);
    });
    if (!has_summit || !std::isfinite(after)) continue;
    Summit summit(bench, *next, statistics, rounding, p);
    summit.judge_coordinates(derivatives);
    summit.judge_slopes_across(derivatives);
    summit.judge_directions(worst);
    which = summit.which();
  }
  std::string found = "Q does not decrease";
  if (derivatives.compared()) {
    found = fmt::format("Q has its maximum where the M-step goes, along {}", which);
  } else if (!has_summit) {
    found += " (parameters() would tell whether it has its maximum there)";
  }
  return worst.finding("m_step", found + derivatives.open());
}

}  // namespace latent::detail
