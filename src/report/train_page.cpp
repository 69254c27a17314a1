#include "report/train_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "base/option_file.h"
#include "report/completions.h"
#include "report/metrics.h"
#include "report/page.h"
#include "report/thought_cards.h"
#include "report/train_charts.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

struct Run {
  fs::path folder;
  std::vector<TomlEntry> config;
  std::string config_text;
  Metrics metrics;
  ChosenCompletions completions;

  /// A value of the config; "" when it is not there.
  std::string option(const std::string& key) const {
    const auto entry = std::find_if(config.begin(), config.end(),
                                    [&](const TomlEntry& e) { return e.key == key; });
    return entry == config.end() || entry->texts.empty() ? "" : entry->texts[0];
  }
};

Run read_run(const fs::path& folder) {
  Run run{.folder = folder,
          .config = {},
          .config_text = {},
          .metrics = read_metrics(folder / "metrics.jsonl"),
          .completions = {}};
  if (fs::is_regular_file(folder / "config.toml")) {
    run.config_text = read_file(folder / "config.toml");
    run.config = parse_toml(run.config_text, (folder / "config.toml").string());
  }
  if (fs::is_regular_file(folder / "completions.jsonl"))
    run.completions = choose_completions(folder / "completions.jsonl");
  return run;
}

/// Seconds of training: each logged step stands for those since the line before it. NaN when no
/// time was logged.
double training_seconds(const Metrics& metrics) {
  const std::vector<Point>* times = metrics.find("step_time");
  if (times == nullptr) return NAN;
  double seconds = 0, before = 0;
  for (const Point& point : *times) {
    if (std::isfinite(point.y)) seconds += point.y * (point.x - before);
    before = point.x;
  }
  return seconds;
}

/// Mean of the first (or last) tenth of the values, at least one.
double mean_of_tenth(const std::vector<Point>& points, bool is_last) {
  const std::size_t count = std::max<std::size_t>(1, points.size() / 10);
  double sum = 0, values = 0;
  for (std::size_t i = 0; i < std::min(count, points.size()); ++i) {
    const Point& point = is_last ? points[points.size() - 1 - i] : points[i];
    if (!std::isfinite(point.y)) continue;
    sum += point.y;
    ++values;
  }
  return values == 0 ? NAN : sum / values;
}

void add_steps(std::vector<Fact>& facts, const Run& run) {
  const std::string planned = run.option("max_steps");
  facts.push_back(
      {"Steps", number_text(run.metrics.last_step), planned.empty() ? "" : "of " + planned});
  const double seconds = training_seconds(run.metrics), tokens = run.metrics.last("num_tokens");
  if (std::isfinite(seconds)) {
    facts.push_back(
        {"Time", number_text(seconds, NumberKind::kSeconds), "by the steps that were logged"});
  }
  if (std::isfinite(tokens)) facts.push_back({"Tokens", number_text(tokens), "trained on"});
}

void add_accuracy(std::vector<Fact>& facts, const Metrics& metrics) {
  const std::vector<Point>* accuracy = metrics.find("eval/accuracy");
  const double last = metrics.last("eval/accuracy");
  if (accuracy == nullptr || std::isnan(last)) return;
  const double low = metrics.last("eval/accuracy_ci_low"),
               high = metrics.last("eval/accuracy_ci_high");
  std::string detail = std::isfinite(low) && std::isfinite(high) ? interval_text(low, high) : "";
  const Point& first = accuracy->front();
  if (accuracy->size() > 1 && std::isfinite(first.y)) {
    detail += fmt::format("{}{} at step {}", detail.empty() ? "" : "; ",
                          number_text(first.y, NumberKind::kPercent), number_text(first.x));
  }
  facts.push_back({"Held-out accuracy", number_text(last, NumberKind::kPercent), detail});
}

/// First tenth against last tenth of a noisy metric.
void add_trend(std::vector<Fact>& facts, const Metrics& metrics, const std::string& name,
               const std::string& shown) {
  const std::vector<Point>* points = metrics.find(name);
  if (points == nullptr) return;
  const double first = mean_of_tenth(*points, false), last = mean_of_tenth(*points, true);
  if (std::isnan(last)) return;
  facts.push_back({shown, number_text(last), "last tenth; first tenth " + number_text(first)});
}

std::vector<Fact> facts_of(const Run& run) {
  std::vector<Fact> facts;
  add_accuracy(facts, run.metrics);
  const bool has_reward = run.metrics.find("reward") != nullptr;
  add_trend(facts, run.metrics, has_reward ? "reward" : "loss", has_reward ? "Reward" : "Loss");
  add_steps(facts, run);
  return facts;
}

std::string subtitle_of(const Run& run) {
  const std::string model = run.option("model_name_or_path"), data = run.option("dataset");
  std::string words = run.metrics.find("reward") != nullptr ? "GRPO" : "Supervised fine-tuning";
  if (!model.empty()) words += " of " + model;
  if (!data.empty()) words += " on " + data;
  return words + ".";
}

std::vector<std::string> notices_of(const Run& run) {
  std::vector<std::string> notices;
  for (const Alarm& alarm : run.metrics.alarms)
    notices.push_back(fmt::format("Step {}: {}", number_text(alarm.step), alarm.words));
  if (const std::vector<Point>* skipped = run.metrics.find("skipped")) {
    const auto count = std::count_if(skipped->begin(), skipped->end(),
                                     [](const Point& point) { return point.y == 1; });
    if (count > 0)
      notices.push_back(count_text(count, "step") +
                        " changed nothing, because loss or gradient was not finite.");
  }
  if (run.metrics.was_cut)
    notices.push_back("metrics.jsonl ends in the middle of a line; that line is not shown.");
  if (run.completions.was_cut)
    notices.push_back("completions.jsonl ends in the middle of a line; that line is not shown.");
  return notices;
}

std::vector<fs::path> picture_roots(const Run& run) {
  std::vector<fs::path> roots = {".", run.folder};
  const fs::path data = run.option("dataset");
  if (!data.empty()) roots.push_back(fs::is_directory(data) ? data : data.parent_path());
  return roots;
}

}  // namespace

std::string training_report(const fs::path& folder, const Shrink& shrink) {
  const Run run = read_run(folder);
  Pictures pictures({.roots = picture_roots(run), .shrink = shrink});
  std::vector<Section> sections = training_charts(run.metrics);
  const Section thoughts{"thoughts", "Thoughts over training",
                         thoughts_over_training(run.completions.groups, pictures)};
  sections.insert(sections.end() - 1, thoughts);  // before "Other"
  if (!run.config_text.empty()) {
    const Markup options =
        element_of("summary", {}, "config.toml") + element_of("pre", {}, run.config_text);
    sections.push_back({"options", "Options", element("details", options)});
  }
  const fs::path name = fs::weakly_canonical(folder).filename();
  return page_html({.kind = "Training run",
                    .title = name.string(),
                    .subtitle = subtitle_of(run),
                    .facts = facts_of(run),
                    .notices = notices_of(run),
                    .sections = std::move(sections)});
}

}  // namespace juror
