#include "judge/prompt.h"

#include <string_view>

#include "base/error.h"

namespace juror {
namespace {

constexpr std::string_view kPromptSlot = "{prompt}", kFirstSlot = "{image_1}",
                           kSecondSlot = "{image_2}";

struct Slot {
  std::size_t begin = std::string::npos;
  std::string_view name;
};

/// The slot that begins first at or behind `from`; other braces are text.
Slot next_slot(const std::string& text, std::size_t from) {
  Slot next;
  for (const std::string_view name : {kPromptSlot, kFirstSlot, kSecondSlot}) {
    const std::size_t begin = text.find(name, from);
    if (begin < next.begin) next = {begin, name};
  }
  return next;
}

/// The user message cut at its slots. Candidate views become image parts, {prompt} the user's
/// words.
std::vector<ContentPart> fill_slots(const std::string& text, const std::string& prompt,
                                    const Candidate& first, const Candidate& second,
                                    std::vector<std::shared_ptr<const PixelImage>>& images) {
  std::vector<ContentPart> parts;
  const auto add_text = [&](const std::string& words) {
    if (!words.empty()) parts.push_back({.kind = ContentPart::kText, .text = words});
  };
  const auto add_candidate = [&](const Candidate& candidate) {
    for (const auto& view : candidate.views) {
      parts.push_back({.kind = ContentPart::kImage, .text = {}});
      images.push_back(view);
    }
  };
  std::size_t at = 0;
  for (Slot slot = next_slot(text, at); slot.begin != std::string::npos;
       slot = next_slot(text, at)) {
    add_text(text.substr(at, slot.begin - at));
    if (slot.name == kPromptSlot) add_text(prompt);
    if (slot.name == kFirstSlot) add_candidate(first);
    if (slot.name == kSecondSlot) add_candidate(second);
    at = slot.begin + slot.name.size();
  }
  add_text(text.substr(at));
  return parts;
}

/// What opens the assistant's turn behind the text of the chat. Chat templates of thinking models
/// may have opened the thought already: then it is not opened twice, and an answer at once follows
/// an empty thought, as such models were taught.
std::string behind_chat(const std::string& chat, const PromptTemplate& prompt_template,
                        Opening opening) {
  constexpr std::string_view kThink = "<think>";
  std::string text = opening_text(prompt_template, opening);
  const std::size_t end = chat.find_last_not_of(" \n");
  if (end == std::string::npos || !std::string_view(chat).substr(0, end + 1).ends_with(kThink))
    return text;
  if (opening == Opening::kAnswer) return "\n</think>\n\n" + text;
  return text.starts_with(kThink) ? text.substr(kThink.size()) : text;
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

std::string opening_text(const PromptTemplate& prompt_template, Opening opening) {
  return opening == Opening::kThink ? prompt_template.think_opening
                                    : prompt_template.answer_opening;
}

ModelInput pair_prompt(const Processor& processor, const PromptTemplate& prompt_template,
                       const std::string& prompt, const Candidate& first, const Candidate& second,
                       Opening opening) {
  const std::string& user =
      prompt.empty() ? prompt_template.user_without_prompt : prompt_template.user;
  require(!user.empty(),
          "The prompt is empty, and this template needs one. Say what the images should show.");
  std::vector<std::shared_ptr<const PixelImage>> images;
  std::vector<Message> messages;
  if (prompt_template.system != "default") {
    messages.push_back({.role = "system",
                        .content = {{.kind = ContentPart::kText, .text = prompt_template.system}}});
  }
  messages.push_back({.role = "user", .content = fill_slots(user, prompt, first, second, images)});
  EncodedChat chat = encode_chat(processor.tokenizer, messages, processor.chat,
                                 {.enable_thinking = opening == Opening::kThink});
  const auto opened = processor.tokenizer.encode(behind_chat(chat.text, prompt_template, opening),
                                                 Tokenizer::Special::kParse);
  chat.ids.insert(chat.ids.end(), opened.begin(), opened.end());
  return place_images(chat, std::move(images), processor);
}

}  // namespace juror
