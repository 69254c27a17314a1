#include "sft/loss.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "tensor/transfer.h"
#include "train/distinct_images.h"

namespace juror {
namespace {

std::size_t length_of(const SftSample& sample) {
  return sample.prompt.token_ids.size() + sample.completion.size();
}

/// Appends what row first + i should predict for each completion token i. Returns where the last
/// soft token stands among the labels.
std::int64_t append_labels(const SftSample& sample, std::int64_t first, PackedBatch& batch) {
  const auto append = [&](std::size_t i, std::int64_t token, double weight) {
    batch.predictors.push_back(first + static_cast<std::int64_t>(i));
    batch.labels.push_back(token);
    batch.weights.push_back(static_cast<float>(weight));
  };
  std::int64_t last_soft = -1;
  for (std::size_t i = sample.learn_from; i < sample.completion.size(); ++i) {
    const auto soft = std::find_if(sample.soft.begin(), sample.soft.end(),
                                   [&](const SoftToken& s) { return s.at == i; });
    const bool is_soft = soft != sample.soft.end();
    if (is_soft) last_soft = static_cast<std::int64_t>(batch.labels.size());
    append(i, sample.completion[i], is_soft ? soft->weight * (1 - soft->share) : 1.0);
    if (is_soft) append(i, soft->other, soft->weight * soft->share);
  }
  return last_soft;
}

/// Of two samples that show one pair in either order the first leaves where its answer stands, the
/// second finds it there.
class Mirrors {
 public:
  /// label: of the answer in `sample`; -1 where none is asked for softly.
  void add(const SftSample& sample, std::int64_t label, PackedBatch& batch) {
    if (!sample.both_orders || label < 0) return;
    const auto [place, is_first] = waiting_.emplace(*sample.both_orders, label);
    if (is_first) return;
    batch.mirrored.push_back({place->second, label});
    waiting_.erase(place);
  }

