// juror export: rankings and journals in the formats that trainers, labelling tools and
// photographers read.
#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/export/contact_sheet.h"
#include "cli/export/xmp.h"
#include "data/writers/export_target.h"
#include "judge/judged_rankings.h"
#include "judge/template.h"

namespace juror {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kContactSheet = "contact-sheet";

struct ExportOptions {
  std::string format;
  std::vector<std::string> rankings;
  PairFilter filter;
  std::string root, data, prompt_template, sidecar_name = "full";
  std::int64_t keep = 1, picture_pixels = 1280;
  ImageOptions image;

  template <class Argument>
  void arguments(Argument&& argument) {
    argument("FORMAT", format, "One of the formats below");
    argument("RANKING", rankings,
             "JSON of `juror rank --json -o FILE`, or the folder or journal.jsonl of `juror eval`");
  }
  template <class Field>
  void fields(Field&& field) {
    filter.fields(field);
    field("root", root, "Folder that relative names of pictures start from; empty: where they are");
    field("data", data, "Data set with the pictures of a journal, where it was moved");
    field("prompt_template", prompt_template,
          "Question of trl-dpo, trl-kto and llama-factory: a file, or a name in prompts/");
    field("keep", keep, "Pictures of each ranking that are best (links, xmp)", Range{1, 1e6});
    field("sidecar_name", sidecar_name,
          "Sidecars of a.jpg: full is a.jpg.xmp (darktable, digiKam), stem is a.xmp (Lightroom)",
          OneOf{{"full", "stem"}});
    field("picture_pixels", picture_pixels, "Longer side of the pictures of a contact sheet",
          Range{16, 8192});
    image.fields(field);
  }
};

/// What became of an export.
struct ExportReport {
  PairTally pairs;
  std::int64_t groups = 0, images = 0, empty_groups = 0;
  std::int64_t unread_groups =
      0;  // of formats that take pictures: no vote was read, no order known
  std::vector<std::string> missing;  // pictures
};

std::vector<JudgedRankings> read_all(const std::vector<std::string>& paths) {
  std::vector<JudgedRankings> all;
  for (const std::string& path : paths) {
    all.push_back(read_judged(path));
    if (all.back().unfinished > 0)
      log_warning(fmt::format("'{}': {} groups lack some of their comparisons and are left out.",
                              path, all.back().unfinished));
  }
  return all;
}

/// Takes out the pictures that are gone, with a warning each.
void drop_missing(JudgedGroup& group, ExportReport& report) {
  std::vector<bool> gone(group.images.size());
  for (std::size_t i = 0; i < gone.size(); ++i) {
    gone[i] = !group.images[i].source.read;
    if (!gone[i]) continue;
    report.missing.push_back(group.images[i].name);
    log_warning(
        fmt::format("The picture '{}' of '{}' is missing or empty, and is left out. --root "
                    "DIR says where relative names start.",
                    group.images[i].name, group.id));
  }
  const auto pairs = static_cast<std::int64_t>(remove_images(group, gone));
  report.pairs.pictures += pairs;
  report.pairs.compared += pairs;
}

/// Kept pairs by prompt, counted before the first is written.
std::map<std::string, std::int64_t> pairs_by_prompt(const std::vector<JudgedRankings>& rankings,
                                                    const ExportOptions& options, bool has_ties) {
  std::map<std::string, std::int64_t> counts;
  PairTally unused;
  for (const JudgedRankings& file : rankings) {
    for (const JudgedGroup& group : file.groups)
      counts[group.prompt] +=
          static_cast<std::int64_t>(keep_pairs(group, options.filter, has_ties, unused).size());
  }
  return counts;
}

bool needs_pictures(const ExportFormat& format) {
  return format.storage != Storage::kJsonLines && format.storage != Storage::kCsv;
}

using TakeGroup = std::function<void(const ExportGroup&)>;

/// Hands every group on with its pictures and the pairs that are kept.
void each_group(const ExportFormat& format, const ExportOptions& options, ExportReport& report,
                Context& context, const TakeGroup& take) {
  std::vector<JudgedRankings> rankings = read_all(options.rankings);
  const auto counts = pairs_by_prompt(rankings, options, format.has_ties);
  std::int64_t total = 0;
  for (const JudgedRankings& file : rankings) total += std::ssize(file.groups);
  const Progress progress = context.progress();
  std::map<std::string, int> ids;
  const auto take_group = [&](JudgedGroup& group) {
    if (needs_pictures(format)) drop_missing(group, report);
    const int copies = ++ids[group.id];  // only now: by its own id a journal's pictures are found
    if (copies > 1) group.id += fmt::format("-{}", copies);
    group.number = static_cast<std::size_t>(report.groups++);
    const std::vector<ExportPair> pairs =
        keep_pairs(group, options.filter, format.has_ties, report.pairs);
    const bool has_no_order = !format.takes_pairs && is_unread(group);
    if (has_no_order) {
      ++report.unread_groups;
      log_warning(
          fmt::format("No vote on the pictures of '{}' could be read: it is left out.", group.id));
    } else {
      report.images += std::ssize(group.images);
    }
    if (has_no_order || (format.takes_pairs ? pairs.empty() : group.images.empty())) {
      ++report.empty_groups;
    } else {
      take({.group = group, .pairs = pairs, .pairs_of_prompt = counts.at(group.prompt)});
    }
    require(progress("rankings", report.groups, total),
            "Stopped: nothing was written, for an export appears whole or not at all.");
  };
  for (JudgedRankings& file : rankings) {
    if (needs_pictures(format)) {
      find_pictures(file, {.root = options.root, .data = options.data}, take_group);
    } else {
      for (JudgedGroup& group : file.groups) take_group(group);
    }
  }
}

WriterOptions writer_options(const ExportOptions& options) {
  WriterOptions writer{.keep = options.keep, .stem = options.sidecar_name == "stem"};
  const PromptTemplate asked = find_template({}, options.prompt_template);
  writer.question = asked.user;
  writer.question_without_prompt = asked.user_without_prompt;
  return writer;
}

int print_report(const ExportFormat& format, const ExportReport& report, const std::string& out,
                 Context& context) {
  const PairTally& pairs = report.pairs;
  if (context.out.json()) {
    Json json = {{"format", format.name},
                 {"output", out},
                 {"rankings", report.groups},
                 {"empty_rankings", report.empty_groups},
                 {"unread_rankings", report.unread_groups},
                 {"pictures", report.images},
                 {"missing_pictures", report.missing}};
    if (format.takes_pairs)
      json["pairs"] = {{"compared", pairs.compared},       {"written", pairs.written},
                       {"unread", pairs.unread},           {"ties", pairs.ties},
                       {"below_margin", pairs.margin},     {"below_confidence", pairs.confidence},
                       {"missing_picture", pairs.pictures}};
    context.out.print_json(json);
  } else {
    const std::string what =
        format.takes_pairs ? pairs.str() : fmt::format("{} pictures", report.images);
    context.out.print(fmt::format("{}: {}, of {} rankings.\n", out, what, report.groups));
  }
  return report.missing.empty() && report.unread_groups == 0 ? kExitOk : kExitSomeFailed;
}

void require_something(const ExportFormat& format, const ExportReport& report) {
  require(report.empty_groups < report.groups, "Nothing is left to write: {}.",
          format.takes_pairs         ? report.pairs.str()
          : report.unread_groups > 0 ? std::string("no vote on these pictures could be read")
                                     : std::string("no picture of these rankings was found"));
}

/// Sidecars beside the pictures.
int export_sidecars(const ExportOptions& options, Context& context) {
  const ExportFormat format = xmp_writer();
  ExportReport report;
  SidecarWriter sidecars(options.sidecar_name == "stem", options.keep);
  each_group(format, options, report, context,
             [&](const ExportGroup& group) { sidecars.add(group.group); });
  context.terminal.end_progress();
  require_something(format, report);
  const int code = print_report(format, report, "beside the pictures", context);
  return sidecars.kept() > 0 ? kExitSomeFailed : code;
}

/// One page; not in the table of formats, whose writers see no pixels.
int export_contact_sheet(const ExportOptions& options, const std::string& out, Context& context) {
  const ExportFormat format{
      .name = kContactSheet, .storage = Storage::kFiles, .takes_pairs = false};
  const ImageReader reader(options.image);
  ContactSheet sheet{.title = std::filesystem::path(options.rankings.front()).stem().string(),
                     .judge = {},
                     .groups = {}};
  ExportReport report;
  AtomicFile file(out);
  each_group(format, options, report, context, [&](const ExportGroup& group) {
    sheet.judge = group.group.judge;
    sheet.groups.push_back(sheet_group(group.group, options.keep, options.picture_pixels, reader));
  });
  context.terminal.end_progress();
  require_something(format, report);
  if (!report.missing.empty())
    sheet.notices.push_back(fmt::format("Missing pictures: {}.", fmt::join(report.missing, ", ")));
  file.write(contact_sheet_html(sheet));
  file.commit();
  return print_report(format, report, out, context);
}

/// An export must not take the place of what it is made of.
void require_other_output(const std::vector<std::string>& rankings, const std::string& out) {
  std::error_code missing;  // what is not there yet is nobody's
  for (const std::string& ranking : rankings)
    require(out.empty() || !std::filesystem::equivalent(ranking, out, missing),
            "-o names '{}', which is what is to be exported. Name another place.", out);
}

int export_rankings(ExportOptions& options, Context& context) {
  require_other_output(options.rankings, context.global.output);
  const bool is_sheet = options.format == kContactSheet;
  const std::string& out = context.global.output;
  if (options.format == "xmp" && out.empty()) return export_sidecars(options, context);
  if (!is_sheet) find_export_format(options.format);
  require(!out.empty(),
          "-o is missing: where the export goes. For example: juror export {} {} -o {}",
          options.format, options.rankings.front(), is_sheet ? "sheet.html" : "train");
  if (is_sheet) return export_contact_sheet(options, out, context);
  const ExportFormat& format = find_export_format(options.format);
  ExportReport report;
  const auto target = begin_export(format, out, writer_options(options));
  each_group(format, options, report, context,
             [&](const ExportGroup& group) { target->add(group); });
  context.terminal.end_progress();
  require_something(format, report);
  target->finish();
  return print_report(format, report, out, context);
}

/// The table of formats, as help shows it.
std::string format_notes() {
  std::string text = "Formats, and who reads them:\n";
  for (const ExportFormat& format : export_formats())
    text += fmt::format("  {:<14} {}\n", format.name, format.readers);
  text += fmt::format("  {:<14} any browser: one page, pictures by rank, two side by side\n",
                      kContactSheet);
  return text +
         "Pairs are those that were compared; docs/export.md says what each format holds. Pictures "
         "are copied (links: linked), originals are never moved, changed or deleted. What is "
         "written appears whole under its name, or not at all.";
}

}  // namespace

Command export_command() {
  CommandText text{
      .name = "export",
      .summary = "Write rankings as preference data, tables, ratings or folders of links",
      .examples = {{"juror rank \"a red bicycle\" *.png --json -o r.json", "first, a ranking"},
                   {"juror export pickapic r.json -o train.parquet --min-confidence 0.8",
                    "pairs for Diffusion-DPO"},
                   {"juror export trl-dpo runs/eval/x -o dpo", "a journal; for TRL"},
                   {"juror export links r.json -o sorted", "links in best/, ok/, rest/"},
                   {"juror export contact-sheet r.json -o sheet.html",
                    "a page with pictures, intervals and reasons; two side by side"},
                   {"juror export xmp r.json", "star ratings in sidecars beside the pictures"}},
      .notes = format_notes()};
  text.writes_output = true;
  return make_command<ExportOptions>(std::move(text), export_rankings);
}

}  // namespace juror
