#include "engine/score.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

namespace juror {
namespace {

/// Log-probs of a row's tokens. hidden: [tokens, C] of the row itself; the first token follows the
/// prefix.
std::vector<float> row_logprobs(const Model& model, const Prefix& prefix, const Tensor& hidden,
                                const std::vector<std::int64_t>& tokens, double temperature) {
  const Tensor inside = model.logits(hidden.narrow(0, 0, hidden.size(0) - 1)).to(at::kFloat);
  const Tensor logits = at::cat({prefix.logits.unsqueeze(0), inside}) / temperature;  // [tokens, V]
  const Tensor ids = at::tensor(tokens, at::kLong).to(logits.device()).unsqueeze(1);
  const Tensor chosen =
      (logits.gather(1, ids).squeeze(1) - at::logsumexp(logits, {1})).to(at::kCPU).contiguous();
  return {chosen.const_data_ptr<float>(), chosen.const_data_ptr<float>() + chosen.numel()};
}

}  // namespace

Scores score(const Model& model, std::span<const Prefix> prefixes,
             const std::vector<Continuation>& rows, const ScoreOptions& options) {
  if (rows.empty()) return {};
  const c10::NoGradGuard no_grad;
  const Tensor hidden = continue_prefixes(model, prefixes, rows);
  std::vector<std::int64_t> last;
  std::int64_t tokens = 0;
  for (const Continuation& row : rows)
    last.push_back((tokens += static_cast<std::int64_t>(row.token_ids.size())) - 1);
  Scores scores;
  scores.logits =
      model.logits(hidden.index_select(0, at::tensor(last, at::kLong).to(hidden.device())))
          .to(at::kFloat);
  if (!options.logprobs) return scores;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const auto count = static_cast<std::int64_t>(rows[r].token_ids.size());
    scores.logprobs.push_back(row_logprobs(model, prefixes[rows[r].prefix],
                                           hidden.narrow(0, last[r] - count + 1, count),
                                           rows[r].token_ids, options.temperature));
  }
  return scores;
}

}  // namespace juror
