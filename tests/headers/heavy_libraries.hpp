// Which heavy libraries were included before this line, by the include guard of a header that all of the library's
// have.
#ifdef RANGES_V3_RANGE_FWD_HPP
#define LATENT_HAS_RANGE_V3 true
#else
#define LATENT_HAS_RANGE_V3 false
#endif

#ifdef BOOST_MATH_TOOLS_CONFIG_HPP
#define LATENT_HAS_BOOST_MATH true
#else
#define LATENT_HAS_BOOST_MATH false
#endif

#ifdef __TBB_detail__config_H
#define LATENT_HAS_TBB true
#else
#define LATENT_HAS_TBB false
#endif

#ifdef FMT_CORE_H_
#define LATENT_HAS_FMT true
#else
#define LATENT_HAS_FMT false
#endif

#ifdef CEREAL_MACROS_HPP_
#define LATENT_HAS_CEREAL true
#else
#define LATENT_HAS_CEREAL false
#endif
