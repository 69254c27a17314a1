#include "report/completions.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "records/json_lines.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

/// Best advantage first; of more than `most` the best and the worst half.
void keep_extremes(LoggedGroup& group, std::size_t most) {
  auto& all = group.completions;
  const auto rank = [](const LoggedCompletion& c) {
    return std::isnan(c.advantage) ? 0 : c.advantage;
  };
  std::stable_sort(all.begin(), all.end(),
                   [&](const auto& a, const auto& b) { return rank(a) > rank(b); });
  if (all.size() <= most) return;
  group.left_out = all.size() - most;
  const auto first = all.begin() + static_cast<std::ptrdiff_t>(most - most / 2);
  all.erase(first, first + static_cast<std::ptrdiff_t>(group.left_out));
}

}  // namespace

std::vector<double> spread(const std::vector<double>& values, std::size_t most) {
  if (values.size() <= most) return values;
  if (most == 1) return {values.back()};
  std::vector<double> chosen;
  for (std::size_t i = 0; i < most; ++i)
    chosen.push_back(values[i * (values.size() - 1) / (most - 1)]);
  return chosen;
}

ChosenCompletions choose_completions(const std::filesystem::path& file,
                                     const ChoiceOptions& options) {
  std::set<double> steps;
  each_json_line(file, [&](const Json& line, const LinePlace& place) {
    steps.insert(step_of_line(line, place.str()));
  });
  const std::vector<double> shown = spread({steps.begin(), steps.end()}, options.steps);
  std::vector<LoggedGroup> groups;
  const JsonLinesEnd end = each_json_line(file, [&](const Json& line, const LinePlace& place) {
    if (!std::binary_search(shown.begin(), shown.end(), step_of_line(line, place.str()))) return;
    LoggedCompletion completion = read_completion(line, place.str());
    std::size_t of_step = 0;
    for (LoggedGroup& group : groups) {
      if (group.completions[0].step != completion.step) continue;
      ++of_step;
      if (group.completions[0].id == completion.id)
        return group.completions.push_back(std::move(completion));
    }
    if (of_step < options.groups) groups.push_back({.completions = {std::move(completion)}});
  });
  for (LoggedGroup& group : groups) keep_extremes(group, options.completions);
  std::stable_sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) {
    return a.completions[0].step < b.completions[0].step;
  });
  return {.groups = std::move(groups), .was_cut = end.was_cut};
}

}  // namespace juror
