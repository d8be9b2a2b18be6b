// Figures as values: panels of series against two axes. gnuplot_script turns one into the text that gnuplot draws it
// from; nothing here knows a model, a file or a process.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace latent::cli {

enum class Dash { solid, dashed, dotted };

/// How a series looks.
struct Style {
  /// "#RRGGBB".
  std::string colour = "#000000";
  double opacity = 1.0;
  /// gnuplot's number of a point's shape.
  int shape = 7;
  /// Of a point; 1 is gnuplot's.
  double size = 1.0;
  /// Of a line, in pixels of the figure.
  double width = 1.5;
  Dash dash = Dash::solid;
  /// Whether boxes are hatched, not filled.
  bool hatched = false;
};

enum class Mark {
  points,
  line,           ///< a NaN in y ends a stroke, and the next begins after it
  line_of_points  ///< both
};

struct Box {
  double left = 0.0;
  double right = 0.0;
  double bottom = 0.0;
  double top = 0.0;
};

/// What belongs together in a panel: points and lines through (x, y), or boxes.
struct Series {
  /// What the legend calls it; not in the legend where empty.
  std::string title = {};
  Style style = {};
  Mark mark = Mark::points;
  /// As many as y. Neither where there are boxes.
  std::vector<double> x = {};
  std::vector<double> y = {};
  std::vector<Box> boxes = {};
};

struct Tick {
  double at = 0.0;
  std::string label;
};

struct Interval {
  double low = 0.0;
  double high = 0.0;
};

struct Axis {
  std::string label = {};
  /// As wide as the series need, and a little more, where it isn't given.
  std::optional<Interval> range = {};
  /// Chosen by gnuplot where there are none.
  std::vector<Tick> ticks = {};
  /// Whether its labels are slanted, for long ones.
  bool slanted = false;
  /// Whether only whole numbers are meant.
  bool whole = false;
  /// Whether it has the small end at the top.
  bool downwards = false;
};

enum class Legend { none, right, bottom_right, alone };

/// Where a panel is in its figure, as fractions of its width and height, from the bottom left.
struct Area {
  double left = 0.0;
  double bottom = 0.0;
  double width = 1.0;
  double height = 1.0;
};

struct Panel {
  std::string title = {};
  Axis x = {};
  Axis y = {};
  std::vector<Series> series = {};
  /// `alone` draws the legend of the series, and nothing else.
  Legend legend = Legend::none;
  Area area = {};
};

struct Figure {
  std::string title = {};
  /// A small line at the bottom.
  std::string note = {};
  /// In pixels at 96 to the inch.
  int width = 1000;
  int height = 750;
  std::vector<Panel> panels = {};
};

enum class PictureFormat { png, svg };

/// The pixels of a PNG for one of the figure's.
constexpr int png_scale = 2;

/// The script from which gnuplot 5.4 draws the figure on its standard output. It has all data in it, and reads no file.
[[nodiscard]] std::string gnuplot_script(const Figure& figure, PictureFormat format);

/// A string for gnuplot: in single quotes, within which nothing is expanded.
[[nodiscard]] std::string gnuplot_string(const std::string& text);

/// From the least to the largest of what the series show, and a margin; no margin of boxes below or above, which stand
/// on their axis. At least something, where there is nothing or it is all in one place.
[[nodiscard]] Interval horizontal_range(const Panel& panel);
[[nodiscard]] Interval vertical_range(const Panel& panel);

/// The panels in rows of equal height, each as wide as the others in its row.
[[nodiscard]] std::vector<Panel> in_rows(std::vector<std::vector<Panel>> rows);
/// A large panel on the left, and others beside it, one above the other.
[[nodiscard]] std::vector<Panel> beside(Panel large, std::vector<Panel> others);

}  // namespace latent::cli
