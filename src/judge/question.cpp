#include "judge/question.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/error.h"
#include "image/views.h"

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

/// FNV-1a over 8-byte words of the size and the pixels.
std::uint64_t hash_pixels(const Image& image) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  const auto mix = [&](std::uint64_t word) {
    hash = (hash ^ word) * 0x100000001B3ULL;
    hash ^= hash >> 32;
  };
  mix(static_cast<std::uint64_t>(image.width));
  mix(static_cast<std::uint64_t>(image.height));
  for (std::size_t i = 0; i < image.rgb.size(); i += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, image.rgb.data() + i, std::min(sizeof(word), image.rgb.size() - i));
    mix(word);
  }
  return hash;
}

/// The user message cut at its slots: views become image parts, {prompt} the user's words.
std::vector<ContentPart> fill_slots(const std::string& text, const std::string& prompt,
                                    std::array<std::size_t, 2> views, PairMessages& pair) {
  std::vector<ContentPart> parts;
  const auto add_text = [&](const std::string& words) {
    if (!words.empty()) parts.push_back({.kind = ContentPart::kText, .text = words});
  };
  const auto add_candidate = [&](std::size_t candidate) {
    for (std::size_t view = 0; view < views[candidate]; ++view) {
      parts.push_back({.kind = ContentPart::kImage, .text = {}});
      pair.images.emplace_back(candidate, view);
    }
  };
  std::size_t at = 0;
  for (Slot slot = next_slot(text, at); slot.begin != std::string::npos;
       slot = next_slot(text, at)) {
    add_text(text.substr(at, slot.begin - at));
    if (slot.name == kPromptSlot) add_text(prompt);
    if (slot.name == kFirstSlot) add_candidate(0);
    if (slot.name == kSecondSlot) add_candidate(1);
    at = slot.begin + slot.name.size();
  }
  add_text(text.substr(at));
  return parts;
}

}  // namespace

CandidateImage cut_views(const Image& image, const PromptTemplate& prompt_template) {
  CandidateImage candidate;
  for (View& view : make_views(image, prompt_template.views())) {
    const std::uint64_t key = hash_pixels(view.image);
    candidate.views.push_back(
        std::make_shared<const Picture>(Picture{.image = std::move(view.image), .key = key}));
    candidate.sources.push_back(view.source);
  }
  return candidate;
}

CandidateImage blank(CandidateImage candidate) {
  for (auto& view : candidate.views) {
    Image grey = view->image;
    std::fill(grey.rgb.begin(), grey.rgb.end(), std::uint8_t{128});
    const std::uint64_t key = hash_pixels(grey);
    view = std::make_shared<const Picture>(Picture{.image = std::move(grey), .key = key});
  }
  return candidate;
}

std::string opening_text(const PromptTemplate& prompt_template, Opening opening) {
  return opening == Opening::kThink ? prompt_template.think_opening
                                    : prompt_template.answer_opening;
}

PairMessages pair_messages(const PromptTemplate& prompt_template, const std::string& prompt,
                           std::array<std::size_t, 2> views) {
  const std::string& user =
      prompt.empty() ? prompt_template.user_without_prompt : prompt_template.user;
  require(!user.empty(),
          "The prompt is empty, and this template needs one. Say what the images should show.");
  PairMessages pair;
  if (prompt_template.system != "default") {  // an empty one keeps the chat template's own away
    pair.messages.push_back(
        {.role = "system",
         .content = {{.kind = ContentPart::kText, .text = prompt_template.system}}});
  }
  pair.messages.push_back({.role = "user", .content = fill_slots(user, prompt, views, pair)});
  return pair;
}

Question pair_question(const PromptTemplate& prompt_template, const std::string& prompt,
                       const CandidateImage& first, const CandidateImage& second, Opening opening) {
  PairMessages pair =
      pair_messages(prompt_template, prompt, {first.views.size(), second.views.size()});
  Question question{.messages = std::move(pair.messages),
                    .pictures = {},
                    .candidate_ends = {},
                    .begins = opening,
                    .opening = opening_text(prompt_template, opening),
                    .format = prompt_template.format(),
                    .score_temperature = prompt_template.score_temperature,
                    .sampling = {}};
  question.immediate = opening == Opening::kAnswer && question.format == AnswerFormat::kChoice;
  for (std::size_t i = 0; i < pair.images.size(); ++i) {
    const auto [candidate, view] = pair.images[i];
    question.pictures.push_back((candidate == 0 ? first : second).views[view]);
    const bool ends = i + 1 == pair.images.size() || pair.images[i + 1].first != candidate;
    if (ends) question.candidate_ends.push_back(i + 1);
  }
  return question;
}

}  // namespace juror
