// Covariances subject to Σ ⪰ B: how one is kept above the floor B, and how it is seen that it rests on it.
//
// All are in the shape of the kind: d×d, d×1 (a diagonal) or 1×1 (one variance for all columns).
#pragma once

#include <optional>

#include "latent/models/gaussian_mixture.hpp"

namespace latent {

/// Whether Σ ⪰ B is plain to see from their factors: tr(Σ⁻¹B) ≤ 1, or entry by entry. Σ = L·Lᵀ, B = L_B·L_Bᵀ; standard
/// deviations if they are not dense. Cost O(d³/6), else O(d).
[[nodiscard]] bool clearly_above_floor(CovarianceKind kind, const Matrix& factor, const Matrix& floor_factor);

/// The Σ ⪰ B that maximises −½{log|Σ| + tr(Σ⁻¹A)}; nothing if it is A itself.
///
/// With B = L_B·L_Bᵀ and L_B⁻¹ A L_B⁻ᵀ = U diag(λ) Uᵀ, it is Σ = L_B U diag(max(λ, 1)) Uᵀ L_Bᵀ: by von Neumann's trace
/// inequality Σ and A have the same eigenvectors in this metric, and log s + λ/s over s ≥ 1 is least at max(λ, 1).
/// Cost O(d³), else O(d).
[[nodiscard]] std::optional<Matrix> raised_to_floor(CovarianceKind kind, const Matrix& covariance,
                                                    const Matrix& floor_factor);

/// How far above the floor Σ is in the direction where it is closest: the smallest eigenvalue of L_B⁻¹ Σ L_B⁻ᵀ.
/// Cost O(d³), else O(d).
[[nodiscard]] double height_above_floor(CovarianceKind kind, const Matrix& covariance, const Matrix& floor_factor);

}  // namespace latent
