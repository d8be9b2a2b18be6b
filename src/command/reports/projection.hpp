// Observations and normal distributions seen in a few directions: the columns themselves, or the principal axes.
#pragma once

#include <string>
#include <vector>

#include "command/plotting/figure.hpp"
#include "latent/data/observations.hpp"

namespace latent::cli {

/// y = Aᵀ(x − c).
struct Projection {
  Vector centre;                   ///< c, d
  Matrix axes;                     ///< A, d×a
  std::vector<std::string> names;  ///< of the a directions
  /// What the reader must know, as that columns were divided by their standard deviations; may be empty.
  std::string note = {};
};

/// The columns as they are.
[[nodiscard]] Projection onto_columns(const std::vector<std::string>& columns);

/// The first `count` principal axes of the standardised columns (Jolliffe 2002, section 2.3), each turned so that its
/// largest loading is positive. Cost O(N·d²).
/// @pre complete data.
[[nodiscard]] Projection onto_principal_axes(const Observations& data, std::size_t count);

/// Onto the columns where there are no more than two, else onto up to four principal axes.
[[nodiscard]] Projection usual_projection(const Observations& data, const std::vector<std::string>& columns);

/// Some rows as seen: rows×a.
[[nodiscard]] Matrix projected(const Projection& projection, const Observations& data,
                               const std::vector<std::size_t>& rows);

/// The ellipses (x − μ)ᵀ Σ⁻¹ (x − μ) = r² of r = 1, 2 and 3 standard deviations as seen in two of the directions, as
/// one line.
[[nodiscard]] Series ellipses(const Projection& projection, const Vector& mean, const Matrix& covariance, Index across,
                              Index up);

/// A mean as seen in two of the directions.
struct Seen {
  double x = 0.0;
  double y = 0.0;
};
[[nodiscard]] Seen seen(const Projection& projection, const Vector& mean, Index across, Index up);

/// The points' own range, with as much of the lines as lies not far outside of it.
void frame_points(Panel& panel);

}  // namespace latent::cli
