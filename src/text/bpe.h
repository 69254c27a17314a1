// Byte-pair merges: the bytes of one word to token ids. Knows neither files nor how words are cut.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace juror {

/// The merge table of a byte-level BPE. Immutable after the set-up, so threads may share it.
class Bpe {
 public:
  /// Working memory of `encode`, to be kept between words. The caller's own, one a thread.
  struct Scratch {
    struct Symbol {
      std::int32_t id, previous, next;  // neighbours by index, -1: none
    };
    struct Candidate {
      std::int32_t rank, at, left_id, right_id, merged_id;
    };
    std::vector<Symbol> symbols;
    std::vector<Candidate> heap;
  };

  void set_byte(std::uint8_t byte, std::int32_t id) { byte_ids_[byte] = id; }

  void reserve(std::size_t merges) { merges_.reserve(merges); }

  /// The pair (left, right) becomes `merged`; merges of lower rank go first. False if the pair has
  /// a merge already.
  bool add_merge(std::int32_t left, std::int32_t right, std::int32_t rank, std::int32_t merged);

  /// Words found here whole are not built from merges (`ignore_merges` of a tokenizer.json).
  void set_whole_words(std::unordered_map<std::string, std::int32_t> words) {
    whole_words_ = std::move(words);
  }

  /// Appends the ids of `word` (bytes): always the merge of lowest rank, the leftmost first. Time n
  /// log n.
  void encode(std::string_view word, Scratch& scratch, std::vector<std::int64_t>& ids) const;

 private:
  struct Merge {
    std::int32_t rank, merged;
  };
  static std::uint64_t key(std::int32_t left, std::int32_t right) {
    return static_cast<std::uint64_t>(left) << 32 | static_cast<std::uint32_t>(right);
  }
  void push_candidate(Scratch& scratch, std::int32_t at) const;
  void merge_all(Scratch& scratch) const;

  std::array<std::int32_t, 256> byte_ids_{};
  std::unordered_map<std::uint64_t, Merge> merges_;
  std::unordered_map<std::string, std::int32_t> whole_words_;
};

}  // namespace juror
