#include "report/eval_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "plot/line_plot.h"
#include "report/eval_summary.h"
#include "report/mistake_cards.h"
#include "report/page.h"
#include "report/table.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

constexpr NumberKind kPercent = NumberKind::kPercent;

std::string interval_or_nothing(double low, double high) {
  return std::isfinite(low) && std::isfinite(high) ? interval_text(low, high) : "";
}

GroupBar bar_of(const Measure& measure) {
  return {.label = "", .value = measure.accuracy, .low = measure.low, .high = measure.high};
}

/// Room for every accuracy and interval of the table.
StripEnds ends_of(const EvalSummary& summary) {
  std::vector<double> values;
  for (const EvalRow& row : summary.rows) {
    const Measure& first = row.measures[0];
    values.insert(values.end(), {first.accuracy, first.low, first.high});
  }
  for (const PublishedRow& row : summary.published) values.push_back(row.accuracy);
  return strip_ends(values);
}

/// A row of the headline table, whoever it comes from.
struct TableEntry {
  double accuracy = kUnknown;
  TableRow row;
};

TableEntry entry_of(const EvalRow& row, std::size_t measures, const StripEnds& ends) {
  const Measure& first = row.measures[0];
  const bool is_model = row.kind == "model";
  TableRow cells{
      .cells = {text(row.name), text(row.kind), text(number_text(first.accuracy, kPercent)),
                text(interval_or_nothing(first.low, first.high)),
                interval_strip(bar_of(first), ends, is_model ? "s1" : "s7")},
      .css = is_model ? "model" : ""};
  for (std::size_t i = 1; i < measures; ++i) {
    cells.cells.push_back(
        text(i < row.measures.size() ? number_text(row.measures[i].accuracy, kPercent) : "–"));
  }
  cells.cells.push_back(text(number_text(first.n)));
  return {first.accuracy, std::move(cells)};
}

TableEntry entry_of(const PublishedRow& row, std::size_t measures, const StripEnds& ends) {
  const std::string name = row.note.empty() ? row.name : row.name + " (" + row.note + ")";
  TableRow cells{
      .cells = {text(name), text("published"), text(number_text(row.accuracy, kPercent)), text(""),
                interval_strip(bar_of({.name = "", .accuracy = row.accuracy}), ends, "s7")},
      .css = "published"};
  cells.cells.resize(cells.cells.size() + measures, text("–"));
  return {row.accuracy, std::move(cells)};
}

/// Everyone in one table, the most accurate first.
Markup headline_table(const EvalSummary& summary) {
  const StripEnds ends = ends_of(summary);
  std::vector<TableColumn> columns = {
      {"judge"}, {"kind"}, {"accuracy", true}, {"95 % interval", true}, {ends.words()}};
  std::size_t measures = 1;
  for (const EvalRow& row : summary.rows) measures = std::max(measures, row.measures.size());
  for (const EvalRow& row : summary.rows) {
    if (row.measures.size() < measures) continue;
    columns[2].title = row.measures[0].name.empty() ? "accuracy" : row.measures[0].name;
    for (std::size_t i = 1; i < measures; ++i) columns.push_back({row.measures[i].name, true});
    break;
  }
  columns.push_back({"n", true});
  std::vector<TableEntry> entries;
  for (const EvalRow& row : summary.rows) entries.push_back(entry_of(row, measures, ends));
  for (const PublishedRow& row : summary.published)
    entries.push_back(entry_of(row, measures, ends));
  const auto rank = [](const TableEntry& entry) {
    return std::isnan(entry.accuracy) ? -1 : entry.accuracy;
  };
  std::stable_sort(entries.begin(), entries.end(),
                   [&](const auto& a, const auto& b) { return rank(a) > rank(b); });
  std::vector<TableRow> rows;
  for (TableEntry& entry : entries) rows.push_back(std::move(entry.row));
  return table(columns, rows);
}

Markup coverage_figure(const std::vector<CoveragePoint>& coverage) {
  LinePlot plot{
      .title = "If it may abstain",
      .note =
          "Share of pairs right among those it is surest of, by the share that it answers: "
          "each pair counts once, whatever the protocol averages over.",
      .series = {{"pairs right", {}}},
      .kind = kPercent,
      .x_kind = kPercent,
      .x_label = "share answered",
      .size = kSquareFrame};
  for (const CoveragePoint& point : coverage)
    plot.series[0].points.push_back({.x = point.coverage, .y = point.accuracy});
  std::sort(plot.series[0].points.begin(), plot.series[0].points.end(),
            [](const Point& a, const Point& b) { return a.x < b.x; });
  return line_figure(plot);
}

