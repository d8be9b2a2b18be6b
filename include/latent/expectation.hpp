/// @file
/// How an E-step is run: on the whole data, or on its parts by several threads.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "latent/em_model.hpp"
#include "latent/parallel.hpp"

namespace latent {

/// What an E-step gives: the statistics, and the log-likelihood under the parameters it was made with (natural log).
template <EMModel Model>
struct Expectation {
  typename Model::Statistics statistics;
  double log_likelihood;
};

namespace detail {

template <DivisibleModel Model>
class EStepReduction final : public Reduction {
 public:
  EStepReduction(const Model& model, const typename Model::Data& data) : model_(model), data_(data) {}

  [[nodiscard]] std::unique_ptr<Reduction> split() const override {
    return std::make_unique<EStepReduction>(model_, data_);
  }
  void run(std::size_t first, std::size_t count) override { add(model_.e_step(data_.subspan(first, count))); }
  void join(Reduction& right) override { add(static_cast<EStepReduction&>(right).result()); }

  typename Model::Statistics result() { return std::move(sum_).value(); }

 private:
  void add(typename Model::Statistics&& part) {
    if (sum_) {
      *sum_ += std::as_const(part);
    } else {
      sum_.emplace(std::move(part));
    }
  }

  const Model& model_;
  const typename Model::Data& data_;
  std::optional<typename Model::Statistics> sum_;
};

template <DivisibleModel Model>
typename Model::Statistics divided_e_step(const Model& model, const typename Model::Data& data) {
  const std::size_t grain = reduction_grain(data.size());
  if (data.size() <= grain) return model.e_step(data);
  EStepReduction<Model> reduction(model, data);
  deterministic_reduce(data.size(), grain, reduction);
  return reduction.result();
}

}  // namespace detail

/// The E-step of a model on the data: by the threads at hand for a `DivisibleModel`, with the same bits for any number
/// of them; in one pass for a `OnePassModel`.
template <EMModel Model>
Expectation<Model> expect(const Model& model, const typename Model::Data& data) {
  auto statistics = [&] {
    if constexpr (DivisibleModel<Model>) {
      return detail::divided_e_step(model, data);
    } else {
      return model.e_step(data);
    }
  }();
  const double log_likelihood = [&] {
    if constexpr (OnePassModel<Model>) {
      return static_cast<double>(statistics.log_likelihood);
    } else {
      return static_cast<double>(model.log_likelihood(data));
    }
  }();
  return {std::move(statistics), log_likelihood};
}

}  // namespace latent
