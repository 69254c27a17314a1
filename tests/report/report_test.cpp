// Whole pages: what stands in them, that they are well formed, and that nothing from data gets into
// the markup.
#include "report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "records/comparison.h"
#include "report/train_charts.h"
#include "temp_folder.h"
#include "well_formed.h"

namespace juror {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kAttack = "</script><script>alert(1)</script>";

std::string page_of(const TempFolder& folder) { return report_html(folder.path(), {}); }

/// Every text of the page that comes from data holds markup.
void write_training_run(const TempFolder& folder) {
  folder.write("config.toml", "model_name_or_path = \"" + kAttack + "\"\nmax_steps = 20\n");
  std::string metrics, completions;
  for (int step = 1; step <= 20; ++step) {
    metrics += fmt::format(
        "{{\"step\":{},\"reward\":{},\"rewards/{}/mean\":0.5,\"{}\":1,\"step_time\":2.5,\"eval/"
        "accuracy\":0.75,"
        "\"eval/accuracy_ci_low\":0.7,\"eval/accuracy_ci_high\":0.8}}\n",
        step, step / 20.0, kAttack, kAttack);
  }
  metrics += "{\"step\":20,\"alarm\":\"" + kAttack + "\"}\n";
  for (const char* key : {"id", "prompt", "thinking", "answer", "status"}) {
    completions +=
        fmt::format("{{\"step\":1,\"{}\":\"{}\",\"images\":[\"{}\"],\"rewards\":{{\"{}\":1}}}}\n",
                    key, kAttack, kAttack, kAttack);
  }
  folder.write("metrics.jsonl", metrics);
  folder.write("completions.jsonl", completions);
}

const char* const kSummary =
    R"({"schema":1,"protocol":"pairs","official":false,"unofficial":["ATTACK"],"data":{"path":"ATTACK","pairs":2,"prompts":1,"failed":1},
  "model":"ATTACK","options":{"ATTACK":"ATTACK"},"calibration":null,
  "rows":[{"name":"ATTACK","kind":"model","accuracy":0.75,"ci":[0.7,0.8],"n":2,"metrics":[]},
          {"name":"first","kind":"baseline","accuracy":null,"ci":null,"n":2,"metrics":[{"name":"micro","accuracy":0.5,"ci":[0.4,0.6],"n":2},{"name":"macro","accuracy":0.55,"ci":null,"n":1}]}],
  "published":[{"name":"ATTACK","set":"x","accuracy":0.65,"note":"ATTACK"}],
  "judge":{"pairs":2,"read":2,"brier":0.2,"ece":null,"reliability":[{"low":0,"high":1,"count":2,"mean_p":0.5,"mean_outcome":0.6}],
           "uncalibrated":null,"coverage":[{"coverage":0.5,"accuracy":1,"confidence":0.4}],"flip_rate":null},
  "breakdowns":{"image_size":[{"label":"ATTACK","pairs":2,"accuracy":0.5,"ci":[0,1]}]},"failures":[{"example":"ATTACK","error":"ATTACK"}]})";

void write_evaluation(const TempFolder& folder) {
  std::string summary = kSummary;
  for (std::size_t at = summary.find("ATTACK"); at != std::string::npos;
       at = summary.find("ATTACK", at))
    summary.replace(at, 6, kAttack);
  folder.write("summary.json", summary);
  EvalExample example{.id = kAttack,
                      .prompt = kAttack,
                      .images = {kAttack, "b"},
                      .sizes = {{1, 1}, {1, 1}},
                      .ranks = {1, 2}};
  example.pairs.push_back({.first = 0, .second = 1, .share = 1});
  example.pairs[0].result = {.status = PairStatus::kOk, .p = 0.1, .p_ij = 0.2, .p_ji = 0};
  example.pairs[0].votes = {
      {.swapped = false,
       .verdict = {.thinking = kAttack, .answer = kAttack, .p = 0.2, .status = Status::kOk}}};
  folder.write("journal.jsonl",
               record_json(example, 0, {.model = kAttack, .seed = 0}).dump() + "\n");
}

void expect_sound(const std::string& html) {
  EXPECT_EQ(fault_of_html(html), "");
  EXPECT_EQ(outside_of_html(html), "");
  EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(html, Not(HasSubstr("nan")));
  EXPECT_EQ(html.find("<script>"), html.rfind("<script>"));  // ours alone
}

TEST(FaultOfHtml, FindsWhatIsWrong) {
  EXPECT_EQ(fault_of_html("<!doctype html><p class=\"a\">x<img alt=\"\"></p>"), "");
  EXPECT_THAT(fault_of_html("<p><b>x</p></b>"), HasSubstr("closes nothing"));
  EXPECT_THAT(fault_of_html("<p>x"), HasSubstr("never closed"));
  EXPECT_THAT(fault_of_html("<p class=a>x</p>"), HasSubstr("unquoted"));
  EXPECT_THAT(fault_of_html("1 < 2"), HasSubstr("begins no tag"));
  EXPECT_NE(outside_of_html("<img src=\"https://x\">"), "");
}

