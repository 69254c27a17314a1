#include "judge/question.h"

#include <fmt/format.h>

#include <string_view>

#include "base/error.h"

namespace juror {
namespace {

constexpr std::string_view kPromptSlot = "{prompt}";

struct Slot {
  std::size_t begin = std::string::npos;
  std::string_view name;
};

/// The slot that begins first at or behind `from`; other braces are text.
Slot next_slot(const std::string& text, std::size_t from, AnswerFormat format) {
  Slot next{text.find(kPromptSlot, from), kPromptSlot};
  for (const std::string_view name : image_slots(format)) {
    const std::size_t begin = text.find(name, from);
    if (begin < next.begin) next = {begin, name};
  }
  return next;
}

/// The user message cut at its slots: views become image parts, {prompt} the user's words.
class FilledSlots {
 public:
  FilledSlots(const std::string& prompt, std::span<const std::size_t> views, ShownMessages& shown)
      : prompt_(prompt), views_(views), shown_(shown) {}

  std::vector<ContentPart> fill(const std::string& text, AnswerFormat format) {
    std::size_t at = 0;
    for (Slot slot = next_slot(text, at, format); slot.begin != std::string::npos;
         slot = next_slot(text, at, format)) {
      words_ += text.substr(at, slot.begin - at);
      fill(slot.name);
      at = slot.begin + slot.name.size();
    }
    words_ += text.substr(at);
    end_words();
    return std::move(parts_);
  }

 private:
  void fill(std::string_view slot) {
    if (slot == kPromptSlot) {
      end_words();
      words_ = prompt_;
      return end_words();
    }
    if (slot == "{images}") {
      for (std::size_t i = 0; i < views_.size(); ++i) {
        words_ += (i == 0 ? "" : "\n") + fmt::format("Image {}: ", i + 1);
        add_views(i);
      }
      return;
    }
    add_views(slot == "{image_2}" ? 1 : 0);
  }

  void end_words() {
    if (!words_.empty()) parts_.push_back({.kind = ContentPart::kText, .text = std::move(words_)});
    words_.clear();
  }

  void add_views(std::size_t candidate) {
    end_words();
    for (std::size_t view = 0; view < views_[candidate]; ++view) {
      parts_.push_back({.kind = ContentPart::kImage, .text = {}});
      shown_.images.emplace_back(candidate, view);
    }
  }

  const std::string& prompt_;
  std::span<const std::size_t> views_;
  ShownMessages& shown_;
  std::string words_;
  std::vector<ContentPart> parts_;
};

void require_places(const PromptTemplate& prompt_template, std::size_t candidates) {
  const AnswerFormat format = prompt_template.format();
  const bool fits = format == AnswerFormat::kRating ? candidates == 1
                    : format == AnswerFormat::kRanking
                        ? candidates >= 2 && candidates <= kMostListed
                        : candidates == 2;
  require(fits, "A prompt template whose answer is a {} has no place for {} images.", name(format),
          candidates);
}

}  // namespace

std::string opening_text(const PromptTemplate& prompt_template, Opening opening) {
  return opening == Opening::kThink ? prompt_template.think_opening
                                    : prompt_template.answer_opening;
}

ShownMessages shown_messages(const PromptTemplate& prompt_template, const std::string& prompt,
                             std::span<const std::size_t> views) {
  require_places(prompt_template, views.size());
  const std::string& user =
      prompt.empty() ? prompt_template.user_without_prompt : prompt_template.user;
  require(!user.empty(),
          "The prompt is empty, and this template needs one. Say what the images should show.");
  ShownMessages shown;
  if (prompt_template.system != "default") {  // an empty one keeps the chat template's own away
    shown.messages.push_back(
        {.role = "system",
         .content = {{.kind = ContentPart::kText, .text = prompt_template.system}}});
  }
  FilledSlots slots(prompt, views, shown);
  shown.messages.push_back({.role = "user", .content = slots.fill(user, prompt_template.format())});
  return shown;
}

Question make_question(const PromptTemplate& prompt_template, const std::string& prompt,
                       std::span<const CandidateImage> shown, Opening opening) {
  std::vector<std::size_t> views;
  for (const CandidateImage& candidate : shown) views.push_back(candidate.views.size());
  ShownMessages messages = shown_messages(prompt_template, prompt, views);
  Question question{.messages = std::move(messages.messages),
                    .pictures = {},
                    .candidate_ends = {},
                    .begins = opening,
                    .opening = opening_text(prompt_template, opening),
                    .format = prompt_template.format(),
                    .score_temperature = prompt_template.score_temperature,
                    .criteria = prompt_template.criteria,
                    .sampling = {}};
  question.immediate = opening == Opening::kAnswer && question.format != AnswerFormat::kScores;
  for (std::size_t i = 0; i < messages.images.size(); ++i) {
    const auto [candidate, view] = messages.images[i];
    question.pictures.push_back(shown[candidate].views[view]);
    const bool ends = i + 1 == messages.images.size() || messages.images[i + 1].first != candidate;
    if (ends) question.candidate_ends.push_back(i + 1);
  }
  return question;
}

}  // namespace juror
