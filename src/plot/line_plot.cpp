#include "plot/line_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "plot/figure.h"

namespace juror {
namespace {

constexpr std::size_t kMostDots = 30;  ///< lines with fewer points show each as a dot

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void take(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

bool has_band(const Point& point) { return std::isfinite(point.low) && std::isfinite(point.high); }

/// One point for a run of neighbours.
Point summary_of(const Point* begin, const Point* end) {
  double y = 0, low = 0, high = 0, count = 0, banded = 0;
  Range range;
  for (const Point* point = begin; point != end; ++point) {
    if (!std::isfinite(point->y)) continue;
    ++count;
    y += point->y;
    range.take(point->y);
    if (!has_band(*point)) continue;
    ++banded;
    low += point->low;
    high += point->high;
  }
  const double x = begin[(end - begin) / 2].x;
  if (count == 0) return {.x = x, .y = std::numeric_limits<double>::quiet_NaN()};
  if (banded == 0) return {.x = x, .y = y / count, .low = range.low, .high = range.high};
  return {.x = x, .y = y / count, .low = low / banded, .high = high / banded};
}

/// The band as a closed path: along the upper ends, back along the lower ones; one piece a run
/// without gaps.
std::string band_path(const Frame& frame, const std::vector<Point>& points) {
  std::string upper, lower, whole;
  const auto close = [&] {
    if (!upper.empty()) whole += fmt::format("M{}{}Z", upper.substr(1), lower);
    upper.clear();
    lower.clear();
  };
  for (const Point& point : points) {
    if (!std::isfinite(frame.y_at(point.low)) || !std::isfinite(frame.y_at(point.high))) {
      close();
      continue;
    }
    upper += fmt::format("L{}", place_text(frame, point.x, point.high));
    lower = fmt::format("L{}{}", place_text(frame, point.x, point.low), lower);
  }
  close();
  return whole;
}

Markup draw_series(const Frame& frame, const Series& series, const std::string& color) {
  Markup drawing;
  const std::string band = band_path(frame, series.points);
  if (!band.empty()) drawing += path("band " + color, band);
  drawing += path("line " + color, line_path(frame, series.points));
  if (series.points.size() > kMostDots) return drawing;
  for (const Point& point : series.points) {
    const double y = frame.y_at(point.y);
    if (std::isfinite(y)) drawing += circle("dot " + color, frame.x_at(point.x), y, 2.5);
  }
  return drawing;
}

Markup draw_marks(const Frame& frame, const std::vector<Mark>& marks) {
  Markup drawing;
  for (const Mark& mark : marks) {
    const double x = frame.x_at(mark.x);
    if (x >= frame.size.left && x <= frame.right())
      drawing += line("mark", x, frame.size.top, x, frame.bottom());
  }
  return drawing;
}

std::string value_text(const Point& point, NumberKind kind, bool is_range) {
  if (!std::isfinite(point.y)) return {};
  std::string y = number_text(point.y, kind);
  if (!has_band(point) || is_range) return y;
  return fmt::format("{} [{}, {}]", y, number_text(point.low, kind), number_text(point.high, kind));
}

std::vector<LegendEntry> legend_of(const LinePlot& plot) {
  std::vector<LegendEntry> legend;
  for (const Series& series : plot.series) {
    const auto last = std::find_if(series.points.rbegin(), series.points.rend(),
                                   [](const Point& point) { return std::isfinite(point.y); });
    legend.push_back(
        {series.name, last == series.points.rend() ? "" : number_text(last->y, plot.kind)});
  }
  return legend;
}

Attributes hover_of(const LinePlot& plot, const Frame& frame, bool is_range) {
  std::vector<std::string> names;
  std::map<double, HoverColumn> columns;
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    names.push_back(plot.series[i].name);
    for (const Point& point : plot.series[i].points) {
      HoverColumn& column = columns[point.x];
      column.values.resize(plot.series.size());
      column.values[i] = value_text(point, plot.kind, is_range);
    }
  }
  std::vector<HoverColumn> list;
  for (auto& [x, column] : columns) {
    list.push_back({frame.x_at(x), plot.x_label + " " + number_text(x, plot.x_kind),
                    std::move(column.values)});
  }
  return hover_attributes(names, list);
}

/// The series thinned; true when one was.
bool thin(LinePlot& plot) {
  bool was_thinned = false;
  for (Series& series : plot.series) {
    was_thinned = was_thinned || series.points.size() > kMostPoints;
    series = thinned(series, kMostPoints);
  }
  return was_thinned;
}

std::string description_of(const LinePlot& plot, const std::vector<LegendEntry>& legend) {
  std::string words = plot.title + ", by " + plot.x_label + ".";
  for (const LegendEntry& entry : legend)
    words += fmt::format(" {}: {} at the end.", entry.name, entry.value);
  return words;
}

std::size_t most_points(const LinePlot& plot) {
  std::size_t most = 0;
  for (const Series& series : plot.series) {
    const auto known = std::count_if(series.points.begin(), series.points.end(),
                                     [](const Point& point) { return std::isfinite(point.y); });
    most = std::max(most, static_cast<std::size_t>(known));
  }
  return most;
}

}  // namespace

Series thinned(const Series& series, std::size_t most) {
  const std::size_t count = series.points.size(), run = (count + most - 1) / most;
  if (run <= 1) return series;
  Series result{.name = series.name, .points = {}};
  for (std::size_t i = 0; i < count; i += run) {
    const Point* begin = series.points.data() + i;
    result.points.push_back(summary_of(begin, begin + std::min(run, count - i)));
  }
  return result;
}

Frame frame_of(const LinePlot& plot) {
  Range x, y;
  for (const Series& series : plot.series) {
    for (const Point& point : series.points) {
      x.take(point.x);
      for (const double value : {point.y, point.low, point.high}) {
        if (plot.scale == ScaleKind::kLinear || value > 0) y.take(value);
      }
    }
  }
  if (plot.from_zero) y.take(0);
  Frame frame{
      .size = plot.size, .x = exact_axis(x.low, x.high, 6), .y = {}, .x_label = plot.x_label};
  frame.y = plot.scale == ScaleKind::kLog ? log_axis(y.low, y.high) : linear_axis(y.low, y.high);
  frame.x_kind = plot.x_kind;
  frame.y_kind = plot.kind;
  return frame;
}

std::string line_path(const Frame& frame, const std::vector<Point>& points) {
  std::string commands;
  bool is_drawing = false;
  for (const Point& point : points) {
    const bool was_drawing = std::exchange(is_drawing, std::isfinite(frame.y_at(point.y)));
    if (is_drawing) commands += (was_drawing ? 'L' : 'M') + place_text(frame, point.x, point.y);
  }
  return commands;
}

Markup line_figure(LinePlot plot) {
  const std::vector<LegendEntry> legend = legend_of(plot);
  if (const std::size_t longest = most_points(plot); longest < 2) {
    const std::string note = longest == 0 ? "Nothing was measured." : "One point, so no line.";
    return figure(plot.title, plot.note.empty() ? note : plot.note + " " + note, legend, {});
  }
  const bool is_range = thin(plot);
  const Frame frame = frame_of(plot);
  Markup drawing = axes(frame) + draw_marks(frame, plot.marks);
  for (std::size_t i = 0; i < plot.series.size(); ++i)
    drawing += draw_series(frame, plot.series[i], series_class(i));
  return figure(plot.title, plot.note, legend,
                svg(frame, description_of(plot, legend), drawing, hover_of(plot, frame, is_range)));
}

}  // namespace juror
