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

/// The example as protocols see it. `prompt` numbers the prompt; `whole_order`: with the strengths
/// of the images.
JudgedExample judged(const EvalExample& example, std::size_t prompt, bool whole_order);

/// Who judged.
struct RecordOrigin {
  std::string model;
  std::int64_t seed = 0;
};

/// The journal's line of pair `index`, with its votes.
nlohmann::ordered_json record_json(const EvalExample& example, std::size_t index,
                                   std::span<const Vote> votes, const RecordOrigin& origin);

/// Reads a line into the last of `examples`, or begins a new one when its `example` is another.
/// Returns how many lines that example has in all. Throws Error naming `where` and the key that is
/// missing or of a wrong type.
std::size_t read_record(const nlohmann::ordered_json& json, const std::string& where,
                        std::vector<EvalExample>& examples);

}  // namespace juror
