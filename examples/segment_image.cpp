// The pixels of a photograph, divided into segments by colour: a Gaussian mixture in the colour space CIE L*a*b*, where
// equal distances look about equally large.
//
//     segment_image [IN.png OUT.png [SEGMENTS]]
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <latent/models/gaussian_mixture.hpp>
#include <latent/solver/fit.hpp>
#include <numeric>

#include "image.hpp"

namespace {

using example::Image;
using example::Pixel;

// From sRGB (IEC 61966-2-1) to CIE L*a*b* with the white point D65.
Eigen::RowVector3d lab_of(Pixel pixel) {
  const auto linear = [](std::uint8_t value) {
    const double v = value / 255.0;
    return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
  };
  const double r = linear(pixel.red);
  const double g = linear(pixel.green);
  const double b = linear(pixel.blue);
  const auto f = [](double t) { return t > 216.0 / 24389.0 ? std::cbrt(t) : (24389.0 / 27.0 * t + 16.0) / 116.0; };
  const double x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047);
  const double y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const double z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
  return {116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)};
}

latent::RowMatrix lab_of(const Image& image) {
  latent::RowMatrix colours(static_cast<latent::Index>(image.pixels.size()), 3);
  for (std::size_t i = 0; i < image.pixels.size(); ++i) {
    colours.row(static_cast<latent::Index>(i)) = lab_of(image.pixels[i]);
  }
  return colours;
}

struct Segment {
  std::size_t pixels = 0;
  Pixel mean;
};

// Each segment's size and mean colour, in the order of the mixture's components.
std::vector<Segment> segments_of(const Image& image, const std::vector<std::size_t>& label, std::size_t count) {
  std::vector<Eigen::Vector3d> sums(count, Eigen::Vector3d::Zero());
  std::vector<Segment> segments(count);
  for (std::size_t i = 0; i < label.size(); ++i) {
    const Pixel& pixel = image.pixels[i];
    sums[label[i]] += Eigen::Vector3d(pixel.red, pixel.green, pixel.blue);
    ++segments[label[i]].pixels;
  }
  for (std::size_t k = 0; k < count; ++k) {
    if (segments[k].pixels == 0) continue;
    const Eigen::Vector3d mean = sums[k] / static_cast<double>(segments[k].pixels);
    const auto byte = [](double value) { return static_cast<std::uint8_t>(std::lround(value)); };
    segments[k].mean = {byte(mean[0]), byte(mean[1]), byte(mean[2])};
  }
  return segments;
}

// The picture with every pixel in the mean colour of its segment.
Image painted(const Image& image, const std::vector<std::size_t>& label, const std::vector<Segment>& segments) {
  Image result = image;
  for (std::size_t i = 0; i < label.size(); ++i) result.pixels[i] = segments[label[i]].mean;
  return result;
}

void segment(const std::string& in, const std::string& out, std::size_t count) {
  const Image image = example::read_png(in);
  const latent::RowMatrix colours = lab_of(image);
  const auto result = latent::fit(latent::GaussianMixture(count), latent::Observations(colours),
                                  {.restarts = 5, .stop = latent::relative_gain(1e-6) || latent::iteration_limit(200)});
  const auto label = latent::labels(result.model.posterior(latent::Observations(colours)));
  const auto segments = segments_of(image, label, count);
  if (!out.empty()) example::write_png(out, painted(image, label, segments));

  std::vector<std::size_t> by_lightness(count);
  std::iota(by_lightness.begin(), by_lightness.end(), std::size_t{0});
  std::ranges::sort(by_lightness, {},
                    [&](std::size_t k) { return result.model.means()(static_cast<latent::Index>(k), 0); });
  fmt::print("{} x {} pixels\nsegment    L*     a*     b*   pixels   mean colour\n", image.width, image.height);
  for (std::size_t position = 0; position < count; ++position) {
    const std::size_t k = by_lightness[position];
    const auto mean = result.model.means().row(static_cast<latent::Index>(k));
    const auto [pixels, colour] = segments[k];
    fmt::print("{:7}  {:5.1f}  {:5.1f}  {:5.1f}  {:5.1f} %   #{:02x}{:02x}{:02x}\n", position + 1, mean[0], mean[1],
               mean[2], 100.0 * static_cast<double>(pixels) / static_cast<double>(label.size()), colour.red,
               colour.green, colour.blue);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    segment(argc > 1 ? argv[1] : LATENT_DATA_DIR "/raccoon.png", argc > 2 ? argv[2] : "",
            argc > 3 ? std::stoul(argv[3]) : 5);
  } catch (const std::exception& error) {
    fmt::print(stderr, "segment_image: {}\n", error.what());
    return 2;
  }
}
