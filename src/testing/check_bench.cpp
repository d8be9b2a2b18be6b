// What the checks of a model have in common: places to compare at, what rounding leaves open, and statistics in
// numbers.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <boost/random/normal_distribution.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "testing/checks.hpp"

namespace latent::detail {

// ---------------------------------------------------------------------------------------------------------------------
// Findings.

Finding lacks(std::string what) {
  return {.name = {}, .outcome = CheckOutcome::not_applicable, .function = {}, .message = std::move(what)};
}

Finding lacks_division() {
  return lacks("Statistics with +=, and Data with size() and subspan(first, count) (DivisibleModel)");
}

Finding lacks_exact_e_step() { return lacks("an exact E-step (CheckOptions::e_step)"); }

void Worst::add(std::string_view function, double disagreement, double allowed,
                const std::function<std::string()>& what) {
  const bool fails = !(std::abs(disagreement) <= allowed) || std::isinf(disagreement);
  const double size = std::isnan(disagreement) ? std::numeric_limits<double>::infinity() : std::abs(disagreement);
  const double ratio = size / std::max(allowed, std::numeric_limits<double>::min());
  if (fails < failed_ || (fails == failed_ && !(ratio > ratio_))) return;
  failed_ = fails;
  ratio_ = ratio;
  worst_ = {.name = {},
            .outcome = fails ? CheckOutcome::failed : CheckOutcome::passed,
            .function = std::string(function),
            .disagreement = disagreement,
            .allowed = allowed,
            .message = fails ? what() : std::string()};
}

Finding Worst::finding(std::string_view function, std::string compared) const {
  if (failed_) return worst_;
  if (!this->compared()) return lacks("anything to compare: M-steps are degenerate, or lead to where they began");
  Finding passed = worst_;
  passed.outcome = CheckOutcome::passed;
  passed.function = function;
  passed.message = std::move(compared);
  return passed;
}

// ---------------------------------------------------------------------------------------------------------------------
// Places.

double objective_of(const AnyModel& model, const AnyData& data) {
  return model.log_likelihood(data) + model.log_prior();
}

double m_step_target_of(const AnyModel& model, const AnyStatistics& statistics) {
  return model.expected_log_joint(statistics) + model.log_prior();
}

std::unique_ptr<AnyModel> after_em(const AnyModel& from, const AnyData& data, int iterations) {
  auto model = from.copy();
  for (int i = 0; i < iterations; ++i) {
    auto next = model->copy();
    double level = std::numeric_limits<double>::quiet_NaN();
    const bool possible = is_possible([&] {
      next->m_step(model->e_step(data));
      level = next->log_likelihood(data);
    });
    if (!possible || !std::isfinite(level)) return model;
    model = std::move(next);
  }
  return model;
}

Bench::Bench(const AnyModel& model, AnyData data, const CheckOptions& options)
    : model_(model), data_(std::move(data)), options_(options), has_(model.refinements()) {
  try {
    if (has_.initializable) {
      for (int start = 0; start < options.starts; ++start) {
        RandomEngine rng = random_stream(options.seed, static_cast<std::uint64_t>(start));
        auto started = model.copy();
        try {
          started->initialize(data_, rng);
        } catch (const ThrewIn& error) {
          if (failure_.empty()) failure_ = fmt::format("{} threw: {}", error.function(), error.what());
          continue;
        }
        add_start(started->copy());
        add_place_after_em(*started, start + 1 == options.starts ? options.iterations : 1 + start);
      }
    } else {
      add_start(model.copy());
      add_place_after_em(model, 1);
      add_place_after_em(model, 3);
      add_place_after_em(model, options.iterations);
    }
  } catch (const ThrewIn& error) {
    if (failure_.empty()) failure_ = fmt::format("{} threw: {}", error.function(), error.what());
  }
}

void Bench::add_place_after_em(const AnyModel& start, int iterations) { add_place(after_em(start, data_, iterations)); }

void Bench::add_start(std::unique_ptr<AnyModel> model) {
  const double level = model->log_likelihood(data_);
  starts_.push_back({.model = std::move(model), .log_likelihood = level, .rounding = 0.0});
}

void Bench::add_place(std::unique_ptr<AnyModel> model) {
  const double level = model->log_likelihood(data_);
  const double off = rounding(*model, data_);
  places_.push_back({.model = std::move(model), .log_likelihood = level, .rounding = off});
}

namespace {

// Whether two models differ in what can be seen of their parameters.
bool differ(const AnyModel& one, const AnyModel& other, const Refinements& has, const AnyData& data) {
  if (has.parameterized && one.parameters() != other.parameters()) return true;
  return one.log_likelihood(data) != other.log_likelihood(data);
}

// The model moved along its parameters; or after an M-step from half of the data; or as it was, where neither can be.
std::unique_ptr<AnyModel> moved(const AnyModel& model, const Refinements& has, const AnyData& data) {
  try {
    auto other = model.copy();
    if (has.parameterized) {
      Vector parameters = model.parameters();
      for (double& parameter : parameters) parameter += 0.1 * (1.0 + std::abs(parameter));
      other->set_parameters(parameters);
    } else if (has.divisible && model.size(data) > 1) {
      other->m_step(model.e_step(model.part(data, 0, model.size(data) / 2)));
    }
    return std::isfinite(other->log_likelihood(data)) ? std::move(other) : model.copy();
  } catch (const ThrewIn&) {
    return model.copy();
  }
}

}  // namespace

std::unique_ptr<AnyModel> Bench::elsewhere(std::size_t place) const {
  for (std::size_t i = 1; i < places_.size(); ++i) {
    const AnyModel& there = *places_[(place + i) % places_.size()].model;
    if (is_elsewhere(there, place)) return there.copy();
  }
  for (const Place& start : starts_) {
    if (is_elsewhere(*start.model, place)) return start.model->copy();
  }
  return moved(*places_[place].model, has_, data_);
}

bool Bench::is_elsewhere(const AnyModel& model, std::size_t place) const {
  return differ(*places_[place].model, model, has_, data_);
}

// ---------------------------------------------------------------------------------------------------------------------
// What rounding leaves open.

namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

// Beyond the analysis below, for the operations that it does not see.
constexpr double safety = 8.0;

// The parameters, each moved by some rounding errors of its own size, up or down.
Vector rounded(Vector parameters, RandomEngine& rng) {
  const boost::random::uniform_int_distribution<int> coin(0, 1);
  for (double& parameter : parameters) {
    const double by = 4.0 * epsilon * parameter;
    if (std::isfinite(by)) parameter += coin(rng) == 0 ? by : -by;
  }
  return parameters;
}

// The data in up to 64 parts, as far as they can be divided.
std::vector<AnyData> parts_of(const AnyModel& model, const Refinements& has, const AnyData& data) {
  const std::size_t size = has.divisible ? model.size(data) : 0;
  if (size < 2) return {data};
  const std::size_t count = std::min<std::size_t>(64, size);
  std::vector<AnyData> parts;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t first = i * size / count;
    parts.push_back(model.part(data, first, (i + 1) * size / count - first));
  }
  return parts;
}

}  // namespace

