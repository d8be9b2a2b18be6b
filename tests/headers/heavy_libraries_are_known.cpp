// The guards that heavy_libraries.hpp looks for are those of the libraries that are installed.
#include <fmt/core.h>
#include <tbb/task_arena.h>

#include <boost/math/special_functions/gamma.hpp>
#include <cereal/types/vector.hpp>
#include <range/v3/algorithm/find.hpp>

#include "heavy_libraries.hpp"

static_assert(LATENT_HAS_FMT && LATENT_HAS_TBB && LATENT_HAS_BOOST_MATH && LATENT_HAS_CEREAL && LATENT_HAS_RANGE_V3);
