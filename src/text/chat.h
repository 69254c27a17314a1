// Chats: messages to token ids by a model's own chat template, with the places of the images.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "text/chat_template.h"
#include "text/tokenizer.h"

namespace juror {

/// A piece of a message: a text, or the place of an image (then `text` is not used).
struct ContentPart {
  enum Kind { kText, kImage };
  Kind kind = kText;
  std::string text;
};

/// `role` is "system", "user", "assistant" or another that the template knows.
struct Message {
  std::string role;
  std::vector<ContentPart> content;
  /// The template sees the content as one text, not as a list of parts; then `content` is one text.
  bool is_plain = false;
};

struct ChatOptions {
  bool add_generation_prompt = true;  ///< end with the opening of the assistant's turn
  /// Variables that some templates know; unset ones are undefined there.
  std::optional<bool> add_vision_id;    ///< "Picture N: " before every image
  std::optional<bool> enable_thinking;  ///< whether the model may think
};

/// What the template writes for these messages: the text that transformers' apply_chat_template
/// gives. Bytes that come from the contents of messages are marked as theirs, whatever the template
/// did with them; roles, which must be words, count as the template's. Throws Error for a role that
/// is no word, and what the template throws.
jinja::MarkedText render_chat(const std::vector<Message>& messages,
                              const ChatTemplate& chat_template, const ChatOptions& options = {});

/// Token ids of a chat. `image_slots[k]` is the index in `ids` of the single <|image_pad|> id of
/// image k, in the order of the conversation; whoever expands it to the tokens of the image keeps
/// the spans.
struct EncodedChat {
  std::vector<std::int64_t> ids;
  std::vector<std::size_t> image_slots;
  std::string text;  ///< what was tokenised
};

/// `render_chat`, tokenised as one text. A special token is one only if the template wrote each of
/// its bytes: in the contents of messages such strings stay words. Otherwise the ids equal
/// transformers'. Throws Error naming the template if it does not write one <|image_pad|> for each
/// image.
EncodedChat encode_chat(const Tokenizer& tokenizer, const std::vector<Message>& messages,
                        const ChatTemplate& chat_template, const ChatOptions& options = {});

}  // namespace juror
