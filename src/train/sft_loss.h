// Supervised fine-tuning: samples packed one after another, and the loss on their completions.
#pragma once

#include <span>
#include <vector>

#include "model/qwen2_5_vl.h"
#include "train/severity_head.h"

namespace juror {

/// What the severity head should find in a candidate whose views are images [first_image,
/// first_image + images).
struct CandidateTruth {
  std::size_t first_image = 0, images = 0;
  std::array<float, kSeverities> severity{};
};

/// A completion token that decides something and is in doubt: the loss asks for the token in the
/// text and for `other`, in the shares 1 - share and share, and counts the two together `weight`
/// times.
struct SoftToken {
  std::size_t at = 0;      ///< index in the completion
  std::int64_t other = 0;  ///< token id
  double share = 0;        ///< in [0, 1]
  double weight = 1;
};

/// One training sample. An empty row of tokens trains the severity head alone.
struct SftSample {
  ModelInput prompt;
  std::vector<std::int64_t> completion;  ///< with its end token
  std::vector<CandidateTruth> truths;    ///< may be empty
  std::vector<SoftToken> soft;           ///< may be empty: every token is certain and counts once
};

/// Samples laid one after another, without padding.
struct PackedBatch {
  ModelInput input;                      ///< all rows, spans and images
  Tensor positions;                      // [3, T]
  std::vector<std::int64_t> lengths;     ///< rows of each sample
  std::vector<std::int64_t> predictors;  ///< rows whose next token is a completion token
  std::vector<std::int64_t> labels;      ///< that token
  std::vector<float> weights;            ///< how much it counts
  std::vector<SeverityTarget> targets;   ///< candidates by their rows in the image features
};

/// Packs samples, shortest first (equal lengths attend together). merge: VisionConfig::merge.
PackedBatch pack_samples(std::vector<SftSample> samples, std::int64_t merge);

struct SftLoss {
  Tensor loss;                 ///< scalar: completion loss + severity_weight · severity loss
  double completion_loss = 0;  ///< weighted mean cross-entropy of the completion tokens, nats
  double severity_loss = 0;
  double token_accuracy =
      0;                    ///< share of completion tokens that were the likeliest, weighted alike
  std::int64_t tokens = 0;  ///< completion tokens, a soft one's other included
};

/// One forward pass over the batch. Images are encoded all together, each once.
SftLoss sft_loss(const Qwen25Vl& model, const SeverityHead& head, const PackedBatch& batch,
                 double severity_weight);

}  // namespace juror
