#include "judge/engine/plan_voter.h"

#include "base/error.h"

namespace juror {

void PlanVoter::check(const Image& view) const {
  patch_grid(view.size(), processor_.patches, view.name);
}

std::size_t PlanVoter::ask(Question) {
  throw Error("A question was asked of a plan, for which no model was loaded.", ErrorKind::kSystem);
}

std::optional<std::int64_t> PlanVoter::prompt_tokens(const Question& question) {
  std::vector<std::shared_ptr<const PixelImage>> images;
  std::int64_t patches = 0;
  for (const auto& picture : question.pictures) {
    images.push_back(to_pixels(picture->image, processor_.patches));
    patches += images.back()->grid.patches();
  }
  const auto tokens = static_cast<std::int64_t>(
      question_prompt(processor_, question, std::move(images)).token_ids.size());
  longest_prompt_ = std::max(longest_prompt_, tokens);
  most_patches_ = std::max(most_patches_, patches);
  return tokens;
}

}  // namespace juror
