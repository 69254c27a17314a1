// A tokenizer.json small enough to compute by hand, and ways to spoil it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "text/byte_level.h"
#include "text/pre_tokenizer.h"
#include "text/tokenizer.h"

namespace juror {

/// Ids: 0-255 the bytes in GPT-2's order ("!" 0, "a" 64), 256 "ab", 257 "abc", 258 "bc", 259 "Ġa",
/// 300 <|x|> (special), 301 <|xy|> (special), 302 <tool> (not special). Merges: a b, ab c, b c, Ġ
/// a.
inline nlohmann::json tiny_tokenizer_json() {
  nlohmann::json vocab;
  for (const std::uint8_t byte : byte_order()) vocab[byte_character(byte)] = vocab.size();
  for (const char* token : {"ab", "abc", "bc", "Ġa"}) vocab[token] = vocab.size();
  nlohmann::json added = nlohmann::json::array();
  for (const char* content : {"<|x|>", "<|xy|>", "<tool>"}) {
    added.push_back({{"id", 300 + added.size()},
                     {"content", content},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", content[1] == '|'}});
  }
  const nlohmann::json split = {{"type", "Split"},
                                {"pattern", {{"Regex", kQwenPattern}}},
                                {"behavior", "Isolated"},
                                {"invert", false}};
  const nlohmann::json byte_level = {{"type", "ByteLevel"},
                                     {"add_prefix_space", false},
                                     {"trim_offsets", false},
                                     {"use_regex", false}};
  return {
      {"added_tokens", added},
      {"normalizer", {{"type", "NFC"}}},
      {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", {split, byte_level}}}},
      {"post_processor", nullptr},
      {"decoder", {{"type", "ByteLevel"}}},
      {"model", {{"type", "BPE"}, {"vocab", vocab}, {"merges", {"a b", "ab c", "b c", "Ġ a"}}}}};
}

inline Tokenizer tiny_tokenizer() {
  return Tokenizer::from_json(tiny_tokenizer_json().dump(), "tiny.json");
}

using Ids = std::vector<std::int64_t>;

}  // namespace juror
