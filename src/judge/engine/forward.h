// One forward pass laid open: every tensor on the way from a conversation to logits, loss and
// gradients, for whoever verifies a port. Our golden tests read the same tensors.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "image/options.h"
#include "judge/messages.h"
#include "model/model.h"
#include "model/processor.h"
#include "tensor/safetensors.h"

namespace juror {

struct ForwardRequest {
  Conversation conversation;
  std::optional<std::string> completion;  ///< what the assistant answers; an end token follows it
  bool grad = false;                      ///< needs a completion
  ImageOptions image = {};
};

/// Reads {"messages":[…],"completion":"…"?,"grad":true?}; image paths are relative to `images`, or
/// to the file where that is empty. Throws Error naming the file and the key.
ForwardRequest read_forward_request(const std::filesystem::path& file,
                                    const std::filesystem::path& images = {});

/// The row that a request becomes: the chat up to the assistant's turn, the completion and
/// <|im_end|>.
struct ForwardInput {
  ModelInput input;
  std::int64_t labelled = 0;  ///< tokens of the completion with its end; they stand last
};

/// Decodes the images and builds the row. The completion is tokenised by itself, special tokens
/// read as text. Throws Error for an image that cannot be read and for a row that does not fit the
/// model's context.
ForwardInput forward_input(const Processor& processor, const ForwardRequest& request);

/// input_ids [T], position_ids [3, T], logits [T, V]; with images pixel_values [P, row],
/// image_grid_thw [n, 3], image_features and deep_features.0 … [Σ tokens, C]; with a completion
/// loss (mean cross-entropy over its tokens and the end); with `grad` grad.NAME of every parameter
/// that took part, by its nested Hugging Face name. Floats are fp32 if the model is.
NamedTensors forward_tensors(Model& model, const ForwardInput& row, bool grad);

}  // namespace juror
