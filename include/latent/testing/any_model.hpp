/// @file
/// A model as the checks of latent/testing/check_model.hpp see it: its functions behind one interface, so that the
/// checks are compiled once and not for each model.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "latent/core/errors.hpp"
#include "latent/core/random.hpp"
#include "latent/data/data_set.hpp"
#include "latent/data/observations.hpp"

namespace latent::detail {

// Data of the model's type, together with what they look at.
using AnyData = std::shared_ptr<const void>;
using AnyStatistics = std::shared_ptr<void>;

// What a model and its data have beyond the three functions.
struct Refinements {
  bool initializable = false;
  bool one_pass = false;
  bool divisible = false;
  bool bounded = false;
  bool penalized = false;
  bool parameterized = false;
  bool countable = false;
  bool predictive = false;
  bool generative = false;
  bool persistent = false;
  bool scalable = false;
  bool assignable = false;
  bool relabellable = false;
  bool sized = false;         // Data has size()
  bool subsettable = false;   // latent/data/data_set.hpp
  bool reweightable = false;  // latent/testing/reweighted.hpp
  std::size_t states = 0;     // of the latent variable of an observation, where they can be enumerated
};

// A function of the model threw.
class ThrewIn : public Error {
 public:
  ThrewIn(std::string function, const std::string& what, bool degenerate)
      : Error(what), function_(std::move(function)), degenerate_(degenerate) {}

  [[nodiscard]] const std::string& function() const { return function_; }
  // Whether it was a DegenerateFit, which a model may throw.
  [[nodiscard]] bool degenerate() const { return degenerate_; }

 private:
  std::string function_;
  bool degenerate_;
};

// A model with its parameters. What its refinements do not name must not be called. Every function throws ThrewIn where
// the model's own threw.
class AnyModel {
 public:
  AnyModel() = default;
  AnyModel& operator=(const AnyModel&) = delete;
  AnyModel(AnyModel&&) = delete;
  AnyModel& operator=(AnyModel&&) = delete;
  virtual ~AnyModel() = default;

  [[nodiscard]] virtual std::unique_ptr<AnyModel> copy() const = 0;
  [[nodiscard]] virtual Refinements refinements() const = 0;

  [[nodiscard]] virtual AnyStatistics e_step(const AnyData& data) const = 0;
  // As the solver makes it: in parts, by the threads at hand.
  [[nodiscard]] virtual AnyStatistics divided_e_step(const AnyData& data) const = 0;
  virtual void m_step(const AnyStatistics& statistics) = 0;
  [[nodiscard]] virtual double log_likelihood(const AnyData& data) const = 0;

  virtual void initialize(const AnyData& data, RandomEngine& rng) = 0;
  [[nodiscard]] virtual double log_likelihood_in(const AnyStatistics& statistics) const = 0;
  [[nodiscard]] virtual double expected_log_joint(const AnyStatistics& statistics) const = 0;
  [[nodiscard]] virtual double log_prior() const = 0;  // 0 where the model has none
  [[nodiscard]] virtual Vector parameters() const = 0;
  virtual void set_parameters(const Vector& parameters) = 0;
  [[nodiscard]] virtual double free_parameters() const = 0;
  [[nodiscard]] virtual Matrix posterior(const AnyData& data) const = 0;
  [[nodiscard]] virtual AnyStatistics complete_statistics(const AnyData& data, const Matrix& rows) const = 0;
  [[nodiscard]] virtual AnyData sample(std::size_t count, RandomEngine& rng) const = 0;
  // The model written and read again: by a model that was made by default, else by a copy of `reader`.
  [[nodiscard]] virtual std::unique_ptr<AnyModel> through_a_file(const AnyModel& reader) const = 0;
  [[nodiscard]] virtual std::unique_ptr<AnyModel> relabelled(const std::vector<std::size_t>& permutation) const = 0;
  [[nodiscard]] virtual double log_joint(const AnyData& data, std::size_t observation, std::size_t state) const = 0;

  virtual void add(const AnyStatistics& sum, const AnyStatistics& other) const = 0;
  virtual void scale(const AnyStatistics& statistics, double factor) const = 0;

  [[nodiscard]] virtual std::size_t size(const AnyData& data) const = 0;
  [[nodiscard]] virtual AnyData part(const AnyData& data, std::size_t first, std::size_t count) const = 0;
  [[nodiscard]] virtual AnyData rows(const AnyData& data, const Rows& rows) const = 0;
  [[nodiscard]] virtual AnyData reweighted(const AnyData& data, const Vector& factors) const = 0;
  [[nodiscard]] virtual Vector weights(const AnyData& data) const = 0;

 protected:
  AnyModel(const AnyModel&) = default;
};

}  // namespace latent::detail
