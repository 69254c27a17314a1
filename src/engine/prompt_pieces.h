// A long prompt that passes the decoder piece by piece, so that whoever decodes waits for no more
// than a piece. Without gradients; trainers prefill whole (prefix.h).
#pragma once

#include <memory>

#include "engine/prefix.h"

namespace juror {

/// A prompt of P tokens of which the first `done` have been read.
struct PartialPrefix {
  std::shared_ptr<const ModelInput> prompt;
  Prefix prefix = {};     ///< keys and values have room for P tokens from the first piece on
  Tensor positions = {};  // [3, P]
  std::int64_t done = 0;

  std::int64_t length() const { return static_cast<std::int64_t>(prompt->token_ids.size()); }
  std::int64_t left() const { return length() - done; }
};

/// The next `count` tokens as an input of their own. An image that is cut is in both pieces, its
/// span clipped to what stands in each.
ModelInput next_piece(const PartialPrefix& partial, std::int64_t count);

/// Reads the next piece. features: of its images (`images_of`), whole. Once nothing is left
/// `partial.prefix` is what `prefill` gives of the prompt, but for rounding.
void prefill_piece(const Model& model, PartialPrefix& partial, const ModelInput& piece,
                   const ImageFeatures& features);

}  // namespace juror
