// Cuts a text into the words inside which byte pairs are merged, by the regular expressions of a
// tokenizer.json.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace juror {

/// The pattern of Qwen2, 2.5 and 3: contractions, words with the sign before them, single digits,
/// signs, line ends, spaces.
inline constexpr const char* kQwenPattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// The pattern of GPT-2, which a ByteLevel pre-tokeniser applies by itself.
inline constexpr const char* kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// Isolated splitting: every match of a pattern is a word, and so is every stretch between matches.
/// With several patterns, each cuts the words of the one before. Immutable after the set-up, so
/// threads may share it.
class PreTokenizer {
 public:
  /// Adds a pattern in Oniguruma's spelling (what Hugging Face uses), run by PCRE2 on Unicode
  /// properties. Throws Error (kModel) naming `where` for a pattern that is wrong, or that means
  /// different things to the two engines.
  void add_split(const std::string& pattern, const std::string& where);

  /// Calls `word` for each word of `text` (valid UTF-8), in order; joined, they are the text.
  void for_each_word(std::string_view text,
                     const std::function<void(std::string_view)>& word) const;

 private:
  struct Pattern;
  void split(std::size_t index, std::string_view text,
             const std::function<void(std::string_view)>& word) const;
  std::vector<std::shared_ptr<const Pattern>> patterns_;
};

}  // namespace juror
