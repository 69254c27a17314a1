#include "train/sft_loss.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace juror {
namespace {

std::size_t length_of(const SftSample& sample) { return sample.prompt.token_ids.size() + sample.completion.size(); }

/// Appends one sample's rows, spans, images and labels.
void append_sample(SftSample& sample, std::int64_t merge, PackedBatch& batch, std::vector<Tensor>& positions,
                   std::int64_t& feature_rows) {
  const auto base = static_cast<std::int64_t>(batch.input.token_ids.size());
  const std::size_t first_image = batch.input.images.size();
  const auto prompt_length = static_cast<std::int64_t>(sample.prompt.token_ids.size());

  std::vector<std::int64_t> image_rows = {feature_rows};  // first feature row of each image, and the end
  for (const auto& image : sample.prompt.images) {
    image_rows.push_back(image_rows.back() + image->grid.patches() / (merge * merge));
  }
  for (const CandidateTruth& truth : sample.truths) {
    const std::int64_t begin = image_rows[truth.first_image], end = image_rows[truth.first_image + truth.images];
    batch.targets.push_back({.begin = begin, .length = end - begin, .severity = truth.severity});
  }
  feature_rows = image_rows.back();
  batch.input.images.insert(batch.input.images.end(), sample.prompt.images.begin(), sample.prompt.images.end());
  if (prompt_length == 0) return;

  ModelInput row = std::move(sample.prompt);
  row.token_ids.insert(row.token_ids.end(), sample.completion.begin(), sample.completion.end());
  positions.push_back(mrope_positions(row, merge).ids);
  for (ImageSpan span : row.spans) {
    span.begin += base;
    span.image += first_image;
    batch.input.spans.push_back(span);
  }
  for (std::size_t i = 0; i < sample.completion.size(); ++i) {
    batch.predictors.push_back(base + prompt_length + static_cast<std::int64_t>(i) - 1);
    batch.labels.push_back(sample.completion[i]);
  }
  batch.lengths.push_back(static_cast<std::int64_t>(row.token_ids.size()));
  batch.input.token_ids.insert(batch.input.token_ids.end(), row.token_ids.begin(), row.token_ids.end());
}

}  // namespace

PackedBatch pack_samples(std::vector<SftSample> samples, std::int64_t merge) {
  std::stable_sort(samples.begin(), samples.end(),
                   [](const SftSample& a, const SftSample& b) { return length_of(a) < length_of(b); });
  PackedBatch batch;
  std::vector<Tensor> positions;
  std::int64_t feature_rows = 0;
  for (SftSample& sample : samples) append_sample(sample, merge, batch, positions, feature_rows);
  if (!positions.empty()) batch.positions = at::cat(positions, 1);
  return batch;
}

SftLoss sft_loss(const Qwen25Vl& model, const SeverityHead& head, const PackedBatch& batch, double severity_weight) {
  SftLoss result{.loss = at::zeros({}, at::kFloat)};
  const Tensor features = batch.input.images.empty() ? Tensor() : model.encode_images(batch.input.images);
  if (!batch.targets.empty() && severity_weight > 0) {
    const Tensor loss = severity_loss(head.forward(features, batch.targets), batch.targets);
    result.severity_loss = loss.item<double>();
    result.loss = result.loss + severity_weight * loss;
  }
  result.tokens = static_cast<std::int64_t>(batch.labels.size());
  if (result.tokens == 0) return result;

  SegmentAttention attention(batch.lengths);
  const Tensor hidden = model.hidden(model.embed(batch.input, features), batch.positions, attention);  // [T, C]
  const Tensor logits = model.logits(hidden.index_select(0, at::tensor(batch.predictors, at::kLong))).to(at::kFloat);
  const Tensor labels = at::tensor(batch.labels, at::kLong);
  const Tensor loss = at::cross_entropy_loss(logits, labels);
  result.completion_loss = loss.item<double>();
  result.token_accuracy = (logits.detach().argmax(-1) == labels).to(at::kFloat).mean().item<double>();
  result.loss = result.loss + loss;
  return result;
}

}  // namespace juror
