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

  /// Cuts `text` in order: `token(id)` for each match, `rest(stretch)` for each stretch between
  /// them. Unless `parse_special`, matches of special tokens stay part of the stretch around them,
  /// but still cover their bytes, so that no other token is found inside them.
  void split(std::string_view text, bool parse_special,
             const std::function<void(std::int64_t)>& token,
             const std::function<void(std::string_view)>& rest) const;

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