double Bench::terms(const AnyData& data) const {
  constexpr double many = 1e4;
  return has_.sized ? static_cast<double>(model_.size(data)) : many;
}

// Adding n numbers, in any order, is off by about √n ε Σ|x|; a density is as far off as if its parameters were: by some
// ε of their size (Higham 2002, Accuracy and Stability of Numerical Algorithms, 1.5 and 4.2).
double Bench::rounding(const AnyModel& model, const AnyData& data) const {
  const auto parts = parts_of(model, has_, data);
  double magnitude = 0.0;
  for (const AnyData& part : parts) magnitude += std::abs(model.log_likelihood(part));
  double conditioning = 0.0;
  if (has_.parameterized) {
    // Both through the vector, so that a set_parameters that is wrong is not taken for rounding.
    const auto through_the_vector = [&](const Vector& parameters) {
      auto there = model.copy();
      there->set_parameters(parameters);
      std::vector<double> log_likelihoods;
      log_likelihoods.reserve(parts.size());
      for (const AnyData& part : parts) log_likelihoods.push_back(there->log_likelihood(part));
      return log_likelihoods;
    };
    try {
      const Vector parameters = model.parameters();
      const auto here = through_the_vector(parameters);
      for (std::uint64_t trial = 0; trial < 3; ++trial) {
        RandomEngine rng = random_stream(options_.seed, trial);
        const auto nearby = through_the_vector(rounded(parameters, rng));
        double change = 0.0;
        for (std::size_t i = 0; i < here.size(); ++i) change += std::abs(nearby[i] - here[i]);
        if (std::isfinite(change)) conditioning = std::max(conditioning, change);
      }
    } catch (const ThrewIn&) {
      conditioning = 0.0;  // the check of the parameters says it
    }
  }
  const double of_sum = epsilon * (64.0 + 8.0 * std::sqrt(terms(data))) * std::max(1.0, magnitude);
  return safety * (of_sum + conditioning);
}