 private:
  std::map<std::uint64_t, std::int64_t> waiting_;
};

/// Mean over the pairs of the squared difference between the two orders' probability of the
/// candidate that the text names. logits [L, V] and labels [L] by label.
Tensor order_loss(const Tensor& logits, const Tensor& labels,
                  const std::vector<MirroredAnswer>& mirrored) {
  const auto named = [&](std::int64_t MirroredAnswer::*which) {
    std::vector<std::int64_t> at_said;
    for (const MirroredAnswer& pair : mirrored) at_said.push_back(pair.*which);
    const Tensor said = on_device(at_said, logits.device()), rows = logits.index_select(0, said);
    const auto score = [&](const Tensor& label) {
      return rows.gather(1, labels.index_select(0, label).unsqueeze(1)).squeeze(1);
    };
    return (score(said) - score(said + 1)).sigmoid();  // [pairs]
  };
  return (named(&MirroredAnswer::one) - named(&MirroredAnswer::other)).square().mean();
}

/// Appends one sample's rows, spans, images and labels.
void append_sample(SftSample& sample, const Model& model, PackedBatch& batch, Mirrors& mirrors,
                   std::vector<Tensor>& positions, std::int64_t& feature_rows) {
  const auto base = static_cast<std::int64_t>(batch.input.token_ids.size());
  const std::size_t first_image = batch.input.images.size();
  const auto prompt_length = static_cast<std::int64_t>(sample.prompt.token_ids.size());

  std::vector<std::int64_t> image_rows = {
      feature_rows};  // first feature row of each image, and the end
  for (const auto& image : sample.prompt.images) {
    image_rows.push_back(image_rows.back() +
                         image->grid.patches() / model.config().vision.merged_patches());
  }
  for (const CandidateTruth& truth : sample.truths) {
    const std::int64_t begin = image_rows[truth.first_image],
                       end = image_rows[truth.first_image + truth.images];
    batch.targets.push_back({.begin = begin,
                             .length = end - begin,
                             .severity = truth.severity,
                             .has_severity = truth.has_severity,
                             .opinion = truth.opinion});
  }
  feature_rows = image_rows.back();
  batch.input.images.insert(batch.input.images.end(), sample.prompt.images.begin(),
                            sample.prompt.images.end());
  if (prompt_length == 0) return;

  ModelInput row = std::move(sample.prompt);
  row.token_ids.insert(row.token_ids.end(), sample.completion.begin(), sample.completion.end());
  positions.push_back(model.positions(row).ids);
  for (ImageSpan span : row.spans) {
    span.begin += base;
    span.image += first_image;
    batch.input.spans.push_back(span);
  }
  mirrors.add(sample, append_labels(sample, base + prompt_length - 1, batch), batch);
  batch.lengths.push_back(static_cast<std::int64_t>(row.token_ids.size()));
  batch.input.token_ids.insert(batch.input.token_ids.end(), row.token_ids.begin(),
                               row.token_ids.end());
}

/// What metrics tell, in one copy to the host.
void tell(const Tensor& values, SftLoss& result) {
  const Tensor here = on_host(values.detach().to(at::kDouble));
  const auto at = here.accessor<double, 1>();
  result.total = at[0];
  result.completion_loss = at[1];
  result.severity_loss = at[2];
  result.order_loss = at[3];
  result.token_accuracy = at[4];
  result.opinion_loss = at[5];
  result.teacher_loss = at[6];
}

}  // namespace

PackedBatch pack_samples(std::vector<SftSample> samples, const Model& model) {
  std::stable_sort(samples.begin(), samples.end(), [](const SftSample& a, const SftSample& b) {
    return length_of(a) < length_of(b);
  });
  PackedBatch batch;
  Mirrors mirrors;
  std::vector<Tensor> positions;
  std::int64_t feature_rows = 0;
  for (SftSample& sample : samples)
    append_sample(sample, model, batch, mirrors, positions, feature_rows);
  if (!positions.empty()) batch.positions = at::cat(positions, 1);
  return batch;
}

SftLoss sft_loss(const Model& model, const SeverityHead& head, const PackedBatch& batch,
                 const SftWeights& weights, const Teacher* teacher) {
  SftLoss result{.loss = at::zeros({}, at::TensorOptions(model.device()).dtype(at::kFloat))};
  const Tensor zero = result.loss;
  Tensor severity = zero, completion = zero, accuracy = zero, order = zero, opinion = zero,
         taught = zero;
  const ImageFeatures features = encode_distinct(model, batch.input.images).features;
  if (!batch.targets.empty() && (weights.severity > 0 || weights.opinion > 0)) {
    const Tensor outputs = head.forward(features.tokens, batch.targets);
    severity = severity_loss(outputs, batch.targets);
    opinion = opinion_loss(outputs, batch.targets);
    result.loss = result.loss + weights.severity * severity + weights.opinion * opinion;
  }
  if (weights.teacher > 0) {
    require(teacher != nullptr, "The teacher's loss has a weight of {}, and there is no teacher.",
            weights.teacher);
    const Tensor tokens = features.tokens.to(head.taught.weight.scalar_type());
    taught = at::mse_loss(head.taught(tokens).to(at::kFloat), teacher->tokens(batch.input.images));
    result.loss = result.loss + weights.teacher * taught;
  }
  result.tokens = static_cast<std::int64_t>(batch.labels.size());
  if (result.tokens > 0) {
    const at::Device device = model.device();
    SegmentAttention attention(batch.lengths);
    const Tensor hidden = model.hidden(model.embed(batch.input, features),
                                       on_device(batch.positions, device), attention);  // [T, C]
    const Tensor logits =
        model.logits(hidden.index_select(0, on_device(batch.predictors, device))).to(at::kFloat);
    const Tensor labels = on_device(batch.labels, device);
    const Tensor counts = on_device(at::tensor(batch.weights, at::kFloat), device);
    const Tensor share = counts / counts.sum();
    completion =
        (at::cross_entropy_loss(logits, labels, /*weight=*/{}, at::Reduction::None) * share).sum();
    accuracy = ((logits.detach().argmax(-1) == labels).to(at::kFloat) * share).sum();
    result.loss = result.loss + completion;
    if (!batch.mirrored.empty()) order = order_loss(logits, labels, batch.mirrored);
    if (!batch.mirrored.empty() && weights.order > 0)
      result.loss = result.loss + weights.order * order;
  }
  tell(at::stack({result.loss, completion, severity, order, accuracy, opinion, taught}), result);
  return result;
}

}  // namespace juror
