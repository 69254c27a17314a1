#include "engine/rollout.h"

namespace juror {

std::vector<Completion> rollout(const Model& model, std::span<const Prefix> prefixes,
                                const std::vector<DecodeRow>& rows, const DecodeOptions& options,
                                std::int64_t batch_rows) {
  DecodeBatch batch(model, prefixes, options);
  std::size_t joined = 0;
  do {
    while (joined < rows.size() && static_cast<std::int64_t>(batch.active()) < batch_rows)
      batch.add(rows[joined++]);
  } while (batch.step() || joined < rows.size());
  std::vector<Completion> completions;
  for (std::size_t row = 0; row < rows.size(); ++row) completions.push_back(batch.completion(row));
  return completions;
}

}  // namespace juror
