#include "plot/stacked_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "plot/figure.h"

namespace juror {
namespace {

/// Every series on the same x; what is missing or not finite becomes 0.
std::vector<Series> on_common_x(const std::vector<Series>& series) {
  std::map<double, std::vector<double>> rows;
  for (std::size_t i = 0; i < series.size(); ++i) {
    for (const Point& point : series[i].points) {
      auto& row = rows[point.x];
      row.resize(series.size());
      row[i] = std::isfinite(point.y) ? std::max(0.0, point.y) : 0;
    }
  }
  std::vector<Series> aligned;
  for (const Series& one : series) aligned.push_back({.name = one.name, .points = {}});
  for (const auto& [x, row] : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) aligned[i].points.push_back({.x = x, .y = row[i]});
  }
  return aligned;
}

std::string area_path(const Frame& frame, const std::vector<Point>& points) {
  std::string upper, lower;
  for (const Point& point : points) {
    upper += (upper.empty() ? 'M' : 'L') + place_text(frame, point.x, point.high);
    lower = fmt::format("L{}{}", place_text(frame, point.x, point.low), lower);
  }
  return upper + lower + "Z";
}

Attributes hover_of(const LinePlot& plot, const std::vector<Series>& parts, const Frame& frame) {
  std::vector<std::string> names;
  for (const Series& part : parts) names.push_back(part.name);
  std::vector<HoverColumn> columns;
  for (std::size_t i = 0; !parts.empty() && i < parts[0].points.size(); ++i) {
    const double x = parts[0].points[i].x;
    HoverColumn column{frame.x_at(x), plot.x_label + " " + number_text(x, plot.x_kind), {}};
    for (const Series& part : parts)
      column.values.push_back(number_text(part.points[i].y, plot.kind));
    columns.push_back(std::move(column));
  }
  return hover_attributes(names, columns);
}

}  // namespace

std::vector<Series> stacked(const std::vector<Series>& series) {
  std::vector<Series> sums = on_common_x(series);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    for (std::size_t p = 0; p < sums[i].points.size(); ++p) {
      Point& point = sums[i].points[p];
      point.low = i == 0 ? 0 : sums[i - 1].points[p].high;
      point.high = point.y = point.low + point.y;
    }
  }
  return sums;
}

Markup stacked_figure(LinePlot plot) {
  std::vector<Series> parts = on_common_x(plot.series);
  std::vector<LegendEntry> legend;
  std::string description = plot.title + ", stacked, by " + plot.x_label + ".";
  const std::size_t count = parts.empty() ? 0 : parts[0].points.size();
  for (Series& part : parts) {
    legend.push_back({part.name, count == 0 ? "" : number_text(part.points.back().y, plot.kind)});
    description += fmt::format(" {}: {} at the end.", part.name, legend.back().value);
    part = thinned(part, kMostPoints);
  }
  plot.series = stacked(parts);
  plot.from_zero = true;
  const Frame frame = frame_of(plot);
  Markup drawing = axes(frame);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    drawing += path("area " + series_class(i), area_path(frame, plot.series[i].points));
  }
  return figure(plot.title, plot.note, legend,
                svg(frame, description, drawing, hover_of(plot, parts, frame)));
}

}  // namespace juror
