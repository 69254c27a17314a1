#include "plot/pair_plots.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "plot/figure.h"

namespace juror {
namespace {

constexpr double kCountHeight = 34;  ///< of the tallest count bar

Frame unit_frame(const std::string& x_label, const std::string& y_label) {
  Frame frame{.size = kSquareFrame,
              .x = exact_axis(0, 1, 6),
              .y = exact_axis(0, 1, 6),
              .x_label = x_label,
              .y_label = y_label};
  frame.x_kind = frame.y_kind = NumberKind::kPercent;
  return frame;
}

Markup diagonal(const Frame& frame) {
  return line("reference", frame.x_at(0), frame.y_at(0), frame.x_at(1), frame.y_at(1));
}

Markup draw_counts(const Frame& frame, const std::vector<ReliabilityBar>& bars) {
  std::int64_t most = 1;
  for (const ReliabilityBar& bar : bars) most = std::max(most, bar.count);
  Markup drawing;
  for (const ReliabilityBar& bar : bars) {
    const double height = kCountHeight * static_cast<double>(bar.count) / static_cast<double>(most);
    const double left = frame.x_at(bar.low), width = frame.x_at(bar.high) - left;
    drawing +=
        rectangle("count", left + 1, frame.bottom() - height, std::max(0.0, width - 2), height);
  }
  return drawing;
}

/// A strip of 100 × 14 units; x in per cent.
Markup strip(const std::string& description, const Markup& content) {
  return element(
      "svg",
      {{"class", "strip"}, {"viewBox", "0 0 104 14"}, {"role", "img"}, {"aria-label", description}},
      content);
}

constexpr double kStripLeft = 2;  ///< so that a dot at 0 is whole

double strip_at(double share) { return kStripLeft + 100 * share; }

}  // namespace

Markup reliability_figure(const std::string& title, const std::string& note,
                          const std::vector<ReliabilityBar>& bars) {
  const Frame frame = unit_frame("predicted probability", "share of people");
  Markup drawing = axes(frame) + draw_counts(frame, bars) + diagonal(frame);
  std::vector<HoverColumn> columns;
  std::string commands;
  Markup dots;
  for (const ReliabilityBar& bar : bars) {
    if (bar.count == 0) continue;
    const double x = frame.x_at(bar.mean_p), y = frame.y_at(bar.mean_outcome);
    if (!std::isfinite(x) || !std::isfinite(y)) continue;
    commands += (commands.empty() ? 'M' : 'L') + place_text(frame, bar.mean_p, bar.mean_outcome);
    dots += circle("dot s1", x, y, 4);
    columns.push_back(
        {x,
         "predicted " + number_text(bar.mean_p, NumberKind::kPercent),
         {number_text(bar.mean_outcome, NumberKind::kPercent), count_text(bar.count, "pair")}});
  }
  drawing += path("line s1", commands) + dots;
  return figure(title, note, {},
                svg(frame, title + ". " + note, drawing,
                    hover_attributes({"people", "in the bin"}, columns)));
}

Markup order_figure(const std::string& title, const std::string& note,
                    const std::vector<OrderPoint>& points) {
  const Frame frame = unit_frame("P(first better), shown first", "P(first better), shown second");
  const double middle_x = frame.x_at(0.5), middle_y = frame.y_at(0.5);
  Markup drawing =
      rectangle("corner", frame.size.left, frame.size.top, middle_x - frame.size.left,
                middle_y - frame.size.top) +
      rectangle("corner", middle_x, middle_y, frame.right() - middle_x, frame.bottom() - middle_y);
  drawing += axes(frame) + diagonal(frame);
  for (const OrderPoint& point : points) {
    if (std::isfinite(point.p_ij) && std::isfinite(point.p_ji)) {
      drawing += circle("scatter s1", frame.x_at(point.p_ij), frame.y_at(point.p_ji), 3);
    }
  }
  return figure(title, note, {}, svg(frame, title + ". " + note, drawing));
}

Markup scatter_figure(const std::string& title, const std::string& note,
                      const std::vector<ScatterPoint>& points,
                      const std::array<std::string, 2>& labels) {
  std::vector<ScatterPoint> known;
  for (const ScatterPoint& point : points) {
    if (std::isfinite(point.x) && std::isfinite(point.y)) known.push_back(point);
  }
  const auto axis_of = [&](double ScatterPoint::*value) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const ScatterPoint& point : known) {
      low = std::min(low, point.*value);
      high = std::max(high, point.*value);
    }
    return linear_axis(low, high);
  };
  const Frame frame{.size = kSquareFrame,
                    .x = axis_of(&ScatterPoint::x),
                    .y = axis_of(&ScatterPoint::y),
                    .x_label = labels[0],
                    .y_label = labels[1]};
  Markup drawing = axes(frame);
  for (const ScatterPoint& point : known)
    drawing += circle("scatter s1", frame.x_at(point.x), frame.y_at(point.y), 3);
  return figure(title, note, {}, svg(frame, title + ". " + note, drawing));
}

