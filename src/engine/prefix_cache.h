// Prompts that were prefilled before, so that a prompt is prefilled once however many requests
// continue it.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>
#include <utility>
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
  /// Bytes of the capacity for keys and values that stand elsewhere, given back at its end. The
  /// cache must outlive it.
  class Reservation {
   public:
    Reservation() = default;
    Reservation(Reservation&& other) noexcept { swap(other); }
    Reservation& operator=(Reservation&& other) noexcept {
      Reservation old(std::move(other));
      swap(old);
      return *this;
    }
    ~Reservation() {
      if (cache_) cache_->reserved_ -= bytes_;
    }

   private:
    friend class PrefixCache;
    Reservation(PrefixCache& cache, std::uint64_t bytes) : cache_(&cache), bytes_(bytes) {}
    void swap(Reservation& other) {
      std::swap(cache_, other.cache_);
      std::swap(bytes_, other.bytes_);
    }
    PrefixCache* cache_ = nullptr;
    std::uint64_t bytes_ = 0;
  };

  explicit PrefixCache(std::uint64_t capacity_bytes) : capacity_bytes_(capacity_bytes) {}

  /// A prefix, and whether nobody but the cache held it. Null: not known.
  struct Known {
    std::shared_ptr<const Prefix> prefix;
    std::uint64_t unused_bytes = 0;  ///< its bytes, if nobody else holds it
  };
  Known find(const PromptKey& key);
  void insert(PromptKey key, std::shared_ptr<const Prefix> prefix);
  /// Drops unused prefixes, the least recently used first, until so many bytes fit beside what is
  /// left.
  Reservation reserve(std::uint64_t bytes);
  void clear();

  std::uint64_t bytes() const { return bytes_ + reserved_; }
  /// Capacity that neither a prefix in use nor a reservation takes.
  std::uint64_t free_bytes() const;

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

  void make_room(std::uint64_t wanted);

  std::uint64_t capacity_bytes_, bytes_ = 0, reserved_ = 0;
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<const PromptKey*, std::list<Entry>::iterator, Hash, Equal> index_;
};

}  // namespace juror
