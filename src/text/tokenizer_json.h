// The form of a Hugging Face tokenizer.json: types of its keys, and refusal of what we do not run.
// What the entries mean together (do merges name known tokens?) is checked in tokenizer.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/added_tokens.h"

namespace juror {

struct TokenizerJson {
  bool nfc = false;
  std::vector<std::string> split_patterns;  ///< applied one after the other, isolated
  std::vector<std::pair<std::string, std::int64_t>> vocab;
  std::vector<std::pair<std::string, std::string>> merges;
  bool ignore_merges = false;
  std::vector<AddedToken> added_tokens;
};

/// Throws Error (kModel) naming `name`, the key, the value met and the one expected.
TokenizerJson parse_tokenizer_json(std::string_view json, const std::string& name);

}  // namespace juror