std::string calibration_note(const EvalSummary& summary) {
  std::string note =
      "What people said of pairs by what the judge predicted; on the dashed line it means what it "
      "says. Bars: pairs in the bin.";
  if (std::isfinite(summary.brier))
    note += fmt::format(" Brier score {}", fixed_text(summary.brier, 3));
  if (std::isfinite(summary.ece))
    note += fmt::format(", calibration error {}.", fixed_text(summary.ece, 3));
  if (std::isfinite(summary.uncalibrated_brier)) {
    note +=
        fmt::format(" Before calibration: {} and {}.", fixed_text(summary.uncalibrated_brier, 3),
                    fixed_text(summary.uncalibrated_ece, 3));
  }
  return note;
}

Markup trust_plots(const EvalSummary& summary, const Journal& journal) {
  Markup plots;
  if (!summary.reliability.empty())
    plots += reliability_figure("Reliability", calibration_note(summary), summary.reliability);
  if (!summary.coverage.empty()) plots += coverage_figure(summary.coverage);
  if (!journal.orders.empty()) {
    std::string note =
        "Each dot a pair: its probability in one order against the other. In the shaded corners "
        "the order decides";
    note += fmt::format(": {} of pairs.", number_text(journal.orders_disagree, kPercent));
    if (std::isfinite(journal.first_shown)) {
      note += fmt::format(" The picture shown first gets {} on average (50 % without bias).",
                          number_text(journal.first_shown, kPercent));
    }
    plots += order_figure("Does order matter?", note, journal.orders);
  }
  return plots.empty() ? plots : element("div", {{"class", "plots"}}, plots);
}

std::string estimate_text(const Estimate& estimate) {
  if (!std::isfinite(estimate.value)) return "–";
  if (!std::isfinite(estimate.low)) return fixed_text(estimate.value, 3);
  return fmt::format("{} ({} – {})", fixed_text(estimate.value, 3), fixed_text(estimate.low, 3),
                     fixed_text(estimate.high, 3));
}

Markup correlation_table(const OpinionSummary& opinion) {
  std::vector<TableRow> rows;
  for (const OpinionRow& row : opinion.rows) {
    if (!row.has_scores) continue;
    TableRow cells{.cells = {text(row.name)}, .css = row.kind == "model" ? "model" : ""};
    for (const Estimate* estimate : {&row.srocc, &row.plcc, &row.plcc_plain, &row.krcc})
      cells.cells.push_back(text(estimate_text(*estimate)));
    cells.cells.push_back(text(fixed_text(row.brier, 4)));
    cells.cells.push_back(text(fixed_text(row.ece, 4)));
    rows.push_back(std::move(cells));
  }
  return table({{"scores of images"},
                {"SROCC", true},
                {"PLCC", true},
                {"PLCC plain", true},
                {"KRCC", true},
                {"Brier", true},
                {"ECE", true}},
               rows);
}

/// The protocol `opinion`: correlations, the images' scores against their means, accuracy by
/// difference.
Markup opinion_section(const OpinionSummary& opinion) {
  if (opinion.rows.empty()) return {};
  std::string words = fmt::format(
      "Scores of images against their mean opinions on a scale of {} to {}; intervals are over "
      "images. PLCC: after {}.",
      number_text(opinion.low), number_text(opinion.high), opinion.mapping);
  for (const std::string& share : opinion.shares) words += fmt::format(" Vote shares: {}.", share);
  Markup plots = scatter_figure("Scores of images",
                                "Each dot an image: the model's Bradley–Terry score of its pairs, "
                                "in log-odds, against people's mean opinion.",
                                opinion.images, {"mean opinion", "score"});
  for (const OpinionRow& row : opinion.rows)
    plots += group_figure("By difference of the means: " + row.name,
                          "In points of 100; the dashed line is a coin.", row.by_difference);
  return element("p", {}, text(words)) + correlation_table(opinion) +
         element("div", {{"class", "plots wide"}}, plots);
}

Markup breakdown_plots(const EvalSummary& summary) {
  Markup plots;
  for (const auto& [name, groups] : summary.breakdowns) {
    std::string title = "By " + name;
    std::replace(title.begin(), title.end(), '_', ' ');
    if (!groups.empty()) plots += group_figure(title, "", groups);
  }
  return plots.empty() ? plots : element("div", {{"class", "plots wide"}}, plots);
}

Markup pairs_table(const std::string& first, const std::string& second,
                   const std::vector<std::pair<std::string, std::string>>& pairs) {
  if (pairs.empty()) return {};
  std::vector<TableRow> rows;
  for (const auto& [name, value] : pairs) rows.push_back({.cells = {text(name), text(value)}});
  return table({{first}, {second}}, rows);
}

