// Bayes' rule across the lanes: each lane is an observation, each row a component.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "expectation/simd/responsibilities.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h:
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

#include <cmath>
#include <cstddef>
#include <limits>

#include "expectation/simd/exp-inl.hpp"
#include "latent/core/lanes-inl.hpp"
#include "latent/expectation/responsibilities.hpp"

HWY_BEFORE_NAMESPACE();
namespace latent::HWY_NAMESPACE {
namespace {

// y where x > 0, and −∞ where x is 0.
HWY_INLINE Lanes where_positive(Lanes x, Lanes y) {
  const Lanes minus_infinity = hn::Set(doubles, -std::numeric_limits<double>::infinity());
  return hn::IfThenElse(hn::Gt(x, hn::Zero(doubles)), y, minus_infinity);
}

// log(x) for x ≥ 0.
HWY_INLINE Lanes log_of_sum(Lanes x) { return where_positive(x, hn::Log(doubles, x)); }

// A sum of logarithms is −∞ where an observation's was, and its largest term does not matter then.
HWY_INLINE Evidence evidence(Lanes largest, Lanes log_sums) {
  const double log_sum = sum_of(log_sums);
  return {.log_likelihood = std::isinf(log_sum) ? log_sum : sum_of(largest) + log_sum, .certainty = -log_sum};
}

// w/s, or 0 where every term of s underflowed.
HWY_INLINE Lanes quotient(Lanes weight, Lanes sum) {
  return hn::IfThenElseZero(hn::Gt(sum, hn::Zero(doubles)), hn::Div(weight, sum));
}

// The larger one, or the first where the second is NaN.
HWY_INLINE Lanes larger_of(Lanes first, Lanes second) {
#if HWY_ARCH_X86  // where the maximum with NaN is the second operand
  return hn::Max(second, first);
#else
  return hn::IfThenElse(hn::Gt(second, first), second, first);
#endif
}

// What to take the largest term from: at least the lowest finite number, as −∞ − (−∞) would be NaN.
HWY_INLINE Lanes lowest() { return hn::Set(doubles, std::numeric_limits<double>::lowest()); }

// The evidence where all weights are 1, from the largest term of each observation and the sum s_n of all terms over it.
// Σ log s_n is the logarithm of a product: one for many observations. Each factor is at most K.
class PlainEvidence {
 public:
  HWY_INLINE PlainEvidence()
      : largest_(hn::Zero(doubles)), log_sums_(hn::Zero(doubles)), product_(hn::Set(doubles, 1.0)) {}

  // What to multiply exp(joint − largest) by.
  HWY_INLINE Lanes add(std::size_t /*n*/, Lanes largest, Lanes sum) {
    largest_ = hn::Add(largest_, largest);
    product_ = hn::Mul(product_, sum);
    if (++factors_ == most_factors) take_logarithm();
    return quotient(hn::Set(doubles, 1.0), sum);
  }
  HWY_INLINE Evidence total() {
    take_logarithm();
    return evidence(largest_, log_sums_);
  }

 private:
  HWY_INLINE void take_logarithm() {
    log_sums_ = hn::Add(log_sums_, log_of_sum(product_));
    product_ = hn::Set(doubles, 1.0);
    factors_ = 0;
  }

  static constexpr int most_factors = 8;
  Lanes largest_;
  Lanes log_sums_;
  Lanes product_;
  int factors_ = 0;
};

// The same with weights. A weight of 0 is no observation, even where log p(x_n) is −∞.
class WeightedEvidence {
 public:
  HWY_INLINE explicit WeightedEvidence(const double* weights)
      : weights_(weights), largest_(hn::Zero(doubles)), log_sums_(hn::Zero(doubles)) {}

  HWY_INLINE Lanes add(std::size_t n, Lanes largest, Lanes sum) {
    const Lanes weight = hn::Load(doubles, weights_ + n);
    const auto counts = hn::Gt(weight, hn::Zero(doubles));
    largest_ = hn::Add(largest_, hn::IfThenElseZero(counts, hn::Mul(weight, largest)));
    log_sums_ = hn::Add(log_sums_, hn::IfThenElseZero(counts, hn::Mul(weight, log_of_sum(sum))));
    return quotient(weight, sum);
  }
  HWY_INLINE Evidence total() { return evidence(largest_, log_sums_); }

