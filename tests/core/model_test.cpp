// Which refinement of the concept each model is: decided, and so tested, at compile time.
#include "latent/core/model.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <span>

#include "latent/models/coin_mixture.hpp"
#include "latent/models/gaussian_mixture.hpp"
#include "latent/models/incomplete_gaussian.hpp"

namespace latent {
namespace {

// The least that is a model.
struct Least {
  using Data = double;
  using Statistics = double;
  double e_step(double x) const { return x; }
  void m_step(double) {}
  double log_likelihood(double) const { return 0.0; }
};
static_assert(EMModel<Least>);
static_assert(!InitializableModel<Least> && !CheckingModel<Least> && !OnePassModel<Least> && !DivisibleModel<Least>);
static_assert(!BoundedModel<Least> && !PenalizedModel<Least> && !ParameterizedModel<Least> && !CountableModel<Least>);
static_assert(!PredictiveModel<Least> && !GenerativeModel<Least> && !PersistentModel<Least>);
static_assert(!AssignableModel<Least> && !SimulatedModel<Least>);
static_assert(ScalableModel<Least>);  // a double can be scaled

struct WithoutMStep {
  using Data = double;
  using Statistics = double;
  double e_step(double x) const { return x; }
  double log_likelihood(double) const { return 0.0; }
};
static_assert(!EMModel<WithoutMStep> && !EMModel<int>);

template <class Model>
constexpr bool has_all_but_a_prior =
    InitializableModel<Model> && CheckingModel<Model> && OnePassModel<Model> && DivisibleModel<Model> &&
    BoundedModel<Model> && ParameterizedModel<Model> && CountableModel<Model> && PredictiveModel<Model> &&
    GenerativeModel<Model> && PersistentModel<Model>;
static_assert(has_all_but_a_prior<GaussianMixture> && PenalizedModel<GaussianMixture>);
static_assert(has_all_but_a_prior<CoinMixture> && !PenalizedModel<CoinMixture>);
static_assert(AssignableModel<GaussianMixture> && AssignableModel<CoinMixture> && !AssignableModel<IncompleteGaussian>);
static_assert(ScalableModel<GaussianMixture> && ScalableModel<CoinMixture> && ScalableModel<IncompleteGaussian>);

// A model that can only be simulated is no EMModel.
struct Simulated {
  using Data = double;
  using Statistics = double;
  double simulated_e_step(double x, std::size_t, RandomEngine&) const { return x; }
  void m_step(double) {}
};
static_assert(SimulatedModel<Simulated> && !EMModel<Simulated>);

// The start of an incomplete Gaussian is no random one, and it has no components to predict.
static_assert(CheckingModel<IncompleteGaussian> && PreparedModel<IncompleteGaussian>);
static_assert(OnePassModel<IncompleteGaussian>);
static_assert(DivisibleModel<IncompleteGaussian> && BoundedModel<IncompleteGaussian>);
static_assert(PenalizedModel<IncompleteGaussian> && ParameterizedModel<IncompleteGaussian>);
static_assert(CountableModel<IncompleteGaussian> && PersistentModel<IncompleteGaussian>);
static_assert(!InitializableModel<IncompleteGaussian> && !PredictiveModel<IncompleteGaussian>);
// Its draws are rows of numbers, and not grouped by pattern as its data are.
static_assert(!GenerativeModel<IncompleteGaussian>);

// A span of a user's own observations can be divided; a matrix can't.
struct Additive {
  double sum = 0.0;
  Additive& operator+=(const Additive& other) {
    sum += other.sum;
    return *this;
  }
};
template <class DataOf>
struct OfData {
  using Data = DataOf;
  using Statistics = Additive;
  Additive e_step(const Data&) const { return {}; }
  void m_step(const Additive&) {}
  double log_likelihood(const Data&) const { return 0.0; }
};
static_assert(DivisibleModel<OfData<std::span<const int>>>);
static_assert(DivisibleModel<OfData<Observations>>);
static_assert(!DivisibleModel<OfData<Matrix>>);

}  // namespace
}  // namespace latent
