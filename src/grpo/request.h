// One GRPO loss laid open, for whoever verifies a trainer: given conversations, completions and
// rewards, the advantages, log-probs, loss, metrics and every gradient. Our golden tests against
// TRL read the same tensors.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "grpo/group.h"
#include "grpo/loss.h"
#include "image/options.h"
#include "judge/messages.h"
#include "model/model.h"
#include "model/processor.h"
#include "tensor/safetensors.h"

namespace juror {

/// The options of a request: those of the loss and what else a loss depends on, by the names of the
/// config.
struct GrpoRequestOptions {
  GrpoLossOptions loss;
  double temperature = 1.0;
  std::int64_t max_completion_length = 256;
  std::int64_t num_generations = 0;
  std::int64_t num_iterations = 1;

  template <class Field>
  void fields(Field&& field) {
    loss.fields(field);
    field("temperature", temperature, "Sampling temperature", Range{1e-3, 100.0});
    field("max_completion_length", max_completion_length, "Most tokens a completion may have",
          Range{1, 1 << 20});
    field("num_generations", num_generations,
          "Completions in every group; 0: as many as the first has", Range{0, 1 << 20});
    field(
        "num_iterations", num_iterations,
        "Steps on the same completions; ratios are taken against old_logps wherever they are given",
        Range{1, 1000});
  }
};

struct GrpoRequest {
  struct Completion {
    std::vector<std::int64_t> token_ids;
    double reward = 0;
    std::vector<float> old_logps, ref_logps;  ///< empty, or one a token
    std::optional<bool> truncated;            ///< none: whether the last token is no end token
  };
  struct Prompt {
    Conversation conversation;
    std::vector<Completion> completions;
  };
  GrpoRequestOptions options;
  std::vector<Prompt> groups;
  ImageOptions image = {};
};

/// Reads
/// {"options":{…},"groups":[{"messages":[…],"completions":[{"token_ids":[…],"reward":0.7,"old_logps":[…]?,
/// "ref_logps":[…]?,"truncated":false?}]}]}; image paths are relative to `images`, or to the file
/// where that is empty. Throws Error naming the file, the group, the completion and the key.
GrpoRequest read_grpo_request(const std::filesystem::path& file,
                              const std::filesystem::path& images = {});

/// loss; advantages [N]; logps [Σ R]; metric.NAME; grad.NAME of every parameter that took part. The
/// model is left without gradients. `shared_prefix` false computes the naive pass.
NamedTensors grpo_tensors(Model& model, const Processor& processor, const GrpoRequest& request,
                          bool shared_prefix);

}  // namespace juror
