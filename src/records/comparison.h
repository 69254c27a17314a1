// The comparison record: what was compared, what people said, what was voted. One writer and one
// reader; docs/formats.md has every key.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "preference/vote.h"

namespace juror {

struct PictureSize {
  int width = 0, height = 0;
  bool operator==(const PictureSize&) const = default;
};

/// One comparison. `result` is not calibrated.
struct EvalPair {
  std::size_t first = 0, second = 0;
  double share = kUnknown;  ///< of people who prefer the first
  /// Of pairs of rated images: where the share comes from, by its name (preference/rating.h).
  std::string share_from = {};
  PairResult result = {};
  std::int64_t prompt_tokens = 0;      ///< of one order
  std::int64_t completion_tokens = 0;  ///< of all votes
  std::int64_t tokens = 0;             ///< of all prompts and completions; 0: not known
  double ms = 0;
  std::vector<Vote> votes = {};  ///< with their texts; empty where they are not kept
};

struct EvalExample {
  std::string id, prompt;
  std::vector<std::string> images = {};
  std::vector<PictureSize> sizes = {};       ///< one an image
  std::vector<std::string> generators = {};  ///< one an image, or empty
  std::vector<double> ranks = {};            ///< one an image, lower is better
  std::vector<double> means = {};            ///< mean ratings, one an image; empty: not rated
  std::vector<EvalPair> pairs = {};
};

/// What examples of one cluster share: a hash of the prompt's text, or of the id of an example
/// without one.
std::uint64_t prompt_key(const EvalExample& example);

/// A hash of prompt, images and generators: the same example or one of other data.
std::uint64_t texts_key(const EvalExample& example);

/// Who judged.
struct RecordOrigin {
  std::string model;
  std::int64_t seed = 0;
};

/// The keys p, status, … of a result, and its votes: what every record of a comparison has.
nlohmann::ordered_json result_json(const PairResult& result, std::span<const Vote> votes);

/// The record of pair `index` of an example, with its votes.
nlohmann::ordered_json record_json(const EvalExample& example, std::size_t index,
                                   const RecordOrigin& origin);

/// The votes of a record, or of a comparison of `juror rank --json`. Throws Error as `read_record`.
std::vector<Vote> read_votes_of(const nlohmann::ordered_json& json, const std::string& where);

/// Reads a record into `example`, or begins a new one there when its `example` is another. Returns
/// how many records that example has in all. Throws Error naming `where` and the key that is
/// missing or of a wrong type.
std::size_t read_record(const nlohmann::ordered_json& json, const std::string& where,
                        EvalExample& example);

}  // namespace juror
