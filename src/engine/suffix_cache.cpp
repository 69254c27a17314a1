#include "engine/suffix_cache.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

namespace juror {
namespace {

constexpr std::int64_t kFirstCapacity = 64;
// Lengths are shown in these steps, for oneDNN compiles and keeps a kernel for every shape it
// meets.
constexpr std::int64_t kStep = 32;
static_assert(kFirstCapacity % kStep == 0);

}  // namespace

void SuffixCache::keep(const std::vector<std::int64_t>& rows) {
  std::vector<std::int64_t> lengths;
  for (const std::int64_t row : rows) lengths.push_back(lengths_[static_cast<std::size_t>(row)]);
  lengths_ = std::move(lengths);
  for (auto* buffers : {&keys_, &values_}) {
    for (Tensor& buffer : *buffers) {
      if (!buffer.defined()) continue;
      std::vector<std::int64_t>
          stored;  // a row that has just joined has no place in the buffers yet
      for (const std::int64_t row : rows) {
        if (row < buffer.size(0)) stored.push_back(row);
      }
      buffer = buffer.index_select(0, at::tensor(stored, at::kLong).to(buffer.device()));
    }
  }
}

void SuffixCache::extend(const Tensor& like) {
  std::vector<std::int64_t> places = lengths_;
  for (std::int64_t& length : lengths_) ++length;
  longest_ = *std::max_element(lengths_.begin(), lengths_.end());
  shown_ = (longest_ + kStep - 1) / kStep * kStep;
  place_ = at::tensor(places, at::kLong).to(like.device());
  mask_.reset();
  if (*std::min_element(lengths_.begin(), lengths_.end()) == shown_) return;
  const Tensor behind =
      at::arange(shown_, at::kLong).to(like.device()).unsqueeze(0) > place_.unsqueeze(1);  // [N, L]
  mask_ = at::zeros(behind.sizes(), like.options().dtype(at::kFloat))
              .masked_fill(behind, -std::numeric_limits<float>::infinity())
              .unsqueeze(1);
}

void SuffixCache::reserve(Tensor& buffer, const Tensor& rows) const {
  const std::int64_t have = buffer.defined() ? buffer.size(2) : 0;
  if (buffer.defined() && have >= longest_ && buffer.size(0) == rows.size(0)) return;
  std::int64_t capacity = std::max(have, kFirstCapacity);
  while (capacity < longest_) capacity *= 2;
  // zeros: what is masked away is still multiplied by a weight of zero
  Tensor larger = at::zeros({rows.size(0), rows.size(1), capacity, rows.size(2)}, rows.options());
  if (have > 0) larger.narrow(0, 0, buffer.size(0)).narrow(2, 0, have).copy_(buffer);
  buffer = larger;
}

void SuffixCache::write(std::size_t layer, const Tensor& k, const Tensor& v) {
  const Tensor at_place =
      place_.reshape({-1, 1, 1, 1}).expand({k.size(0), k.size(1), 1, k.size(2)});
  reserve(keys_[layer], k);
  reserve(values_[layer], v);
  keys_[layer].scatter_(2, at_place, k.unsqueeze(2));
  values_[layer].scatter_(2, at_place, v.unsqueeze(2));
}

}  // namespace juror
