// Prompts that were prefilled before, so that a prompt is prefilled once however many requests
// continue it.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "engine/prefix.h"

namespace juror {

/// What two prompts must have in common to share a prefill: ids, and the images among them.
/// Compared as a whole; the hash only finds what to compare.
struct PromptKey {
  struct Picture {
    std::uint64_t key = 0;
    ImageGrid grid;
    std::int64_t begin = 0;
    bool operator==(const Picture&) const = default;
  };
  std::vector<std::int64_t> token_ids;
  std::vector<Picture> pictures;
  std::size_t hash = 0;
  bool operator==(const PromptKey&) const = default;
};
PromptKey prompt_key(const ModelInput& prompt);

/// Bytes of a prefix's tensors.
std::uint64_t bytes_of(const Prefix& prefix);

/// The least recently used prefixes go first when there are more than `capacity_bytes`; those that
/// someone else holds too stay.
class PrefixCache {
 public:
  explicit PrefixCache(std::uint64_t capacity_bytes) : capacity_bytes_(capacity_bytes) {}

  std::shared_ptr<const Prefix> find(const PromptKey& key);  ///< null: not known
  void insert(PromptKey key, std::shared_ptr<const Prefix> prefix);
  /// Drops unused prefixes until `wanted` more bytes fit, or none is unused. Returns whether they
  /// fit.
  bool make_room(std::uint64_t wanted);
  void clear();

  std::uint64_t bytes() const { return bytes_; }
  bool holds_used() const;  ///< whether anyone else holds a prefix

 private:
  struct Entry {
    PromptKey key;
    std::shared_ptr<const Prefix> prefix;
    std::uint64_t bytes = 0;
    bool is_used() const { return prefix.use_count() > 1; }
  };
  struct Hash {
    std::size_t operator()(const PromptKey* key) const { return key->hash; }
  };
  struct Equal {
    bool operator()(const PromptKey* a, const PromptKey* b) const { return *a == *b; }
  };

  std::uint64_t capacity_bytes_, bytes_ = 0;
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<const PromptKey*, std::list<Entry>::iterator, Hash, Equal> index_;
};

}  // namespace juror
