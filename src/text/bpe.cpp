#include "text/bpe.h"

#include <algorithm>
#include <tuple>

namespace juror {
namespace {

using Candidate = Bpe::Scratch::Candidate;

/// Heap order: the lowest rank on top, of equals the leftmost.
bool comes_later(const Candidate& a, const Candidate& b) {
  return std::tie(a.rank, a.at) > std::tie(b.rank, b.at);
}

Candidate pop(std::vector<Candidate>& heap) {
  std::pop_heap(heap.begin(), heap.end(), comes_later);
  const Candidate top = heap.back();
  heap.pop_back();
  return top;
}

}  // namespace

bool Bpe::add_merge(std::int32_t left, std::int32_t right, std::int32_t rank, std::int32_t merged) {
  return merges_.emplace(key(left, right), Merge{rank, merged}).second;
}

void Bpe::encode(std::string_view word, Scratch& scratch, std::vector<std::int64_t>& ids) const {
  if (!whole_words_.empty()) {
    const auto whole = whole_words_.find(std::string(word));
    if (whole != whole_words_.end()) return ids.push_back(whole->second);
  }
  const auto count = static_cast<std::int32_t>(word.size());
  scratch.symbols.clear();
  scratch.heap.clear();
  for (std::int32_t i = 0; i < count; ++i) {
    const auto byte = static_cast<std::uint8_t>(word[static_cast<std::size_t>(i)]);
    scratch.symbols.push_back({byte_ids_[byte], i - 1, i + 1 < count ? i + 1 : -1});
  }
  for (std::int32_t i = 0; i + 1 < count; ++i) push_candidate(scratch, i);
  merge_all(scratch);
  for (std::int32_t i = count > 0 ? 0 : -1; i >= 0;
       i = scratch.symbols[static_cast<std::size_t>(i)].next) {
    ids.push_back(scratch.symbols[static_cast<std::size_t>(i)].id);
  }
}

void Bpe::push_candidate(Scratch& scratch, std::int32_t at) const {
  const Scratch::Symbol& left = scratch.symbols[static_cast<std::size_t>(at)];
  const std::int32_t right_id = scratch.symbols[static_cast<std::size_t>(left.next)].id;
  const auto merge = merges_.find(key(left.id, right_id));
  if (merge == merges_.end()) return;
  scratch.heap.push_back({merge->second.rank, at, left.id, right_id, merge->second.merged});
  std::push_heap(scratch.heap.begin(), scratch.heap.end(), comes_later);
}

void Bpe::merge_all(Scratch& scratch) const {
  constexpr std::int32_t kGone = -1;  // id of a symbol that was merged into the one on its left
  auto symbol = [&](std::int32_t at) -> Scratch::Symbol& {
    return scratch.symbols[static_cast<std::size_t>(at)];
  };
  while (!scratch.heap.empty()) {
    const Candidate top = pop(scratch.heap);
    Scratch::Symbol& left = symbol(top.at);
    if (left.id != top.left_id || left.next < 0 || symbol(left.next).id != top.right_id)
      continue;  // out of date
    Scratch::Symbol& right = symbol(left.next);
    left.id = top.merged_id;
    left.next = right.next;
    right.id = kGone;
    if (left.next >= 0) {
      symbol(left.next).previous = top.at;
      push_candidate(scratch, top.at);
    }
    if (left.previous >= 0) push_candidate(scratch, left.previous);
  }
}

}  // namespace juror
