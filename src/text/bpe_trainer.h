// Learns a small byte-level BPE vocabulary from texts, for models that we make ourselves.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace juror {

struct BpeTrainerOptions {
  std::int64_t vocab_size = 512;  ///< entries in all: 256 bytes, merges, special tokens
  std::vector<std::string> special_tokens = {"<|endoftext|>",    "<|im_start|>",   "<|im_end|>",
                                             "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
                                             "<|image_pad|>",    "<|video_pad|>"};
  /// A pair seen less often is not merged, so the vocabulary may stay smaller.
  std::int64_t min_count = 2;
};

/// The text of a tokenizer.json in the style of Qwen: NFC, the Qwen pre-tokeniser (every digit
/// alone), ByteLevel; ids 0-255 are the bytes, then the merges in the order learnt, then the
/// special tokens in the order given. Ties between pairs go to the lower ids, so the same corpus
/// always gives the same file. Throws Error if `vocab_size` is too small, a special token is empty
/// or given twice, or a text is not UTF-8.
std::string train_bpe(const std::vector<std::string>& corpus,
                      const BpeTrainerOptions& options = {});

}  // namespace juror