// ---------------------------------------------------------------------------------------------------------------------
// Statistics in numbers.

namespace {

// What Q may be off by, beside what the log-likelihood is where its statistics were made.
double rounding_of_q(const Bench& bench, double q, double log_likelihood, double rounding) {
  const double relative = epsilon * (64.0 + 8.0 * std::sqrt(bench.terms(bench.data())));
  return rounding * (1.0 + std::abs(q) / std::max(1.0, std::abs(log_likelihood))) + safety * relative * std::abs(q);
}

}  // namespace

std::vector<Effect> effects(const Bench& bench, const Place& at, const AnyStatistics& statistics) {
  const Refinements& has = bench.has();
  std::vector<Effect> all;
  if (has.one_pass) {
    all.push_back({"its log_likelihood", at.model->log_likelihood_in(statistics), at.rounding});
  }
  if (has.bounded) {
    for (const Place& place : bench.places()) {
      const double q = place.model->expected_log_joint(statistics);  // of what is impossible, −∞
      all.push_back(
          {"Q from it", q, rounding_of_q(bench, q, at.log_likelihood, std::max(at.rounding, place.rounding))});
    }
  }
  auto next = at.model->copy();
  (void)is_possible([&] {
    next->m_step(statistics);
    const double level = next->log_likelihood(bench.data());
    constexpr double of_statistics = 16.0;  // the rounding of the statistics goes through the M-step
    all.push_back({"the log-likelihood after an M-step from it", level,
                   of_statistics * (at.rounding + bench.rounding(*next, bench.data()))});
  });
  return all;
}

void compare(Worst& worst, std::string_view function, const std::vector<Effect>& is, const std::vector<Effect>& should,
             const std::string& when) {
  if (is.size() != should.size()) {
    worst.add(function, std::numeric_limits<double>::infinity(), 0.0,
              [&] { return fmt::format("{}: of the two, one leads to a degenerate M-step, the other not", when); });
  }
  for (std::size_t i = 0; i < std::min(is.size(), should.size()); ++i) {
    const double difference = is[i].value == should[i].value ? 0.0 : is[i].value - should[i].value;
    const double allowed = std::max(is[i].tolerance, should[i].tolerance);
    worst.add(function, difference, allowed, [&] {
      return fmt::format("{}: {} is {:.10g}, and should be {:.10g}", when, is[i].what, is[i].value, should[i].value);
    });
  }
}

std::vector<double> bits_of(const Bench& bench, const AnyModel& model, const AnyStatistics& statistics) {
  const Refinements& has = bench.has();
  std::vector<double> bits;
  if (has.one_pass) bits.push_back(model.log_likelihood_in(statistics));
  if (has.bounded) bits.push_back(model.expected_log_joint(statistics));
  auto next = model.copy();
  const bool possible = is_possible([&] {
    next->m_step(statistics);
    bits.push_back(next->log_likelihood(bench.data()));
    if (has.parameterized) {
      const Vector parameters = next->parameters();
      bits.insert(bits.end(), parameters.begin(), parameters.end());
    }
  });
  if (!possible) bits.push_back(std::numeric_limits<double>::quiet_NaN());
  return bits;
}

double different_bits(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return static_cast<double>(std::max(a.size(), b.size()));
  double different = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool both_nan = std::isnan(a[i]) && std::isnan(b[i]);
    if (!both_nan && std::bit_cast<std::uint64_t>(a[i]) != std::bit_cast<std::uint64_t>(b[i])) different += 1.0;
  }
  return different;
}

Vector weights_of(const Bench& bench, const AnyData& data) {
  return bench.options().weights ? *bench.options().weights : bench.model().weights(data);
}

// ---------------------------------------------------------------------------------------------------------------------
// Derivatives.

