// What every writer is given: a prompt, its pictures as they were ranked, and the pairs that were
// compared. Knows no files and no formats.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "preference/vote.h"

namespace juror {

struct JudgedImage {
  std::string name;            ///< as the record has it
  ImageSource source;          ///< its bytes; `source.read` is null until the picture was found
  std::filesystem::path file;  ///< where it lies; empty for a member of an archive or a table
  std::string generator;       ///< the model that made it; "" where that is not known
  std::int64_t position = 1;   ///< place among the pictures of the group, from 1
  std::int64_t rank = 1;       ///< 1 + pictures that are better beyond doubt
  double score = 0.5;          ///< probability to win against the average picture of the group
  double score_low = 0, score_high = 1;
  std::string reason = {};
};

struct ExportPair {
  std::size_t first = 0, second = 0;
  double p = kUnknown;  ///< P(first better), calibrated; NaN: no vote could be read
  bool tie = false;
  std::int64_t votes_first = 0, votes_second = 0;  ///< reads on either side of one half
  std::array<std::string, 2> thinking =
      {};  ///< the most typical thought of each order, ij and ji, or ""
};

struct JudgedGroup {
  std::size_t number = 0;  ///< among the groups of the export, from 0
  std::string id, prompt;
  std::string judge;         ///< the model that voted
  std::int64_t time_ns = 0;  ///< when it was written down, since 1970
  std::vector<JudgedImage> images;
  std::vector<ExportPair> pairs;
};

/// Whether pairs were compared and no vote on any of them could be read: then the order says
/// nothing.
bool is_unread(const JudgedGroup& group);

/// Indices of the pictures, best first.
std::vector<std::size_t> best_first(const JudgedGroup& group);

/// What a person who sorts does with a picture.
enum class Tier { kBest, kOk, kRest };
/// "best", "ok", "rest".
std::string_view name(Tier tier);

/// A tier for each picture: the first `keep` are best; the others are ok as far as the votes do not
/// tell them from the last of those (their intervals overlap), and rest beyond.
std::vector<Tier> tiers(const JudgedGroup& group, std::int64_t keep);

/// Takes the pictures with `gone[i]` out, and the pairs that show them; positions close up. Returns
/// how many pairs went.
std::size_t remove_images(JudgedGroup& group, const std::vector<bool>& gone);

}  // namespace juror
