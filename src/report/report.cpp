#include "report/report.h"

#include "base/error.h"
#include "report/eval_page.h"
#include "report/train_page.h"

namespace juror {

namespace fs = std::filesystem;

std::string_view name(ReportKind kind) {
  return kind == ReportKind::kTraining ? "training" : "evaluation";
}

ReportKind report_kind(const fs::path& folder) {
  require(fs::exists(folder), "There is no folder '{}'.", folder.string());
  require(fs::is_directory(folder),
          "'{}' is a file; a report is made of the folder of a training run or an evaluation.",
          folder.string());
  if (fs::is_regular_file(folder / "metrics.jsonl")) return ReportKind::kTraining;
  const bool has_journal = fs::is_regular_file(folder / "journal.jsonl");
  require(has_journal || fs::is_regular_file(folder / "summary.json"),
          "'{}' is neither a training run (it has no metrics.jsonl) nor an evaluation (no "
          "journal.jsonl).",
          folder.string());
  require(fs::is_regular_file(folder / "summary.json"),
          "The evaluation in '{}' has no summary.json: it was ended before its tables were made. "
          "Run `juror eval` again "
          "with --resume.",
          folder.string());
  require(has_journal, "The evaluation in '{}' has a summary.json, but no journal.jsonl.",
          folder.string());
  return ReportKind::kEvaluation;
}

std::string report_html(const fs::path& folder, const PictureTools& tools) {
  return report_kind(folder) == ReportKind::kTraining ? training_report(folder, tools.shrink)
                                                      : evaluation_report(folder, tools);
}

}  // namespace juror
