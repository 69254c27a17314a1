#include "text/chat.h"

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "text/unicode.h"

namespace juror {
namespace {

using jinja::make_dict;
using jinja::make_list;
using jinja::Origin;
using jinja::text_value;
using jinja::Value;

void require_role(const std::string& role) {
  const bool is_word = !role.empty() && std::all_of(role.begin(), role.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
  });
  require(is_word,
          "a message has the role \"{}\"; expected a word such as \"system\", \"user\" or "
          "\"assistant\"",
          role);
}

/// One part as templates know it: {"type": "image", "image": …} or {"type": "text", "text": …}.
Value part_value(const ContentPart& part) {
  if (part.kind == ContentPart::kImage) {
    return make_dict({{text_value("type"), text_value("image")},
                      {text_value("image"), text_value("image", Origin::kMessage)}});
  }
  require_utf8(part.text, "a message");
  return make_dict({{text_value("type"), text_value("text")},
                    {text_value("text"), text_value(part.text, Origin::kMessage)}});
}

Value content_value(const Message& message) {
  if (message.is_plain) {
    std::string text;
    for (const ContentPart& part : message.content) text += part.text;
    require_utf8(text, "a message");
    return text_value(text, Origin::kMessage);
  }
  std::vector<Value> parts;
  for (const ContentPart& part : message.content) parts.push_back(part_value(part));
  return make_list(std::move(parts));
}

Value messages_value(const std::vector<Message>& messages) {
  std::vector<Value> values;
  for (const Message& message : messages) {
    require_role(message.role);
    values.push_back(make_dict({{text_value("role"), text_value(message.role)},
                                {text_value("content"), content_value(message)}}));
  }
  return make_list(std::move(values));
}

std::size_t count_images(const std::vector<Message>& messages) {
  std::size_t count = 0;
  for (const Message& message : messages) {
    for (const ContentPart& part : message.content)
      count += part.kind == ContentPart::kImage ? 1 : 0;
  }
  return count;
}

}  // namespace

jinja::MarkedText render_chat(const std::vector<Message>& messages,
                              const ChatTemplate& chat_template, const ChatOptions& options) {
  std::vector<std::pair<std::string, Value>> variables;
  try {
    variables.emplace_back("messages", messages_value(messages));
  } catch (const jinja::Fault& fault) {
    throw Error(fmt::format("The messages hold {}.", fault.sentence));
  }
  variables.emplace_back("tools", Value());
  variables.emplace_back("documents", Value());
  variables.emplace_back("add_generation_prompt", Value(options.add_generation_prompt));
  if (options.add_vision_id) variables.emplace_back("add_vision_id", Value(*options.add_vision_id));
  if (options.enable_thinking)
    variables.emplace_back("enable_thinking", Value(*options.enable_thinking));
  return chat_template.render(std::move(variables));
}

EncodedChat encode_chat(const Tokenizer& tokenizer, const std::vector<Message>& messages,
                        const ChatTemplate& chat_template, const ChatOptions& options) {
  const jinja::MarkedText text = render_chat(messages, chat_template, options);
  Tokenizer::Markup row = tokenizer.encode_markup(
      text.bytes, [&](std::size_t begin, std::size_t end) { return text.is_template(begin, end); });
  EncodedChat chat{.ids = std::move(row.ids), .image_slots = {}, .text = text.bytes};
  const std::int64_t image = tokenizer.id_of("<|image_pad|>");
  for (const std::size_t index : row.special)
    if (chat.ids[index] == image) chat.image_slots.push_back(index);
  const std::size_t images = count_images(messages);
  require_model(chat.image_slots.size() == images,
                "The chat template {} writes {} <|image_pad|> for {} images. Juror needs one for "
                "each.",
                chat_template.name(), chat.image_slots.size(), images);
  return chat;
}

}  // namespace juror
