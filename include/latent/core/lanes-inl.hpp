/// @file
/// What every kernel begins with: the widest register of doubles of an instruction set. For .cpp files that Highway
/// compiles once for each instruction set (hwy/foreach_target.h); it may be included as often.
#if defined(LATENT_LANES_INL_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef LATENT_LANES_INL_HPP
#undef LATENT_LANES_INL_HPP
#else
#define LATENT_LANES_INL_HPP
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace latent::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Doubles = hn::ScalableTag<double>;
/// A register, each lane of which is an observation.
using Lanes = hn::Vec<Doubles>;

constexpr Doubles doubles;

/// The sum over the lanes.
HWY_INLINE double sum_of(Lanes lanes) { return hn::GetLane(hn::SumOfLanes(doubles, lanes)); }

}  // namespace latent::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
