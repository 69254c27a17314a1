#include "text/tokenizer_json.h"

#include <optional>

#include "base/error.h"
#include "text/json_view.h"
#include "text/pre_tokenizer.h"

namespace juror {
namespace {

/// Refuses a value of `key` other than the one that we run.
void require_word(const JsonView& object, const std::string& key, const std::string& expected) {
  const JsonView value = object.at(key);
  require_model(value.text() == expected, "{}: {} is not supported, only \"{}\" is", value.where(),
                value.shown(), expected);
}

void require_flag(const JsonView& object, const std::string& key, bool expected, bool otherwise) {
  require_model(object.bool_or(key, otherwise) == expected, "{}: {} is not supported, only {} is",
                object.where() + "." + key, !expected, expected);
}

void require_absent_or_empty(const JsonView& object, const std::string& key) {
  const auto value = object.find(key);
  require_model(!value || (value->raw().is_string() && value->text().empty()),
                "{}: {} is not supported, only null or \"\" is", value ? value->where() : key,
                value ? value->shown() : "");
}

/// A part of the pipeline that may be left out, alone, or a Sequence.
std::vector<JsonView> steps_of(const JsonView& file, const std::string& key,
                               const std::string& list_key) {
  const auto part = file.find(key);
  if (!part) return {};
  if (part->at("type").text() == "Sequence") return part->at(list_key).elements();
  return {*part};
}

bool read_normalizer(const JsonView& file) {
  const std::vector<JsonView> steps = steps_of(file, "normalizer", "normalizers");
  for (const JsonView& step : steps) require_word(step, "type", "NFC");
  return !steps.empty();
}

std::string read_split(const JsonView& step) {
  require_word(step, "behavior", "Isolated");
  require_flag(step, "invert", false, false);
  const JsonView regex = step.at("pattern").at("Regex");
  return regex.text();
}

std::vector<std::string> read_pre_tokenizer(const JsonView& file) {
  std::vector<std::string> patterns;
  bool byte_level = false;
  for (const JsonView& step : steps_of(file, "pre_tokenizer", "pretokenizers")) {
    const JsonView type = step.at("type");
    require_model(!byte_level, "{}: nothing may follow ByteLevel in a pre_tokenizer, found {}",
                  step.where(), type.shown());
    if (type.text() == "Split") {
      patterns.push_back(read_split(step));
      continue;
    }
    require_word(step, "type", "ByteLevel");
    require_flag(step, "add_prefix_space", false, true);
    if (step.bool_or("use_regex", true)) patterns.emplace_back(kGpt2Pattern);
    byte_level = true;
  }
  require_model(byte_level,
                "{}: pre_tokenizer: there is no ByteLevel in it; only byte-level BPE is supported",
                file.where());
  return patterns;
}

/// The decoder and the post-processor of byte-level files change no ids; any other would.
void check_other_steps(const JsonView& file) {
  for (const char* key : {"decoder", "post_processor"}) {
    const auto step = file.find(key);
    if (step) require_word(*step, "type", "ByteLevel");
  }
}

using Merge = std::pair<std::string, std::string>;

/// "a b" or ["a", "b"]; nothing if it is neither.
std::optional<Merge> read_merge(const nlohmann::json& entry) {
  Merge merge;
  if (entry.is_string()) {
    const auto& text = entry.get_ref<const std::string&>();
    const std::size_t space = text.find(' ');
    if (space == std::string::npos || text.find(' ', space + 1) != std::string::npos)
      return std::nullopt;
    merge = {text.substr(0, space), text.substr(space + 1)};
  } else if (entry.is_array() && entry.size() == 2 && entry[0].is_string() &&
             entry[1].is_string()) {
    merge = {entry[0].get<std::string>(), entry[1].get<std::string>()};
  }
  if (merge.first.empty() || merge.second.empty()) return std::nullopt;
  return merge;
}

void read_vocab(const JsonView& vocab, TokenizerJson& result) {
  for (const auto& entry : vocab.object().items()) {
    const bool is_id = entry.value().is_number_integer();
    result.vocab.emplace_back(
        entry.key(), is_id ? entry.value().get<std::int64_t>() : vocab.at(entry.key()).integer());
  }
}

void read_merges(const JsonView& merges, TokenizerJson& result) {
  for (const nlohmann::json& entry : merges.array()) {
    std::optional<Merge> merge = read_merge(entry);
    if (!merge) {
      const JsonView view = merges.at(result.merges.size());
      throw Error(fmt::format("{}: expected two tokens, \"a b\" or [\"a\", \"b\"], found {}",
                              view.where(), view.shown()),
                  ErrorKind::kModel);
    }
    result.merges.push_back(std::move(*merge));
  }
}

void read_model(const JsonView& model, TokenizerJson& result) {
  if (model.find("type")) require_word(model, "type", "BPE");
  require_absent_or_empty(model, "continuing_subword_prefix");
  require_absent_or_empty(model, "end_of_word_suffix");
  const auto dropout = model.find("dropout");
  require_model(!dropout || dropout->raw() == 0, "{}: {} is not supported, only null or 0 is",
                dropout ? dropout->where() : "", dropout ? dropout->shown() : "");
  result.ignore_merges = model.bool_or("ignore_merges", false);
  read_vocab(model.at("vocab"), result);
  read_merges(model.at("merges"), result);
}

AddedToken read_added_token(const JsonView& entry) {
  for (const char* flag : {"single_word", "lstrip", "rstrip"})
    require_flag(entry, flag, false, false);
  AddedToken token{entry.at("content").text(), entry.at("id").integer(),
                   entry.bool_or("special", false), false};
  token.normalized = entry.bool_or("normalized", !token.special);
  require_model(!token.content.empty(), "{}: an added token must not be empty",
                entry.where() + ".content");
  return token;
}

}  // namespace

TokenizerJson parse_tokenizer_json(std::string_view json, const std::string& name) {
  const nlohmann::json parsed = parse_json(json, name);
  const JsonView file(parsed, name);
  TokenizerJson result;
  const JsonView model = file.at("model");
  read_model(model, result);
  result.nfc = read_normalizer(file);
  result.split_patterns = read_pre_tokenizer(file);
  check_other_steps(file);
  const auto added = file.find("added_tokens");
  if (added) {
    for (const JsonView& entry : added->elements())
      result.added_tokens.push_back(read_added_token(entry));
  }
  return result;
}

}  // namespace juror
