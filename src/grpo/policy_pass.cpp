#include "grpo/policy_pass.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "engine/continuation.h"
#include "tensor/mixed_precision.h"
#include "tensor/transfer.h"

namespace juror {
namespace {

/// Log-probs of a chunk of tokens, with the whole distributions that they are of.
struct Chunk {
  Tensor distribution;  // [n, V]: log π
  Tensor logps;         // [n]
  Tensor entropies() const { return -(distribution.exp() * distribution).sum(-1); }  // [n]
};

/// hidden: [n, C]; labels: [n].
Chunk read_chunk(const Model& model, const Tensor& hidden, const Tensor& labels,
                 double temperature) {
  const Tensor logits = model.logits(hidden).to(at::kFloat);
  const Tensor distribution =
      at::log_softmax(temperature == 1.0 ? logits : logits / temperature, -1);
  return {.distribution = distribution,
          .logps = distribution.gather(1, labels.unsqueeze(1)).squeeze(1)};
}

}  // namespace

PolicyPass::PolicyPass(const Model& model, std::span<const Group> groups,
                       const PassOptions& options, const PrefilledPrompts& prompts)
    : model_(model), options_(options) {
  const MixedPrecision precision(options_.bf16, model_.device());
  if (options_.shared_prefix) {
    read_shared(groups, prompts);
  } else {
    read_naively(groups);
  }
  std::vector<std::int64_t> labels;
  for (const Group& group : groups) {
    for (const Sample& sample : group.samples) {
      if (sample.decision >= 0)
        decisions_.push_back(static_cast<std::int64_t>(labels.size()) + sample.decision);
      labels.insert(labels.end(), sample.token_ids.begin(), sample.token_ids.end());
    }
  }
  labels_ = on_device(labels, hidden_.device());
  project();
}

/// The first token of a completion is predicted by the last row of its prompt, the others by the
/// row before them; the last token predicts nothing and is not read.
void PolicyPass::read_shared(std::span<const Group> groups, const PrefilledPrompts& prompts) {
  std::vector<Continuation> rows;
  std::vector<std::int64_t>
      order;  // of the rows [prompts' last | continuations] for each completion token
  auto next = static_cast<std::int64_t>(prompts.prefixes.size());
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (const Sample& sample : groups[g].samples) {
      const std::size_t prefix = prompts.first[g] + sample.prompt;
      order.push_back(static_cast<std::int64_t>(prefix));
      for (std::size_t t = 1; t < sample.token_ids.size(); ++t) order.push_back(next++);
      if (sample.token_ids.size() < 2) continue;
      rows.push_back(
          {.prefix = prefix, .token_ids = {sample.token_ids.begin(), sample.token_ids.end() - 1}});
    }
  }
  std::vector<Tensor> parts;
  for (const Prefix& prefix : prompts.prefixes) parts.push_back(prefix.hidden.unsqueeze(0));
  if (!rows.empty()) parts.push_back(continue_prefixes(model_, prompts.prefixes, rows));
  tokens_computed_ += next - static_cast<std::int64_t>(prompts.prefixes.size());
  const Tensor all = at::cat(parts);
  hidden_ = all.index_select(0, on_device(order, all.device()));
}

/// Every completion behind its own copy of the prompt and its images.
void PolicyPass::read_naively(std::span<const Group> groups) {
  std::vector<Tensor> parts;
  for (const Group& group : groups) {
    for (const Sample& sample : group.samples) {
      ModelInput row = group.prompts[sample.prompt];
      const auto prompt = static_cast<std::int64_t>(row.token_ids.size());
      row.token_ids.insert(row.token_ids.end(), sample.token_ids.begin(), sample.token_ids.end());
      const auto length = static_cast<std::int64_t>(row.token_ids.size());
      std::vector<std::shared_ptr<const PixelImage>> images;
      for (const ImageSpan& span : row.spans) images.push_back(row.images.at(span.image));
      const ImageFeatures features =
          images.empty() ? ImageFeatures() : model_.encode_images(images);
      images_encoded_ += static_cast<std::int64_t>(images.size());
      SegmentAttention attention({length});
      const Tensor positions = model_.positions(row).ids;
      const Tensor hidden = model_.hidden(model_.embed(row, features), positions, attention);
      parts.push_back(hidden.narrow(0, prompt - 1, length - prompt));
      tokens_computed_ += length;
    }
  }
  hidden_ = at::cat(parts);
}

