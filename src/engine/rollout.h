// Many completions of many prompts: rows decode together, and one that ends makes room for the
// next.
#pragma once

#include <span>
#include <vector>

#include "engine/decode.h"

namespace juror {

/// Decodes all rows to their end, at most `batch_rows` at a time. What a row draws depends on its
/// name alone, never on its neighbours. Returns completions in the order of the rows; all that were
/// not finished are kCancelled once a listener of `options` asked for it.
std::vector<Completion> rollout(const Model& model, std::span<const Prefix> prefixes,
                                const std::vector<DecodeRow>& rows, const DecodeOptions& options,
                                std::int64_t batch_rows);

}  // namespace juror
