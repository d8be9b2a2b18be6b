// exp for every instruction set, against the C library in long double.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "expectation/simd/exp_test.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h:
#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "expectation/simd/exp-inl.hpp"
#include "fixtures/instruction_sets.hpp"

HWY_BEFORE_NAMESPACE();
namespace latent::HWY_NAMESPACE {
namespace {

// As many numbers as are a multiple of 8.
void exponentials(const double* x, std::size_t size, double* result) {
  for (std::size_t n = 0; n < size; n += hn::Lanes(doubles)) {
    hn::StoreU(exp_of_nonpositive(hn::LoadU(doubles, x + n)), doubles, result + n);
  }
}

}  // namespace
}  // namespace latent::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace latent {
namespace {

HWY_EXPORT(exponentials);

std::vector<double> exponentials_of(std::vector<double> x) {
  x.resize((x.size() + 7) / 8 * 8);
  std::vector<double> result(x.size());
  HWY_DYNAMIC_DISPATCH(exponentials)(x.data(), x.size(), result.data());
  return result;
}

using Exponential = OnInstructionSet;

TEST_P(Exponential, IsRightTo2e16) {
  std::vector<double> x;
  for (double value = 0.0; value > -600.0; value -= 0.00137) x.push_back(value);
  for (double value = 1.0; value > 1e-300; value /= 3.0) x.push_back(-value);
  const std::vector<double> result = exponentials_of(x);
  for (std::size_t n = 0; n < x.size(); ++n) {
    const long double expected = std::exp(static_cast<long double>(x[n]));
    ASSERT_LE(std::abs(result[n] - expected), 2e-16L * expected) << x[n];
  }
}

TEST_P(Exponential, IsExactAt0AndNothingFarBelow) {
  const double infinity = std::numeric_limits<double>::infinity();
  const double lowest = std::numeric_limits<double>::lowest();
  const auto result = exponentials_of({0.0, -0.0, -600.1, -1e6, lowest, -infinity, std::nan("")});
  EXPECT_EQ(result[0], 1.0);
  EXPECT_EQ(result[1], 1.0);
  for (std::size_t n = 2; n < 7; ++n) EXPECT_EQ(result[n], 0.0) << n;
}

LATENT_ON_EACH_INSTRUCTION_SET(Exponential);

}  // namespace
}  // namespace latent
#endif
