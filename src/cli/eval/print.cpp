#include "cli/eval/print.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "cli/table.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

std::string interval_text(const Json& metric) {
  if (metric["accuracy"].is_null()) return "-";
  return fmt::format("{:.1f} - {:.1f}", 100 * metric["ci"][0].get<double>(),
                     100 * metric["ci"][1].get<double>());
}

std::string number_text(const Json& value, int digits) {
  return value.is_number() ? fmt::format("{:.{}f}", value.get<double>(), digits) : "-";
}

Style style_of(const std::string& kind) {
  if (kind == "model") return Style::kBold;
  return kind == "scorer" ? Style::kPlain : Style::kDim;
}

std::string rows_table(const Json& rows, bool color) {
  Table table{.columns = {{"judge"}}, .rows = {}};
  for (const Json& metric : rows[0]["metrics"]) {
    table.columns.push_back({metric["name"].get<std::string>(), Align::kRight});
    table.columns.push_back({"95 % interval"});
    table.columns.push_back({"n", Align::kRight});
  }
  for (const Json& row : rows) {
    const Style style = style_of(row["kind"].get<std::string>());
    std::vector<Cell> cells = {Cell(row["name"].get<std::string>(), style)};
    for (const Json& metric : row["metrics"]) {
      cells.emplace_back(percent_text(metric["accuracy"]), style);
      cells.emplace_back(interval_text(metric), style);
      cells.emplace_back(number_text(metric["n"], 0), style);
    }
    table.rows.push_back(std::move(cells));
  }
  return table.text(color);
}

std::string number_cell(const Json& measured) {
  if (!measured.is_object() || measured["value"].is_null()) return "-";
  const Json& ci = measured["ci"];
  if (ci[0].is_null()) return number_text(measured["value"], 3);
  return fmt::format("{} ({} - {})", number_text(measured["value"], 3), number_text(ci[0], 3),
                     number_text(ci[1], 3));
}

/// How scores of images follow the means.
std::string correlation_table(const Json& rows, bool color) {
  Table table{.columns = {{"scores of images"},
                          {"SROCC", Align::kRight},
                          {"PLCC", Align::kRight},
                          {"PLCC plain", Align::kRight},
                          {"KRCC", Align::kRight},
                          {"Brier", Align::kRight},
                          {"ECE", Align::kRight}},
              .rows = {}};
  for (const Json& row : rows) {
    if (!row.contains("srocc")) continue;
    std::vector<Cell> cells = {Cell(row["name"].get<std::string>(), style_of(row["kind"]))};
    for (const char* key : {"srocc", "plcc", "plcc_plain", "krcc"})
      cells.emplace_back(number_cell(row[key]));
    cells.emplace_back(number_text(row["brier"], 4));
    cells.emplace_back(number_text(row["ece"], 4));
    table.rows.push_back(std::move(cells));
  }
  return table.text(color);
}

std::string difference_table(const Json& rows, bool color) {
  Table table{.columns = {{"means differ by"}}, .rows = {}};
  for (const Json& row : rows) {
    table.columns.push_back({row["name"].get<std::string>(), Align::kRight});
    table.columns.push_back({"95 % interval"});
  }
  table.columns.push_back({"pairs", Align::kRight});
  for (std::size_t bin = 2; bin < rows[0]["by_difference"].size(); ++bin) {
    const Json& first = rows[0]["by_difference"][bin];
    std::vector<Cell> cells = {Cell(first["label"].get<std::string>())};
    for (const Json& row : rows) {
      cells.emplace_back(percent_text(row["by_difference"][bin]["accuracy"]));
      cells.emplace_back(interval_text(row["by_difference"][bin]));
    }
    cells.emplace_back(number_text(first["pairs"], 0));
    table.rows.push_back(std::move(cells));
  }
  return table.text(color);
}

/// What the protocol `opinion` adds.
std::string opinion_text(const Json& opinion, bool color) {
  std::string text = fmt::format(
      "{} images; intervals are over images. Points are of 100, the scale is {} to {}{}.\n",
      opinion["images"].size(), number_text(opinion["scale"]["low"], 0),
      number_text(opinion["scale"]["high"], 0),
      opinion["scale"]["assumed"].get<bool>() ? " (assumed)" : "");
  for (const Json& share : opinion["shares_from"])
    text += fmt::format("vote shares of {} pairs: {}\n", share["pairs"].get<int>(),
                        share["words"].get<std::string>());
  return text + fmt::format("\n{}PLCC: after {}.\n\n{}\n",
                            correlation_table(opinion["rows"], color),
                            opinion["mapping"].get<std::string>(),
                            difference_table(opinion["rows"], color));
}

std::string quality_lines(const Json& summary) {
  const Json& judge = summary["judge"];
  std::string text = fmt::format("p: Brier {}, ECE {}", number_text(judge["brier"], 4),
                                 number_text(judge["ece"], 4));
  if (!judge["uncalibrated"].is_null()) {
    text += fmt::format(" with the calibration {} (before it {} and {})",
                        summary["calibration"]["file"].get<std::string>(),
                        number_text(judge["uncalibrated"]["brier"], 4),
                        number_text(judge["uncalibrated"]["ece"], 4));
  }
  text += fmt::format("\nvotes: orders disagree in {}, unread {}, forced {}, saturated {}\n",
                      percent_text(judge["flip_rate"]), percent_text(judge["unread_rate"]),
                      percent_text(judge["forced_rate"]), percent_text(judge["saturated_rate"]));
  return text + fmt::format("cost a pair: {} prompt tokens, {} completion tokens, {} s\n",
                            number_text(judge["prompt_tokens_per_pair"], 0),
                            number_text(judge["completion_tokens_per_pair"], 0),
                            number_text(judge["seconds_per_pair"], 3));
}

std::string published_lines(const Json& published) {
  if (published.empty()) return "";
  std::string text = fmt::format("published on {} (in papers; not measured here):",
                                 published[0]["set"].get<std::string>());
  for (const Json& row : published) {
    const auto note = row["note"].get<std::string>();
    text += fmt::format("{} {} {:.1f}{}", &row == &published[0] ? "" : ";",
                        row["name"].get<std::string>(), 100 * row["accuracy"].get<double>(),
                        note.empty() ? "" : fmt::format(" ({})", note));
  }
  return text + "\n";
}

}  // namespace

std::string percent_text(const Json& share) {
  return share.is_number() ? fmt::format("{:.1f} %", 100 * share.get<double>()) : "-";
}

std::string eval_text(const Json& summary, const std::string& title, bool color) {
  const Json& data = summary["data"];
  const std::string of_what = summary.contains("opinion")
                                  ? fmt::format("{} images", summary["opinion"]["images"].size())
                                  : fmt::format("{} prompts", data["prompts"].get<int>());
  std::string text = fmt::format(
      "{}\n{} examples, {}, {} pairs, {} of them tied by people{}\n", title,
      data["examples"].get<int>(), of_what, data["pairs"].get<int>(), data["human_ties"].get<int>(),
      data["failed"].get<int>() > 0
          ? fmt::format("; {} examples left out", data["failed"].get<int>())
          : "");
  const auto unofficial = summary["unofficial"].get<std::vector<std::string>>();
  if (!unofficial.empty())
    text += fmt::format("Not the official number: {}.\n", fmt::join(unofficial, "; "));
  const std::string opinion =
      summary.contains("opinion") ? opinion_text(summary["opinion"], color) : "";
  text += fmt::format("\n{}\n{}{}{}", rows_table(summary["rows"], color), opinion,
                      quality_lines(summary), published_lines(summary["published"]));
  return text;
}

}  // namespace juror
