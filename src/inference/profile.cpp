#include "latent/inference/profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "inference/central_differences.hpp"

namespace latent::detail {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

Vector moved(const Vector& parameters, Index j, double by) {
  Vector there = parameters;
  there[j] += by;
  return there;
}

// One standard error of the complete data along θ_j, by which Q bends by ½; 1 where Q is flat.
double unit_of(const QFunction& q, const Vector& parameters, Index j) {
  const double rounding = 1e3 * std::numeric_limits<double>::epsilon() * std::max(std::abs(q(parameters)), 1.0);
  const auto step = bending_step([&](double by) { return q(moved(parameters, j, by)); }, parameters[j], rounding);
  return step ? *step / step_in_standard_errors : 1.0;
}

struct Point {
  Vector parameters;
  double objective = -infinity;
};

// The maximum over all finite parameters but one, which is held.
class Profile {
 public:
  Profile(const EvaluationAt& at, const Vector& parameters, Index held)
      : at_(at), units_(Vector::Zero(parameters.size())) {
    const QFunction q = at(parameters).q;
    for (Index j = 0; j < parameters.size(); ++j) {
      if (!std::isfinite(parameters[j])) continue;
      const double unit = unit_of(q, parameters, j);
      if (j == held) {
        held_unit_ = unit;
      } else {
        units_[j] = unit;  // those of the others are 0, and so they stay
      }
    }
  }

  // A standard error of the complete data along the parameter that is held.
  [[nodiscard]] double held_unit() const { return held_unit_; }

  // From a start on, by BFGS in units of standard errors of the complete data (Nocedal & Wright 2006, Numerical
  // Optimization, algorithm 6.1), until what is left to gain is far below a nat.
  [[nodiscard]] Point maximise(const Vector& start) const {
    constexpr int most_iterations = 200;
    constexpr double little = 1e-9;  // nats
    constexpr double longest = 3.0;  // standard errors
    const Index p = start.size();
    Vector here = start;
    Evaluation now = at_(here);
    if (!std::isfinite(now.objective)) return {.parameters = here};
    Vector gradient = gradient_at(now.q, here);
    Matrix inverse = Matrix::Identity(p, p);
    for (int iteration = 0; iteration < most_iterations; ++iteration) {
      Vector step = inverse * gradient;
      double slope = step.dot(gradient);
      if (!(0.5 * slope > little)) break;
      const double length = step.norm();
      if (length > longest) {
        step *= longest / length;
        slope *= longest / length;
      }
      const auto next = searched(here, now.objective, step, slope);
      if (!next) {
        if (inverse.isIdentity()) break;
        inverse.setIdentity();
        continue;
      }
      const Vector gradient_next = gradient_at(next->evaluation.q, next->parameters);
      update(inverse, next->taken * step, gradient - gradient_next);
      here = next->parameters;
      now = next->evaluation;
      gradient = gradient_next;
    }
    return {.parameters = here, .objective = now.objective};
  }

 private:
  struct Searched {
    Vector parameters;
    Evaluation evaluation;
    double taken = 0.0;
  };

  // Backtracking from the full step until the objective has risen enough.
  [[nodiscard]] std::optional<Searched> searched(const Vector& here, double objective, const Vector& step,
                                                 double slope) const {
    constexpr double shortest = 1e-6;
    constexpr double enough = 1e-4;
    for (double t = 1.0; t > shortest; t *= 0.5) {
      const Vector there = here + t * units_.cwiseProduct(step);
      Evaluation evaluation = at_(there);
      if (evaluation.objective >= objective + enough * t * slope) {
        return Searched{.parameters = there, .evaluation = std::move(evaluation), .taken = t};
      }
    }
    return std::nullopt;
  }

  // Of a concave function: `change` is how much smaller the gradient has become.
  static void update(Matrix& inverse, const Vector& step, const Vector& change) {
    const double curvature = step.dot(change);
    if (!(curvature > 1e-12 * step.norm() * change.norm())) return;
    const Matrix left = Matrix::Identity(step.size(), step.size()) - step * change.transpose() / curvature;
    inverse = (left * inverse * left.transpose() + step * step.transpose() / curvature).eval();
  }

  // That of the objective, by Fisher's identity, in units of standard errors; 0 for those that are held.
  [[nodiscard]] Vector gradient_at(const QFunction& q, const Vector& parameters) const {
    Vector gradient = Vector::Zero(parameters.size());
    for (Index j = 0; j < parameters.size(); ++j) {
      if (units_[j] == 0.0) continue;
      const double h = representable(step_in_standard_errors * units_[j], parameters[j]);
      const auto along = [&](double by) { return q(moved(parameters, j, by)); };
      const double slope = units_[j] * central_differences(along, h).sixth;
      if (std::isfinite(slope)) gradient[j] = slope;
    }
    return gradient;
  }

  const EvaluationAt& at_;
  Vector units_;
  double held_unit_ = 1.0;
};

// How far a profile is followed.
struct Threshold {
  double highest;  // the objective at the maximum
  double drop;     // how far below it the ends lie

