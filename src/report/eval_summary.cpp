#include "report/eval_summary.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "records/json_lines.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

/// An object of the file and what errors call it: "DIR/summary.json: rows[2]".
struct Node {
  Json json;
  std::string place;

  double number(const std::string& key) const { return number_at(json, key, place); }
  std::string words(const std::string& key) const { return text_at(json, key, place); }
  bool flag(const std::string& key, bool otherwise) const {
    return json.contains(key) && json[key].is_boolean() ? json[key].get<bool>() : otherwise;
  }
  /// The object at `key`; empty when it is absent or null.
  Node object(const std::string& key) const {
    if (!json.contains(key) || json[key].is_null()) return {Json::object(), place};
    require(json[key].is_object(), "{}: '{}' must be an object.", place, key);
    return {json[key], place + ": " + key};
  }
  std::vector<std::string> texts(const std::string& key) const {
    std::vector<std::string> texts;
    for (const Json& item : list_at(json, key, place)) {
      require(item.is_string(), "{}: '{}' must be a list of texts.", place, key);
      texts.push_back(item.get<std::string>());
    }
    return texts;
  }
  /// The objects of the list at `key`.
  std::vector<Node> objects(const std::string& key) const {
    std::vector<Node> nodes;
    for (const Json& item : list_at(json, key, place)) {
      nodes.push_back({item, fmt::format("{}: {}[{}]", place, key, nodes.size())});
      require(item.is_object(), "{} must be an object.", nodes.back().place);
    }
    return nodes;
  }
};

/// Sets `low` and `high` from the list `ci`, where it is there.
void read_interval(const Node& node, double& low, double& high) {
  low = high = kUnknown;
  const Json ci = list_at(node.json, "ci", node.place);
  if (ci.empty()) return;
  require(ci.size() == 2, "{}: 'ci' must be [low, high].", node.place);
  if (!ci[0].is_number() || !ci[1].is_number()) return;  // null: not known
  low = ci[0].get<double>();
  high = ci[1].get<double>();
}

Measure measure_of(const Node& node) {
  Measure measure{
      .name = node.words("name"), .accuracy = node.number("accuracy"), .n = node.number("n")};
  read_interval(node, measure.low, measure.high);
  return measure;
}

EvalRow row_of(const Node& node) {
  EvalRow row{.name = node.words("name"), .kind = node.words("kind"), .measures = {}};
  for (const Node& metric : node.objects("metrics")) row.measures.push_back(measure_of(metric));
  if (row.measures.empty()) row.measures.push_back(measure_of(node));
  return row;
}

void read_judge(const Node& judge, EvalSummary& summary) {
  summary.judged = judge.number("pairs");
  summary.read = judge.number("read");
  summary.brier = judge.number("brier");
  summary.ece = judge.number("ece");
  summary.uncalibrated_brier = judge.object("uncalibrated").number("brier");
  summary.uncalibrated_ece = judge.object("uncalibrated").number("ece");
  summary.flip_rate = judge.number("flip_rate");
  summary.unread_rate = judge.number("unread_rate");
  summary.forced_rate = judge.number("forced_rate");
  summary.saturated_rate = judge.number("saturated_rate");
  summary.prompt_tokens = judge.number("prompt_tokens_per_pair");
  summary.completion_tokens = judge.number("completion_tokens_per_pair");
  summary.seconds = judge.number("seconds_per_pair");
  for (const Node& bin : judge.objects("reliability")) {
    summary.reliability.push_back({.low = bin.number("low"),
                                   .high = bin.number("high"),
                                   .count = static_cast<std::int64_t>(bin.number("count")),
                                   .mean_p = bin.number("mean_p"),
                                   .mean_outcome = bin.number("mean_outcome")});
  }
  for (const Node& point : judge.objects("coverage")) {
    summary.coverage.push_back(
        {point.number("coverage"), point.number("accuracy"), point.number("confidence")});
  }
}

std::vector<GroupBar> groups_of(const Node& breakdowns, const std::string& name) {
  std::vector<GroupBar> groups;
  for (const Node& node : breakdowns.objects(name)) {
    GroupBar group{.label = node.words("label"),
                   .count = static_cast<std::int64_t>(node.number("pairs")),
                   .value = node.number("accuracy")};
    read_interval(node, group.low, group.high);
    groups.push_back(group);
  }
  return groups;
}

Estimate estimate_of(const Node& row, const std::string& key) {
  const Node node = row.object(key);
  Estimate estimate{.value = node.number("value")};
  read_interval(node, estimate.low, estimate.high);
  return estimate;
}

OpinionRow opinion_row(const Node& node) {
  OpinionRow row{.name = node.words("name"),
                 .kind = node.words("kind"),
                 .has_scores = node.json.contains("srocc"),
                 .srocc = estimate_of(node, "srocc"),
                 .plcc = estimate_of(node, "plcc"),
                 .plcc_plain = estimate_of(node, "plcc_plain"),
                 .krcc = estimate_of(node, "krcc"),
                 .brier = node.number("brier"),
                 .ece = node.number("ece"),
                 .by_difference = groups_of(node, "by_difference")};
  return row;
}

void read_opinion(const Node& opinion, OpinionSummary& summary) {
  for (const Node& share : opinion.objects("shares_from"))
    summary.shares.push_back(share.words("words"));
  summary.mapping = opinion.words("mapping");
  summary.low = opinion.object("scale").number("low");
  summary.high = opinion.object("scale").number("high");
  for (const Node& row : opinion.objects("rows")) summary.rows.push_back(opinion_row(row));
  for (const Node& image : opinion.objects("images"))
    summary.images.push_back({image.number("mean"), image.number("score")});
}

void read_data(const Node& data, EvalSummary& summary) {
  summary.source = {data.words("path"), data.words("format"), data.words("split")};
  summary.data = summary.source.path;
  if (!summary.source.split.empty()) summary.data += fmt::format(" ({})", summary.source.split);
  summary.pairs = data.number("pairs");
  summary.prompts = data.number("prompts");
  summary.failed = data.number("failed");
  summary.human_ties = data.number("human_ties");
}

}  // namespace

EvalSummary read_summary(const std::filesystem::path& file) {
  const Json json = Json::parse(read_file(file), nullptr, /*allow_exceptions=*/false);
  require(json.is_object(), "'{}' is no JSON object.", file.string());
  const Node root{json, file.string()};
  EvalSummary summary;
  summary.protocol = root.words("protocol");
  summary.model = root.words("model");
  summary.official = root.flag("official", true);
  summary.unofficial = root.texts("unofficial");
  summary.partial = root.flag("partial", false);
  read_data(root.object("data"), summary);
  for (const Node& row : root.objects("rows")) summary.rows.push_back(row_of(row));
  for (const Node& row : root.objects("published")) {
    summary.published.push_back({row.words("name"), row.words("note"), row.number("accuracy")});
  }
  read_judge(root.object("judge"), summary);
  summary.temperature = root.object("calibration").number("temperature");
  summary.tie_band = root.object("calibration").number("tie_band");
  read_opinion(root.object("opinion"), summary.opinion);
  const Node breakdowns = root.object("breakdowns");
  for (const auto& [name, groups] : breakdowns.json.items())
    summary.breakdowns.emplace_back(name, groups_of(breakdowns, name));
  for (const Node& failure : root.objects("failures"))
    summary.failures.emplace_back(failure.words("example"), failure.words("error"));
  const Node options = root.object("options");
  for (const auto& [name, value] : options.json.items()) {
    summary.options.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return summary;
}

}  // namespace juror
