#include "text/bpe_trainer.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string_view>

#include "base/error.h"
#include "text/byte_level.h"
#include "text/pre_tokenizer.h"
#include "text/unicode.h"

namespace juror {
namespace {

using Pair = std::pair<std::int32_t, std::int32_t>;

/// A different word of the corpus, as symbols merged so far.
struct Word {
  std::vector<std::int32_t> symbols;
  std::int64_t count = 0;
};

/// Learns merges one at a time. Counts are kept up to date by the words that a merge touches.
class Trainer {
 public:
  explicit Trainer(const std::vector<std::string>& corpus) {
    for (const std::uint8_t byte : byte_order()) tokens_.push_back(byte_character(byte));
    for (const auto& [text, count] : count_words(corpus))
      words_.push_back({symbols_of(text), count});
    for (std::size_t i = 0; i < words_.size(); ++i) count_pairs(i, words_[i].count);
  }

  void learn(std::size_t vocabulary, std::int64_t min_count) {
    while (tokens_.size() < vocabulary) {
      const std::optional<Pair> best = most_frequent(min_count);
      if (!best) return;
      merge(*best);
    }
  }

  const std::vector<std::string>& tokens() const { return tokens_; }
  const std::vector<std::string>& merges() const { return merges_; }

 private:
  static std::map<std::string, std::int64_t> count_words(const std::vector<std::string>& corpus) {
    PreTokenizer pre_tokenizer;
    pre_tokenizer.add_split(kQwenPattern, "the Qwen pattern");
    std::map<std::string, std::int64_t> counts;
    for (std::size_t i = 0; i < corpus.size(); ++i) {
      require_utf8(corpus[i], fmt::format("text {} of the corpus", i));
      pre_tokenizer.for_each_word(nfc(corpus[i]),
                                  [&](std::string_view word) { ++counts[std::string(word)]; });
    }
    return counts;
  }

  std::vector<std::int32_t> symbols_of(const std::string& word) const {
    const std::vector<std::uint8_t>& order = byte_order();
    std::vector<std::int32_t> symbols;
    for (const char byte : word) {
      const auto at = std::find(order.begin(), order.end(), static_cast<std::uint8_t>(byte));
      symbols.push_back(static_cast<std::int32_t>(at - order.begin()));
    }
    return symbols;
  }

  void count_pairs(std::size_t index, std::int64_t change) {
    const std::vector<std::int32_t>& symbols = words_[index].symbols;
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      const Pair pair{symbols[i], symbols[i + 1]};
      counts_[pair] += change;
      places_[pair].insert(index);
    }
  }

  /// Of equal counts the pair of lower ids. Pairs whose text is a token already are passed over:
  /// two ids for one text could not both stand in the file.
  std::optional<Pair> most_frequent(std::int64_t min_count) const {
    std::optional<Pair> best;
    std::int64_t best_count = std::max<std::int64_t>(min_count, 1) - 1;
    for (const auto& [pair, count] : counts_) {
      if (count <= best_count || is_token(joined(pair))) continue;
      best = pair;
      best_count = count;
    }
    return best;
  }

  std::string joined(const Pair& pair) const { return token(pair.first) + token(pair.second); }
  const std::string& token(std::int32_t id) const { return tokens_[static_cast<std::size_t>(id)]; }
  bool is_token(const std::string& text) const { return known_.contains(text); }

  void merge(const Pair& pair) {
    const auto merged = static_cast<std::int32_t>(tokens_.size());
    merges_.push_back(token(pair.first) + " " + token(pair.second));
    tokens_.push_back(joined(pair));
    known_.insert(tokens_.back());
    const std::set<std::size_t> touched = std::move(places_[pair]);
    for (const std::size_t index : touched) {
      count_pairs(index, -words_[index].count);
      replace(words_[index].symbols, pair, merged);
      count_pairs(index, words_[index].count);
    }
    counts_.erase(pair);
    places_.erase(pair);
  }

