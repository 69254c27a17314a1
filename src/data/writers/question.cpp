#include "data/writers/question.h"

#include <algorithm>

#include "base/error.h"
#include "base/text_hash.h"

namespace juror {
namespace {

constexpr std::string_view kFirst = "{image_1}", kSecond = "{image_2}", kPrompt = "{prompt}";

std::string filled(std::string text, const std::string& prompt) {
  const std::size_t at = text.find(kPrompt);
  return at == std::string::npos ? text : text.replace(at, kPrompt.size(), prompt);
}

/// The template cut at its two pictures; `second_first`: it names the second before the first.
std::vector<QuestionPart> parts_of(const std::string& text, const std::string& prompt,
                                   bool& second_first) {
  const std::size_t a = text.find(kFirst), b = text.find(kSecond);
  require(a != std::string::npos && b != std::string::npos,
          "The prompt template lacks the slots {{image_1}} and {{image_2}}.");
  second_first = b < a;
  const std::size_t one = std::min(a, b), two = std::max(a, b);
  const std::size_t behind = one + kFirst.size();
  std::vector<QuestionPart> parts = {{filled(text.substr(0, one), prompt)},
                                     {"", true},
                                     {filled(text.substr(behind, two - behind), prompt)},
                                     {"", true},
                                     {filled(text.substr(two + kSecond.size()), prompt)}};
  std::erase_if(parts,
                [](const QuestionPart& part) { return !part.is_image && part.text.empty(); });
  return parts;
}

}  // namespace

PairQuestion pair_question(const JudgedGroup& group, const ExportPair& pair,
                           const WriterOptions& options) {
  const bool swapped = text_hash(group.id + "\n" + group.images[pair.first].name + "\n" +
                                 group.images[pair.second].name) %
                           2 ==
                       1;
  const std::string& text = group.prompt.empty() && !options.question_without_prompt.empty()
                                ? options.question_without_prompt
                                : options.question;
  PairQuestion question;
  bool second_first = false;
  question.parts = parts_of(text, group.prompt, second_first);
  question.images = {pair.first, pair.second};
  if (swapped != second_first) std::swap(question.images[0], question.images[1]);
  const std::string& thinking = pair.thinking[swapped ? 1 : 0];
  const std::string thought = thinking.empty() ? "" : fmt::format("<think>{}</think>", thinking);
  const auto answer = [&](bool first) {
    return fmt::format("{}<answer>{}</answer>", thought, first ? 1 : 2);
  };
  question.right = answer(first_wins(pair) != swapped);
  question.wrong = answer(first_wins(pair) == swapped);
  return question;
}

}  // namespace juror
