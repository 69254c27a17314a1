// Conversations as JSON, the shape that transformers' processors take:
// {"messages":[{"role":"user","content":[{"type":"image","image":"PATH"},{"type":"text","text":"…"}]}]}.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "text/chat.h"

namespace juror {

struct Conversation {
  std::vector<Message> messages;
  std::vector<std::filesystem::path>
      images;  ///< in the order of the image parts; relative paths made absolute
};

/// Reads "messages" of `json`; a content may also be a plain string. Image paths are relative to
/// `root`. Throws Error naming `where`, the message and the key.
Conversation read_conversation(const nlohmann::json& json, const std::string& where,
                               const std::filesystem::path& root);

}  // namespace juror
