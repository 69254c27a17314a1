// A prompt template: what the model is told, in which format it answers, and how it is shown the
// candidates. Users write their own criteria in prompts/*.toml, without code.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/options.h"
#include "image/views.h"
#include "preference/verdict.h"

namespace juror {

/// The content of one prompts/*.toml. Slots in `user` and `user_without_prompt`: {prompt}; and
/// {image_1} and {image_2}, or {image} for a rating, or {images} for a ranking. An image slot
/// becomes the views of that candidate, one picture after another; {images} a line for each, as
/// "Image 1: " and its views.
struct PromptTemplate {
  std::string answer_format = "choice";
  std::string system = "default";
  std::string user;
  std::string user_without_prompt;
  std::string think_opening = "<think>";
  std::string answer_opening = "<answer>";
  double score_temperature = 1.0;
  std::vector<std::string> criteria;
  std::int64_t working_size = 0, overview_size = 0, crops = 0, crop_size = 0, plain_crops = 0;

  template <class Field>
  void fields(Field&& field) {
    field("answer_format", answer_format, "What the model writes between <answer> and </answer>",
          OneOf{{"choice", "scores", "rating", "ranking"}});
    field("system", system, "System message; 'default' leaves it to the model's chat template");
    field(
        "user", user,
        "User message with the slots {prompt}, and {image_1} and {image_2}; for a rating {image}, "
        "for a ranking {images}");
    field("user_without_prompt", user_without_prompt,
          "User message when no prompt is given; empty refuses that");
    field("think_opening", think_opening, "What the assistant's turn begins with when it thinks");
    field("answer_opening", answer_opening,
          "What the assistant's turn begins with when it answers at once");
    field("score_temperature", score_temperature,
          "Score difference that counts as one unit of log-odds (scores, rating)",
          Range{1e-6, 1e6});
    field("criteria", criteria,
          "Names of verdicts that stand in front of the answer: <criteria>NAME: 1, NAME: "
          "2</criteria> (choice)");
    field("views.working_size", working_size, "Long side a photo is reduced to first; 0: as it is",
          Range{0, 1 << 20});
    field("views.overview_size", overview_size, "Long side of the overview; 0: the working image",
          Range{0, 1 << 20});
    field("views.crops", crops, "Native-resolution detail crops shown beside the overview",
          Range{0, 64});
    field("views.crop_size", crop_size, "Side of a crop in pixels of the working image",
          Range{0, 1 << 20});
    field("views.plain_crops", plain_crops,
          "Crops of places without detail, beside `views.crops`: noise and blocks show there",
          Range{0, 64});
  }

  AnswerFormat format() const;
  ViewOptions views() const { return {working_size, overview_size, crops, crop_size, plain_crops}; }
};

/// The slots of pictures in a template of this format.
std::span<const std::string_view> image_slots(AnswerFormat format);

/// Reads and checks a template. Throws Error with file and line: unknown keys, a missing or doubled
/// image slot, no user text.
PromptTemplate load_template(const std::filesystem::path& file);

/// The template that belongs to a model: MODEL/juror_template.toml if the folder has one (the
/// embedded model does), else prompts/choice.toml beside the program's models or sources.
/// `name_or_path` overrides: a file, or a name in prompts/.
PromptTemplate find_template(const std::filesystem::path& model_folder,
                             const std::string& name_or_path);

/// The file that `find_template` reads.
std::filesystem::path find_template_file(const std::filesystem::path& model_folder,
                                         const std::string& name_or_path);

}  // namespace juror
