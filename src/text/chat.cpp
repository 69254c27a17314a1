#include "text/chat.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"

namespace juror {
namespace {

/// Collects stretches, joining texts that meet.
class ChatWriter {
 public:
  void text(const std::string& text) {
    if (text.empty()) return;
    if (!pieces_.empty() && pieces_.back().kind == ChatPiece::kText) {
      pieces_.back().text += text;
    } else {
      pieces_.push_back({ChatPiece::kText, text});
    }
  }
  void markup(const char* token) { pieces_.push_back({ChatPiece::kMarkup, token}); }
  void image() {
    markup("<|vision_start|>");
    pieces_.push_back({ChatPiece::kImage, "<|image_pad|>"});
    markup("<|vision_end|>");
  }
  void open_turn(const std::string& role) {
    markup("<|im_start|>");
    text(role + "\n");
  }
  void close_turn() {
    markup("<|im_end|>");
    text("\n");
  }
  std::vector<ChatPiece> take() { return std::move(pieces_); }

 private:
  std::vector<ChatPiece> pieces_;
};

void require_role(const std::string& role) {
  constexpr std::array<std::string_view, 3> kRoles = {"system", "user", "assistant"};
  require(std::find(kRoles.begin(), kRoles.end(), role) != kRoles.end(),
          "a message has the role \"{}\"; expected \"system\", \"user\" or \"assistant\"", role);
}

}  // namespace

std::vector<ChatPiece> render_chat(const std::vector<Message>& messages,
                                   const ChatOptions& options) {
  ChatWriter writer;
  const bool has_system = !messages.empty() && messages[0].role == "system";
  if (!messages.empty() && !has_system && !options.default_system.empty()) {
    writer.open_turn("system");
    writer.text(options.default_system);
    writer.close_turn();
  }
  int image_number = 0;
  for (const Message& message : messages) {
    require_role(message.role);
    writer.open_turn(message.role);
    for (const ContentPart& part : message.content) {
      if (part.kind == ContentPart::kText) {
        writer.text(part.text);
        continue;
      }
      ++image_number;
      if (options.add_vision_id) writer.text(fmt::format("Picture {}: ", image_number));
      writer.image();
    }
    writer.close_turn();
  }
  if (options.add_generation_prompt) writer.open_turn("assistant");
  return writer.take();
}

EncodedChat encode_chat(const Tokenizer& tokenizer, const std::vector<Message>& messages,
                        const ChatOptions& options) {
  EncodedChat chat;
  for (const ChatPiece& piece : render_chat(messages, options)) {
    if (piece.kind == ChatPiece::kText) {
      const std::vector<std::int64_t> ids = tokenizer.encode(piece.text);
      chat.ids.insert(chat.ids.end(), ids.begin(), ids.end());
      continue;
    }
    if (piece.kind == ChatPiece::kImage) chat.image_slots.push_back(chat.ids.size());
    chat.ids.push_back(tokenizer.id_of(piece.text));
  }
  return chat;
}

}  // namespace juror
