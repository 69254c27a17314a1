// summary.json of an evaluation (docs/formats.md) as structs.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "plot/pair_plots.h"
#include "preference/vote.h"
#include "report/picture.h"

namespace juror {

/// A number of the table with its 95 % interval; NaN where it is not known.
struct Measure {
  std::string name;
  double accuracy = kUnknown;
  double low = kUnknown, high = kUnknown;
  double n = kUnknown;
};

struct EvalRow {
  std::string name;
  std::string kind;               ///< model, scorer, baseline, human
  std::vector<Measure> measures;  ///< the first is the headline
};

struct PublishedRow {
  std::string name, note;
  double accuracy = kUnknown;
};

struct CoveragePoint {
  double coverage = 0, accuracy = 0, confidence = 0;
};

/// A number with its 95 % interval.
struct Estimate {
  double value = kUnknown, low = kUnknown, high = kUnknown;
};

/// One judge against mean opinions of images.
struct OpinionRow {
  std::string name, kind;
  bool has_scores = false;  ///< of single images; else the correlations are not known
  Estimate srocc, plcc, plcc_plain, krcc;
  double brier = kUnknown, ece = kUnknown;
  std::vector<GroupBar> by_difference;
};

/// What the protocol `opinion` adds; without rows where another one was followed.
struct OpinionSummary {
  std::vector<std::string> shares;  ///< where vote shares come from, in words
  std::string mapping;              ///< of scores before PLCC
  double low = kUnknown, high = kUnknown;
  std::vector<OpinionRow> rows;
  std::vector<ScatterPoint> images;  ///< mean opinion and the model's score
};

struct EvalSummary {
  std::string protocol, model, data;  ///< `data`: a few words of what it holds
  EvaluatedData source;
  bool official = true, partial = false;
  std::vector<std::string> unofficial;  ///< why not
  double pairs = 0, prompts = 0, failed = 0, human_ties = 0;
  std::vector<EvalRow> rows;
  std::vector<PublishedRow> published;
  double judged = kUnknown, read = kUnknown, brier = kUnknown, ece = kUnknown,
         uncalibrated_brier = kUnknown, uncalibrated_ece = kUnknown, flip_rate = kUnknown,
         unread_rate = kUnknown, forced_rate = kUnknown, saturated_rate = kUnknown,
         prompt_tokens = kUnknown, completion_tokens = kUnknown, seconds = kUnknown;
  double temperature = kUnknown, tie_band = kUnknown;  ///< of the calibration; NaN without one
  OpinionSummary opinion;
  std::vector<ReliabilityBar> reliability;
  std::vector<CoveragePoint> coverage;
  std::vector<std::pair<std::string, std::vector<GroupBar>>>
      breakdowns;                                             ///< by name: "image_size", …
  std::vector<std::pair<std::string, std::string>> failures;  ///< example and error
  std::vector<std::pair<std::string, std::string>> options;
};

/// Throws Error naming the file and the key.
EvalSummary read_summary(const std::filesystem::path& file);

}  // namespace juror