TEST(TrainingReport, IsWellFormedAndEscapesEveryTextOfTheRun) {
  const TempFolder folder;
  write_training_run(folder);
  const std::string html = page_of(folder);
  expect_sound(html);
  EXPECT_THAT(html,
              AllOf(HasSubstr("Held-out accuracy"), HasSubstr("75.0 %"), HasSubstr("70.0 – 80.0 %"),
                    HasSubstr("of 20"), HasSubstr("50 s"), HasSubstr("Thoughts over training")));
}

TEST(TrainingReport, NeedsOnlyTheMetrics) {
  const TempFolder folder;
  folder.write("metrics.jsonl",
               "{\"step\":5,\"loss\":2.0,\"completion_loss\":1.5,\"mean_token_accuracy\":0.5}\n{"
               "\"step\":10,\"lo");
  const std::string html = page_of(folder);
  expect_sound(html);
  EXPECT_THAT(html, AllOf(HasSubstr("Supervised fine-tuning"), HasSubstr("Token accuracy"),
                          HasSubstr("ends in the middle of a line"),
                          Not(HasSubstr("Thoughts over training"))));
}

TEST(TrainingReport, AWrongConfigIsToldWithItsLine) {
  const TempFolder folder;
  folder.write("metrics.jsonl", "{\"step\":1,\"loss\":2}\n");
  folder.write("config.toml", "a = 1\nb = = 2\n");
  EXPECT_THAT(refusal_of([&] { page_of(folder); }, ErrorKind::kUser), HasSubstr("config.toml:2"));
}

TEST(TrainingCharts, WhatNoChartClaimsStandsUnderOther) {
  const TempFolder folder;
  const Metrics metrics = read_metrics(
      folder.write("metrics.jsonl",
                   "{\"step\":1,\"entropy\":1,\"completions/mean_length\":9,\"completions/"
                   "min_length\":2,\"completions/max_length\":12,"
                   "\"mine\":3,\"empty\":null}\n"));
  const std::vector<Section> sections = training_charts(metrics);
  ASSERT_EQ(sections.back().title, "Other");
  const std::string other = sections.back().content.html();
  EXPECT_THAT(other, HasSubstr("<strong>mine</strong>"));
  for (const char* claimed : {"entropy", "min_length", "max_length", "empty"})
    EXPECT_THAT(other, Not(HasSubstr(claimed)));
}

TEST(EvaluationReport, IsWellFormedAndEscapesEveryText) {
  const TempFolder folder;
  write_evaluation(folder);
  const std::string html = page_of(folder);
  expect_sound(html);
  EXPECT_THAT(html, AllOf(HasSubstr("70.0 – 80.0 %"), HasSubstr("Not the official number: "),
                          HasSubstr("Reliability"), HasSubstr("By image size"),
                          HasSubstr("Most confident mistakes"), HasSubstr("macro")));
}

TEST(EvaluationReport, RefusesASummaryOfAnotherShape) {
  const TempFolder folder;
  write_evaluation(folder);
  const auto refusal = [&] { return refusal_of([&] { page_of(folder); }, ErrorKind::kUser); };
  folder.edit("summary.json", [](auto& json) { json["rows"][1]["metrics"][0]["ci"] = {0.1}; });
  EXPECT_THAT(refusal(), AllOf(HasSubstr("summary.json"), HasSubstr("rows[1]"),
                               HasSubstr("metrics[0]"), HasSubstr("'ci'")));
  write_evaluation(folder);
  folder.edit("summary.json", [](auto& json) { json["judge"] = 3; });
  EXPECT_THAT(refusal(), AllOf(HasSubstr("summary.json"), HasSubstr("'judge'")));
  folder.write("summary.json", "{");
  EXPECT_THAT(refusal(), HasSubstr("summary.json"));
}

TEST(ReportKind, SaysWhatAFolderLacks) {
  const TempFolder folder;
  const auto refusal = [&](const std::filesystem::path& path) {
    return refusal_of([&] { report_kind(path); }, ErrorKind::kUser);
  };
  EXPECT_THAT(refusal(folder.path() / "none"), HasSubstr("no folder"));
  EXPECT_THAT(refusal(folder.write("file", "")), HasSubstr("is a file"));
  EXPECT_THAT(refusal(folder.path()),
              AllOf(HasSubstr("metrics.jsonl"), HasSubstr("journal.jsonl")));
  folder.write("journal.jsonl", "");
  EXPECT_THAT(refusal(folder.path()), AllOf(HasSubstr("summary.json"), HasSubstr("--resume")));
  folder.write("summary.json", "{}");
  EXPECT_EQ(report_kind(folder.path()), ReportKind::kEvaluation);
  folder.write("metrics.jsonl", "");
  EXPECT_EQ(report_kind(folder.path()), ReportKind::kTraining);
}

}  // namespace
}  // namespace juror