  [[nodiscard]] double beyond(const Point& point) const { return highest - drop - point.objective; }
};

void require_highest(const Point& point, const Threshold& threshold) {
  constexpr double more_than_rounding = 1e-2;
  const double gain = point.objective - threshold.highest;
  if (!(gain > more_than_rounding)) return;
  throw InformationUnavailable(
      fmt::format("the parameters are not the maximum: the profile found a log-likelihood that is {:.3g} higher; fit "
                  "with more restarts, or let the fit run to convergence",
                  gain));
}

Point profile_at(const Profile& profile, const Vector& start, Index j, double value) {
  Vector there = start;
  there[j] = value;
  return profile.maximise(there);
}

// The crossing between a point inside and one outside, by false position with the Illinois modification (Dowell &
// Jarratt 1971): an end that stays twice in turn counts half. Bisection where the outside is not finite, as beyond the
// boundary of the parameter space.
Vector crossing(const Profile& profile, Point inside, Point outside, Index j, const Threshold& threshold) {
  constexpr double close = 1e-6;  // nats
  constexpr int most_trials = 200;
  enum class Moved { neither, nearer, farther };
  Moved last = Moved::neither;
  double below = threshold.beyond(inside);  // as the secant takes it: maybe halved
  double above = threshold.beyond(outside);
  for (int trial = 0; trial < most_trials && std::abs(threshold.beyond(inside)) > close; ++trial) {
    const double a = inside.parameters[j];
    const double b = outside.parameters[j];
    const double share = std::isfinite(above) ? below / (below - above) : 0.5;
    const double middle = a + share * (b - a);
    if (middle == a || middle == b) break;
    Point point = profile_at(profile, inside.parameters, j, middle);
    const double beyond = threshold.beyond(point);
    if (std::abs(beyond) <= close) return point.parameters;
    if (beyond > 0.0) {
      outside = std::move(point);
      above = beyond;
      if (last == Moved::farther) below *= 0.5;
      last = Moved::farther;
    } else {
      inside = std::move(point);
      below = beyond;
      if (last == Moved::nearer && std::isfinite(above)) above *= 0.5;
      last = Moved::nearer;
    }
  }
  return inside.parameters;
}

// Follows the profile from a point inside, in one direction, with steps that double.
ProfileEnd end_of(const Profile& profile, Point inside, Index j, double direction, const Threshold& threshold) {
  constexpr double flat = 1e-7;  // nats
  constexpr int most_doublings = 60;
  double step = 2.0 * profile.held_unit();
  int flat_steps = 0;
  for (int doubling = 0; doubling < most_doublings; ++doubling) {
    Point next = profile_at(profile, inside.parameters, j, inside.parameters[j] + direction * step);
    require_highest(next, threshold);
    if (!(threshold.beyond(next) < 0.0)) return crossing(profile, std::move(inside), std::move(next), j, threshold);
    // Towards a boundary the likelihood approaches a value, and changes no more. EM may have stopped on the way there,
    // so that it is flat in the other direction too, until the parameter comes back into its range.
    const bool outwards = std::abs(next.parameters[j]) > std::abs(inside.parameters[j]);
    const bool unchanged = std::abs(next.objective - inside.objective) < flat;
    flat_steps = outwards && unchanged ? flat_steps + 1 : 0;
    constexpr int enough = 3;
    if (flat_steps == enough) return std::nullopt;
    inside = std::move(next);
    step *= 2.0;
  }
  return std::nullopt;
}

// A finite value that is as good as an infinite one, and the least of those.
Vector with_finite(const Vector& parameters, Index j, const EvaluationAt& at, double objective) {
  constexpr double as_good = 1e-3;  // nats
  constexpr double largest = 1024.0;
  Vector finite = parameters;
  for (double size = 1.0; size <= largest; size *= 2.0) {
    finite[j] = std::copysign(size, parameters[j]);
    if (at(finite).objective > objective - as_good) break;
  }
  return finite;
}

}  // namespace

ProfileEnds profile_ends(const Vector& parameters, const EvaluationAt& at, Index parameter, double level) {
  if (!(level > 0.0 && level < 1.0)) {
    throw InvalidOption("level", fmt::to_string(level), "must be greater than 0, and less than 1");
  }
  if (parameter < 0 || parameter >= parameters.size()) {
    throw InvalidOption("parameter", fmt::to_string(parameter),
                        fmt::format("must be from 0 to {}, an entry of parameters()", parameters.size() - 1));
  }
  const double objective = at(parameters).objective;
  if (!std::isfinite(objective)) {
    throw InformationUnavailable(
        fmt::format("the log-likelihood at the parameters is {}: fit the model first", objective));
  }
  const double drop = 0.5 * boost::math::quantile(boost::math::chi_squared(1.0), level);
  const Threshold threshold{.highest = objective, .drop = drop};
  const bool finite = std::isfinite(parameters[parameter]);
  const Vector start = finite ? parameters : with_finite(parameters, parameter, at, objective);
  const Profile profile(at, start, parameter);
  const Point inside = profile.maximise(start);
  require_highest(inside, threshold);
  ProfileEnds ends;
  if (finite || parameters[parameter] > 0.0) ends.lower = end_of(profile, inside, parameter, -1.0, threshold);
  if (finite || parameters[parameter] < 0.0) ends.upper = end_of(profile, inside, parameter, 1.0, threshold);
  return ends;
}

}  // namespace latent::detail
