// Prompts through the vision tower and the decoder: as many whole ones as the budget allows, or a
// piece of a longer one.
#include <algorithm>
#include <utility>

#include "engine/engine_state.h"

namespace juror {

ImageFeatures EngineState::encode(const std::vector<const ModelInput*>& inputs) {
  const Timer timer(stats.vision_s);
  return features.encode(*model, images_of(inputs));
}

/// All that have the prompt go on.
void EngineState::hand_out(const std::shared_ptr<PendingPrompt>& prompt, Prefix prefilled) {
  const auto prefix = std::make_shared<const Prefix>(std::move(prefilled));
  prompt->reserved = {};
  prefixes.insert(std::move(prompt->key), prefix);
  for (Job* job : order) {
    if (job->pending == prompt) job->take(prefix);
  }
  ++stats.prompts_prefilled;
}

void EngineState::prefill_whole(const std::vector<std::shared_ptr<PendingPrompt>>& prompts) {
  std::vector<const ModelInput*> inputs;
  for (const auto& prompt : prompts) inputs.push_back(prompt->partial.prompt.get());
  const ImageFeatures encoded = encode(inputs);
  const Timer timer(stats.prefill_s);
  std::vector<Prefix> prefilled = prefill(*model, inputs, encoded);
  for (std::size_t i = 0; i < prompts.size(); ++i) hand_out(prompts[i], std::move(prefilled[i]));
}

void EngineState::prefill_next(const std::shared_ptr<PendingPrompt>& prompt, std::int64_t count) {
  PartialPrefix& partial = prompt->partial;
  const ModelInput piece = next_piece(partial, count);
  const ImageFeatures encoded = encode({&piece});
  const Timer timer(stats.prefill_s);
  prefill_piece(*model, partial, piece, encoded);
  if (partial.left() == 0) hand_out(prompt, std::move(partial.prefix));
}

/// The first prompt passes as far as the budget goes; those behind it only whole.
void EngineState::prefill_prompts() {
  std::vector<std::shared_ptr<PendingPrompt>> whole;
  std::shared_ptr<PendingPrompt> cut;
  std::int64_t tokens = 0, of_cut = 0;
  for (auto& prompt : pending_prompts()) {
    const std::int64_t left = prompt->partial.left(),
                       count = std::min(left, options.prefill_tokens);
    if (tokens > 0 && tokens + left > options.prefill_tokens) break;
    tokens += count;
    if (count == prompt->partial.length()) {
      whole.push_back(std::move(prompt));
    } else {
      of_cut = count;
      cut = std::move(prompt);
    }
  }
  if (cut) prefill_next(cut, of_cut);
  if (!whole.empty()) prefill_whole(whole);
  stats.prompt_tokens += tokens;
  stats.most_prefill_tokens = std::max(stats.most_prefill_tokens, tokens);
}

}  // namespace juror
