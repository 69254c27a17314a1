// Reading given rows of tokens behind prefilled prompts, many rows behind one prompt, without
// reading the prompt again.
#pragma once

#include <span>
#include <vector>

#include "engine/prefix.h"

namespace juror {

/// Tokens that continue a prefix (an index into the prefixes given). At least one.
struct Continuation {
  std::size_t prefix = 0;
  std::vector<std::int64_t> token_ids;
};

/// Keys and values of the rows' own tokens, packed one row after another.
struct RowKeys {
  std::vector<Tensor> keys, values;  // a layer each: [Σ tokens, H_kv, D], keys rotated
};

/// Last hidden states of all tokens of the rows, packed one row after another: [Σ tokens, C]. Each
/// row attends to its prefix and causally to itself. Neighbours that share a prefix are computed
/// together, padded to the longest of them inside attention alone. Differentiable, through the keys
/// and values of the prefixes too. `kept` receives what the rows' tokens leave, unless it is null.
/// Throws Error for an empty row.
Tensor continue_prefixes(const Model& model, std::span<const Prefix> prefixes,
                         const std::vector<Continuation>& rows, RowKeys* kept = nullptr);

}  // namespace juror
