// Does not compile where a heavy library was included before; each is known by its include guard.
#include "heavy_libraries.hpp"

static_assert(!LATENT_HAS_RANGE_V3, LATENT_NAME " drags in range-v3: include it in a .cpp file");
static_assert(!LATENT_HAS_BOOST_MATH, LATENT_NAME " drags in Boost.Math: include it in a .cpp file");
static_assert(!LATENT_HAS_TBB, LATENT_NAME " drags in oneTBB: include it in a .cpp file");
static_assert(!LATENT_HAS_FMT, LATENT_NAME " drags in fmt: include it in a .cpp file");
static_assert(!LATENT_HAS_CEREAL || LATENT_MAY_INCLUDE_CEREAL,
              LATENT_NAME " drags in cereal: include it where models are saved or loaded only");
