// What moves before a camera that stands still. Over time a pixel shows its background most of the time, of which there
// may be two or more where leaves sway or a lamp blinks, and now and then something that passes: a Gaussian mixture for
// each pixel (Stauffer & Grimson 1999, CVPR 2:246), here by EM over all frames instead of a recursive approximation,
// with as many components as BIC asks for.
//
// The frames are generated, so that it is known what moves; the program says how well it is found.
//
//     background [OUT.png]
#include <fmt/format.h>

#include <algorithm>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <cstdio>
#include <exception>
#include <latent/core/parallel.hpp>
#include <latent/core/random.hpp>
#include <latent/inference/criteria.hpp>
#include <latent/models/gaussian_mixture.hpp>
#include <latent/solver/fit.hpp>
#include <numbers>
#include <numeric>
#include <optional>

#include "image.hpp"

namespace {

using latent::Index;
using Colour = Eigen::RowVector3d;  // red, green and blue, 0 to 255

constexpr std::size_t width = 36;
constexpr std::size_t height = 24;
constexpr std::size_t frames = 80;

// ---- The scene.

struct Scene {
  /// For each pixel its colour in every frame, frames×3.
  std::vector<latent::RowMatrix> colours;
  /// For each pixel, in which frames something that moves is before it.
  std::vector<std::vector<bool>> moves;
};

// A wall with a shadow, a lawn below it, and on the right a bush that sways between two positions.
Colour background_at(double x, double y, bool swayed) {
  const bool bush = x > 22 && x < 34 && y > 3 && y < 16;
  if (bush) {
    const double leaf = std::sin(1.7 * x + (swayed ? std::numbers::pi : 0.0)) * std::cos(1.3 * y);
    return leaf > 0.0 ? Colour(60, 130, 50) : Colour(110, 95, 60);
  }
  if (y > 17) return Colour(90, 140, 70) + 6.0 * std::sin(0.9 * x + 0.5 * y) * Colour::Ones();
  return Colour(190, 180, 165) - 1.2 * std::abs(x - 12) * Colour::Ones();
}

// Two things cross the scene: a walker in brown to the right, a blue ball to the left.
std::optional<Colour> passing_at(double x, double y, std::size_t frame) {
  const auto time = static_cast<double>(frame);
  const double walker = 1.3 * time - 4.0;
  if (frame < 35 && std::hypot((x - walker) / 2.5, (y - 12.0) / 6.0) < 1.0) return Colour(125, 70, 60);
  const double ball = 40.0 - 1.4 * (time - 45.0);
  if (frame > 45 && std::hypot(x - ball, y - 20.0) < 3.0) return Colour(70, 90, 150);
  return std::nullopt;
}

Scene generated_scene() {
  constexpr double sensor_noise = 3.0;  // standard deviation of each channel
  constexpr double flicker = 0.005;     // of the light, the same for all pixels of a frame
  latent::RandomEngine rng = latent::random_stream(1, 0);
  boost::random::normal_distribution<double> normal;

  Scene scene;
  scene.colours.assign(width * height, latent::RowMatrix(frames, 3));
  scene.moves.assign(width * height, std::vector<bool>(frames, false));
  for (std::size_t frame = 0; frame < frames; ++frame) {
    const double light = 1.0 + flicker * normal(rng);
    const bool swayed = frame % 7 < 3;
    for (std::size_t pixel = 0; pixel < width * height; ++pixel) {
      const std::size_t row = pixel / width;
      const auto x = static_cast<double>(pixel - row * width);
      const auto y = static_cast<double>(row);
      const std::optional<Colour> passing = passing_at(x, y, frame);
      Colour colour = light * passing.value_or(background_at(x, y, swayed));
      for (double& channel : colour) channel = std::clamp(std::round(channel + sensor_noise * normal(rng)), 0.0, 255.0);
      scene.colours[pixel].row(static_cast<Index>(frame)) = colour;
      scene.moves[pixel][frame] = passing.has_value();
    }
  }
  return scene;
}

// ---- What is found.

// The components that are background: the heaviest of the densest, by weight over standard deviation, until they make
// up most of the time (Stauffer & Grimson, eq. 8 and 9).
std::vector<std::size_t> background_components(const latent::GaussianMixture& model) {
  constexpr double most_of_the_time = 0.7;
  const auto density = [&](std::size_t k) {
    return model.weights()[static_cast<Index>(k)] / std::sqrt(model.covariances()[k](0, 0));
  };
  std::vector<std::size_t> order(model.components());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, std::ranges::greater(), density);
  double weight = 0.0;
  std::size_t count = 0;
  while (weight < most_of_the_time && count < order.size())
    weight += model.weights()[static_cast<Index>(order[count++])];
  order.resize(count);
  return order;
}

