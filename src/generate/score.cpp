#include "generate/score.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "generate/shared_prefix.h"

namespace juror {
namespace {

/// Rows of several tokens, packed one after another, each attending to its prefix and causally to itself. Rows are
/// padded to the longest inside attention alone.
class PackedRowsAttention : public Attention {
 public:
  PackedRowsAttention(std::span<const Prefix> prefixes, const std::vector<ScoreRow>& rows)
      : prefixes_(prefixes), rows_(rows) {
    for (const ScoreRow& row : rows) longest_ = std::max(longest_, static_cast<std::int64_t>(row.token_ids.size()));
    std::vector<std::int64_t> places;  // of each packed row among the padded ones
    for (std::size_t r = 0; r < rows.size(); ++r) {
      for (std::size_t t = 0; t < rows[r].token_ids.size(); ++t) {
        places.push_back(static_cast<std::int64_t>(r) * longest_ + static_cast<std::int64_t>(t));
      }
    }
    places_ = at::tensor(places, at::kLong);
    mask_ = at::full({longest_, longest_}, -std::numeric_limits<float>::infinity(), at::kFloat).triu(1).unsqueeze(0);
  }

  Tensor attend(std::size_t layer, const Tensor& q, const Tensor& k, const Tensor& v) override {
    const Tensor places = places_.to(q.device());
    const auto padded = [&](const Tensor& x) {  // [T, H, D] -> [R, L, H, D]
      const auto count = static_cast<std::int64_t>(rows_.size());
      return at::zeros({count * longest_, x.size(1), x.size(2)}, x.options())
          .index_copy(0, places, x)
          .reshape({count, longest_, x.size(1), x.size(2)});
    };
    const Tensor out = shared_prefix_attention(padded(q), padded(k).transpose(1, 2), padded(v).transpose(1, 2),
                                               mask_.to(q.device()), runs(layer));
    return out.index_select(0, places);
  }

 private:
  std::vector<PrefixRun> runs(std::size_t layer) const {
    std::vector<PrefixRun> found;
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      const Prefix& prefix = prefixes_[rows_[r].prefix];
      if (r == 0 || rows_[r].prefix != rows_[r - 1].prefix) {
        found.push_back({.keys = prefix.keys[layer], .values = prefix.values[layer]});
      }
      ++found.back().rows;
    }
    return found;
  }

  std::span<const Prefix> prefixes_;
  const std::vector<ScoreRow>& rows_;
  std::int64_t longest_ = 0;
  Tensor places_;  // [T]
  Tensor mask_;    // [1, L, L]
};

/// Log-probs of a row's tokens. hidden: [tokens, C] of the row itself; the first token follows the prefix.
std::vector<float> row_logprobs(const Qwen25Vl& model, const Prefix& prefix, const Tensor& hidden,
                                const std::vector<std::int64_t>& tokens, double temperature) {
  const Tensor inside = model.logits(hidden.narrow(0, 0, hidden.size(0) - 1)).to(at::kFloat);
  const Tensor logits = at::cat({prefix.logits.unsqueeze(0), inside}) / temperature;  // [tokens, V]
  const Tensor ids = at::tensor(tokens, at::kLong).to(logits.device()).unsqueeze(1);
  const Tensor chosen = (logits.gather(1, ids).squeeze(1) - at::logsumexp(logits, {1})).to(at::kCPU).contiguous();
  return {chosen.const_data_ptr<float>(), chosen.const_data_ptr<float>() + chosen.numel()};
}

}  // namespace

Scores score(const Qwen25Vl& model, std::span<const Prefix> prefixes, const std::vector<ScoreRow>& rows,
             const ScoreOptions& options) {
  if (rows.empty()) return {};
  const c10::NoGradGuard no_grad;
  std::vector<std::int64_t> tokens, last;
  std::vector<Tensor> positions;
  for (const ScoreRow& row : rows) {
    require(!row.token_ids.empty(), "A continuation without tokens cannot be scored.");
    require(row.prefix < prefixes.size(), "A row continues prefix {}, and {} were given.", row.prefix, prefixes.size());
    tokens.insert(tokens.end(), row.token_ids.begin(), row.token_ids.end());
    positions.push_back(text_positions(prefixes[row.prefix].next, static_cast<std::int64_t>(row.token_ids.size())));
    last.push_back(static_cast<std::int64_t>(tokens.size()) - 1);
  }
  PackedRowsAttention attention(prefixes, rows);
  const Tensor x = model.embed(tokens);
  const Tensor hidden = model.hidden(x, at::cat(positions, 1).to(x.device()), attention);
  Scores scores;
  scores.logits = model.logits(hidden.index_select(0, at::tensor(last, at::kLong).to(hidden.device()))).to(at::kFloat);
  if (!options.logprobs) return scores;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const auto count = static_cast<std::int64_t>(rows[r].token_ids.size());
    scores.logprobs.push_back(row_logprobs(model, prefixes[rows[r].prefix], hidden.narrow(0, last[r] - count + 1, count),
                                           rows[r].token_ids, options.temperature));
  }
  return scores;
}

}  // namespace juror