namespace {

Slope slope_over(const Curve& curve, double step, double rounding) {
  // The error of order 6 is mostly rounding, and order 4 shares some of that: their difference is taken several times.
  constexpr double caution = 4.0;
  const auto differences = central_differences(curve, step);
  return {.value = differences.sixth,
          .error = caution * std::abs(differences.sixth - differences.fourth) + rounding / step};
}

}  // namespace

Slope slope(const Curve& curve, double step, double rounding, double wanted_error) {
  constexpr int most_refinements = 6;
  constexpr double refinement = 4.0;
  Slope coarse = slope_over(curve, step, rounding);
  Slope best = {.value = coarse.value, .error = std::numeric_limits<double>::infinity()};
  for (int i = 0; i < most_refinements && !(best.error <= wanted_error); ++i) {
    step /= refinement;
    const Slope fine = slope_over(curve, step, rounding);
    // Over a step that is too long both orders may agree on nonsense: a shorter one must agree with them.
    const double error = coarse.error + std::abs(coarse.value - fine.value);
    if (error < best.error) best = {.value = coarse.value, .error = error};
    coarse = fine;
  }
  return best;
}

Coordinates coordinates(const Vector& parameters, std::uint64_t seed, std::uint64_t place) {
  constexpr std::size_t most = 48;
  Coordinates all;
  for (Index j = 0; j < parameters.size(); ++j) {
    if (std::isfinite(parameters[j])) all.finite.push_back(j);
  }
  all.chosen = all.finite;
  if (all.chosen.size() <= most) return all;
  constexpr std::uint64_t first_stream = 1000;  // of its own: the places draw from those before
  RandomEngine rng = random_stream(seed, first_stream + place);
  for (std::size_t i = 0; i < most; ++i) {
    const boost::random::uniform_int_distribution<std::size_t> other(i, all.chosen.size() - 1);
    std::swap(all.chosen[i], all.chosen[other(rng)]);
  }
  all.chosen.resize(most);
  std::ranges::sort(all.chosen);
  return all;
}

std::string in_words(const Coordinates& coordinates) {
  const std::size_t all = coordinates.finite.size();
  if (coordinates.all_chosen()) return fmt::format("each of {} parameters", all);
  return fmt::format("{} of {} parameters at a place, and random directions across all", coordinates.chosen.size(),
                     all);
}

Units::Units(const Coordinates& coordinates, const Vector& parameters)
    : coordinates_(coordinates),
      units_(Vector::Constant(parameters.size(), std::numeric_limits<double>::quiet_NaN())) {}

void Units::set(Index j, double unit) {
  units_[j] = unit;
  if (unit > 0.0) curved_.push_back(unit);
}

double Units::typical() const {
  auto sorted = curved_;
  std::ranges::sort(sorted);
  return sorted.empty() ? 0.0 : sorted[sorted.size() / 2];
}

Vector Units::all() const {
  Vector filled = Vector::Zero(units_.size());
  const double typical_unit = typical();
  for (const Index j : coordinates_.finite) filled[j] = std::isnan(units_[j]) ? typical_unit : units_[j];
  return filled;
}

Vector Units::direction(RandomEngine& rng) const {
  boost::random::normal_distribution<double> normal;
  Vector towards = all();
  const auto moving = static_cast<double>((towards.array() > 0.0).count());
  for (double& entry : towards) entry *= normal(rng) / std::sqrt(std::max(1.0, moving));
  return towards;
}

Curve along(const AnyModel& model, Index j, const std::function<double(const AnyModel&)>& value) {
  return along(model, Vector::Unit(model.parameters().size(), j), value);
}

Curve along(const AnyModel& model, const Vector& direction, const std::function<double(const AnyModel&)>& value) {
  return [&model, direction, value, parameters = model.parameters()](double by) {
    auto there = model.copy();
    Vector vector = parameters;
    for (Index j = 0; j < vector.size(); ++j) {  // what is infinite stays where it is
      if (direction[j] != 0.0) vector[j] += by * direction[j];
    }
    double level = std::numeric_limits<double>::quiet_NaN();
    (void)is_possible([&] {
      if (by != 0.0) there->set_parameters(vector);
      level = value(*there);
    });
    return level;
  };
}

}  // namespace latent::detail
