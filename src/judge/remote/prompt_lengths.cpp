#include "judge/remote/prompt_lengths.h"

#include <algorithm>
#include <cmath>

#include "base/text_hash.h"

namespace juror {
namespace {

constexpr std::size_t kMostKnown = 4096;

std::int64_t text_bytes(const Question& question) {
  std::size_t bytes = question.opening.size();
  for (const Message& message : question.messages)
    for (const ContentPart& part : message.content) bytes += part.text.size();
  return static_cast<std::int64_t>(bytes);
}

std::int64_t picture_tokens(int width, int height) {
  const std::int64_t patches = (width / 28 + std::int64_t{1}) * (height / 28 + 1);
  return std::max(patches, PromptLengths::kPictureTokens);
}

}  // namespace

PromptLengths::Shape PromptLengths::shape_of(const Question& question) {
  std::string text;
  for (const Message& message : question.messages) {
    text += message.role + '\0';
    for (const ContentPart& part : message.content) text += part.text + '\0';
  }
  Shape shape{text_hash(text), {}};
  for (const auto& picture : question.pictures)
    shape.second.emplace_back(picture->image.width, picture->image.height);
  return shape;
}

std::int64_t PromptLengths::most(const Question& question) const {
  const Shape shape = shape_of(question);
  if (const auto known = known_.find(shape); known != known_.end()) {
    const bool is_same = known->second.opening == question.opening;
    return known->second.tokens + (is_same ? 0 : std::ssize(question.opening));
  }
  double tokens = static_cast<double>(text_bytes(question) + kTemplateTokens);
  for (const WidthHeight& size : shape.second) {
    const auto seen = with_size_.find(size);
    tokens += seen != with_size_.end()
                  ? static_cast<double>(seen->second)
                  : scale_ * static_cast<double>(picture_tokens(size.first, size.second));
  }
  return static_cast<std::int64_t>(std::ceil(tokens));
}

bool PromptLengths::knows(const Picture& picture) const {
  return with_size_.contains({picture.image.width, picture.image.height});
}

bool PromptLengths::learn(const Question& question, std::int64_t tokens) {
  const std::int64_t expected = most(question);
  Shape shape = shape_of(question);
  const bool was_by_scale =
      !known_.contains(shape) &&
      std::any_of(shape.second.begin(), shape.second.end(),
                  [&](const WidthHeight& size) { return !with_size_.contains(size); });
  for (const WidthHeight& size : shape.second) {
    const auto [seen, is_new] = with_size_.emplace(size, tokens);
    seen->second = is_new ? tokens : std::min(seen->second, tokens);
  }
  if (known_.size() >= kMostKnown) known_.clear();
  const Known counted{tokens, question.opening};
  if (tokens <= expected) {
    known_.emplace(std::move(shape), counted);
    return true;
  }
  known_.insert_or_assign(std::move(shape), counted);
  if (was_by_scale) scale_ *= static_cast<double>(tokens) / static_cast<double>(expected);
  return false;
}

}  // namespace juror
