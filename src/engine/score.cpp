#include "engine/score.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "tensor/transfer.h"

namespace juror {
namespace {

struct LastRows {
  Tensor hidden;  // [R, C]
  Tensor logits;  // [R, V] in fp32: what follows
};

/// The last token of each row, which ends before its place in `ends`. hidden: [Σ tokens, C].
LastRows last_rows(const Model& model, const Tensor& hidden,
                   const std::vector<std::int64_t>& ends) {
  const Tensor last = on_device(ends, hidden.device()) - 1;
  const Tensor rows = hidden.index_select(0, last);
  return {.hidden = rows, .logits = model.logits(rows).to(at::kFloat)};
}

/// The rows as continuations of the prefixes that differ, and where each ends.
struct Packed {
  std::vector<Prefix> prefixes;
  std::vector<Continuation> rows;
  std::vector<std::int64_t> ends;  ///< index behind each row's last token
};

Packed pack(std::span<const GivenRow> rows) {
  Packed packed;
  std::int64_t tokens = 0;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (r == 0 || rows[r].prefix != rows[r - 1].prefix) packed.prefixes.push_back(*rows[r].prefix);
    packed.rows.push_back({.prefix = packed.prefixes.size() - 1,
                           .token_ids = {rows[r].token_ids.begin(), rows[r].token_ids.end()}});
    packed.ends.push_back(tokens += static_cast<std::int64_t>(rows[r].token_ids.size()));
  }
  return packed;
}

/// Log-probs [tokens] of a row's tokens. hidden: [tokens, C] of the row itself; the first token
/// follows the prefix.
Tensor token_logprobs(const Model& model, const GivenRow& row, const Tensor& hidden) {
  const double temperature = row.temperature > 0.0 ? row.temperature : 1.0;
  const Tensor inside = model.logits(hidden.narrow(0, 0, hidden.size(0) - 1)).to(at::kFloat);
  const Tensor logits =
      at::cat({row.prefix->logits.unsqueeze(0), inside}) / temperature;  // [tokens, V]
  const Tensor ids =
      on_device(std::vector(row.token_ids.begin(), row.token_ids.end()), logits.device())
          .unsqueeze(1);
  return logits.gather(1, ids).squeeze(1) - at::logsumexp(logits, {1});
}

/// Log-probs of all rows that want them, by one copy to the host.
void add_logprobs(const Model& model, std::span<const GivenRow> rows, const Packed& packed,
                  const Tensor& hidden, std::vector<GivenScores>& scores) {
  std::vector<Tensor> parts;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const auto count = static_cast<std::int64_t>(rows[r].token_ids.size());
    if (rows[r].wants_logprobs)
      parts.push_back(
          token_logprobs(model, rows[r], hidden.narrow(0, packed.ends[r] - count, count)));
  }
  if (parts.empty()) return;
  const Tensor all = on_host(at::cat(parts));
  const float* next = all.const_data_ptr<float>();
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (!rows[r].wants_logprobs) continue;
    scores[r].logprobs.assign(next, next + rows[r].token_ids.size());
    next += rows[r].token_ids.size();
  }
}

/// Prefix and own tokens as one prefix. The row's tokens are [begin, begin + count) of `kept`.
Prefix continued(const Prefix& prefix, const RowKeys& kept, std::int64_t begin,
                 std::int64_t count) {
  Prefix longer;
  const auto joined = [&](const Tensor& before, const Tensor& own) {
    return at::cat({before, own.narrow(0, begin, count).transpose(0, 1)}, 1);  // [H_kv, P + L, D]
  };
  for (std::size_t layer = 0; layer < prefix.keys.size(); ++layer) {
    longer.keys.push_back(joined(prefix.keys[layer], kept.keys[layer]));
    longer.values.push_back(joined(prefix.values[layer], kept.values[layer]));
  }
  longer.length = prefix.length + count;
  longer.next = prefix.next + count;
  return longer;
}

}  // namespace

std::vector<std::vector<float>> watched_logprobs(
    const Tensor& logits, std::span<const std::vector<std::int64_t>* const> ids) {
  std::size_t most = 0;
  for (const auto* own : ids) most = std::max(most, own->size());
  std::vector<std::vector<float>> result(ids.size());
  if (most == 0) return result;
  std::vector<std::int64_t> padded;  // [N, W]: rows that watch fewer ids repeat id 0
  for (const auto* own : ids) {
    padded.insert(padded.end(), own->begin(), own->end());
    padded.resize(padded.size() + most - own->size(), 0);
  }
  const Tensor index =
      on_device(padded, logits.device()).reshape({logits.size(0), static_cast<std::int64_t>(most)});
  const Tensor wide = logits.to(at::kFloat);
  const Tensor logprobs =
      on_host(wide.gather(1, index) - at::logsumexp(wide, {1}, /*keepdim=*/true));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const float* row = logprobs.const_data_ptr<float>() + i * most;
    result[i].assign(row, row + ids[i]->size());
  }
  return result;
}

std::vector<GivenScores> score_given(const Model& model, std::span<const GivenRow> rows) {
  if (rows.empty()) return {};
  const c10::NoGradGuard no_grad;
  const Packed packed = pack(rows);
  RowKeys kept;
  const bool keeps =
      std::any_of(rows.begin(), rows.end(), [](const GivenRow& row) { return row.is_continued; });
  const Tensor hidden =
      continue_prefixes(model, packed.prefixes, packed.rows, keeps ? &kept : nullptr);
  const LastRows last = last_rows(model, hidden, packed.ends);
  std::vector<const std::vector<std::int64_t>*> watched;
  for (const GivenRow& row : rows) watched.push_back(row.watched_ids);
  std::vector<std::vector<float>> next = watched_logprobs(last.logits, watched);
  std::vector<GivenScores> scores(rows.size());
  for (std::size_t r = 0; r < rows.size(); ++r) {
    scores[r].next = std::move(next[r]);
    if (!rows[r].is_continued) continue;
    const auto count = static_cast<std::int64_t>(rows[r].token_ids.size());
    Prefix prefix = continued(*rows[r].prefix, kept, packed.ends[r] - count, count);
    prefix.hidden = last.hidden[static_cast<std::int64_t>(r)];
    prefix.logits = last.logits[static_cast<std::int64_t>(r)];
    scores[r].continued = std::make_shared<const Prefix>(std::move(prefix));
  }
  add_logprobs(model, rows, packed, hidden, scores);
  return scores;
}

}  // namespace juror
