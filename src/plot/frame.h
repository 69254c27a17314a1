// What all plots share: the drawing area with its axes, grid and labels, in the units of the SVG's
// viewBox.
#pragma once

#include <string>
#include <string_view>

#include "plot/axis.h"
#include "plot/html.h"

namespace juror {

/// Outer size of a plot and the margins that hold the labels; y grows downwards, as in SVG.
struct FrameSize {
  double width = 360, height = 210;
  double left = 50, right = 12, top = 10, bottom = 36;
};

struct Frame {
  FrameSize size;
  Axis x, y;
  NumberKind x_kind = NumberKind::kPlain, y_kind = NumberKind::kPlain;
  std::string x_label;
  std::string y_label = {};  ///< above the y axis; may be empty, then it takes no room

  double x_at(double value) const;
  double y_at(double value) const;
  double bottom() const { return size.height - size.bottom; }
  double right() const { return size.width - size.right; }
};

/// A coordinate: one decimal, no trailing zero ("12.5", "7").
std::string coordinate(double value);

/// "12.5 80": the place of a point in the plot, for paths.
std::string place_text(const Frame& frame, double x, double y);

/// Grid lines, ticks and labels of both axes; to be drawn first.
Markup axes(const Frame& frame);

/// `content` inside <svg> of the frame's size, named for those who cannot see it. `attributes` come
/// on top.
Markup svg(const Frame& frame, const std::string& description, const Markup& content,
           Attributes attributes = {});

/// SVG's shapes. `css` is their class; colours come from the style sheet.
Markup line(std::string_view css, double x1, double y1, double x2, double y2);
Markup label(std::string_view css, double x, double y, const std::string& words);
Markup rectangle(const std::string& css, double x, double y, double width, double height);
Markup circle(const std::string& css, double x, double y, double radius);
Markup path(const std::string& css, const std::string& commands);

}  // namespace juror
