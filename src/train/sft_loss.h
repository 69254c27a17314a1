// Supervised fine-tuning: samples packed one after another, and the loss on their completions.
#pragma once

#include <span>
#include <vector>

#include "model/qwen2_5_vl.h"
#include "train/severity_head.h"

namespace juror {

/// What the severity head should find in a candidate whose views are images [first_image, first_image + images).
struct CandidateTruth {
  std::size_t first_image = 0, images = 0;
  std::array<float, kSeverities> severity{};
};

/// One training sample. An empty row of tokens trains the severity head alone.
struct SftSample {
  ModelInput prompt;
  std::vector<std::int64_t> completion;  ///< with its end token
  std::vector<CandidateTruth> truths;    ///< may be empty
};

/// Samples laid one after another, without padding.
struct PackedBatch {
  ModelInput input;                           ///< all rows, spans and images
  Tensor positions;                           // [3, T]
  std::vector<std::int64_t> lengths;          ///< rows of each sample
  std::vector<std::int64_t> predictors;       ///< rows whose next token is a completion token
  std::vector<std::int64_t> labels;           ///< that token
  std::vector<SeverityTarget> targets;        ///< candidates by their rows in the image features
};

/// Packs samples, shortest first (equal lengths attend together). merge: VisionConfig::merge.
PackedBatch pack_samples(std::vector<SftSample> samples, std::int64_t merge);

struct SftLoss {
  Tensor loss;                   ///< scalar: completion loss + severity_weight · severity loss
  double completion_loss = 0;    ///< mean cross-entropy of the completion tokens, nats
  double severity_loss = 0;
  double token_accuracy = 0;     ///< share of completion tokens that were the likeliest
  std::int64_t tokens = 0;       ///< completion tokens
};

/// One forward pass over the batch. Images are encoded once, all together.
SftLoss sft_loss(const Qwen25Vl& model, const SeverityHead& head, const PackedBatch& batch, double severity_weight);

}  // namespace juror
