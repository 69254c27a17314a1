#include "text/pre_tokenizer.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <cctype>

#include "base/error.h"
#include "text/unicode.h"

namespace juror {
namespace {

struct FreeCode {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct FreeMatch {
  void operator()(pcre2_match_data* match) const { pcre2_match_data_free(match); }
};

std::string pcre2_message(int code) {
  PCRE2_UCHAR buffer[256] = {};
  pcre2_get_error_message(code, buffer, sizeof buffer);
  return reinterpret_cast<const char*>(buffer);
}

/// Escapes of letters that mean the same in Oniguruma and PCRE2 with Unicode properties (\s and \S
/// are rewritten).
constexpr std::string_view kSharedEscapes = "pPdDrntfv";

/// The pattern in PCRE2's words. Its \s takes U+180E for a space, which Unicode and Oniguruma do
/// not.
std::string to_pcre2(const std::string& pattern, const std::string& where) {
  std::string result;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '\\' || i + 1 == pattern.size()) {
      result += pattern[i];
      continue;
    }
    const char escape = pattern[++i];
    const bool letter = std::isalnum(static_cast<unsigned char>(escape)) != 0;
    if (escape == 's' || escape == 'S') {
      result += escape == 's' ? "\\p{White_Space}" : "\\P{White_Space}";
      continue;
    }
    require_model(!letter || kSharedEscapes.find(escape) != std::string_view::npos,
                  "{}: the pattern \"{}\" uses \\{}, which is not supported; supported are \\s \\S "
                  "\\d \\D \\p \\P "
                  "\\r \\n \\t \\f \\v and escaped signs",
                  where, pattern, escape);
    // PCRE2's \v is all vertical space, Oniguruma's one character.
    result += escape == 'v' ? "\\x0B" : std::string{'\\', escape};
  }
  return result;
}

}  // namespace

struct PreTokenizer::Pattern {
  std::unique_ptr<pcre2_code, FreeCode> code;

  /// The first match from `start` on that is not empty: [begin, end), or [size, size) if there is
  /// none.
  std::pair<std::size_t, std::size_t> find(std::string_view text, std::size_t start,
                                           pcre2_match_data* match) const;
};

std::pair<std::size_t, std::size_t> PreTokenizer::Pattern::find(std::string_view text,
                                                                std::size_t start,
                                                                pcre2_match_data* match) const {
  const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  const std::uint32_t options = PCRE2_NO_UTF_CHECK | PCRE2_NOTEMPTY;
  int found = pcre2_match(code.get(), subject, text.size(), start, options, match, nullptr);
  if (found == PCRE2_ERROR_JIT_STACKLIMIT) {  // the interpreter keeps its stack on the heap
    found = pcre2_match(code.get(), subject, text.size(), start, options | PCRE2_NO_JIT, match,
                        nullptr);
  }
  if (found == PCRE2_ERROR_NOMATCH) return {text.size(), text.size()};
  require(found >= 0, "the pre-tokeniser's pattern cannot be run on a text of {} bytes: {}",
          text.size(), pcre2_message(found));
  const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(match);
  return {bounds[0], bounds[1]};
}

void PreTokenizer::add_split(const std::string& pattern, const std::string& where) {
  const std::string spelled = to_pcre2(pattern, where);
  int error = 0;
  PCRE2_SIZE at = 0;
  const std::uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C;
  auto compiled = std::make_shared<Pattern>();
  compiled->code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(spelled.data()), spelled.size(),
                                     options, &error, &at, nullptr));
  require_model(compiled->code != nullptr, "{}: the pattern \"{}\" is wrong near character {}: {}",
                where, pattern, at, pcre2_message(error));
  pcre2_jit_compile(compiled->code.get(),
                    PCRE2_JIT_COMPLETE);  // where it cannot, the interpreter runs
  patterns_.push_back(std::move(compiled));
}

void PreTokenizer::for_each_word(std::string_view text,
                                 const std::function<void(std::string_view)>& word) const {
  split(0, text, word);
}

void PreTokenizer::split(std::size_t index, std::string_view text,
                         const std::function<void(std::string_view)>& word) const {
  if (text.empty()) return;
  if (index == patterns_.size()) return word(text);
  const Pattern& pattern = *patterns_[index];
  const std::unique_ptr<pcre2_match_data, FreeMatch> match(pcre2_match_data_create(1, nullptr));
  for (std::size_t at = 0; at < text.size();) {
    const auto [begin, end] = pattern.find(text, at, match.get());
    split(index + 1, text.substr(at, begin - at), word);
    split(index + 1, text.substr(begin, end - begin), word);
    at = end;
  }
}

}  // namespace juror
