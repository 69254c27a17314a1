#include "engine/admission.h"

#include <algorithm>

#include "base/error.h"
#include "engine/suffix_cache.h"

namespace juror {
namespace {

void require_ids(const std::vector<std::int64_t>& ids, std::int64_t vocabulary, const char* what) {
  for (const std::int64_t id : ids) {
    require(id >= 0 && id < vocabulary,
            "A request's {} token {} is outside the model's vocabulary of {} rows.", what, id,
            vocabulary);
  }
}

void require_positions(const Request& request, std::int64_t most) {
  const auto given = static_cast<std::int64_t>(request.given.size());
  const std::int64_t prompt = prompt_tokens(request),
                     fresh = request.samples.empty() ? 0 : request.options.sampling.max_new_tokens;
  require(prompt + given + fresh <= most,
          "A prompt of {} tokens, {} given ones behind it and up to {} new ones (max_new_tokens) "
          "are {} in all, and the model has {} positions: ask for at most {} new ones, or show "
          "fewer or smaller images.",
          prompt, given, fresh, prompt + given + fresh, most,
          std::max<std::int64_t>(most - prompt - given, 0));
}

}  // namespace

bool Room::fits(const Need& need) const {
  if (need.rows > 0 && rows < 1) return false;
  if (need.tokens > 0 && std::min(need.tokens, longest) > tokens) return false;
  return need.bytes <= bytes;
}

void Room::take(const Need& need) {
  rows -= need.rows;
  tokens -= need.tokens;
  bytes -= need.bytes;
}

std::uint64_t prefix_bytes(const CacheShape& shape, std::int64_t tokens) {
  const TextConfig& text = shape.text;
  const std::int64_t numbers = 2 * tokens * text.layers * text.kv_heads * text.head_size;
  return static_cast<std::uint64_t>(numbers + text.width) * c10::elementSize(shape.dtype) +
         static_cast<std::uint64_t>(text.vocabulary) * sizeof(float);
}

std::uint64_t row_bytes(const CacheShape& shape, std::int64_t rows, std::int64_t tokens) {
  const TextConfig& text = shape.text;
  const std::int64_t numbers =
      2 * rows * SuffixCache::capacity(tokens) * text.layers * text.kv_heads * text.head_size;
  return static_cast<std::uint64_t>(numbers) * c10::elementSize(shape.dtype);
}

std::uint64_t enough_cache_bytes(const CacheShape& shape, std::int64_t rows) {
  constexpr std::uint64_t kLeast = 2ULL << 30;
  constexpr std::int64_t kPromptTokens = 32768, kRowTokens = 1024;
  const std::int64_t longest = std::min(shape.text.max_positions, kPromptTokens);
  return std::max(kLeast, prefix_bytes(shape, longest)) + row_bytes(shape, rows, kRowTokens);
}

std::int64_t prompt_tokens(const Request& request) {
  return request.prompt ? static_cast<std::int64_t>(request.prompt->token_ids.size())
                        : request.prefix->length;
}

std::int64_t followed_tokens(const Request& request) {
  return request.samples.empty() ? 0 : request.options.sampling.max_new_tokens - 1;
}

std::int64_t continued_prefixes(const Request& request, const EngineOptions& options) {
  const auto given = static_cast<std::int64_t>(request.given.size());
  if (given > options.prefill_tokens) return 2;
  return given > 0 && !request.samples.empty() ? 1 : 0;
}

void require_servable(const Request& request, const Model& model) {
  require((request.prompt != nullptr) != (request.prefix != nullptr),
          "A request continues a prompt or a prefix: {} was given.",
          request.prompt ? "both" : "neither");
  const TextConfig& text = model.config().text;
  if (request.prompt) {
    require_prompt_fits(*request.prompt, text);
    require_ids(request.prompt->token_ids, text.vocabulary, "prompt");
  }
  require_ids(request.given, text.vocabulary, "given");
  require_ids(request.options.watched_ids, text.vocabulary, "watched");
  require_positions(request, text.max_positions);
  if (request.prompt) model.positions(*request.prompt);  // refuses pictures that do not fit
}

void require_holdable(const Request& request, const Model& model, const EngineOptions& options) {
  const std::int64_t prompt = prompt_tokens(request),
                     continued = continued_prefixes(request, options);
  const std::uint64_t prefixes = 1 + static_cast<std::uint64_t>(continued),
                      rest = prefix_bytes(model, 0), each = prefix_bytes(model, 1) - rest;
  const std::uint64_t besides =  // the prompt's tokens
      prefixes * rest + static_cast<std::uint64_t>(continued) * request.given.size() * each +
      row_bytes(model, 1, followed_tokens(request));
  const std::uint64_t wanted = besides + prefixes * static_cast<std::uint64_t>(prompt) * each,
                      budget = options.cache_bytes;
  if (wanted <= budget) return;
  throw Error(fmt::format(
      "A prompt of {} tokens with one completion takes {:.1f} MB of keys and values, and the "
      "engine "
      "keeps {:.1f} MB at most: a prompt of at most {} tokens fits. Show fewer or smaller "
      "images, or ask for fewer new tokens (max_new_tokens).",
      prompt, static_cast<double>(wanted) / 1e6, static_cast<double>(budget) / 1e6,
      budget < besides ? 0 : (budget - besides) / (prefixes * each)));
}

}  // namespace juror