 private:
  const double* weights_;
  Lanes largest_;
  Lanes log_sums_;
};

// The terms of few components stay in registers.
template <std::size_t K, class Sum>
HWY_INLINE Evidence normalise_few(std::size_t size, RowView<double> joint, Sum& evidence, Prefetch& ahead) {
  for (std::size_t n = 0; n < size; n += hn::Lanes(doubles)) {
    ahead.step();
    Lanes terms[K];
    Lanes largest = lowest();
    HWY_UNROLL(16) for (std::size_t k = 0; k < K; ++k) {
      terms[k] = hn::Load(doubles, joint[k] + n);
      largest = larger_of(largest, terms[k]);
    }
    Lanes sum = hn::Zero(doubles);
    HWY_UNROLL(16) for (std::size_t k = 0; k < K; ++k) {
      terms[k] = exp_of_nonpositive(hn::Sub(terms[k], largest));
      sum = hn::Add(sum, terms[k]);
    }
    const Lanes scale = evidence.add(n, largest, sum);
    HWY_UNROLL(16) for (std::size_t k = 0; k < K; ++k) { hn::Store(hn::Mul(terms[k], scale), doubles, joint[k] + n); }
  }
  return evidence.total();
}

// Of two terms one is the largest, so one exponential does. NaN and −∞ count as 0.
template <class Sum>
HWY_INLINE Evidence normalise_two(std::size_t size, RowView<double> joint, Sum& evidence, Prefetch& ahead) {
  const Lanes one = hn::Set(doubles, 1.0);
  for (std::size_t n = 0; n < size; n += hn::Lanes(doubles)) {
    ahead.step();
    const Lanes first = hn::Load(doubles, joint[0] + n);
    const Lanes second = hn::Load(doubles, joint[1] + n);
    const Lanes larger = larger_of(larger_of(lowest(), first), second);
    const auto first_is_larger = hn::Eq(first, larger);
    const Lanes of_larger = hn::IfThenElseZero(hn::Or(first_is_larger, hn::Eq(second, larger)), one);
    const Lanes of_smaller = exp_of_nonpositive(hn::Neg(hn::Abs(hn::Sub(first, second))));
    const Lanes scale = evidence.add(n, larger, hn::Add(of_larger, of_smaller));
    const Lanes r_larger = hn::Mul(of_larger, scale);
    const Lanes r_smaller = hn::Mul(of_smaller, scale);
    hn::Store(hn::IfThenElse(first_is_larger, r_larger, r_smaller), doubles, joint[0] + n);
    hn::Store(hn::IfThenElse(first_is_larger, r_smaller, r_larger), doubles, joint[1] + n);
  }
  return evidence.total();
}

HWY_INLINE Lanes largest_term(RowView<const double> joint, std::size_t components, std::size_t n) {
  Lanes largest = lowest();
  for (std::size_t k = 0; k < components; ++k) largest = larger_of(largest, hn::Load(doubles, joint[k] + n));
  return largest;
}

template <class Sum>
HWY_INLINE Evidence normalise_many(std::size_t size, std::size_t components, RowView<double> joint, Sum& evidence,
                                   Prefetch& ahead) {
  for (std::size_t n = 0; n < size; n += hn::Lanes(doubles)) {
    ahead.step();
    const Lanes largest = largest_term({joint.begin, joint.stride}, components, n);
    Lanes sum = hn::Zero(doubles);
    for (std::size_t k = 0; k < components; ++k) {
      const Lanes term = exp_of_nonpositive(hn::Sub(hn::Load(doubles, joint[k] + n), largest));
      hn::Store(term, doubles, joint[k] + n);
      sum = hn::Add(sum, term);
    }
    const Lanes scale = evidence.add(n, largest, sum);
    for (std::size_t k = 0; k < components; ++k) {
      hn::Store(hn::Mul(hn::Load(doubles, joint[k] + n), scale), doubles, joint[k] + n);
    }
  }
  return evidence.total();
}

template <class Sum>
HWY_INLINE Evidence normalise_with(std::size_t size, std::size_t components, RowView<double> joint, Sum& evidence,
                                   Prefetch& ahead) {
  switch (components) {
    case 1:
      return normalise_few<1>(size, joint, evidence, ahead);
    case 2:
      return normalise_two(size, joint, evidence, ahead);
    case 3:
      return normalise_few<3>(size, joint, evidence, ahead);
    case 4:
      return normalise_few<4>(size, joint, evidence, ahead);
    default:
      return normalise_many(size, components, joint, evidence, ahead);
  }
}

Evidence normalise(std::size_t size, std::size_t components, RowView<double> joint, const double* weights,
                   Prefetch ahead) {
  if (weights == nullptr) {
    PlainEvidence evidence;
    return normalise_with(size, components, joint, evidence, ahead);
  }
  WeightedEvidence evidence(weights);
  return normalise_with(size, components, joint, evidence, ahead);
}

void assign(RowView<double> joint, std::size_t components, const double* weights, std::size_t size) {
  for (std::size_t n = 0; n < size; n += hn::Lanes(doubles)) {
    const Lanes largest = largest_term({joint.begin, joint.stride}, components, n);
    Lanes weight = hn::Load(doubles, weights + n);
    for (std::size_t k = 0; k < components; ++k) {
      const auto here = hn::Eq(hn::Load(doubles, joint[k] + n), largest);
      hn::Store(hn::IfThenElseZero(here, weight), doubles, joint[k] + n);
      weight = hn::IfThenZeroElse(here, weight);  // it is given once
    }
  }
}

void log_sums(RowView<const double> joint, std::size_t components, std::size_t size, double* sums) {
  for (std::size_t n = 0; n < size; n += hn::Lanes(doubles)) {
    const Lanes largest = largest_term(joint, components, n);
    Lanes sum = hn::Zero(doubles);
    for (std::size_t k = 0; k < components; ++k) {
      sum = hn::Add(sum, exp_of_nonpositive(hn::Sub(hn::Load(doubles, joint[k] + n), largest)));
    }
    hn::Store(where_positive(sum, hn::Add(largest, log_of_sum(sum))), doubles, sums + n);
  }
}

}  // namespace
}  // namespace latent::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace latent {
namespace {

HWY_EXPORT(normalise);
HWY_EXPORT(assign);
HWY_EXPORT(log_sums);

}  // namespace

Evidence to_responsibilities(LaneRows& joint, std::size_t size, const double* weights, Prefetch ahead) {
  return HWY_DYNAMIC_DISPATCH(normalise)(size, joint.rows(), joint.view(), weights, ahead);
}

void to_assignments(const PackedBlock& block, LaneRows& joint) {
  HWY_DYNAMIC_DISPATCH(assign)(joint.view(), joint.rows(), block.weights(), block.padded_size());
}

void log_sum_exp(const PackedBlock& block, const LaneRows& joint, double* log_densities) {
  HWY_DYNAMIC_DISPATCH(log_sums)(joint.view(), joint.rows(), block.padded_size(), log_densities);
}

}  // namespace latent
#endif
