// How many tokens a question's prompt takes at a server that does not tell before it is asked:
// what it counted of a prompt like it, else a bound. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "judge/question.h"

namespace juror {

/// Takes for granted that a picture's tokens depend on its size alone, as models have it.
class PromptLengths {
 public:
  /// Most tokens of the question's prompt, its opening included: the most that was counted where
  /// the same text was asked with pictures of these sizes; else a token for each byte of text and
  /// kTemplateTokens, and for each picture all that a prompt with one of its size took, or, where
  /// there was none, a token for 28 x 28 pixels (Qwen-VL), at least kPictureTokens.
  std::int64_t most(const Question& question) const;

  bool knows(const Picture& picture) const;

  /// What the server counted of the question's prompt. False where it is more than `most` said.
  bool learn(const Question& question, std::int64_t tokens);

  static constexpr std::int64_t kTemplateTokens = 256;  ///< roles, and a system prompt of its own
  static constexpr std::int64_t kPictureTokens = 1024;

 private:
  using WidthHeight = std::pair<int, int>;
  using Shape = std::pair<std::uint64_t, std::vector<WidthHeight>>;  // hash of the text, pictures
  struct Known {
    std::int64_t tokens = 0;
    std::string opening;
  };
  static Shape shape_of(const Question& question);

  std::map<Shape, Known> known_;
  std::map<WidthHeight, std::int64_t> with_size_;  // least tokens of a prompt with such a picture
  double scale_ = 1;  // by which the bound of pictures proved too small
};

}  // namespace juror
