// juror inspect tokens: the ids of strings, as a JSON list of lists.
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/model_folder.h"
#include "base/parse_json.h"
#include "cli/commands.h"
#include "text/tokenizer.h"

namespace juror {
namespace {

struct InspectTokensOptions {
  std::string model = "mini";
  std::string strings;

  template <class Field>
  void fields(Field&& field) {
    field("model", model, "Model: a folder, a name in the Hugging Face cache, or mini");
    field("strings", strings, "JSON file: a list of strings");
  }
};

std::vector<std::string> read_strings(const std::string& path) {
  require(!path.empty(),
          "'juror inspect tokens' needs --strings FILE, a JSON file with a list of strings.");
  const nlohmann::json list = json_or_discarded(read_file(path));
  require(list.is_array(), "'{}' is not a JSON list of strings, such as [\"one\", \"two\"].", path);
  for (std::size_t i = 0; i < list.size(); ++i) {
    require(list[i].is_string(), "'{}': element {} is {}, and a string is expected.", path, i,
            list[i].type_name());
  }
  return list.get<std::vector<std::string>>();
}

int inspect_tokens(InspectTokensOptions& options, Context& context) {
  const std::vector<std::string> strings = read_strings(options.strings);
  const Tokenizer tokenizer = Tokenizer::load(find_model(options.model) / "tokenizer.json");
  std::string text;
  for (const std::string& string : strings) {
    text += (text.empty() ? "[" : ",\n ") +
            nlohmann::json(tokenizer.encode(string, Tokenizer::Special::kText)).dump();
  }
  context.out.print(text.empty() ? "[]\n" : text + "]\n");
  return kExitOk;
}

}  // namespace

Command inspect_tokens_command() {
  return make_command<InspectTokensOptions>(
      {.name = "inspect tokens",
       .summary = "Print the token ids of strings as JSON",
       .examples = {{"juror inspect tokens --model DIR --strings S.json",
                     "S.json: [\"one\", \"two\"]"}},
       .notes = "Special tokens such as <|image_pad|> are read as the text that they are, as in "
                "users' words."},
      inspect_tokens);
}

}  // namespace juror