void PolicyPass::project() {
  const c10::NoGradGuard no_grad;
  std::vector<Tensor> all_logps, all_entropies;
  for (std::int64_t begin = 0; begin < hidden_.size(0); begin += options_.logit_rows) {
    const std::int64_t count = std::min(options_.logit_rows, hidden_.size(0) - begin);
    const Chunk chunk = read_chunk(model_, hidden_.narrow(0, begin, count),
                                   labels_.narrow(0, begin, count), options_.temperature);
    all_logps.push_back(chunk.logps);
    all_entropies.push_back(chunk.entropies());
  }
  const bool has_odds = !decisions_.empty() && options_.choice_ids.size() == 2;
  std::vector<Tensor> parts = {at::cat(all_logps), at::cat(all_entropies)};
  if (has_odds) parts.push_back(log_odds(hidden_));
  const Tensor values = on_host(at::cat(parts));  // all that the loss is made of, in one copy
  std::int64_t begin = 0;
  const auto leaf = [&](const Tensor& part) {
    begin += part.size(0);
    return values.narrow(0, begin - part.size(0), part.size(0)).clone().requires_grad_(true);
  };
  logps = leaf(parts[0]);
  entropies = leaf(parts[1]);
  if (has_odds) decision_log_odds = leaf(parts[2]);
}

/// log p/(1 − p) of the first shown: the difference of the two choice tokens' logits, at
/// temperature
/// 1. hidden: [Σ R, C]. Returns [M].
Tensor PolicyPass::log_odds(const Tensor& hidden) const {
  const Tensor rows = hidden.index_select(0, on_device(decisions_, hidden.device()));
  const Tensor ids = on_device(options_.choice_ids, hidden.device());
  const Tensor logits =
      rows.matmul(model_.decoder.head.index_select(0, ids).t()).to(at::kFloat);  // [M, 2]
  return logits.select(1, 0) - logits.select(1, 1);
}

void PolicyPass::backward() {
  const Tensor hidden = hidden_.detach().requires_grad_(true);
  const bool has_entropy = entropies.grad().defined();
  for (std::int64_t begin = 0; begin < hidden.size(0); begin += options_.logit_rows) {
    const std::int64_t count = std::min(options_.logit_rows, hidden.size(0) - begin);
    const auto part = [&](const Tensor& gradient) {
      return on_device(gradient.narrow(0, begin, count), hidden.device());
    };
    Tensor product;
    {
      const MixedPrecision precision(options_.bf16, model_.device());
      const Chunk chunk = read_chunk(model_, hidden.narrow(0, begin, count),
                                     labels_.narrow(0, begin, count), options_.temperature);
      product = (chunk.logps * part(logps.grad())).sum();
      if (has_entropy) product = product + (chunk.entropies() * part(entropies.grad())).sum();
    }
    product.backward();
  }
  if (decision_log_odds.defined() && decision_log_odds.grad().defined()) {
    (log_odds(hidden) * on_device(decision_log_odds.grad(), hidden.device())).sum().backward();
  }
  if (hidden_.requires_grad()) hidden_.backward(hidden.grad());
}

Tensor policy_logps(const Model& model, std::span<const Group> groups, const PassOptions& options,
                    FeatureCache* features) {
  const c10::NoGradGuard no_grad;
  const PrefilledPrompts prompts = options.shared_prefix
                                       ? prefill_groups(model, groups, features, options.bf16)
                                       : PrefilledPrompts{};
  return PolicyPass(model, groups, options, prompts).logps.detach();
}

}  // namespace juror
