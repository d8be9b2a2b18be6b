#include "latent/models/gaussian_memory.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gaussian_moments.hpp"
#include "latent/core/memory.hpp"
#include "latent/core/threads.hpp"

namespace latent {
namespace {

constexpr auto number = static_cast<double>(sizeof(double));

// The numbers of one covariance in the shape of its kind.
double covariance_size(std::size_t dimension, CovarianceKind kind) {
  const auto d = static_cast<double>(dimension);
  if (is_dense(kind)) return d * d;
  return kind == CovarianceKind::diagonal ? d : 1.0;
}

}  // namespace

double memory_of_gaussian_mixture(std::size_t components, std::size_t dimension, CovarianceKind kind,
                                  std::size_t restarts) {
  const double covariance = covariance_size(dimension, kind);
  const double covariances = kind == CovarianceKind::tied ? covariance : static_cast<double>(components) * covariance;
  const double means = static_cast<double>(components) * static_cast<double>(dimension);
  const double parameters = 2.0 * covariances + means;
  const double statistics = covariances + 2.0 * means;
  const auto at_once = static_cast<double>(std::min(restarts, threads_at_hand()));
  const double best_so_far = restarts > 1 ? parameters : 0.0;
  return number * (at_once * (parameters + statistics) + best_so_far);
}

void require_memory_of_gaussian_mixture(std::size_t components, std::size_t dimension, CovarianceKind kind,
                                        std::size_t restarts) {
  std::string what = fmt::format("a mixture of {} component{} with {} covariance in {} columns", components,
                                 components == 1 ? "" : "s", to_string(kind), dimension);
  const std::size_t at_once = std::min(restarts, threads_at_hand());
  if (at_once > 1) what += fmt::format(", in {} fits at once,", at_once);
  std::string advice;
  if (is_dense(kind)) {
    advice = fmt::format("each covariance takes {}: use diagonal covariances, ",
                         size_text(number * covariance_size(dimension, kind)));
  }
  advice += "fewer columns";
  if (components > 1) advice += ", fewer components";
  if (at_once > 1) advice += ", or fewer threads";
  require_memory(memory_of_gaussian_mixture(components, dimension, kind, restarts), what, advice);
}

double memory_of_incomplete_gaussian(std::size_t dimension) {
  constexpr double matrices = 4.0;
  return matrices * number * covariance_size(dimension, CovarianceKind::full);
}

void require_memory_of_incomplete_gaussian(std::size_t dimension) {
  require_memory(memory_of_incomplete_gaussian(dimension),
                 fmt::format("a normal distribution in {} columns", dimension),
                 fmt::format("each matrix of covariances takes {}: use fewer columns",
                             size_text(number * covariance_size(dimension, CovarianceKind::full))));
}

}  // namespace latent