  static void replace(std::vector<std::int32_t>& symbols, const Pair& pair, std::int32_t merged) {
    std::size_t end = 0;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      const bool is_pair =
          i + 1 < symbols.size() && symbols[i] == pair.first && symbols[i + 1] == pair.second;
      symbols[end++] = is_pair ? merged : symbols[i];
      i += is_pair ? 1 : 0;
    }
    symbols.resize(end);
  }

  std::vector<Word> words_;
  std::vector<std::string> tokens_, merges_;
  std::set<std::string> known_;
  std::map<Pair, std::int64_t> counts_;
  std::map<Pair, std::set<std::size_t>> places_;  // words that hold the pair, or once did
};

void check_options(const BpeTrainerOptions& options) {
  std::set<std::string> seen;
  for (const std::string& token : options.special_tokens) {
    require(!token.empty(), "a special token of the BPE trainer is empty");
    require(seen.insert(token).second, "the special token \"{}\" is given twice to the BPE trainer",
            token);
  }
  const auto smallest = static_cast<std::int64_t>(256 + options.special_tokens.size());
  require(options.vocab_size >= smallest,
          "a vocabulary of {} entries was asked for, but 256 bytes and {} special tokens need {}",
          options.vocab_size, options.special_tokens.size(), smallest);
}

void check_no_clash(const Trainer& trainer, const std::vector<std::string>& special_tokens) {
  for (const std::string& token : trainer.tokens()) {
    require(std::find(special_tokens.begin(), special_tokens.end(), token) == special_tokens.end(),
            "the special token \"{}\" is an ordinary token of the vocabulary as well; choose "
            "another name",
            token);
  }
}

using OrderedJson = nlohmann::ordered_json;

OrderedJson byte_level_step() {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", false},
          {"trim_offsets", false},
          {"use_regex", false}};
}

OrderedJson model_json(const Trainer& trainer) {
  OrderedJson vocab = OrderedJson::object();
  for (std::size_t id = 0; id < trainer.tokens().size(); ++id) vocab[trainer.tokens()[id]] = id;
  return {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", nullptr},
          {"continuing_subword_prefix", nullptr},
          {"end_of_word_suffix", nullptr},
          {"fuse_unk", false},
          {"byte_fallback", false},
          {"ignore_merges", false},
          {"vocab", vocab},
          {"merges", trainer.merges()}};
}

OrderedJson added_tokens_json(const std::vector<std::string>& special_tokens,
                              std::size_t first_id) {
  OrderedJson list = OrderedJson::array();
  for (const std::string& content : special_tokens) {
    list.push_back({{"id", first_id + list.size()},
                    {"content", content},
                    {"single_word", false},
                    {"lstrip", false},
                    {"rstrip", false},
                    {"normalized", false},
                    {"special", true}});
  }
  return list;
}

}  // namespace

std::string train_bpe(const std::vector<std::string>& corpus, const BpeTrainerOptions& options) {
  check_options(options);
  Trainer trainer(corpus);
  trainer.learn(static_cast<std::size_t>(options.vocab_size) - options.special_tokens.size(),
                options.min_count);
  check_no_clash(trainer, options.special_tokens);
  const OrderedJson split = {{"type", "Split"},
                             {"pattern", {{"Regex", kQwenPattern}}},
                             {"behavior", "Isolated"},
                             {"invert", false}};
  const OrderedJson file = {
      {"version", "1.0"},
      {"truncation", nullptr},
      {"padding", nullptr},
      {"added_tokens", added_tokens_json(options.special_tokens, trainer.tokens().size())},
      {"normalizer", {{"type", "NFC"}}},
      {"pre_tokenizer",
       {{"type", "Sequence"}, {"pretokenizers", OrderedJson::array({split, byte_level_step()})}}},
      {"post_processor", nullptr},
      {"decoder", byte_level_step()},
      {"model", model_json(trainer)}};
  return file.dump(2) + "\n";
}

}  // namespace juror
