// Decoding rows behind prefixes to their end, by way of an engine of their own.
#pragma once

#include <span>
#include <vector>

#include "engine/engine.h"

namespace juror {

/// One completion to decode: the prefix that it continues (an index into the prefixes given) and
/// its randomness.
struct DecodeRow {
  std::size_t prefix = 0;
  SampleName name;
};

/// Decodes all rows to their end, at most `batch_rows` together. Returns completions in the order
/// of the rows.
std::vector<Completion> decode(const Model& model, std::span<const Prefix> prefixes,
                               const std::vector<DecodeRow>& rows, const DecodeOptions& options,
                               std::int64_t batch_rows = 4096);

}  // namespace juror
