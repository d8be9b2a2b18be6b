// The exponential of what is not positive, across the lanes. Included once for each instruction set.
#if defined(LATENT_SIMD_EXP_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef LATENT_SIMD_EXP_INL_HPP
#undef LATENT_SIMD_EXP_INL_HPP
#else
#define LATENT_SIMD_EXP_INL_HPP
#endif

#include <numbers>

#include "latent/core/lanes-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace latent::HWY_NAMESPACE {

// exp(x) for x ≤ 0, to 2e-16 relative; 0 below −600, and for NaN. Two thirds of the work of Highway's Exp, as
// nothing can overflow, and nothing gets so small that its products with data are subnormal, which is slow.
//
// x = n log 2 + r with |r| ≤ ½ log 2, and e^r = 1 + r + r² p(r), p being the polynomial of degree 9 that is nearest to
// it in relative error (Remez; 4e-18).
HWY_INLINE Lanes exp_of_nonpositive(Lanes x) {
  const auto number = [](double value) HWY_ATTR { return hn::Set(doubles, value); };
  // Adding 1.5·2^52 rounds to a whole number, and leaves it in the lowest bits.
  const Lanes rounder = number(6755399441055744.0);
  const Lanes shifted = hn::MulAdd(x, number(std::numbers::log2e), rounder);
  const Lanes n = hn::Sub(shifted, rounder);
  // log 2 in two parts, the first of few bits.
  Lanes r = hn::NegMulAdd(n, number(0x1.62e42feep-1), x);  // NOLINT(modernize-use-std-numbers)
  r = hn::NegMulAdd(n, number(0x1.a39ef35793c76p-33), r);

  const Lanes r2 = hn::Mul(r, r);
  const Lanes r4 = hn::Mul(r2, r2);
  const Lanes p01 = hn::MulAdd(r, number(0.16666666666666412523), number(0.50000000000000106271));
  const Lanes p23 = hn::MulAdd(r, number(0.0083333333334944616639), number(0.041666666666530158494));
  const Lanes p45 = hn::MulAdd(r, number(0.00019841269506578723932), number(0.0013888888943630134161));
  const Lanes p67 = hn::MulAdd(r, number(2.7557586373785180954e-6), number(0.000024801493098887391545));
  const Lanes p89 = hn::MulAdd(r, number(2.5000061625531279587e-8), number(2.763024838532302056e-7));
  const Lanes p03 = hn::MulAdd(r2, p23, p01);
  const Lanes p49 = hn::MulAdd(r4, p89, hn::MulAdd(r2, p67, p45));
  const Lanes p = hn::MulAdd(r4, p49, p03);
  const Lanes power = hn::Add(hn::MulAdd(r2, p, r), number(1.0));

  // Times 2^n, by adding n to the exponent.
  const hn::RebindToSigned<Doubles> bits;
  const auto exponent = hn::ShiftLeft<52>(hn::BitCast(bits, shifted));
  const Lanes result = hn::BitCast(doubles, hn::Add(hn::BitCast(bits, power), exponent));
  return hn::IfThenElseZero(hn::Ge(x, number(-600.0)), result);
}

}  // namespace latent::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
