// The checks of check_model: what they have in hand, and what they find.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inference/central_differences.hpp"
#include "latent/testing/check_model.hpp"

namespace latent::detail {

// What a check found; its name is added by who runs it.
using Finding = CheckResult;

Finding lacks(std::string what);
Finding lacks_division();
Finding lacks_exact_e_step();

// Makes the call, and says whether it can be made: where the model throws DegenerateFit in it, that is no error of the
// model's.
template <class Call>
bool is_possible(const Call& call) {
  try {
    call();
  } catch (const ThrewIn& error) {
    if (!error.degenerate()) throw;
    return false;
  }
  return true;
}

// The disagreement that is largest beside what is allowed of it. What is no number, or beyond the allowed, is a
// failure.
class Worst {
 public:
  // `function` is at fault where the disagreement is too large, and `what` then says so.
  void add(std::string_view function, double disagreement, double allowed, const std::function<std::string()>& what);
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool compared() const { return ratio_ >= 0.0; }
  // `compared` says what was, where nothing failed. Not applicable where nothing was added.
  [[nodiscard]] Finding finding(std::string_view function, std::string compared) const;

 private:
  bool failed_ = false;
  double ratio_ = -1.0;
  Finding worst_;
};

// A model at some parameters, and what its log-likelihood of the data may be off by through rounding.
struct Place {
  std::unique_ptr<AnyModel> model;
  double log_likelihood = 0.0;
  double rounding = 0.0;
};

// The model and the data under test, and places where its functions are compared.
class Bench {
 public:
  Bench(const AnyModel& model, AnyData data, const CheckOptions& options);

  [[nodiscard]] const AnyModel& model() const { return model_; }
  [[nodiscard]] const AnyData& data() const { return data_; }
  [[nodiscard]] const CheckOptions& options() const { return options_; }
  [[nodiscard]] const Refinements& has() const { return has_; }

  // Where runs begin: random starts, or the parameters given.
  [[nodiscard]] const std::vector<Place>& starts() const { return starts_; }
  // After some iterations from each start; one at least, unless no start could be made.
  [[nodiscard]] const std::vector<Place>& places() const { return places_; }
  // The last of them, which many iterations led to.
  [[nodiscard]] const Place& fitted() const { return places_.back(); }
  // Why the first start that could not be made, or gone on from, could not.
  [[nodiscard]] const std::string& failure() const { return failure_; }

  // A copy at other parameters than the place has, where there are such.
  [[nodiscard]] std::unique_ptr<AnyModel> elsewhere(std::size_t place) const;
  // Whether the model's parameters are others than the place has.
  [[nodiscard]] bool is_elsewhere(const AnyModel& model, std::size_t place) const;

  // What rounding may change in a log-likelihood of data under a model, or in its Q function.
  [[nodiscard]] double rounding(const AnyModel& model, const AnyData& data) const;
  // The number of items of the data; a number of sums of unknown length is guessed high.
  [[nodiscard]] double terms(const AnyData& data) const;

 private:
  void add_start(std::unique_ptr<AnyModel> model);
  void add_place(std::unique_ptr<AnyModel> model);
  void add_place_after_em(const AnyModel& start, int iterations);

  const AnyModel& model_;
  AnyData data_;
  const CheckOptions& options_;
  Refinements has_;
  std::vector<Place> starts_;
  std::vector<Place> places_;
  std::string failure_;
};

// log p(x | θ), plus log p(θ) where the model has a prior.
double objective_of(const AnyModel& model, const AnyData& data);

// Q(θ) + log p(θ).
double m_step_target_of(const AnyModel& model, const AnyStatistics& statistics);

// A place further on its way by so many EM iterations; fewer where a step is degenerate.
std::unique_ptr<AnyModel> after_em(const AnyModel& from, const AnyData& data, int iterations);

// Statistics in numbers: what they do to a model. Each is compared within its tolerance.
struct Effect {
  std::string what;
  double value;
  double tolerance;
};
std::vector<Effect> effects(const Bench& bench, const Place& at, const AnyStatistics& statistics);
// Compares them one by one.
void compare(Worst& worst, std::string_view function, const std::vector<Effect>& is, const std::vector<Effect>& should,
             const std::string& when);

// Numbers that change where any bit of the statistics or of the model does that matters.
std::vector<double> bits_of(const Bench& bench, const AnyModel& model, const AnyStatistics& statistics);
// How many differ, a NaN being equal to itself.
double different_bits(const std::vector<double>& a, const std::vector<double>& b);

// The derivative at 0, and what truncation and rounding may leave in it. The step is shortened where more than the
// error wanted is left.
struct Slope {
  double value;
  double error;
};
Slope slope(const Curve& curve, double step, double rounding, double wanted_error);

// The coordinates of finite parameters, and those of them that derivatives are taken along one by one: 48 at most,
// others at another place.
struct Coordinates {
  std::vector<Index> finite;
  std::vector<Index> chosen;

  [[nodiscard]] bool all_chosen() const { return chosen.size() == finite.size(); }
};
Coordinates coordinates(const Vector& parameters, std::uint64_t seed, std::uint64_t place);
std::string in_words(const Coordinates& coordinates);

// The standard error along each coordinate, and random directions over all finite ones in these units.
class Units {
 public:
  // `coordinates` must outlive it.
  Units(const Coordinates& coordinates, const Vector& parameters);

  // 0 where the curve is flat. A coordinate that is not set is taken to have the median of those that are.
  void set(Index j, double unit);
  [[nodiscard]] bool curved() const { return !curved_.empty(); }
  // Of every coordinate; 0 for those that are not moved.
  [[nodiscard]] Vector all() const;
  // Of length 1 about, in standard errors.
  [[nodiscard]] Vector direction(RandomEngine& rng) const;

 private:
  [[nodiscard]] double typical() const;

  const Coordinates& coordinates_;
  Vector units_;
  std::vector<double> curved_;
};

// The model moved along a coordinate: what it does not take is NaN.
Curve along(const AnyModel& model, Index j, const std::function<double(const AnyModel&)>& value);
Curve along(const AnyModel& model, const Vector& direction, const std::function<double(const AnyModel&)>& value);

// The weight of each observation, by the options or by the data's type.
Vector weights_of(const Bench& bench, const AnyData& data);

// The checks; the table in check_model.cpp has their order.
Finding check_starts(const Bench& bench);
Finding check_finite(const Bench& bench);
Finding check_ascent(const Bench& bench);
Finding check_repeatable(const Bench& bench);
Finding check_copies(const Bench& bench);
Finding check_m_step_state(const Bench& bench);
Finding check_threads(const Bench& bench);
Finding check_one_pass(const Bench& bench);
Finding check_additive_statistics(const Bench& bench);
Finding check_additive_log_likelihood(const Bench& bench);
Finding check_scaled_statistics(const Bench& bench);
Finding check_weights(const Bench& bench);
Finding check_elbo(const Bench& bench);
Finding check_fisher_identity(const Bench& bench);
Finding check_m_step(const Bench& bench);
Finding check_parameters(const Bench& bench);
Finding check_free_parameters(const Bench& bench);
Finding check_file(const Bench& bench);
Finding check_posterior(const Bench& bench);
Finding check_complete_statistics(const Bench& bench);
Finding check_relabelling(const Bench& bench);
Finding check_sample_score(const Bench& bench);
Finding check_recovery(const Bench& bench);
Finding check_brute_force(const Bench& bench);

}  // namespace latent::detail
