#include "report/train_charts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "plot/stacked_plot.h"

namespace juror {
namespace {

enum class Shape { kLines, kStacked };

/// A chart of the metrics whose names match; a pattern has at most one '*', which stands for any
/// text.
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
  std::vector<Chart> charts = {};
};

constexpr NumberKind kPercent = NumberKind::kPercent, kSeconds = NumberKind::kSeconds;

std::vector<Chart> learning_charts(bool has_reward) {
  return {
      {.title = "Accuracy",
       .patterns = {"eval/accuracy"},
       .note = "On held-out pairs; the band is the 95 % interval.",
       .kind = kPercent},
      {.title = "Reward",
       .patterns = {"reward", "rewards/*/mean"},
       .note = "The weighted sum, and each part by itself."},
      {.title = "Loss", .patterns = {"completion_loss", "severity_loss", has_reward ? "" : "loss"}},
      {.title = "Token accuracy",
       .patterns = {"mean_token_accuracy"},
       .note = "Share of completion tokens that were the likeliest.",
       .kind = kPercent},
      {.title = "Pairs ordered rightly",
       .patterns = {"eval/same_photo_accuracy", "eval/same_photo_clear"},
       .note = "Validation photos, by predicted severities.",
       .kind = kPercent},
      {.title = "Variance explained, by defect",
       .patterns = {"eval/r2/*"},
       .note = "R² of predicted severities on validation photos."},
  };
}

std::vector<Chart> group_charts() {
  return {
      {.title = "Spread of rewards",
       .patterns = {"reward_std", "rewards/*/std"},
       .note = "Without spread in a group there is nothing to learn from it.",
       .from_zero = true},
      {.title = "Groups without spread",
       .patterns = {"frac_reward_zero_std"},
       .kind = kPercent,
       .from_zero = true},
      {.title = "Groups sampled anew",
       .patterns = {"dynamic_sampling/*"},
       .note = "Groups sampled for a batch, and why some gave way to others.",
       .from_zero = true},
      {.title = "Calibration and order",
       .patterns = {"eval/brier", "eval/flip_rate", "eval/invalid_rate"},
       .note = "Held-out pairs; lower is better.",
       .from_zero = true},
      {.title = "How answers were read",
       .patterns = {"verdicts/ok", "verdicts/forced", "verdicts/truncated", "verdicts/bad_answer",
                    "verdicts/no_answer"},
       .note = "Share of completions.",
       .kind = kPercent,
       .from_zero = true,
       .shape = Shape::kStacked},
      {.title = "Habits",
       .patterns = {"verdicts/answer_first", "verdicts/saturated"},
       .note =
           "Answers for the picture shown first (50 % without bias), and decisions without doubt.",
       .kind = kPercent,
       .from_zero = true},
  };
}

std::vector<Chart> thinking_charts() {
  return {
      {.title = "Completion length",
       .patterns = {"completions/mean_length", "completions/mean_terminated_length"},
       .note = "Tokens; the band goes from the shortest to the longest.",
       .from_zero = true},
      {.title = "Cut at the limit",
       .patterns = {"completions/clipped_ratio"},
       .note = "Share of completions without an end.",
       .kind = kPercent,
       .from_zero = true},
      {.title = "Entropy",
       .patterns = {"entropy"},
       .note = "Of the next token, mean over completion tokens (nats).",
       .from_zero = true},
  };
}

std::vector<Chart> policy_charts() {
  return {
      {.title = "Loss",
       .patterns = {"loss", "policy_loss"},
       .note = "Of the policy gradient: its size says little."},
      {.title = "KL to the reference", .patterns = {"kl"}, .from_zero = true},
      {.title = "Clipped tokens",
       .patterns = {"clip_ratio/region_mean", "clip_ratio/low_mean", "clip_ratio/high_mean",
                    "clip_ratio/low_min", "clip_ratio/high_max"},
       .kind = kPercent,
       .from_zero = true},
      {.title = "Gradient norm",
       .patterns = {"grad_norm"},
       .note = "Before clipping.",
       .from_zero = true},
      {.title = "Learning rate", .patterns = {"learning_rate"}, .from_zero = true},
      {.title = "Sampling against training",
       .patterns = {"sampling/logp_difference_max", "shared_prefix/max_abs_logp_diff"},
       .note = "Greatest difference of log-probabilities; log scale.",
       .scale = ScaleKind::kLog},
  };
}

std::vector<Chart> cost_charts() {
  return {
      {.title = "Time of a step",
       .patterns = {"timing_s/*"},
       .note = "Seconds, by what they are spent on.",
       .kind = kSeconds,
       .from_zero = true,
       .shape = Shape::kStacked},
      {.title = "Step time", .patterns = {"step_time"}, .kind = kSeconds, .from_zero = true},
      {.title = "Tokens a second", .patterns = {"perf/tokens_per_s"}, .from_zero = true},
      {.title = "Vision passes",
       .patterns = {"perf/vision_passes", "perf/images_requested"},
       .note = "Pictures encoded, and pictures asked for.",
       .from_zero = true},
      {.title = "Sharing of prefixes",
       .patterns = {"perf/prefix_token_ratio"},
       .note = "Tokens of all rows for one that the model computed.",
       .from_zero = true},
      {.title = "Peak memory",
       .patterns = {"perf/peak_rss_bytes"},
       .kind = NumberKind::kBytes,
       .from_zero = true},
      {.title = "Model FLOP/s utilisation",
       .patterns = {"perf/mfu", "perf/mfu_loss"},
       .note =
           "What had to be computed, against the machine's matrix products: the step, its loss.",
       .kind = kPercent,
       .from_zero = true},
  };
}

std::vector<ChartGroup> chart_groups(bool has_reward) {
  return {{.id = "learning",
           .title = "What it learns",
           .wide = true,
           .charts = learning_charts(has_reward)},
          {.id = "groups", .title = "Within the groups", .charts = group_charts()},
          {.id = "thinking", .title = "How it thinks", .charts = thinking_charts()},
          {.id = "policy", .title = "How it moves", .charts = policy_charts()},
          {.id = "cost", .title = "What it costs", .charts = cost_charts()}};
}

/// Whether `name` matches; `short_name` becomes what '*' stands for, or the last part of a name
/// without one.
bool matches(const std::string& pattern, const std::string& name, std::string& short_name) {
  const std::size_t star = pattern.find('*');
  short_name = name.substr(name.rfind('/') + 1);
  if (star == std::string::npos) return pattern == name;
  const std::string start = pattern.substr(0, star), end = pattern.substr(star + 1);
  if (name.size() <= start.size() + end.size() || !name.starts_with(start) || !name.ends_with(end))
    return false;
  short_name = name.substr(start.size(), name.size() - start.size() - end.size());
  return true;
}

bool has_value(const std::vector<Point>& points) {
  return std::any_of(points.begin(), points.end(),
                     [](const Point& point) { return std::isfinite(point.y); });
}

/// Gives each point the values of two other metrics at its step as band.
void add_band(std::vector<Point>& points, const std::vector<Point>* low,
              const std::vector<Point>* high) {
  if (low == nullptr || high == nullptr) return;
  const auto value_at = [](const std::vector<Point>& column, double x) {
    const auto point = std::lower_bound(column.begin(), column.end(), x,
                                        [](const Point& p, double at) { return p.x < at; });
    return point != column.end() && point->x == x ? point->y
                                                  : std::numeric_limits<double>::quiet_NaN();
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
    {"completions/mean_terminated_length", "completions/min_terminated_length",
     "completions/max_terminated_length"},
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
  LinePlot plot{.title = chart.title,
                .note = chart.note,
                .series = {},
                .marks = marks_of(metrics),
                .kind = chart.kind,
                .scale = chart.scale,
                .from_zero = chart.from_zero};
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
  for (const char* name : {"epoch", "num_tokens", "skipped"}) unclaimed.erase(name);
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

/// Says once what holds for all long curves; empty when none is.
Markup thinning_note(const Metrics& metrics) {
  std::size_t longest = 0;
  for (const auto& [name, points] : metrics.columns) longest = std::max(longest, points.size());
  if (longest <= kMostPoints) return {};
  const std::size_t run = (longest + kMostPoints - 1) / kMostPoints;
  return element_of(
      "p", {{"class", "note"}},
      fmt::format("Long curves are thinned: a point is the mean of {} logged steps, the pale band "
                  "behind it their range (where nothing else is said of the band).",
                  run));
}

}  // namespace

std::vector<Section> training_charts(const Metrics& metrics) {
  std::set<std::string> unclaimed(metrics.names.begin(), metrics.names.end());
  claim_silent(unclaimed);
  std::vector<Section> sections;
  for (const ChartGroup& group : chart_groups(metrics.find("reward") != nullptr)) {
    Markup plots;
    for (const Chart& chart : group.charts)
      plots += draw(chart, plot_of(chart, metrics, unclaimed));
    if (plots.empty()) continue;
    const Markup note = sections.empty() ? thinning_note(metrics) : Markup();
    sections.push_back(
        {group.id, group.title,
         note + element("div", {{"class", group.wide ? "plots wide" : "plots"}}, plots)});
  }
  sections.push_back(other_charts(metrics, unclaimed));
  return sections;
}

}  // namespace juror