std::vector<Fact> facts_of(const EvalSummary& summary) {
  std::vector<Fact> facts;
  const auto model = std::find_if(summary.rows.begin(), summary.rows.end(),
                                  [](const EvalRow& row) { return row.kind == "model"; });
  if (model != summary.rows.end()) {
    const Measure& first = model->measures[0];
    facts.push_back({first.name.empty() ? "Accuracy" : "Accuracy, " + first.name,
                     number_text(first.accuracy, kPercent),
                     interval_or_nothing(first.low, first.high)});
  }
  facts.push_back(
      {"Pairs", number_text(summary.pairs), "from " + number_text(summary.prompts) + " prompts"});
  if (std::isfinite(summary.flip_rate))
    facts.push_back(
        {"Flips", number_text(summary.flip_rate, kPercent), "of votes turn with the order"});
  if (std::isfinite(summary.brier))
    facts.push_back({"Brier score", fixed_text(summary.brier, 3), "0.25: says nothing"});
  if (std::isfinite(summary.flip_rate)) {  // it votes
    const std::string forced =
        fmt::format("forced: {}", number_text(summary.forced_rate, kPercent));
    facts.push_back({"Unread votes", number_text(summary.unread_rate, kPercent), forced});
  }
  facts.push_back({"Cost of a pair", number_text(summary.seconds, NumberKind::kSeconds),
                   fmt::format("{} + {} tokens", number_text(summary.prompt_tokens),
                               number_text(summary.completion_tokens))});
  return facts;
}

std::vector<std::string> notices_of(const EvalSummary& summary, const Journal& journal) {
  std::vector<std::string> notices;
  if (summary.partial)
    notices.push_back("The evaluation was interrupted: these are the pairs done so far.");
  if (!summary.official) {
    const std::string why = fmt::format("{}", fmt::join(summary.unofficial, "; "));
    notices.push_back(
        fmt::format("Not the official number{}{}. Do not compare it with published ones.",
                    why.empty() ? "" : ": ", why));
  }
  if (summary.failed > 0) {
    const std::string examples = count_text(std::llround(summary.failed), "example");
    notices.push_back(
        fmt::format("Left out, because it could not be read: {}; see the end.", examples));
  }
  if (journal.was_cut)
    notices.push_back("journal.jsonl ends in the middle of a line; that line is not shown.");
  return notices;
}

std::string subtitle_of(const EvalSummary& summary) {
  std::string words = fmt::format("Protocol {} on {}.", summary.protocol, summary.data);
  for (const std::string& share : summary.opinion.shares)
    words += fmt::format(" Vote shares {}.", share);
  if (summary.human_ties > 0)
    words +=
        fmt::format(" People tie on {}.", count_text(std::llround(summary.human_ties), "pair"));
  if (std::isfinite(summary.temperature)) {
    words += fmt::format(" Calibrated: temperature {}, tie band {}.",
                         number_text(summary.temperature), number_text(summary.tie_band));
  }
  return words;
}

/// The pictures of the mistakes, out of the data set; else they are looked for around it.
PictureOptions picture_options(const EvalSummary& summary, const std::vector<JournalPair>& mistakes,
                               const fs::path& folder, const PictureTools& tools) {
  const fs::path data = summary.source.path;
  PictureOptions options{.roots = {fs::is_directory(data) ? data : data.parent_path(), ".", folder},
                         .shrink = tools.shrink};
  std::vector<PictureId> wanted;
  for (const JournalPair& pair : mistakes)
    wanted.insert(wanted.end(), pair.images.begin(), pair.images.end());
  if (tools.read && !wanted.empty()) options.known = tools.read(summary.source, wanted);
  return options;
}

}  // namespace

std::string evaluation_report(const fs::path& folder, const PictureTools& tools) {
  const EvalSummary summary = read_summary(folder / "summary.json");
  const Journal journal = digest_journal(folder / "journal.jsonl");
  Pictures pictures(picture_options(summary, journal.mistakes, folder, tools));
  std::vector<Section> sections = {
      {"results", "Results", headline_table(summary)},
      {"opinion", "Against mean opinions", opinion_section(summary.opinion)},
      {"trust", "How far to trust it", trust_plots(summary, journal)},
      {"breakdowns", "Where it is right", breakdown_plots(summary)},
      {"mistakes", "Most confident mistakes", mistake_cards(journal.mistakes, pictures)},
      {"failures", "Examples that could not be read",
       pairs_table("example", "error", summary.failures)},
      {"options", "Options", pairs_table("option", "value", summary.options)},
  };
  return page_html({.kind = "Evaluation",
                    .title = summary.model.empty() ? folder.filename().string() : summary.model,
                    .subtitle = subtitle_of(summary),
                    .facts = facts_of(summary),
                    .notices = notices_of(summary, journal),
                    .sections = std::move(sections)});
}

}  // namespace juror
