#include "judge/engine/prompt.h"

#include <array>
#include <string_view>

#include "base/error.h"

namespace juror {
namespace {

/// What opens the assistant's turn behind the text of the chat. Chat templates of thinking models
/// may have opened the thought already: then it is not opened twice, and an answer at once follows
/// an empty thought, as such models were taught.
std::string behind_chat(const std::string& chat, const std::string& opening, Opening begins) {
  constexpr std::string_view kThink = "<think>";
  const std::size_t end = chat.find_last_not_of(" \n");
  if (end == std::string::npos || !std::string_view(chat).substr(0, end + 1).ends_with(kThink))
    return opening;
  if (begins == Opening::kAnswer) return "\n</think>\n\n" + opening;
  return opening.starts_with(kThink) ? opening.substr(kThink.size()) : opening;
}

/// The conversation's ids, with the opening of the assistant's turn behind them.
EncodedChat encode_turn(const Processor& processor, const std::vector<Message>& messages,
                        const std::string& opening, Opening begins) {
  EncodedChat chat = encode_chat(processor.tokenizer, messages, processor.chat,
                                 {.enable_thinking = begins == Opening::kThink});
  const auto opened = processor.tokenizer.encode(behind_chat(chat.text, opening, begins),
                                                 Tokenizer::Special::kParse);
  chat.ids.insert(chat.ids.end(), opened.begin(), opened.end());
  return chat;
}

}  // namespace

Candidate prepare_candidate(const Image& image, const PromptTemplate& prompt_template,
                            const PatchOptions& options) {
  Candidate candidate;
  for (const View& view : make_views(image, prompt_template.views())) {
    candidate.views.push_back(to_pixels(view.image, options));
    candidate.sources.push_back(view.source);
  }
  return candidate;
}

ModelInput place_images(const EncodedChat& chat,
                        std::vector<std::shared_ptr<const PixelImage>> images,
                        const Processor& processor) {
  require(chat.image_slots.size() == images.size(),
          "The prompt has places for {} images, and {} are given.", chat.image_slots.size(),
          images.size());
  ModelInput input;
  std::size_t done = 0;
  const std::int64_t merged = processor.patches.merge * processor.patches.merge;
  const auto take_text = [&](std::size_t end) {
    input.token_ids.insert(input.token_ids.end(),
                           chat.ids.begin() + static_cast<std::ptrdiff_t>(done),
                           chat.ids.begin() + static_cast<std::ptrdiff_t>(end));
    done = end;
  };
  for (std::size_t i = 0; i < images.size(); ++i) {
    take_text(chat.image_slots[i]);
    const std::int64_t length = images[i]->grid.patches() / merged;
    input.spans.push_back(
        {.begin = static_cast<std::int64_t>(input.token_ids.size()), .length = length, .image = i});
    input.token_ids.insert(input.token_ids.end(), static_cast<std::size_t>(length),
                           chat.ids[chat.image_slots[i]]);
    ++done;
  }
  take_text(chat.ids.size());
  input.images = std::move(images);
  require_fits(input, processor);
  return input;
}

void require_fits(const ModelInput& input, const Processor& processor) {
  require(static_cast<std::int64_t>(input.token_ids.size()) <= processor.max_positions,
          "The prompt takes {} tokens with its images, and the model reads at most {}. Use fewer "
          "or smaller images "
          "(preprocessor_config.json: max_pixels) or a shorter prompt.",
          input.token_ids.size(), processor.max_positions);
}

ModelInput pair_prompt(const Processor& processor, const PromptTemplate& prompt_template,
                       const std::string& prompt, const Candidate& first, const Candidate& second,
                       Opening opening) {
  const std::array<const Candidate*, 2> shown = {&first, &second};
  return candidates_prompt(processor, prompt_template, prompt, shown, opening);
}

ModelInput candidates_prompt(const Processor& processor, const PromptTemplate& prompt_template,
                             const std::string& prompt, std::span<const Candidate* const> shown,
                             Opening opening) {
  std::vector<std::size_t> views;
  for (const Candidate* candidate : shown) views.push_back(candidate->views.size());
  const ShownMessages messages = shown_messages(prompt_template, prompt, views);
  std::vector<std::shared_ptr<const PixelImage>> images;
  for (const auto& [candidate, view] : messages.images)
    images.push_back(shown[candidate]->views[view]);
  return place_images(
      encode_turn(processor, messages.messages, opening_text(prompt_template, opening), opening),
      std::move(images), processor);
}

ModelInput question_prompt(const Processor& processor, const Question& question,
                           std::vector<std::shared_ptr<const PixelImage>> images) {
  return place_images(encode_turn(processor, question.messages, question.opening, question.begins),
                      std::move(images), processor);
}

}  // namespace juror
