// (template, prompt, candidates) -> ModelInput: the row of tokens, the pictures, and where they
// stand.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "judge/question.h"
#include "model/input.h"
#include "model/processor.h"

namespace juror {

/// A candidate image, ready for any prompt: its views as pixels, and where each was cut from.
struct Candidate {
  std::vector<std::shared_ptr<const PixelImage>> views;
  std::vector<Rect> sources;  ///< in pixels of the upright original
};

/// Views, resizing and patches of one picture; done once per picture, however many pairs show it.
Candidate prepare_candidate(const Image& image, const PromptTemplate& prompt_template,
                            const PatchOptions& options);

/// Replaces each single image placeholder of the chat by as many tokens as its picture needs and
/// records the spans. images: in the order of the slots. Throws Error naming the counts if they
/// differ, and when the row is longer than the model's context (nothing is ever cut).
ModelInput place_images(const EncodedChat& chat,
                        std::vector<std::shared_ptr<const PixelImage>> images,
                        const Processor& processor);

/// Throws Error naming both lengths if the row is longer than the model's context.
void require_fits(const ModelInput& input, const Processor& processor);

/// The prompt that shows `first` and `second` in this order, up to and with the opening text of the
/// assistant's turn, which the model continues. `prompt` may be empty if the template allows it.
ModelInput pair_prompt(const Processor& processor, const PromptTemplate& prompt_template,
                       const std::string& prompt, const Candidate& first, const Candidate& second,
                       Opening opening);

/// The same for any number of candidates that the template has a place for.
ModelInput candidates_prompt(const Processor& processor, const PromptTemplate& prompt_template,
                             const std::string& prompt, std::span<const Candidate* const> shown,
                             Opening opening);

/// The prompt of a question, whose pictures are given as `images`.
ModelInput question_prompt(const Processor& processor, const Question& question,
                           std::vector<std::shared_ptr<const PixelImage>> images);

}  // namespace juror
