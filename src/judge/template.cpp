#include "judge/template.h"

#include <array>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/model_folder.h"
#include "base/option_file.h"
#include "base/trimmed.h"
#include "judge/parse_template.h"

namespace juror {
namespace {

namespace fs = std::filesystem;

/// Each image slot of the format stands exactly once.
void check_slots(const std::string& text, const char* key, AnswerFormat format,
                 const std::string& file) {
  for (const std::string_view slot : image_slots(format)) {
    const std::size_t at = text.find(slot);
    require(at != std::string::npos && text.find(slot, at + 1) == std::string::npos,
            "'{}': {} must hold the slot {} exactly once.", file, key, slot);
  }
}

void check_criteria(const PromptTemplate& made, const std::string& file) {
  require(made.criteria.empty() || made.format() == AnswerFormat::kChoice,
          "'{}' names criteria, and its answer_format is '{}'; they go with 'choice'.", file,
          made.answer_format);
  std::set<std::string> names;
  for (const std::string& name : made.criteria) {
    require(!name.empty() && name == trimmed(name) &&
                name.find_first_of(":,<>\n") == std::string::npos && names.insert(name).second,
            "'{}': the criterion '{}' must be a name of its own, without ':', ',', '<', '>' and "
            "white space around.",
            file, name);
  }
}

}  // namespace

std::span<const std::string_view> image_slots(AnswerFormat format) {
  static constexpr std::array<std::string_view, 2> kPair = {"{image_1}", "{image_2}"};
  static constexpr std::array<std::string_view, 1> kOne = {"{image}"}, kList = {"{images}"};
  if (format == AnswerFormat::kRating) return kOne;
  if (format == AnswerFormat::kRanking) return kList;
  return kPair;
}

AnswerFormat PromptTemplate::format() const {
  return answer_format_from_name(answer_format).value();
}

PromptTemplate load_template(const fs::path& file) {
  return parse_template(read_file(file), file.string());
}

PromptTemplate parse_template(std::string_view toml, const std::string& name) {
  PromptTemplate result;
  std::vector<Option> options = list_options(result);
  set_options(options, parse_toml(toml, name));
  require(!result.user.empty(), "'{}' lacks the key 'user': the user message with its slots.",
          name);
  const AnswerFormat format = result.format();
  check_slots(result.user, "user", format, name);
  require(result.user.find("{prompt}") != std::string::npos ||
              result.user == result.user_without_prompt,
          "'{}': user must hold the slot {{prompt}} (or equal user_without_prompt, if prompts are "
          "ignored on purpose).",
          name);
  require(
      result.user_without_prompt.find("{prompt}") == std::string::npos,
      "'{}': user_without_prompt holds the slot {{prompt}}, and there is no prompt to put there.",
      name);
  if (!result.user_without_prompt.empty())
    check_slots(result.user_without_prompt, "user_without_prompt", format, name);
  check_criteria(result, name);
  require(result.crops + result.plain_crops == 0 || result.crop_size > 0,
          "'{}': views.crops is {} and views.plain_crops {}, so views.crop_size must be positive.",
          name, result.crops, result.plain_crops);
  return result;
}

fs::path find_template_file(const fs::path& model_folder, const std::string& name_or_path) {
  const fs::path own = model_folder / "juror_template.toml";
  require_model(!name_or_path.empty() || !fs::is_directory(own),
                "'{}' is a folder, and the file of a prompt template is expected.", own.string());
  if (!name_or_path.empty() && fs::is_regular_file(name_or_path)) return name_or_path;
  if (name_or_path.empty() && fs::is_regular_file(own)) return own;
  const std::string name = (name_or_path.empty() ? "choice" : name_or_path) + ".toml";
  const auto beside = [&](const fs::path& folder) {
    return folder.parent_path().parent_path() / "prompts" / name;
  };
  if (fs::is_regular_file(beside(model_folder))) return beside(model_folder);
  if (const fs::path own_file = beside(find_model("mini")); fs::is_regular_file(own_file))
    return own_file;
  require(name_or_path.empty() || !fs::is_directory(name_or_path),
          "'{}' is a folder, and a prompt template is a file, or a name in prompts/.",
          name_or_path);
  throw Error(
      fmt::format("There is no prompt template '{}': neither a file of that name nor prompts/{}.",
                  name_or_path, name));
}

PromptTemplate find_template(const fs::path& model_folder, const std::string& name_or_path) {
  return load_template(find_template_file(model_folder, name_or_path));
}

}  // namespace juror
