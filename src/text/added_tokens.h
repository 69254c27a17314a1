// Tokens that are matched verbatim in a text before anything else, such as <|im_start|>.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace juror {

/// One entry of `added_tokens` in a tokenizer.json.
struct AddedToken {
  std::string content;
  std::int64_t id = 0;
  bool special = false;
  bool normalized = false;  ///< matched in the normalised text, not in the raw one
};

/// Finds added tokens: the leftmost first, of those that start together the longest. Immutable
/// after the set-up.
class AddedTokenMatcher {
 public:
  /// `content` as it is matched; an id is reported as given.
  void add(const std::string& content, std::int64_t id, bool special);

  /// Whether a special token found in bytes `begin` to `end` is one, or words that look like it.
  using MayParse = std::function<bool(std::size_t begin, std::size_t end)>;

  /// Cuts `text` in order: `token(id, special)` for each match, `rest(begin, end)` for each stretch
  /// between them. Special tokens that `may_parse` denies stay part of the stretch around them, but
  /// still cover their bytes, so that no other token is found inside them.
  void split(std::string_view text, const MayParse& may_parse,
             const std::function<void(std::int64_t, bool)>& token,
             const std::function<void(std::size_t, std::size_t)>& rest) const;

 private:
  struct Entry {
    std::string content;
    std::int64_t id;
    bool special;
  };
  const Entry* match_at(std::string_view text) const;
  std::array<std::vector<Entry>, 256> by_first_byte_;  // the longest first
};

}  // namespace juror