// The mixture of a pixel's colours, of as many components as BIC asks for: where there are too many, they divide a
// background between them, and each is too narrow.
latent::GaussianMixture mixture_of(const latent::RowMatrix& colours, std::size_t most_components) {
  const latent::FitOptions options = {.restarts = 2,
                                      .stop = latent::relative_gain(1e-6) || latent::iteration_limit(100)};
  const latent::Observations data(colours);
  const latent::CovarianceFloor floor = latent::covariance_floor(data, latent::CovarianceKind::spherical);
  std::optional<latent::GaussianMixture> best;
  double lowest = 0.0;
  for (std::size_t components = 1; components <= most_components; ++components) {
    latent::GaussianMixture mixture(components, {.covariance = latent::CovarianceKind::spherical});
    mixture.set_floor(floor);  // the same for any number of components
    auto result = latent::fit(mixture, data, options);
    const double bic = latent::bic(result.log_likelihood, result.model.free_parameters(), frames);
    if (best && bic >= lowest) continue;
    lowest = bic;
    best = std::move(result.model);
  }
  return *best;
}

// In which frames a pixel shows no background: its colour is not within so many standard deviations of any. In three
// dimensions one in 7,000 of a background's colours is farther away.
std::vector<bool> moving(const latent::RowMatrix& colours, std::size_t most_components) {
  constexpr double deviations = 4.5;
  const latent::GaussianMixture mixture = mixture_of(colours, most_components);
  const auto background = background_components(mixture);

  std::vector<bool> moves(frames);
  for (std::size_t frame = 0; frame < frames; ++frame) {
    const auto is_near = [&](std::size_t k) {
      const auto difference = colours.row(static_cast<Index>(frame)) - mixture.means().row(static_cast<Index>(k));
      return difference.squaredNorm() < deviations * deviations * mixture.covariances()[k](0, 0);
    };
    moves[frame] = std::ranges::none_of(background, is_near);
  }
  return moves;
}

std::vector<std::vector<bool>> moving(const Scene& scene, std::size_t most_components) {
  std::vector<std::vector<bool>> moves(scene.colours.size());
  latent::parallel_for(moves.size(),
                       [&](std::size_t pixel) { moves[pixel] = moving(scene.colours[pixel], most_components); });
  return moves;
}

// ---- How well it is found.

struct Quality {
  double precision;
  double recall;
};

Quality quality(const Scene& scene, const std::vector<std::vector<bool>>& found) {
  double both = 0.0;
  double in_found = 0.0;
  double in_truth = 0.0;
  for (std::size_t pixel = 0; pixel < found.size(); ++pixel) {
    for (std::size_t frame = 0; frame < frames; ++frame) {
      in_found += found[pixel][frame] ? 1.0 : 0.0;
      in_truth += scene.moves[pixel][frame] ? 1.0 : 0.0;
      both += found[pixel][frame] && scene.moves[pixel][frame] ? 1.0 : 0.0;
    }
  }
  return {.precision = both / in_found, .recall = both / in_truth};
}

// Frames from the left to the right, each enlarged: as seen, and below it what was found.
example::Image picture(const Scene& scene, const std::vector<std::vector<bool>>& found) {
  constexpr std::size_t scale = 5;
  constexpr std::size_t gap = 1;
  const std::vector<std::size_t> shown = {4, 12, 19, 25, 55};
  const std::size_t tile_width = (width + gap) * scale;
  const std::size_t tile_height = (height + gap) * scale;
  example::Image image{tile_width * shown.size(), 2 * tile_height, {}};
  image.pixels.assign(image.width * image.height, example::Pixel{255, 255, 255});
  for (std::size_t y = 0; y < image.height; ++y) {
    for (std::size_t x = 0; x < image.width; ++x) {
      const std::size_t column = x % tile_width / scale;
      const std::size_t row = y % tile_height / scale;
      if (column >= width || row >= height) continue;
      const std::size_t pixel = row * width + column;
      const std::size_t frame = shown[x / tile_width];
      const auto colour = scene.colours[pixel].row(static_cast<Index>(frame));
      const auto byte = [](double value) { return static_cast<std::uint8_t>(value); };
      const example::Pixel seen = {byte(colour[0]), byte(colour[1]), byte(colour[2])};
      const example::Pixel mask = found[pixel][frame] ? example::Pixel{255, 255, 255} : example::Pixel{40, 40, 40};
      image.pixels[y * image.width + x] = y < tile_height ? seen : mask;
    }
  }
  return image;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Scene scene = generated_scene();
    fmt::print("components at most   precision   recall\n");
    std::vector<std::vector<bool>> found;
    for (const std::size_t components : {1U, 3U}) {
      found = moving(scene, components);
      const auto [precision, recall] = quality(scene, found);
      fmt::print("{:18}   {:9.3f}   {:6.3f}\n", components, precision, recall);
    }
    if (argc > 1) example::write_png(argv[1], picture(scene, found));
  } catch (const std::exception& error) {
    fmt::print(stderr, "background: {}\n", error.what());
    return 2;
  }
}
