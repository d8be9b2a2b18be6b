// A model that can be made wrong: each of its functions is the model's own, and then what a mutant does to its result.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <utility>

#include "latent/checks/model_adapter.hpp"
#include "latent/em_model.hpp"

namespace latent {

template <class M>
struct DrawnBy {
  using Type = int;  // it draws nothing
};
template <GenerativeModel M>
struct DrawnBy<M> {
  using Type = decltype(std::declval<const M&>().sample(std::size_t{}, std::declval<RandomEngine&>()));
};

// What a mutant does; where a function is empty, nothing.
template <class M>
struct Mutation {
  using Data = typename M::Data;
  using Statistics = typename M::Statistics;

  // In the place of the function itself.
  std::function<Statistics(const M&, const Data&)> e_step = {};
  std::function<void(M&, const Statistics&)> m_step = {};
  std::function<double(const M&, const Data&)> log_likelihood = {};
  std::function<void(M&, const Data&, RandomEngine&)> initialize = {};
  std::function<double(const M&, const Statistics&)> expected_log_joint = {};
  std::function<double(const M&)> log_prior = {};
  std::function<Vector(const M&)> parameters = {};
  std::function<void(M&, const Vector&)> set_parameters = {};
  std::function<double(const M&)> free_parameters = {};
  std::function<Matrix(const M&, const Data&)> posterior = {};
  std::function<Statistics(const M&, const Data&, const Matrix&)> complete_statistics = {};
  std::function<typename DrawnBy<M>::Type(const M&, std::size_t, RandomEngine&)> sample = {};
  // After it.
  std::function<void(Statistics& sum, const Statistics& before, const Statistics& other)> after_add = {};
  std::function<void(Statistics& scaled, double factor)> after_scale = {};
  // What a file does not keep.
  std::function<void(M&)> lost_in_a_file = {};
};

template <class M>
class Mutant {
 public:
  using Data = typename M::Data;
  struct Statistics : M::Statistics {
    const Mutation<M>* mutation = nullptr;

    Statistics& operator+=(const Statistics& other) {
      const auto before = static_cast<const typename M::Statistics&>(*this);
      M::Statistics::operator+=(other);
      if (mutation->after_add) mutation->after_add(*this, before, other);
      return *this;
    }
    Statistics& operator*=(double factor) {
      M::Statistics::operator*=(factor);
      if (mutation->after_scale) mutation->after_scale(*this, factor);
      return *this;
    }
  };

  // `mutation` must outlive the mutant.
  Mutant(M model, const Mutation<M>& mutation) : model_(std::move(model)), mutation_(&mutation) {}

  const M& model() const { return model_; }

  Statistics e_step(const Data& data) const {
    return of(mutation_->e_step ? mutation_->e_step(model_, data) : model_.e_step(data));
  }
  void m_step(const Statistics& statistics) {
    mutation_->m_step ? mutation_->m_step(model_, statistics) : model_.m_step(statistics);
  }
  double log_likelihood(const Data& data) const {
    return mutation_->log_likelihood ? mutation_->log_likelihood(model_, data) : model_.log_likelihood(data);
  }
  void initialize(const Data& data, RandomEngine& rng)
    requires InitializableModel<M>
  {
    mutation_->initialize ? mutation_->initialize(model_, data, rng) : model_.initialize(data, rng);
  }
  double expected_log_joint(const Statistics& statistics) const {
    return mutation_->expected_log_joint ? mutation_->expected_log_joint(model_, statistics)
                                         : model_.expected_log_joint(statistics);
  }
  double log_prior() const
    requires PenalizedModel<M>
  {
    return mutation_->log_prior ? mutation_->log_prior(model_) : model_.log_prior();
  }
  Vector parameters() const { return mutation_->parameters ? mutation_->parameters(model_) : model_.parameters(); }
  void set_parameters(const Vector& parameters) {
    mutation_->set_parameters ? mutation_->set_parameters(model_, parameters) : model_.set_parameters(parameters);
  }
  double free_parameters() const {
    return mutation_->free_parameters ? mutation_->free_parameters(model_) : model_.free_parameters();
  }
  Matrix posterior(const Data& data) const
    requires PredictiveModel<M>
  {
    return mutation_->posterior ? mutation_->posterior(model_, data) : model_.posterior(data);
  }
  Statistics complete_statistics(const Data& data, const Matrix& rows) const
    requires AssignableModel<M>
  {
    return of(mutation_->complete_statistics ? mutation_->complete_statistics(model_, data, rows)
                                             : model_.complete_statistics(data, rows));
  }
  auto sample(std::size_t count, RandomEngine& rng) const
    requires GenerativeModel<M>
  {
    return mutation_->sample ? mutation_->sample(model_, count, rng) : model_.sample(count, rng);
  }
  template <class Archive>
  void serialize(Archive& archive) {
    archive(model_);
    if (Archive::is_loading::value && mutation_->lost_in_a_file) mutation_->lost_in_a_file(model_);
  }

 private:
  Statistics of(typename M::Statistics&& statistics) const { return {std::move(statistics), mutation_}; }

  M model_;
  const Mutation<M>* mutation_;
};

}  // namespace latent
