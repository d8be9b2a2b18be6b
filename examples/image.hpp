// Pictures in memory, and as PNG files by libpng's simplified interface.
#pragma once

#include <fmt/format.h>
#include <png.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace example {

/// Red, green and blue in sRGB, 0 to 255.
struct Pixel {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
};

struct Image {
  std::size_t width = 0;
  std::size_t height = 0;
  /// Row after row, from the top.
  std::vector<Pixel> pixels;
};

/// @throws std::runtime_error, with the file's name and libpng's reason; so does write_png.
inline Image read_png(const std::string& path) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_file(&png, path.c_str()) == 0) {
    throw std::runtime_error(fmt::format("{}: {}", path, png.message));
  }
  png.format = PNG_FORMAT_RGB;
  Image image{png.width, png.height, std::vector<Pixel>(std::size_t{png.width} * png.height)};
  const png_color white = {255, 255, 255};  // behind what is transparent
  if (png_image_finish_read(&png, &white, image.pixels.data(), 0, nullptr) == 0) {
    throw std::runtime_error(fmt::format("{}: {}", path, png.message));
  }
  return image;
}

inline void write_png(const std::string& path, const Image& image) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(image.width);
  png.height = static_cast<png_uint_32>(image.height);
  png.format = PNG_FORMAT_RGB;
  if (png_image_write_to_file(&png, path.c_str(), 0, image.pixels.data(), 0, nullptr) == 0) {
    throw std::runtime_error(fmt::format("{}: {}", path, png.message));
  }
}

}  // namespace example
