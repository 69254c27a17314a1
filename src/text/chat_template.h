// The chat template of a model folder: found where transformers looks for it, and rendered.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "text/jinja/template.h"

namespace juror {

/// A chat template and the special tokens that it sees (`bos_token`, `eos_token` …). Immutable.
class ChatTemplate {
 public:
  using Tokens = std::vector<std::pair<std::string, std::string>>;

  /// `name` is what errors call it. Throws Error (kModel) naming it and the line of anything that
  /// Juror does not render.
  static ChatTemplate parse(const std::string& source, const std::string& name, Tokens tokens = {});

  /// The template of FOLDER, of several the one named "default". In this order: `chat_template` of
  /// processor_config.json; of chat_template.json; chat_template.jinja with
  /// additional_chat_templates/; `chat_template` of tokenizer_config.json. Throws Error (kModel) if
  /// there is none: Juror puts nothing in its place. Source: ProcessorMixin.get_processor_dict of
  /// transformers 5.23, and for folders whose tokenizer alone has one, PreTrainedTokenizerBase.
  static ChatTemplate load(const std::filesystem::path& folder);

  /// What the template writes for these variables besides the tokens.
  jinja::MarkedText render(std::vector<std::pair<std::string, jinja::Value>> variables) const;

  const std::string& name() const { return template_.name(); }

 private:
  ChatTemplate(jinja::Template parsed, Tokens tokens)
      : template_(std::move(parsed)), tokens_(std::move(tokens)) {}
  jinja::Template template_;
  Tokens tokens_;
};

/// A template for model folders that we make, for other programs to run too.
std::string qwen_vl_chat_template();

}  // namespace juror
