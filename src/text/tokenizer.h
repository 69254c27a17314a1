// Byte-level BPE read from a Hugging Face tokenizer.json: text to token ids and back. Knows no chat
// format (see chat.h) and adds nothing of its own: no beginning-of-text token, no prefix space.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace juror {

/// An immutable tokenizer; copies share their tables, and every method may be called from several
/// threads at once.
///
/// Read from the file: `model` (type BPE: vocab, merges as "a b" strings or as pairs,
/// ignore_merges), `added_tokens`, `normalizer` (none, or NFC), `pre_tokenizer` (ByteLevel, or a
/// Sequence of Split by regex and ByteLevel). Any other kind of part is refused by name, so what
/// loads gives the same ids as the `tokenizers` library. Unicode is that of PCRE2 and utf8proc (14
/// or newer). The library's NFC tables are those of Unicode 9, so the ids may differ where one of
/// the 98 combining marks added since stands next to another mark. Not read: `truncation` and
/// `padding` (a caller's business, as in transformers).
class Tokenizer {
 public:
  /// What happens to the strings of special tokens, such as <|image_pad|>, inside a text.
  enum class Special {
    kText,   ///< they are ordinary text: for words from users. Equals split_special_tokens=True in
             ///< transformers
    kParse,  ///< they become their ids: for text we wrote ourselves
  };

  /// Reads a tokenizer.json. Throws Error (kModel) naming the file, the key, the value met and the
  /// one expected.
  static Tokenizer load(const std::filesystem::path& tokenizer_json);

  /// As `load`, from the text of the file; `name` is what errors call it.
  static Tokenizer from_json(std::string_view json, const std::string& name);

  /// Token ids of `text`, which must be UTF-8: anything else throws Error naming the first bad
  /// byte. Added tokens that are not special (such as <tool_call>) are matched in both modes, as in
  /// transformers.
  std::vector<std::int64_t> encode(std::string_view text, Special special = Special::kText) const;

  /// Whether a special token found in bytes `begin` to `end` of a text is one, or words that look
  /// like it.
  using MayParse = std::function<bool(std::size_t begin, std::size_t end)>;

  /// A row of ids, and which of them are special tokens that were parsed.
  struct Markup {
    std::vector<std::int64_t> ids;
    std::vector<std::size_t> special;  ///< indices into `ids`, ascending
  };

  /// As `encode` with kParse where `may_parse` agrees, with kText elsewhere.
  Markup encode_markup(std::string_view text, const MayParse& may_parse) const;

  /// Text of a row of ids. Bytes that are not UTF-8 (half a character) become U+FFFD; for streaming
  /// see utf8_stream.h. `skip_special` leaves special tokens out. Throws Error for an id that is no
  /// token.
  std::string decode(std::span<const std::int64_t> ids, bool skip_special = false) const;

  /// The bytes that one id stands for, perhaps only a part of a character. Throws Error for an id
  /// that is no token.
  std::string bytes_of(std::int64_t id) const;

  /// 1 + the largest id in use: ids from here on mean nothing, and there may be gaps below.
  std::int64_t size() const;

  /// The id of a token written as in the file: "<|im_end|>", or "Ġworld" for " world".
  std::optional<std::int64_t> find(std::string_view token) const;

  /// As `find`, but throws Error (kModel) naming the file and the token when there is none.
  std::int64_t id_of(std::string_view token) const;

  /// Whether `id` is an added token marked special; false for ids that are no token.
  bool is_special(std::int64_t id) const;

 private:
  struct Tables;
  explicit Tokenizer(std::shared_ptr<const Tables> tables) : tables_(std::move(tables)) {}
  std::shared_ptr<const Tables> tables_;
};

}  // namespace juror
