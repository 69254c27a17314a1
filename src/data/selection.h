// Which rows of a stream, in which order: by prompt, so that a text never stands on both sides of a
// split.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/text_hash.h"
#include "data/dataset.h"

namespace juror {

/// The rows of `reader` after split, fraction, limit, shuffle and shard. `split` divides by prompt
/// and is empty, train, validation or test (90, 5, 5 %, by a hash of the text alone). Shuffling
/// draws from a buffer of `shuffle_rows` rows, which is refilled in order. Of what is left, rank r
/// gets every world_size-th row from the r-th. Throws Error from the first `next` when no row is
/// left.
std::unique_ptr<DatasetReader> select_rows(std::unique_ptr<DatasetReader> reader,
                                           const std::string& split, const DatasetOptions& options,
                                           std::size_t shuffle_rows);

/// The split, train, validation or test (90, 5, 5 %), that a hash of the text says.
std::string hashed_split(const std::string& text);

/// Throws Error for a name that is none of these.
void check_hashed_split(const std::string& split);

/// Whether a hash of text and seed lies below the fraction. Throws Error for a fraction that is not
/// above 0 and at most 1.
bool is_in_fraction(const std::string& text, double fraction, std::int64_t seed);

/// A number in [0, 1) that depends on the text and the stream alone, the same on every machine.
double prompt_hash(const std::string& prompt, std::uint64_t stream);

}  // namespace juror
