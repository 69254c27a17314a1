// Chat text of the Qwen-VL family: messages to token ids, with the places of the images. It does
// not run the Jinja template of a checkpoint; it renders the one format that Qwen2-VL, 2.5-VL and
// 3-VL share, and checks that the template asks for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "text/tokenizer.h"

namespace juror {

/// A piece of a message: a text, or the place of an image (then `text` is not used).
struct ContentPart {
  enum Kind { kText, kImage };
  Kind kind = kText;
  std::string text;
};

/// `role` is "system", "user" or "assistant".
struct Message {
  std::string role;
  std::vector<ContentPart> content;
};

struct ChatOptions {
  /// The system message written when the first message is none; empty: no system message
  /// (Qwen3-VL).
  std::string default_system = "You are a helpful assistant.";
  bool add_generation_prompt = true;  ///< end with the opening of the assistant's turn
  bool add_vision_id = false;  ///< "Picture N: " before every image, N from 1 over the conversation
};

/// A stretch of the rendered chat. Neighbours are never both kText, so each kText stretch is
/// tokenised as one string.
struct ChatPiece {
  enum Kind {
    kMarkup,  ///< one special token, such as <|im_start|>
    kText,    ///< ordinary text (ours and the users' together): special-token strings in it mean
              ///< nothing
    kImage,   ///< one <|image_pad|>, where the tokens of one image go
  };
  Kind kind = kText;
  std::string text;
};

/// The chat as stretches, in order; their texts joined equal what the checkpoint's template gives.
/// No newline is added between parts. Throws Error for an unknown role.
std::vector<ChatPiece> render_chat(const std::vector<Message>& messages,
                                   const ChatOptions& options = {});

/// Token ids of a chat. `image_slots[k]` is the index in `ids` of the single <|image_pad|> id of
/// image k, in the order of the conversation; whoever expands it to the tokens of the image keeps
/// the spans.
struct EncodedChat {
  std::vector<std::int64_t> ids;
  std::vector<std::size_t> image_slots;
};

/// `render_chat`, tokenised. The ids equal transformers' for the same chat, except that
/// special-token strings inside the messages stay text. Throws Error (kModel) if the tokenizer
/// lacks a token of the format.
EncodedChat encode_chat(const Tokenizer& tokenizer, const std::vector<Message>& messages,
                        const ChatOptions& options = {});

/// The chat template of a model folder: chat_template.jinja, else `chat_template` in
/// chat_template.json, else in tokenizer_config.json; empty if there is none. Throws Error (kModel)
/// naming file and key for one that is no text.
std::string load_chat_template(const std::filesystem::path& folder);

/// Options that render as this template does: the default system message is kept only if the
/// template writes it. Throws Error (kModel) naming `source` if the template is not of the Qwen-VL
/// kind (a marker of it is missing). An empty template is taken for Qwen2.5-VL's.
ChatOptions chat_options_for(const std::string& chat_template, const std::string& source);

/// A template of this format for model folders that we make, for other programs to run.
std::string qwen_vl_chat_template();

}  // namespace juror