Markup group_figure(const std::string& title, const std::string& note,
                    const std::vector<GroupBar>& bars) {
  constexpr double kRow = 30, kLabels = 118, kCounts = 74;
  const FrameSize size = {.width = 420,
                          .height = 40 + kRow * static_cast<double>(bars.size()),
                          .left = kLabels,
                          .right = kCounts,
                          .top = 6,
                          .bottom = 30};
  Frame frame{.size = size, .x = exact_axis(0, 1, 5), .y = {}, .x_label = ""};
  frame.x_kind = NumberKind::kPercent;
  Markup drawing = axes(frame);
  const double half = frame.x_at(0.5);
  std::string description = title + ".";
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const GroupBar& bar = bars[i];
    const double y = size.top + kRow * (static_cast<double>(i) + 0.5);
    drawing += label("tick end", size.left - 8, y + 4, bar.label);
    drawing +=
        label("tick", frame.right() + 8, y + 4,
              number_text(static_cast<double>(bar.count)) + (bar.count == 1 ? " pair" : " pairs"));
    description +=
        fmt::format(" {}: {}, {}.", bar.label, number_text(bar.value, NumberKind::kPercent),
                    count_text(bar.count, "pair"));
    if (!std::isfinite(bar.value)) continue;
    drawing += rectangle("bar s1", size.left, y - 8, frame.x_at(bar.value) - size.left, 16);
    if (std::isfinite(bar.low) && std::isfinite(bar.high))
      drawing += line("whisker", frame.x_at(bar.low), y + 8, frame.x_at(bar.high), y + 8);
    drawing += label("value", size.left + 6, y + 4, number_text(bar.value, NumberKind::kPercent));
  }
  drawing += line("reference", half, size.top, half, frame.bottom());
  return figure(title, note, {}, svg(frame, description, drawing));
}

std::string StripEnds::words() const {
  return fmt::format("{:.0f} – {:.0f} %", 100 * low, 100 * high);
}

StripEnds strip_ends(const std::vector<double>& values) {
  StripEnds ends{0.5, 0.5};
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    ends.low = std::min(ends.low, std::floor(10 * value) / 10);
    ends.high = std::max(ends.high, std::ceil(10 * value) / 10);
  }
  if (ends.low == ends.high) return {0, 1};
  return ends;
}

Markup interval_strip(const GroupBar& value, const StripEnds& ends, const std::string& css) {
  const auto at = [&](double share) {
    return strip_at((share - ends.low) / (ends.high - ends.low));
  };
  Markup content =
      line("grid", strip_at(0), 7, strip_at(1), 7) + line("half", at(0.5), 1, at(0.5), 13);
  if (std::isfinite(value.low) && std::isfinite(value.high)) {
    content += rectangle("interval " + css, at(value.low), 3, at(value.high) - at(value.low), 8);
  }
  if (std::isfinite(value.value)) content += circle("dot " + css, at(value.value), 7, 2.6);
  const std::string words =
      number_text(value.value, NumberKind::kPercent) + " on a scale of " + ends.words();
  return strip(words, content);
}

Markup probability_strip(double p, double share) {
  Markup content = rectangle("trough", strip_at(0), 4, 100, 6);
  std::string description = "no probability could be read";
  if (std::isfinite(p)) {
    content += rectangle("bar s1", strip_at(0), 4, 100 * p, 6);
    description = "probability " + number_text(p, NumberKind::kPercent);
  }
  content += line("half", strip_at(0.5), 2, strip_at(0.5), 12);
  if (std::isfinite(share)) {
    content += line("share", strip_at(share), 1, strip_at(share), 13);
    description += ", people " + number_text(share, NumberKind::kPercent);
  }
  return strip(description, content);
}

}  // namespace juror
