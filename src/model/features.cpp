#include "model/features.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace juror {
namespace {

/// Layer by layer, the tensors of all parts one after another. Parts without any take no part.
template <class Part>
std::vector<Tensor> join_deep(const std::vector<Part>& parts) {
  std::vector<Tensor> deep;
  for (std::size_t layer = 0;; ++layer) {
    std::vector<Tensor> rows;
    for (const Part& part : parts) {
      if (layer < part.deep.size()) rows.push_back(part.deep[layer]);
    }
    if (rows.empty()) return deep;
    deep.push_back(rows.size() == 1 ? rows.front() : at::cat(rows));
  }
}

}  // namespace

std::uint64_t ImageFeatures::bytes() const {
  std::uint64_t bytes = tokens.defined() ? tokens.nbytes() : 0;
  for (const Tensor& layer : deep) bytes += layer.nbytes();
  return bytes;
}

std::vector<ImageFeatures> ImageFeatures::split(const std::vector<std::int64_t>& lengths) const {
  std::vector<ImageFeatures> parts(lengths.size());
  if (!tokens.defined()) return parts;
  // split, not narrow: the gradient of each narrow would be as large as the whole
  const auto hand_out = [&](const Tensor& whole, auto place) {
    const std::vector<Tensor> rows = whole.split_with_sizes(lengths);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (lengths[i] > 0) place(parts[i], rows[i]);
    }
  };
  hand_out(tokens, [](ImageFeatures& part, const Tensor& rows) { part.tokens = rows; });
  for (const Tensor& layer : deep)
    hand_out(layer, [](ImageFeatures& part, const Tensor& rows) { part.deep.push_back(rows); });
  return parts;
}

ImageFeatures ImageFeatures::join(const std::vector<ImageFeatures>& parts) {
  std::vector<Tensor> tokens;
  for (const ImageFeatures& part : parts) {
    if (part.tokens.defined()) tokens.push_back(part.tokens);
  }
  if (tokens.empty()) return {};
  return {.tokens = tokens.size() == 1 ? tokens.front() : at::cat(tokens),
          .deep = join_deep(parts)};
}

Embedded Embedded::pack(const std::vector<Embedded>& parts) {
  Embedded packed;
  std::vector<Tensor> rows;
  std::int64_t begin = 0;
  for (const Embedded& part : parts) {
    rows.push_back(part.x);
    for (const std::int64_t row : part.image_rows) packed.image_rows.push_back(begin + row);
    begin += part.x.size(0);
  }
  packed.x = at::cat(rows);
  packed.deep = join_deep(parts);
  return packed;
}

}  // namespace juror
