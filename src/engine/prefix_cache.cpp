#include "engine/prefix_cache.h"

#include <ATen/core/Tensor.h>

#include <algorithm>

namespace juror {
namespace {

std::size_t mixed(std::size_t hash, std::uint64_t value) {
  return (hash ^ value) * 0x9E3779B97F4A7C15ULL + (hash >> 29);
}

}  // namespace

PromptKey prompt_key(const ModelInput& prompt) {
  PromptKey key{.token_ids = prompt.token_ids};
  for (const std::int64_t id : key.token_ids)
    key.hash = mixed(key.hash, static_cast<std::uint64_t>(id));
  for (const ImageSpan& span : prompt.spans) {
    const PixelImage& image = *prompt.images.at(span.image);
    key.pictures.push_back({.key = image.key, .grid = image.grid, .begin = span.begin});
    key.hash = mixed(key.hash, image.key);
  }
  return key;
}

std::uint64_t bytes_of(const Prefix& prefix) {
  std::uint64_t bytes = prefix.hidden.nbytes() + prefix.logits.nbytes();
  for (const Tensor& keys : prefix.keys) bytes += keys.nbytes();
  for (const Tensor& values : prefix.values) bytes += values.nbytes();
  return bytes;
}

PrefixCache::Known PrefixCache::find(const PromptKey& key) {
  const auto found = index_.find(&key);
  if (found == index_.end()) return {};
  entries_.splice(entries_.begin(), entries_, found->second);
  const Entry& entry = *found->second;
  const std::uint64_t unused = entry.is_used() ? 0 : entry.bytes;
  return {.prefix = entry.prefix, .unused_bytes = unused};
}

void PrefixCache::insert(PromptKey key, std::shared_ptr<const Prefix> prefix) {
  if (index_.contains(&key)) return;
  const std::uint64_t bytes = bytes_of(*prefix);
  make_room(bytes);
  entries_.push_front({.key = std::move(key), .prefix = std::move(prefix), .bytes = bytes});
  index_[&entries_.front().key] = entries_.begin();
  bytes_ += bytes;
}

void PrefixCache::make_room(std::uint64_t wanted) {
  for (auto entry = entries_.end();
       entry != entries_.begin() && bytes() + wanted > capacity_bytes_;) {
    --entry;
    if (entry->is_used()) continue;
    bytes_ -= entry->bytes;
    index_.erase(&entry->key);
    entry = entries_.erase(entry);
  }
}

PrefixCache::Reservation PrefixCache::reserve(std::uint64_t bytes) {
  make_room(bytes);
  reserved_ += bytes;
  return {*this, bytes};
}

void PrefixCache::clear() {
  index_.clear();
  entries_.clear();
  bytes_ = 0;
}

std::uint64_t PrefixCache::free_bytes() const {
  std::uint64_t used = reserved_;
  for (const Entry& entry : entries_) used += entry.is_used() ? entry.bytes : 0;
  return capacity_bytes_ - std::min(used, capacity_bytes_);
}

}  // namespace juror
