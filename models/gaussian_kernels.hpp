// The two sums over observations that a Gaussian mixture is made of, a block at a time: log π_k N(x_n | μ_k, Σ_k), and
// the moments about μ_k. They take nearly all the time of a fit, and are written for SIMD registers; what is done once
// for a component is in gaussian_mixture.cpp.
#pragma once

#include <cstddef>
#include <vector>

#include "latent/data/observations.hpp"
#include "latent/expectation/packed_block.hpp"
#include "latent/models/gaussian_mixture.hpp"

namespace latent {

/// K normal components as the kernels read them. With Σ = L·Lᵀ and L = U·diag(L), U being unit lower triangular,
///
///     log π N(x | μ, Σ) = offset − Σ_j (s_j z_j)²   with   U z = x − μ,   s_j = 1 / (√2 L_jj).
///
/// x − μ keeps the digits of x however far from 0 the data lie, and no inverse is formed. Without U, z = x − μ.
struct NormalComponents {
  /// Rows of U that are solved for at once.
  static constexpr std::size_t tile = 4;

  /// @param weights π, K.
  /// @param means μ, K×d.
  /// @param factors K, or 1 that all components share: L (d×d), or standard deviations (d×1, or 1×1 for all columns).
  NormalComponents(const Vector& weights, const RowMatrix& means, const std::vector<Matrix>& factors);

  std::size_t components;
  std::size_t dimension;
  /// Whether there is a U.
  bool dense;
  /// log π_k − ½ d log 2π − ½ log|Σ_k|, K.
  std::vector<double> offsets;
  /// μ, K×d.
  std::vector<double> means;
  /// s, K×d.
  std::vector<double> scales;
  /// U below its diagonal, one component after another: its rows in tiles, each column after column.
  std::vector<double> units;
};

/// The kernels for given components, with the work space of one thread.
class NormalKernels {
 public:
  explicit NormalKernels(NormalComponents components);

  /// Sets joint_kn = log π_k N(x_n | μ_k, Σ_k), a row a component. Cost O(K·B·d²); diagonal O(K·B·d).
  void log_joint(const PackedBlock& block, LaneRows& joint);

  /// Adds Σ_n r_kn, Σ_n r_kn (x_n − μ_k) and Σ_n r_kn (x_n − μ_k)(x_n − μ_k)ᵀ to the statistics' weights, sums and
  /// scatters, of which only the lower triangle is touched; diagonal where there is no U. Cost as `log_joint`.
  void add_moments(const PackedBlock& block, const LaneRows& responsibilities, GaussianMixtureStatistics& statistics);

 private:
  NormalComponents components_;
  LaneRows solved_;    // z, d×padding
  LaneRows weighted_;  // r_n (x_n − μ) of a tile of columns
  std::vector<double*> scatters_;
};

}  // namespace latent
