// The question that a judge in training is asked about a pair, and its two answers. Which picture
// is shown first follows from a hash, so that the order gives no answer away.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "data/writers/writer.h"

namespace juror {

/// A piece of the question: text, or a place for the next picture.
struct QuestionPart {
  std::string text;
  bool is_image = false;
};

struct PairQuestion {
  std::array<std::size_t, 2> images = {};  ///< in the order shown
  std::vector<QuestionPart> parts;
  std::string right, wrong;  ///< completions, equal but for the answer
};

/// A tie has no question.
PairQuestion pair_question(const JudgedGroup& group, const ExportPair& pair,
                           const WriterOptions& options);

}  // namespace juror
