// One evaluated example and its lines in the journal: what was compared, what people said, what was
// predicted.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eval/judged.h"
#include "image/image.h"
#include "preference/vote.h"

namespace juror {

/// One comparison without the texts of its votes. `result` is not calibrated.
struct EvalPair {
  std::size_t first = 0, second = 0;
  double share = kUnknown;  ///< of people who prefer the first
  PairResult result = {};
  std::int64_t prompt_tokens = 0;      ///< of one order
  std::int64_t completion_tokens = 0;  ///< of all votes
  double ms = 0;
};

struct EvalExample {
  std::string id, prompt;
  std::vector<std::string> images = {};
  std::vector<Size> sizes = {};              ///< one an image
  std::vector<std::string> generators = {};  ///< one an image, or empty
  std::vector<double> ranks = {};            ///< one an image, lower is better
  std::vector<EvalPair> pairs = {};
};

/// What examples of one cluster share: a hash of the prompt's text, or of the id of an example
/// without one.
std::uint64_t prompt_key(const EvalExample& example);

/// A hash of prompt, images and generators: the same example or one of other data.
std::uint64_t texts_key(const EvalExample& example);

/// What is kept of an example that a journal holds: no texts, which may be long.
struct FinishedExample {
  std::string id;
  std::uint64_t prompt = 0, texts = 0;  ///< prompt_key, texts_key
  std::vector<Size> sizes = {};         ///< this and the rest as in EvalExample
  std::vector<double> ranks = {};
  std::vector<EvalPair> pairs = {};
};
FinishedExample finished(const EvalExample& example);

/// The example as protocols see it. `prompt` numbers the prompt; `whole_order`: with the strengths
/// of the images.
JudgedExample judged(const std::vector<double>& ranks, const std::vector<EvalPair>& pairs,
                     std::size_t prompt, bool whole_order);

/// Who judged.
struct RecordOrigin {
  std::string model;
  std::int64_t seed = 0;
};

/// The journal's line of pair `index`, with its votes.
nlohmann::ordered_json record_json(const EvalExample& example, std::size_t index,
                                   std::span<const Vote> votes, const RecordOrigin& origin);

/// Reads a line into `example`, or begins a new one there when the line's `example` is another.
/// Returns how many lines that example has in all. Throws Error naming `where` and the key that is
/// missing or of a wrong type.
std::size_t read_record(const nlohmann::ordered_json& json, const std::string& where,
                        EvalExample& example);

}  // namespace juror
