#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gaussian_kernels.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h:
#include <hwy/highway.h>

#include <algorithm>
#include <boost/math/constants/constants.hpp>
#include <cmath>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "gaussian_kernels.hpp"
#include "latent/core/lanes-inl.hpp"

// Each lane of a register is an observation. What is under way is held in a tile of registers: so many sums that the
// processor's multipliers never wait for one another, and no more than there are registers.
HWY_BEFORE_NAMESPACE();
namespace latent::HWY_NAMESPACE {
namespace {

#if HWY_TARGET <= HWY_AVX3
constexpr std::size_t registers = 32;
#else
constexpr std::size_t registers = 16;
#endif

constexpr std::size_t tile = NormalComponents::tile;
// Registers of observations beside each row of a tile, or of columns beside it.
constexpr std::size_t width = registers / 8;
constexpr std::size_t pair = width / 2;
static_assert(width <= tile && PackedBlock::padding % (tile * hn::MaxLanes(doubles)) == 0);

HWY_INLINE Lanes broadcast(double value) { return hn::Set(doubles, value); }

// Calls `body` with a count from 1 to 4 as a constant.
template <class Body>
HWY_INLINE void with_constant(std::size_t count, const Body& body) {
  switch (count) {
    case 1:
      return body(std::integral_constant<std::size_t, 1>());
    case 2:
      return body(std::integral_constant<std::size_t, 2>());
    case 3:
      return body(std::integral_constant<std::size_t, 3>());
    default:
      return body(std::integral_constant<std::size_t, 4>());
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// log π_k N(x_n | μ_k, Σ_k)

struct Component {
  const double* mean;
  const double* scale;
  const double* unit;
};

// Solves for rows [first, first + R) of U z = x − μ given those before, and adds (s z)² to `squares`; keeps z where
// rows follow. Returns where the next tile of U begins.
template <std::size_t R, bool Keep>
HWY_INLINE const double* solve_rows(RowView<const double> columns, std::size_t n, std::size_t first,
                                    const Component& component, const double* unit, RowView<double> solved,
                                    Lanes (&squares)[width]) {
  const std::size_t lanes = hn::Lanes(doubles);
  Lanes z[R][width];
  HWY_UNROLL(16) for (std::size_t i = 0; i < R; ++i) {
    HWY_UNROLL(16) for (std::size_t v = 0; v < width; ++v) {
      const Lanes x = hn::Load(doubles, columns[first + i] + n + v * lanes);
      z[i][v] = hn::Sub(x, broadcast(component.mean[first + i]));
    }
  }
  for (std::size_t j = 0; j < first; ++j, unit += R) {
    HWY_UNROLL(16) for (std::size_t v = 0; v < width; ++v) {
      const Lanes above = hn::Load(doubles, solved[j] + v * lanes);
      HWY_UNROLL(16) for (std::size_t i = 0; i < R; ++i) {
        z[i][v] = hn::NegMulAdd(broadcast(unit[i]), above, z[i][v]);
      }
    }
  }
  HWY_UNROLL(16) for (std::size_t j = 0; j < R; ++j) {
    HWY_UNROLL(16) for (std::size_t i = j + 1; i < R; ++i, ++unit) {
      HWY_UNROLL(16) for (std::size_t v = 0; v < width; ++v) {
        z[i][v] = hn::NegMulAdd(broadcast(*unit), z[j][v], z[i][v]);
      }
    }
  }
  HWY_UNROLL(16) for (std::size_t i = 0; i < R; ++i) {
    HWY_UNROLL(16) for (std::size_t v = 0; v < width; ++v) {
      const Lanes y = hn::Mul(z[i][v], broadcast(component.scale[first + i]));
      squares[v] = hn::MulAdd(y, y, squares[v]);
      if constexpr (Keep) hn::Store(z[i][v], doubles, solved[first + i] + v * lanes);
    }
  }
  return unit;
}

void dense_log_joint(const PackedBlock& block, const Component component, double offset, RowView<double> solved,
                     double* joint) {
  const std::size_t lanes = hn::Lanes(doubles);
  const std::size_t dimension = block.dimension();
  const std::size_t size = block.padded_size();
  const RowView<const double> columns = block.columns();
  for (std::size_t n = 0; n < size; n += width * lanes) {
    Lanes squares[width];
    HWY_UNROLL(16) for (Lanes& square : squares) square = hn::Zero(doubles);
    const double* unit = component.unit;
    std::size_t first = 0;
    for (; first + tile < dimension; first += tile) {
      unit = solve_rows<tile, true>(columns, n, first, component, unit, solved, squares);
    }
    with_constant(dimension - first, [&](auto rows) HWY_ATTR {
      solve_rows<rows(), false>(columns, n, first, component, unit, solved, squares);
    });
    HWY_UNROLL(16) for (std::size_t v = 0; v < width; ++v) {
      hn::Store(hn::Sub(broadcast(offset), squares[v]), doubles, joint + n + v * lanes);
    }
  }
}

// K components at once, so that a column is read once for all of them.
template <std::size_t K>
HWY_INLINE void diagonal_log_joint(const PackedBlock& block, const NormalComponents& components, std::size_t first,
                                   RowView<double> joint) {
  const std::size_t lanes = hn::Lanes(doubles);
  const std::size_t dimension = block.dimension();
  const std::size_t size = block.padded_size();
  const RowView<const double> columns = block.columns();
  const double* const offset = components.offsets.data() + first;
  const double* const mean = components.means.data() + first * dimension;
  const double* const scale = components.scales.data() + first * dimension;
  for (std::size_t n = 0; n < size; n += width * lanes) {
    Lanes value[K][width];
    HWY_UNROLL(16) for (std::size_t k = 0; k < K; ++k) {
      HWY_UNROLL(16) for (std::size_t v = 0; v < width; ++v) value[k][v] = broadcast(offset[k]);
    }
    for (std::size_t j = 0; j < dimension; ++j) {
      Lanes x[width];
      HWY_UNROLL(16) for (std::size_t v = 0; v < width; ++v) x[v] = hn::Load(doubles, columns[j] + n + v * lanes);
      HWY_UNROLL(16) for (std::size_t k = 0; k < K; ++k) {
        const Lanes m = broadcast(mean[k * dimension + j]);
        const Lanes s = broadcast(scale[k * dimension + j]);
        HWY_UNROLL(16) for (std::size_t v = 0; v < width; ++v) {
          const Lanes y = hn::Mul(hn::Sub(x[v], m), s);
          value[k][v] = hn::NegMulAdd(y, y, value[k][v]);
        }
      }
    }
    HWY_UNROLL(16) for (std::size_t k = 0; k < K; ++k) {
      HWY_UNROLL(16) for (std::size_t v = 0; v < width; ++v) {
        hn::Store(value[k][v], doubles, joint[first + k] + n + v * lanes);
      }
    }
  }
}

void log_joint(const PackedBlock& block, const NormalComponents& components, RowView<double> solved,
               RowView<double> joint) {
  const std::size_t dimension = block.dimension();
  if (!components.dense) {
    for (std::size_t k = 0; k < components.components; k += tile) {
      with_constant(std::min(tile, components.components - k),
                    [&](auto count) HWY_ATTR { diagonal_log_joint<count()>(block, components, k, joint); });
    }
    return;
  }
  const std::size_t units = dimension * (dimension - 1) / 2;
  for (std::size_t k = 0; k < components.components; ++k) {
    const Component component = {.mean = components.means.data() + k * dimension,
                                 .scale = components.scales.data() + k * dimension,
                                 .unit = components.units.data() + k * units};
    dense_log_joint(block, component, components.offsets[k], solved, joint[k]);
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Σ_n r_n c_n and Σ_n r_n c_n c_nᵀ, with c = x − μ.

// Where a tile's sums go: first[i], and second[i + j·rows].
struct Moments {
  double* first;
  double* second;
  std::size_t rows;
};

// The moments of R columns with themselves; keeps r·c of each where there are tiles below.
template <std::size_t R, bool Keep>
HWY_INLINE void add_triangle(const PackedBlock& block, std::size_t column, const double* mean, const double* r,
                             RowView<double> weighted, const Moments moments) {
  // Few sums alone would wait for one another: the block then runs in several streams.
  constexpr std::size_t streams = 4 / R;
  const std::size_t lanes = hn::Lanes(doubles);
  const std::size_t size = block.padded_size();
  const RowView<const double> columns = block.columns();
  Lanes first[streams][R];
  Lanes second[streams][R][R];
  HWY_UNROLL(16) for (std::size_t s = 0; s < streams; ++s) {
    HWY_UNROLL(16) for (std::size_t i = 0; i < R; ++i) {
      first[s][i] = hn::Zero(doubles);
      HWY_UNROLL(16) for (std::size_t j = 0; j <= i; ++j) second[s][i][j] = hn::Zero(doubles);
    }
  }
  for (std::size_t n = 0; n < size; n += streams * lanes) {
    HWY_UNROLL(16) for (std::size_t s = 0; s < streams; ++s) {
      const std::size_t at = n + s * lanes;
      const Lanes weight = hn::Load(doubles, r + at);
      Lanes c[R];
      Lanes rc[R];
      HWY_UNROLL(16) for (std::size_t i = 0; i < R; ++i) {
        c[i] = hn::Sub(hn::Load(doubles, columns[column + i] + at), broadcast(mean[column + i]));
        rc[i] = hn::Mul(weight, c[i]);
        first[s][i] = hn::Add(first[s][i], rc[i]);
        if constexpr (Keep) hn::Store(rc[i], doubles, weighted[i] + at);
      }
      HWY_UNROLL(16) for (std::size_t i = 0; i < R; ++i) {
        HWY_UNROLL(16) for (std::size_t j = 0; j <= i; ++j) second[s][i][j] = hn::MulAdd(rc[j], c[i], second[s][i][j]);
      }
    }
  }
  HWY_UNROLL(16) for (std::size_t s = 0; s < streams; ++s) {
    HWY_UNROLL(16) for (std::size_t i = 0; i < R; ++i) {
      moments.first[column + i] += sum_of(first[s][i]);
      HWY_UNROLL(16) for (std::size_t j = 0; j <= i; ++j) {
        moments.second[column + i + (column + j) * moments.rows] += sum_of(second[s][i][j]);
      }
    }
  }
}

// The second moments of R columns from `row` on with the `width` columns of which r·c is given.
template <std::size_t R>
HWY_INLINE void add_rectangle(const PackedBlock& block, std::size_t row, std::size_t column, const double* mean,
                              RowView<double> weighted, const Moments moments) {
  const std::size_t lanes = hn::Lanes(doubles);
  const std::size_t size = block.padded_size();
  const RowView<const double> columns = block.columns();
  Lanes second[R][width];
  HWY_UNROLL(16) for (std::size_t i = 0; i < R; ++i) {
    HWY_UNROLL(16) for (std::size_t j = 0; j < width; ++j) second[i][j] = hn::Zero(doubles);
  }
  for (std::size_t n = 0; n < size; n += lanes) {
    Lanes rc[width];
    HWY_UNROLL(16) for (std::size_t j = 0; j < width; ++j) rc[j] = hn::Load(doubles, weighted[j] + n);
    HWY_UNROLL(16) for (std::size_t i = 0; i < R; ++i) {
      const Lanes c = hn::Sub(hn::Load(doubles, columns[row + i] + n), broadcast(mean[row + i]));
      HWY_UNROLL(16) for (std::size_t j = 0; j < width; ++j) second[i][j] = hn::MulAdd(rc[j], c, second[i][j]);
    }
  }
  HWY_UNROLL(16) for (std::size_t i = 0; i < R; ++i) {
    HWY_UNROLL(16) for (std::size_t j = 0; j < width; ++j) {
      moments.second[row + i + (column + j) * moments.rows] += sum_of(second[i][j]);
    }
  }
}

// The lower triangle, tile by tile: below each diagonal tile the rectangles of its columns.
void add_dense_moments(const PackedBlock& block, const double* mean, const double* r, RowView<double> weighted,
                       const Moments moments) {
  const std::size_t dimension = block.dimension();
  std::size_t column = 0;
  for (; column + width < dimension; column += width) {
    add_triangle<width, true>(block, column, mean, r, weighted, moments);
    for (std::size_t row = column + width; row < dimension; row += tile) {
      with_constant(std::min(tile, dimension - row),
                    [&](auto rows) HWY_ATTR { add_rectangle<rows()>(block, row, column, mean, weighted, moments); });
    }
  }
  with_constant(dimension - column, [&](auto columns) HWY_ATTR {
    add_triangle<columns(), false>(block, column, mean, r, weighted, moments);
  });
}

// The first and second moments of C columns for K components, from the given ones on.
template <std::size_t K, std::size_t C>
HWY_INLINE void add_diagonal_moments(const PackedBlock& block, std::size_t column, const NormalComponents& components,
                                     std::size_t component, RowView<const double> r, double* sums,
                                     double* const* scatters) {
  const std::size_t lanes = hn::Lanes(doubles);
  const std::size_t dimension = block.dimension();
  const std::size_t size = block.padded_size();
  const RowView<const double> columns = block.columns();
  const double* const mean = components.means.data() + component * dimension + column;
  Lanes first[K][C];
  Lanes second[K][C];
  HWY_UNROLL(16) for (std::size_t k = 0; k < K; ++k) {
    HWY_UNROLL(16) for (std::size_t j = 0; j < C; ++j) first[k][j] = second[k][j] = hn::Zero(doubles);
  }
  for (std::size_t n = 0; n < size; n += lanes) {
    Lanes x[C];
    HWY_UNROLL(16) for (std::size_t j = 0; j < C; ++j) x[j] = hn::Load(doubles, columns[column + j] + n);
    HWY_UNROLL(16) for (std::size_t k = 0; k < K; ++k) {
      const Lanes weight = hn::Load(doubles, r[component + k] + n);
      HWY_UNROLL(16) for (std::size_t j = 0; j < C; ++j) {
        const Lanes c = hn::Sub(x[j], broadcast(mean[k * dimension + j]));
        const Lanes rc = hn::Mul(weight, c);
        first[k][j] = hn::Add(first[k][j], rc);
        second[k][j] = hn::MulAdd(rc, c, second[k][j]);
      }
    }
  }
  HWY_UNROLL(16) for (std::size_t k = 0; k < K; ++k) {
    HWY_UNROLL(16) for (std::size_t j = 0; j < C; ++j) {
      sums[(component + k) * dimension + column + j] += sum_of(first[k][j]);
      scatters[component + k][column + j] += sum_of(second[k][j]);
    }
  }
}

double sum_of_row(const double* row, std::size_t size) {
  const std::size_t lanes = hn::Lanes(doubles);
  Lanes sums[width];
  HWY_UNROLL(16) for (Lanes& sum : sums) sum = hn::Zero(doubles);
  for (std::size_t n = 0; n < size; n += width * lanes) {
    HWY_UNROLL(16) for (std::size_t v = 0; v < width; ++v) {
      sums[v] = hn::Add(sums[v], hn::Load(doubles, row + n + v * lanes));
    }
  }
  HWY_UNROLL(16) for (std::size_t v = 1; v < width; ++v) sums[0] = hn::Add(sums[0], sums[v]);
  return sum_of(sums[0]);
}

void add_moments(const PackedBlock& block, const NormalComponents& components, RowView<const double> r,
                 RowView<double> weighted, double* weights, double* sums, double* const* scatters) {
  const std::size_t dimension = block.dimension();
  for (std::size_t k = 0; k < components.components; ++k) weights[k] += sum_of_row(r[k], block.padded_size());
  if (components.dense) {
    for (std::size_t k = 0; k < components.components; ++k) {
      const Moments moments = {.first = sums + k * dimension, .second = scatters[k], .rows = dimension};
      add_dense_moments(block, components.means.data() + k * dimension, r[k], weighted, moments);
    }
    return;
  }
  for (std::size_t k = 0; k < components.components; k += tile) {
    with_constant(std::min(tile, components.components - k), [&](auto count) HWY_ATTR {
      std::size_t column = 0;
      for (; column + pair <= dimension; column += pair) {
        add_diagonal_moments<count(), pair>(block, column, components, k, r, sums, scatters);
      }
      for (; column < dimension; ++column) {
        add_diagonal_moments<count(), 1>(block, column, components, k, r, sums, scatters);
      }
    });
  }
}

}  // namespace
}  // namespace latent::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace latent {
namespace {

HWY_EXPORT(log_joint);
HWY_EXPORT(add_moments);

// Writes U below its diagonal, in tiles of rows, each column after column; returns where it ends.
double* write_unit(const Matrix& factor, double* unit) {
  const Index dimension = factor.rows();
  const Vector inverse_diagonal = factor.diagonal().cwiseInverse();
  for (Index first = 0; first < dimension; first += NormalComponents::tile) {
    const Index last = std::min(first + static_cast<Index>(NormalComponents::tile), dimension);
    for (Index j = 0; j < last; ++j) {
      for (Index i = std::max(first, j + 1); i < last; ++i) *unit++ = factor(i, j) * inverse_diagonal[j];
    }
  }
  return unit;
}

// L_jj, or standard deviations, for each column.
Vector standard_deviations(const Matrix& factor, Index dimension) {
  if (factor.rows() == factor.cols() && factor.rows() == dimension) return factor.diagonal();
  return factor.rows() == dimension ? Vector(factor.col(0)) : Vector::Constant(dimension, factor(0, 0));
}

}  // namespace

NormalComponents::NormalComponents(const Vector& weights, const RowMatrix& component_means,
                                   const std::vector<Matrix>& factors)
    : components(static_cast<std::size_t>(component_means.rows())),
      dimension(static_cast<std::size_t>(component_means.cols())),
      dense(factors.front().cols() > 1 || dimension == 1),
      means(component_means.data(), component_means.data() + component_means.size()) {
  const double log_two_pi = std::log(boost::math::constants::two_pi<double>());
  const double half_root_two = boost::math::constants::half_root_two<double>();
  const Index d = component_means.cols();
  units.resize(dense ? components * dimension * (dimension - 1) / 2 : 0);
  double* unit = units.data();
  for (Index k = 0; k < component_means.rows(); ++k) {
    const Matrix& factor = factors.size() == 1 ? factors.front() : factors[static_cast<std::size_t>(k)];
    const Vector deviations = standard_deviations(factor, d);
    for (const double deviation : deviations) scales.push_back(half_root_two / deviation);
    offsets.push_back(std::log(weights[k]) - 0.5 * static_cast<double>(d) * log_two_pi -
                      deviations.array().log().sum());
    if (dense) unit = write_unit(factor, unit);
  }
}

NormalKernels::NormalKernels(NormalComponents components)
    : components_(std::move(components)),
      solved_(components_.dense ? components_.dimension : 0, PackedBlock::padding),
      weighted_(components_.dense ? NormalComponents::tile : 0, PackedBlock::most),
      scatters_(components_.components) {}

void NormalKernels::log_joint(const PackedBlock& block, LaneRows& joint) {
  HWY_DYNAMIC_DISPATCH(log_joint)(block, components_, solved_.view(), joint.view());
}

void NormalKernels::add_moments(const PackedBlock& block, const LaneRows& responsibilities,
                                GaussianMixtureStatistics& statistics) {
  std::vector<Matrix>& scatters = statistics.scatters;
  for (std::size_t k = 0; k < scatters_.size(); ++k) scatters_[k] = scatters[scatters.size() == 1 ? 0 : k].data();
  HWY_DYNAMIC_DISPATCH(add_moments)
  (block, components_, responsibilities.view(), weighted_.view(), statistics.weights.data(), statistics.sums.data(),
   scatters_.data());
}

}  // namespace latent
#endif
