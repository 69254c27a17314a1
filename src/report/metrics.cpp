#include "report/metrics.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "records/json_lines.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

void add_value(Metrics& metrics, const std::string& name, double step, double value) {
  auto [column, is_new] = metrics.columns.try_emplace(name);
  if (is_new) metrics.names.push_back(name);
  auto& points = column->second;
  if (!points.empty() && points.back().x == step) points.pop_back();
  points.push_back({.x = step, .y = value});
}

/// Drops what an interrupted run wrote behind the checkpoint from which it went on.
void rewind(Metrics& metrics, double step) {
  for (auto& [name, points] : metrics.columns) {
    while (!points.empty() && points.back().x > step) points.pop_back();
  }
  std::erase_if(metrics.alarms, [&](const Alarm& alarm) { return alarm.step > step; });
}

void add_line(Metrics& metrics, const Json& line, const std::string& place) {
  const double step = number_at(line, "step", place);
  require(!std::isnan(step), "{}: the key 'step' is missing; each line of a metrics file needs it.",
          place);
  if (step < metrics.last_step) rewind(metrics, step);
  metrics.last_step = step;
  for (const auto& [name, value] : line.items()) {
    if (name == "alarm") metrics.alarms.push_back({step, text_at(line, name, place)});
    if (name == "step" || name == "schema") continue;
    if (value.is_number()) add_value(metrics, name, step, value.get<double>());
    if (value.is_boolean()) add_value(metrics, name, step, value.get<bool>() ? 1 : 0);
    if (value.is_null()) add_value(metrics, name, step, kNothing);
  }
}

}  // namespace

const std::vector<Point>* Metrics::find(const std::string& name) const {
  const auto column = columns.find(name);
  return column == columns.end() ? nullptr : &column->second;
}

double Metrics::last(const std::string& name) const {
  const std::vector<Point>* points = find(name);
  for (std::size_t i = points == nullptr ? 0 : points->size(); i > 0; --i) {
    if (std::isfinite((*points)[i - 1].y)) return (*points)[i - 1].y;
  }
  return kNothing;
}

Metrics read_metrics(const std::filesystem::path& file) {
  Metrics metrics;
  const JsonLinesEnd end = each_json_line(file, [&](const Json& line, const LinePlace& place) {
    add_line(metrics, line, place.str());
  });
  require(end.lines > 0, "'{}' holds no metrics yet: the first step is not logged.", file.string());
  metrics.was_cut = end.was_cut;
  return metrics;
}

}  // namespace juror
