// juror data inspect: what one should know of a data set before trusting a number measured on it.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "data/inspect.h"
#include "data/shared_prompts.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

struct DataInspectOptions {
  std::string path;
  bool images = true;
  DatasetOptions data;

  template <class Argument>
  void arguments(Argument&& argument) {
    argument("PATH", path, "Folder of the data set, or one of its tables");
  }
  template <class Field>
  void fields(Field&& field) {
    data.fields(field);
    field("images", images, "Read every image as far as its header: sizes, and which are missing");
  }
};

/// The sizes at the ends, by area, and the one that most images have.
struct Sizes {
  std::pair<int, int> smallest, largest, common;
};

Sizes sizes_of(const DatasetReport& report) {
  const auto area = [](const auto& entry) {
    return std::int64_t{entry.first.first} * entry.first.second;
  };
  const auto [small, large] =
      std::minmax_element(report.sizes.begin(), report.sizes.end(),
                          [&](auto& a, auto& b) { return area(a) < area(b); });
  const auto common = std::max_element(report.sizes.begin(), report.sizes.end(),
                                       [](auto& a, auto& b) { return a.second < b.second; });
  return {small->first, large->first, common->first};
}

Json share_json(const std::optional<MeasuredShare>& share) {
  if (!share) return nullptr;
  return {{"share", share->value},
          {"ci", {share->interval.low, share->interval.high}},
          {"n", share->n}};
}

Json report_json(const DatasetReport& report) {
  Json json = {{"examples", report.examples},
               {"prompts", report.prompts},
               {"without_prompt", report.without_prompt},
               {"images", report.images},
               {"pairs", report.pairs},
               {"ties", report.ties},
               {"unlabelled", report.unlabelled},
               {"repeated_pairs", report.repeated},
               {"contradictory_pairs", report.contradictory},
               {"unreadable_images", report.unreadable},
               {"first_unreadable", report.first_unreadable},
               {"sizes", Json::array()}};
  for (const auto& [size, count] : report.sizes)
    json["sizes"].push_back({{"width", size.first}, {"height", size.second}, {"images", count}});
  json["shares_from"] = Json::object();
  for (const auto& [source, pairs] : report.shares)
    json["shares_from"][std::string(name(source))] = pairs;
  if (report.rated_images > 0) json["rated_images"] = report.rated_images;
  if (report.rated_images > 0) json["one_person_modelled"] = report.rated_agreement;
  json["first_preferred"] = share_json(report.first_preferred);
  json["generator_alone"] = share_json(report.generator);
  json["rater_rater"] = share_json(report.rater_rater);
  json["rater_mean"] = share_json(report.rater_mean);
  return json;
}

Json shared_json(const std::optional<SharedPrompts>& shared) {
  if (!shared) return nullptr;
  Json first = Json::array();
  for (const SharedPrompt& one : shared->first)
    first.push_back({{"prompt", one.prompt}, {"splits", {one.first_split, one.second_split}}});
  return {{"count", shared->count}, {"first", first}};
}

/// One line: the share with its interval and what it was counted on.
Cell share_cell(const MeasuredShare& share, const char* of) {
  return fmt::format("{:.1f} % ({:.1f} - {:.1f}) of {} {}", 100 * share.value,
                     100 * share.interval.low, 100 * share.interval.high, share.n, of);
}

std::string sizes_text(const DatasetReport& report) {
  const auto [smallest, largest, common] = sizes_of(report);
  if (report.sizes.size() == 1) return fmt::format("all {}×{}", common.first, common.second);
  return fmt::format("{}×{} to {}×{}, most often {}×{}", smallest.first, smallest.second,
                     largest.first, largest.second, common.first, common.second);
}

std::string shared_text(const SharedPrompts& shared) {
  std::string text = fmt::format("{}", shared.count);
  for (const SharedPrompt& one : shared.first)
    text += fmt::format("{} '{}' ({}, {})", &one == &shared.first[0] ? ":" : ",", one.prompt,
                        one.first_split, one.second_split);
  return text + (shared.count > static_cast<std::int64_t>(shared.first.size()) ? " …" : "");
}

std::string report_text(const DatasetReport& report, const std::optional<SharedPrompts>& shared,
                        bool color) {
  Table table{.columns = {{"what"}, {"found"}}, .rows = {}};
  const auto row = [&](const char* what, Cell found) {
    table.rows.push_back({what, std::move(found)});
  };
  const auto problem = [](std::int64_t count) {
    return Cell(fmt::format("{}", count), count > 0 ? Style::kBold : Style::kPlain);
  };
  row("examples",
      fmt::format("{} of {} prompts, {} images", report.examples, report.prompts, report.images));
  if (report.rated_images > 0) row("rated images", fmt::format("{}", report.rated_images));
  row("without a prompt", problem(report.without_prompt));
  row("without a label", fmt::format("{}", report.unlabelled));
  row("pairs", fmt::format("{}, {} of them tied", report.pairs, report.ties));
  for (const auto& [source, pairs] : report.shares) {
    if (report.rated_images > 0)
      row("vote shares", fmt::format("{} pairs: {}", pairs, words(source)));
  }
  row("pairs repeated", problem(report.repeated));
  row("pairs contradicted", problem(report.contradictory));
  if (shared)
    row("prompts in two splits",
        Cell(shared_text(*shared), shared->count > 0 ? Style::kBold : Style::kPlain));
  if (!report.sizes.empty()) row("image sizes", sizes_text(report));
  row("images missing or unreadable", problem(report.unreadable));
  if (report.first_preferred)
    row("the earlier image is preferred", share_cell(*report.first_preferred, "untied pairs"));
  if (report.generator)
    row("the generator alone tells", share_cell(*report.generator, "untied pairs"));
  if (report.rated_images > 0)
    row("one person agrees with the mean",
        fmt::format("{:.1f} % by these shares; nobody was asked about pairs",
                    100 * report.rated_agreement));
  if (report.rater_rater)
    row("one person agrees with another", share_cell(*report.rater_rater, "pairs"));
  if (report.rater_mean)
    row("one person agrees with the mean", share_cell(*report.rater_mean, "pairs"));
  return table.text(color);
}

int data_inspect(DataInspectOptions& options, Context& context) {
  options.data.seed = context.global.seed;
  const auto reader = open_dataset(options.path, options.data);
  const DatasetReport report = inspect_dataset(*reader, options.images, context.progress());
  const auto shared = find_shared_prompts(options.path, options.data, context.progress());
  context.terminal.end_progress();
  for (const std::string& error : report.first_unreadable) log_warning(error);
  if (context.out.json()) {
    Json json = report_json(report);
    json["shared_prompts"] = shared_json(shared);
    json["data"] = options.path;
    context.out.print_json(std::move(json));
  } else {
    context.out.print(report_text(report, shared, context.color()));
  }
  return report.unreadable > 0 ? kExitSomeFailed : kExitOk;
}

}  // namespace

Command data_inspect_command() {
  return make_command<DataInspectOptions>(
      {.name = "data inspect",
       .summary =
           "Count what is in a data set: pairs, ties, contradictions, leaks, agreement of people",
       .examples = {{"juror data inspect hpdv2 --split test", "folder with test.json and test/"},
                    {"juror data inspect pickapic --split train --limit 1000 --json",
                     "parquet; the first rows, for a program"}},
       .notes = "Formats are recognised; docs/data.md lists them. Intervals are 95 %. Exit code 3: "
                "images are missing."},
      data_inspect);
}

}  // namespace juror
