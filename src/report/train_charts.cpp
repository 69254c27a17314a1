#include "report/train_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "report/stacked_plot.h"

namespace juror {
namespace {

enum class Shape { kLines, kStacked };

/// A chart of the metrics whose names match; a pattern has at most one '*', which stands for any text.
struct Chart {
  std::string title;
  std::vector<std::string> patterns;
  std::string note = {};
  NumberKind kind = NumberKind::kPlain;
  bool from_zero = false;
  ScaleKind scale = ScaleKind::kLinear;
  Shape shape = Shape::kLines;
};

struct ChartGroup {
  std::string id, title;
  bool wide = false;  ///< fewer, larger charts
  std::vector<Chart> charts;
};

constexpr NumberKind kPercent = NumberKind::kPercent, kSeconds = NumberKind::kSeconds;

std::vector<ChartGroup> chart_groups() {
  return {
      {.id = "learning", .title = "What it learns", .wide = true, .charts = {
          {"Accuracy", {"eval/accuracy"}, "On held-out pairs; the band is the 95 % interval.", kPercent},
          {"Reward", {"reward", "rewards/*/mean"}, "The weighted sum, and each part by itself."},
          {"Loss", {"loss", "completion_loss", "severity_loss", "policy_loss"}},
          {"Token accuracy", {"mean_token_accuracy"}, "Share of completion tokens that were the likeliest.", kPercent},
          {"Pairs ordered rightly", {"eval/same_photo_accuracy", "eval/same_photo_clear"}, "Validation photos, by predicted severities.", kPercent},
          {"Variance explained, by defect", {"eval/r2/*"}, "R² of predicted severities on validation photos."}}},
      {.id = "groups", .title = "Within the groups", .charts = {
          {"Spread of rewards", {"reward_std", "rewards/*/std"}, "Without spread in a group there is nothing to learn from it.", NumberKind::kPlain, true},
          {"Groups without spread", {"frac_reward_zero_std"}, "", kPercent, true},
          {"Calibration and order", {"eval/brier", "eval/flip_rate", "eval/invalid_rate"}, "Held-out pairs; lower is better.", NumberKind::kPlain, true},
          {"How answers were read", {"verdicts/*"}, "", NumberKind::kPlain, true, ScaleKind::kLinear, Shape::kStacked}}},
      {.id = "thinking", .title = "How it thinks", .charts = {
          {"Completion length", {"completions/mean_length", "completions/mean_terminated_length"}, "Tokens; the band goes from the shortest to the longest.", NumberKind::kPlain, true},
          {"Cut at the limit", {"completions/clipped_ratio"}, "Share of completions without an end.", kPercent, true},
          {"Entropy", {"entropy"}, "Of the next token, mean over completion tokens (nats).", NumberKind::kPlain, true}}},
      {.id = "policy", .title = "How it moves", .charts = {
          {"KL to the reference", {"kl"}, "", NumberKind::kPlain, true},
          {"Clipped tokens", {"clip_ratio/region_mean", "clip_ratio/low_mean", "clip_ratio/high_mean", "clip_ratio/low_min", "clip_ratio/high_max"}, "", kPercent, true},
          {"Gradient norm", {"grad_norm"}, "Before clipping.", NumberKind::kPlain, true},
          {"Learning rate", {"learning_rate"}, "", NumberKind::kPlain, true},
          {"Sampling against training", {"sampling/logp_difference_max", "shared_prefix/max_abs_logp_diff"}, "Greatest difference of log-probabilities; log scale.", NumberKind::kPlain, false, ScaleKind::kLog}}},
      {.id = "cost", .title = "What it costs", .charts = {
          {"Time of a step", {"timing_s/*"}, "Seconds, by what they are spent on.", kSeconds, true, ScaleKind::kLinear, Shape::kStacked},
          {"Step time", {"step_time"}, "", kSeconds, true},
          {"Tokens a second", {"perf/tokens_per_s"}, "", NumberKind::kPlain, true},
          {"Vision passes", {"perf/vision_passes", "perf/images_requested"}, "Pictures encoded, and pictures asked for.", NumberKind::kPlain, true},
          {"Tokens computed per token seen", {"perf/prefix_token_ratio"}, "", NumberKind::kPlain, true},
          {"Peak memory", {"perf/peak_rss_bytes"}, "", NumberKind::kBytes, true},
          {"Model FLOP/s utilisation", {"perf/mfu"}, "", kPercent, true}}},
  };
}

/// What a pattern's '*' stands for in `name` (the name itself for a pattern without one); nullopt-like "" no match.
bool matches(const std::string& pattern, const std::string& name, std::string& short_name) {
  const std::size_t star = pattern.find('*');
  short_name = name.substr(name.rfind('/') + 1);
  if (star == std::string::npos) return pattern == name;
  const std::string start = pattern.substr(0, star), end = pattern.substr(star + 1);
  if (name.size() <= start.size() + end.size() || !name.starts_with(start) || !name.ends_with(end)) return false;
  short_name = name.substr(start.size(), name.size() - start.size() - end.size());
  return true;
}

bool has_value(const std::vector<Point>& points) {
  return std::any_of(points.begin(), points.end(), [](const Point& point) { return std::isfinite(point.y); });
}

/// Gives each point the values of two other metrics at its step as band.
void add_band(std::vector<Point>& points, const std::vector<Point>* low, const std::vector<Point>* high) {
  if (low == nullptr || high == nullptr) return;
  const auto value_at = [](const std::vector<Point>& column, double x) {
    const auto point = std::lower_bound(column.begin(), column.end(), x, [](const Point& p, double at) { return p.x < at; });
    return point != column.end() && point->x == x ? point->y : std::numeric_limits<double>::quiet_NaN();
  };
  for (Point& point : points) {
    point.low = value_at(*low, point.x);
    point.high = value_at(*high, point.x);
  }
}

/// Metrics that are the band of another, not lines of their own.
struct BandNames {
  const char *of, *low, *high;
};
constexpr BandNames kBands[] = {
    {"eval/accuracy", "eval/accuracy_ci_low", "eval/accuracy_ci_high"},
    {"completions/mean_length", "completions/min_length", "completions/max_length"},
    {"completions/mean_terminated_length", "completions/min_terminated_length", "completions/max_terminated_length"},
};

Series series_of(const Metrics& metrics, const std::string& name, const std::string& shown) {
  Series series{.name = shown, .points = *metrics.find(name)};
  for (const BandNames& band : kBands) {
    if (name == band.of) add_band(series.points, metrics.find(band.low), metrics.find(band.high));
  }
  return series;
}

std::vector<Mark> marks_of(const Metrics& metrics) {
  std::vector<Mark> marks;
  for (const Alarm& alarm : metrics.alarms) marks.push_back({alarm.step, alarm.words});
  return marks;
}

/// The plot of the chart, its metrics struck off `unclaimed`.
LinePlot plot_of(const Chart& chart, const Metrics& metrics, std::set<std::string>& unclaimed) {
  LinePlot plot{.title = chart.title, .note = chart.note, .series = {}, .marks = marks_of(metrics), .kind = chart.kind,
                .scale = chart.scale, .from_zero = chart.from_zero};
  for (const std::string& pattern : chart.patterns) {
    for (const std::string& name : metrics.names) {
      std::string shown;
      if (!matches(pattern, name, shown) || unclaimed.erase(name) == 0) continue;
      if (has_value(*metrics.find(name))) plot.series.push_back(series_of(metrics, name, shown));
    }
  }
  return plot;
}

Markup draw(const Chart& chart, const LinePlot& plot) {
  if (plot.series.empty()) return {};
  return chart.shape == Shape::kStacked ? stacked_figure(plot) : line_figure(plot);
}

/// Bands, and what the headline says already.
void claim_silent(std::set<std::string>& unclaimed) {
  for (const BandNames& band : kBands) {
    unclaimed.erase(band.low);
    unclaimed.erase(band.high);
  }
  for (const char* name : {"epoch", "num_tokens"}) unclaimed.erase(name);
}

Section other_charts(const Metrics& metrics, std::set<std::string>& unclaimed) {
  Markup plots;
  for (const std::string& name : metrics.names) {
    if (!unclaimed.contains(name)) continue;
    const Chart chart{.title = name, .patterns = {name}};
    plots += draw(chart, plot_of(chart, metrics, unclaimed));
  }
  Section section{.id = "other", .title = "Other", .content = {}};
  if (!plots.empty()) section.content = element("div", {{"class", "plots"}}, plots);
  return section;
}

}  // namespace

std::vector<Section> training_charts(const Metrics& metrics) {
  std::set<std::string> unclaimed(metrics.names.begin(), metrics.names.end());
  claim_silent(unclaimed);
  std::vector<Section> sections;
  for (const ChartGroup& group : chart_groups()) {
    Markup plots;
    for (const Chart& chart : group.charts) plots += draw(chart, plot_of(chart, metrics, unclaimed));
    if (plots.empty()) continue;
    sections.push_back({group.id, group.title, element("div", {{"class", group.wide ? "plots wide" : "plots"}}, plots)});
  }
  sections.push_back(other_charts(metrics, unclaimed));
  return sections;
}

}  // namespace juror
