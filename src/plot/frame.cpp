#include "plot/frame.h"

#include <fmt/format.h>

namespace juror {

double Frame::x_at(double value) const {
  return size.left + x.position(value) * (right() - size.left);
}

double Frame::y_at(double value) const {
  return bottom() - y.position(value) * (bottom() - size.top);
}

std::string coordinate(double value) {
  std::string digits = fmt::format("{:.1f}", value);
  if (digits.ends_with(".0")) digits.resize(digits.size() - 2);
  return digits == "-0" ? "0" : digits;
}

std::string place_text(const Frame& frame, double x, double y) {
  return fmt::format("{} {}", coordinate(frame.x_at(x)), coordinate(frame.y_at(y)));
}

Markup line(std::string_view css, double x1, double y1, double x2, double y2) {
  return element("line", {{"class", std::string(css)},
                          {"x1", coordinate(x1)},
                          {"y1", coordinate(y1)},
                          {"x2", coordinate(x2)},
                          {"y2", coordinate(y2)}});
}

Markup label(std::string_view css, double x, double y, const std::string& words) {
  return element_of(
      "text", {{"class", std::string(css)}, {"x", coordinate(x)}, {"y", coordinate(y)}}, words);
}

Markup rectangle(const std::string& css, double x, double y, double width, double height) {
  return element("rect", {{"class", css},
                          {"x", coordinate(x)},
                          {"y", coordinate(y)},
                          {"width", coordinate(width)},
                          {"height", coordinate(height)}});
}

Markup circle(const std::string& css, double x, double y, double radius) {
  return element(
      "circle",
      {{"class", css}, {"cx", coordinate(x)}, {"cy", coordinate(y)}, {"r", coordinate(radius)}});
}

Markup path(const std::string& css, const std::string& commands) {
  return element("path", {{"class", css}, {"d", commands}});
}

Markup axes(const Frame& frame) {
  Markup drawing;
  for (const double tick : frame.y.ticks) {
    const double y = frame.y_at(tick);
    drawing += line("grid", frame.size.left, y, frame.right(), y);
    drawing +=
        label("tick end", frame.size.left - 6, y + 4, tick_text(frame.y, tick, frame.y_kind));
  }
  for (const double tick : frame.x.ticks) {
    const double x = frame.x_at(tick);
    drawing += line("axis", x, frame.bottom(), x, frame.bottom() + 4);
    drawing += label("tick middle", x, frame.bottom() + 16, tick_text(frame.x, tick, frame.x_kind));
  }
  drawing += line("axis", frame.size.left, frame.bottom(), frame.right(), frame.bottom());
  if (!frame.y_label.empty()) drawing += label("tick", 2, frame.size.top - 8, frame.y_label);
  return drawing + label("tick end", frame.right(), frame.size.height - 4, frame.x_label);
}

Markup svg(const Frame& frame, const std::string& description, const Markup& content,
           Attributes attributes) {
  Attributes all = {{"viewBox", fmt::format("0 0 {} {}", coordinate(frame.size.width),
                                            coordinate(frame.size.height))},
                    {"role", "img"},
                    {"aria-label", description}};
  all.insert(all.end(), attributes.begin(), attributes.end());
  return element("svg", all, content);
}

}  // namespace juror
