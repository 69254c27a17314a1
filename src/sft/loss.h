// Supervised fine-tuning: samples packed one after another, and the loss on their completions.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "model/model.h"
#include "sft/severity_head.h"
#include "sft/teacher.h"

namespace juror {

/// What the severity head should find in a candidate whose views are images [first_image,
/// first_image + images); as in SeverityTarget.
struct CandidateTruth {
  std::size_t first_image = 0, images = 0;
  std::array<float, kSeverities> severity{};
  bool has_severity = true;
  std::optional<Opinion> opinion;
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
  std::size_t learn_from = 0;            ///< tokens of the completion before this one are only read
  std::optional<std::uint64_t> both_orders;  ///< equal in two samples that show one pair in either
                                             ///< order; their last soft token names the winner
};

/// The winner that two samples name which show one pair in either order: indices of the labels for
/// the token in the text; the label after each is the other candidate's.
struct MirroredAnswer {
  std::int64_t one = 0, other = 0;
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
  std::vector<MirroredAnswer> mirrored;  ///< pairs of samples with one `both_orders`
};

/// Packs samples, shortest first (equal lengths attend together). The model gives positions alone.
PackedBatch pack_samples(std::vector<SftSample> samples, const Model& model);

/// What is added to the completion loss.
struct SftWeights {
  double severity = 0;  ///< of the severity loss
  double order = 0;     ///< of the order loss
  double opinion = 0;   ///< of the opinion loss
  double teacher = 0;   ///< of the teacher's; needs a teacher
};

struct SftLoss {
  Tensor loss;                 ///< scalar: completion loss + the others, each times its weight
  double total = 0;            ///< the value of `loss`
  double completion_loss = 0;  ///< weighted mean cross-entropy of the completion tokens, nats
  double severity_loss = 0;
  double opinion_loss = 0;
  double teacher_loss = 0;
  /// Mean over pairs of (p − p')², the winner's probability in either order.
  double order_loss = 0;
  /// Share of completion tokens that were the likeliest, weighted alike.
  double token_accuracy = 0;
  std::int64_t tokens = 0;  ///< completion tokens, a soft one's other included
};

/// One forward pass over the batch. Images are encoded all together, each once. teacher: may be
/// null, then weights.teacher must be 0.
SftLoss sft_loss(const Model& model, const SeverityHead& head, const PackedBatch& batch,
                 const SftWeights& weights, const Teacher* teacher = nullptr);

}  // namespace juror
