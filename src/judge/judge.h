// The product's verb: prompt and candidates -> comparisons. A judge owns a model, its processor and
// the features of the images that it has seen.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/options.h"
#include "engine/decode.h"
#include "engine/feature_cache.h"
#include "judge/prompt.h"
#include "judge/reading.h"
#include "preference/vote.h"
#include "tensor/device.h"

namespace juror {

/// How votes are taken.
struct JudgeOptions {
  std::int64_t votes = 4;
  std::string orders = "both";
  bool think = true;
  std::int64_t batch_rows = 64;
  SamplingOptions sampling;
  PairOptions pair;
  std::int64_t seed = 0;  ///< a flag of every command, so not among the fields

  template <class Field>
  void fields(Field&& field) {
    field("votes", votes, "Thoughts sampled for each order of a pair", Range{1, 4096});
    field("orders", orders, "Orders in which a pair is shown; judges are biased by position",
          OneOf{{"both", "given", "swapped"}});
    field("think", think,
          "Think aloud before answering; without it each order is one forward read");
    field("batch_rows", batch_rows, "Most completions decoded together", Range{1, 4096});
    sampling.fields(field);
    pair.fields(field);
  }
};

/// A pair of candidates by index.
struct PairIndex {
  std::size_t first = 0, second = 0;
};

/// What the votes on one pair came to. Probabilities are P(first better).
struct Comparison {
  PairIndex pair;
  PairResult result;
  std::vector<Vote> votes;
  std::int64_t prompt_tokens = 0;      ///< of one order
  std::int64_t completion_tokens = 0;  ///< of all votes
};

struct JudgeTimings {
  double prefill_s = 0, decode_s = 0, forced_s = 0;  ///< prefill includes the vision passes
};

/// One order of one pair: what the model is shown.
struct Shown {
  std::size_t comparison = 0;  ///< index among the comparisons
  bool swapped = false;
  ModelInput input;
  std::uint64_t name = 0;  ///< of its randomness: the pictures in the order shown
};

class Judge {
 public:
  /// Loads a model folder, or an adapter folder with its base model. prompt_template: a file or a
  /// name; empty: the model's own, else the default one. Throws Error.
  static Judge load(const std::filesystem::path& folder, const std::string& prompt_template,
                    const ComputeOptions& options = {});

  Candidate prepare(const Image& image) const {
    return prepare_candidate(image, template_, processor_.patches);
  }

  /// Compares pairs of candidates, in batches of at most `batch_rows` completions. A comparison
  /// does not depend on the other pairs nor on where its candidates stand in the list: its
  /// randomness is named by seed and image contents. Stops early, with the comparisons finished so
  /// far, when `progress` says so. Throws Error for a prompt that the template or the context
  /// refuses.
  std::vector<Comparison> compare(const std::string& prompt,
                                  const std::vector<Candidate>& candidates,
                                  const std::vector<PairIndex>& pairs, const JudgeOptions& options,
                                  const Progress& progress = {});

  /// Tokens of one prompt of this pair, for estimates.
  std::int64_t prompt_tokens(const std::string& prompt, const Candidate& first,
                             const Candidate& second, bool think) const;

  const Model& model() const { return *model_; }
  const Processor& processor() const { return processor_; }
  const PromptTemplate& prompt_template() const { return template_; }
  const FeatureCache& features() const { return features_; }
  const JudgeTimings& timings() const { return timings_; }

 private:
  Judge(std::unique_ptr<Model> model, Processor processor, PromptTemplate prompt_template);
  std::vector<Prefix> prefill_all(const std::vector<Shown>& shown);
  void vote_by_thinking(const Reading& reading, const std::vector<Shown>& shown,
                        const std::vector<Prefix>& prefixes, const JudgeOptions& options,
                        std::vector<Comparison>& comparisons);

  std::unique_ptr<Model> model_;
  Processor processor_;
  PromptTemplate template_;
  FeatureCache features_;
  JudgeTimings timings_;
};

}  // namespace juror
