#include "text/tokenizer.h"

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "base/file.h"
#include "text/added_tokens.h"
#include "text/bpe.h"
#include "text/byte_level.h"
#include "text/pre_tokenizer.h"
#include "text/tokenizer_json.h"
#include "text/unicode.h"

namespace juror {

struct Tokenizer::Tables {
  struct Token {
    std::string written;  // as in the file; empty: no token has this id
    std::string bytes;
    bool added = false, special = false;
  };
  std::string name;
  bool normalise = false;
  PreTokenizer pre_tokenizer;
  Bpe bpe;
  AddedTokenMatcher raw_added, normalized_added;
  std::vector<Token> tokens;  // by id
  std::unordered_map<std::string, std::int32_t> ids;

  Tables(const TokenizerJson& file, const std::string& file_name);

  const Token& token_of(std::int64_t id) const;
  std::string normalized(std::string_view text) const {
    return normalise ? nfc(text) : std::string(text);
  }
  void encode_words(std::string_view text, Bpe::Scratch& scratch,
                    std::vector<std::int64_t>& row) const;
  void encode_normalized(std::string_view raw, const MayParse& may_parse, Markup& row) const;

 private:
  void put(std::int64_t id, Token token, const char* list);
  void add_tokens(const TokenizerJson& file);
  void add_bytes();
  void add_merges(const TokenizerJson& file);
  std::int32_t merge_part(const std::string& token, std::size_t rank) const;
};

Tokenizer::Tables::Tables(const TokenizerJson& file, const std::string& file_name)
    : name(file_name), normalise(file.nfc) {
  tokens.reserve(file.vocab.size() + file.added_tokens.size());
  ids.reserve(file.vocab.size() + file.added_tokens.size());
  bpe.reserve(file.merges.size());
  for (const std::string& pattern : file.split_patterns)
    pre_tokenizer.add_split(pattern, name + ": pre_tokenizer");
  for (const auto& [written, id] : file.vocab) {
    put(id, {written, from_byte_characters(written).value_or(written)}, "model.vocab");
  }
  add_bytes();
  add_merges(file);
  add_tokens(file);
}

void Tokenizer::Tables::put(std::int64_t id, Token token, const char* list) {
  constexpr std::int64_t kIdLimit =
      1 << 22;  // far above any vocabulary: a wrong id must not take all memory
  require_model(!token.written.empty(), "{}: {}: the token of id {} is empty", name, list, id);
  require_model(id >= 0 && id < kIdLimit, "{}: {}: \"{}\" has the id {}, expected 0 to {}", name,
                list, token.written, id, kIdLimit - 1);
  const auto index = static_cast<std::size_t>(id);
  if (index >= tokens.size()) tokens.resize(index + 1);
  require_model(tokens[index].written.empty() || tokens[index].written == token.written,
                "{}: {}: \"{}\" has the id {}, which is already that of \"{}\"; each token needs "
                "an id of its own",
                name, list, token.written, id, tokens[index].written);
  const auto known = ids.emplace(token.written, static_cast<std::int32_t>(id)).first;
  require_model(known->second == id, "{}: {}: \"{}\" has the id {} here and {} elsewhere", name,
                list, token.written, id, known->second);
  tokens[index] = std::move(token);
}

void Tokenizer::Tables::add_bytes() {
  for (unsigned byte = 0; byte < 256; ++byte) {
    const std::string& character = byte_character(static_cast<std::uint8_t>(byte));
    const auto found = ids.find(character);
    require_model(found != ids.end(),
                  "{}: model.vocab lacks \"{}\", the token of byte 0x{:02X}; a byte-level BPE "
                  "needs one for every byte",
                  name, character, byte);
    bpe.set_byte(static_cast<std::uint8_t>(byte), found->second);
  }
}

std::int32_t Tokenizer::Tables::merge_part(const std::string& token, std::size_t rank) const {
  const auto found = ids.find(token);
  require_model(found != ids.end(),
                "{}: model.merges[{}] needs the token \"{}\", which model.vocab does not hold",
                name, rank, token);
  return found->second;
}

void Tokenizer::Tables::add_merges(const TokenizerJson& file) {
  for (std::size_t rank = 0; rank < file.merges.size(); ++rank) {
    const auto& [left, right] = file.merges[rank];
    const std::int32_t left_id = merge_part(left, rank), right_id = merge_part(right, rank);
    const bool is_new = bpe.add_merge(left_id, right_id, static_cast<std::int32_t>(rank),
                                      merge_part(left + right, rank));
    require_model(is_new, "{}: model.merges[{}]: \"{} {}\" stands in the list twice", name, rank,
                  left, right);
  }
  if (!file.ignore_merges) return;
  std::unordered_map<std::string, std::int32_t> words;
  for (const auto& [written, id] : ids)
    words.emplace(tokens[static_cast<std::size_t>(id)].bytes, id);
  bpe.set_whole_words(std::move(words));
}

void Tokenizer::Tables::add_tokens(const TokenizerJson& file) {
  for (std::size_t i = 0; i < file.added_tokens.size(); ++i) {
    const AddedToken& added = file.added_tokens[i];
    const auto known = ids.find(added.content);
    require_model(known == ids.end() || !tokens[static_cast<std::size_t>(known->second)].added,
                  "{}: added_tokens[{}]: \"{}\" stands in the list twice", name, i, added.content);
    put(added.id, {added.content, added.content, true, added.special}, "added_tokens");
    if (added.normalized) {
      normalized_added.add(normalized(added.content), added.id, added.special);
    } else {
      raw_added.add(added.content, added.id, added.special);
    }
  }
}

const Tokenizer::Tables::Token& Tokenizer::Tables::token_of(std::int64_t id) const {
  const bool inside = id >= 0 && id < static_cast<std::int64_t>(tokens.size());
  require(inside && !tokens[static_cast<std::size_t>(id)].written.empty(),
          "the id {} is no token of {}, which has {} ids", id, name, tokens.size());
  return tokens[static_cast<std::size_t>(id)];
}

void Tokenizer::Tables::encode_words(std::string_view text, Bpe::Scratch& scratch,
                                     std::vector<std::int64_t>& row) const {
  pre_tokenizer.for_each_word(text, [&](std::string_view word) { bpe.encode(word, scratch, row); });
}

/// `may_parse` speaks of the bytes of `raw`. Where normalising moves them, a special token of the
/// normalised text is parsed only if all of `raw` may be.
void Tokenizer::Tables::encode_normalized(std::string_view raw, const MayParse& may_parse,
                                          Markup& row) const {
  const std::string text = normalized(raw);
  const bool moved = text != raw;
  Bpe::Scratch scratch;
  normalized_added.split(
      text,
      [&](std::size_t begin, std::size_t end) {
        return moved ? may_parse(0, raw.size()) : may_parse(begin, end);
      },
      [&](std::int64_t id, bool special) {
        if (special) row.special.push_back(row.ids.size());
        row.ids.push_back(id);
      },
      [&](std::size_t begin, std::size_t end) {
        encode_words(std::string_view(text).substr(begin, end - begin), scratch, row.ids);
      });
}

Tokenizer Tokenizer::load(const std::filesystem::path& tokenizer_json) {
  return from_json(read_file(tokenizer_json), tokenizer_json.string());
}

Tokenizer Tokenizer::from_json(std::string_view json, const std::string& name) {
  return Tokenizer(std::make_shared<const Tables>(parse_tokenizer_json(json, name), name));
}

std::vector<std::int64_t> Tokenizer::encode(std::string_view text, Special special) const {
  const bool parses = special == Special::kParse;
  return encode_markup(text, [parses](std::size_t, std::size_t) { return parses; }).ids;
}

Tokenizer::Markup Tokenizer::encode_markup(std::string_view text, const MayParse& may_parse) const {
  constexpr std::size_t kLongestText = std::size_t{1} << 30;
  require(text.size() <= kLongestText, "a text of {} bytes is too long to tokenise; the most is {}",
          text.size(), kLongestText);
  require_utf8(text, "the text to tokenise");
  Markup row;
  tables_->raw_added.split(
      text, may_parse,
      [&](std::int64_t id, bool special) {
        if (special) row.special.push_back(row.ids.size());
        row.ids.push_back(id);
      },
      [&](std::size_t begin, std::size_t end) {
        const auto may_parse_rest = [&](std::size_t from, std::size_t to) {
          return may_parse(begin + from, begin + to);
        };
        tables_->encode_normalized(text.substr(begin, end - begin), may_parse_rest, row);
      });
  return row;
}

std::string Tokenizer::decode(std::span<const std::int64_t> ids, bool skip_special) const {
  std::string bytes;
  for (const std::int64_t id : ids) {
    const Tables::Token& token = tables_->token_of(id);
    if (!skip_special || !token.special) bytes += token.bytes;
  }
  return lossy_utf8(bytes);
}

std::string Tokenizer::bytes_of(std::int64_t id) const { return tables_->token_of(id).bytes; }

std::int64_t Tokenizer::size() const { return static_cast<std::int64_t>(tables_->tokens.size()); }

std::optional<std::int64_t> Tokenizer::find(std::string_view token) const {
  const auto found = tables_->ids.find(std::string(token));
  if (found == tables_->ids.end()) return std::nullopt;
  return found->second;
}

std::int64_t Tokenizer::id_of(std::string_view token) const {
  const auto id = find(token);
  require_model(id.has_value(), "{} has no token \"{}\"; is it the tokenizer of this model?",
                tables_->name, token);
  return *id;
}

bool Tokenizer::is_special(std::int64_t id) const {
  return id >= 0 && id < size() && tables_->tokens[static_cast<std::size_t>(id)].special;
}

}  // namespace juror
