// Figures drawn by gnuplot, which runs beside the command.
#pragma once

#include <string>

#include "command/plotting/figure.hpp"

namespace latent::cli {

/// The format that the ending of a picture's name says, .png or .svg in any case.
/// @throws InvalidOption, of --plot, for any other ending.
[[nodiscard]] PictureFormat picture_format(const std::string& path);

/// Asks whether gnuplot is there, before the work whose pictures it is to draw.
/// @throws Error, naming the package to install, where it isn't.
void require_gnuplot();

/// The figure as the bytes of a picture.
/// @throws Error where gnuplot isn't there, or can't draw it; with what it said.
[[nodiscard]] std::string drawn(const Figure& figure, PictureFormat format);

/// Draws the figure into a file, in the format that its ending says.
/// @throws Error as `drawn`, and where the file can't be written.
void write_picture(const std::string& path, const Figure& figure);

}  // namespace latent::cli
