// juror inspect grpo: loss, advantages, log-probs, metrics and gradients of given completions, as a
// safetensors file.
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/model_folder.h"
#include "cli/engine/commands.h"
#include "grpo/request.h"
#include "model/weights.h"

namespace juror {
namespace {

struct InspectGrpoOptions {
  std::string model = "mini";
  std::string request;
  std::string out;
  std::string images_from;
  bool naive = false;
  ImageOptions image;

  template <class Field>
  void fields(Field&& field) {
    field("model", model, "Model folder or name");
    field("request", request, "JSON file: options and groups of completions");
    field("out", out, "Safetensors file to write");
    field("images_from", images_from,
          "Folder to which image paths are relative; empty: the request's own");
    field("naive", naive,
          "Read every completion behind its own copy of the prompt; same numbers, more work");
    image.fields(field);
  }
};

int inspect_grpo(InspectGrpoOptions& options, Context& context) {
  require(!options.request.empty(), "inspect grpo needs --request FILE, a JSON file with groups.");
  require(!options.out.empty(), "inspect grpo needs --out FILE, the safetensors file to write.");
  GrpoRequest request = read_grpo_request(options.request, options.images_from);
  request.image = options.image;
  const std::filesystem::path folder = find_model(options.model);
  const auto model = load_model(folder, {.dtype = at::kFloat, .trainable = true});
  const NamedTensors tensors =
      grpo_tensors(*model, load_processor(folder, model->config()), request, !options.naive);
  save_safetensors(options.out, tensors);
  nlohmann::ordered_json shown;
  for (const auto& [name, tensor] : tensors) {
    if (tensor.dim() == 0) shown[name] = tensor.item<double>();
  }
  if (context.out.json()) {
    context.out.print_json({{"file", options.out}, {"values", shown}});
  } else {
    context.out.print(fmt::format("loss {:.6f}; {} tensors in {}\n", shown["loss"].get<double>(),
                                  tensors.size(), options.out));
  }
  return kExitOk;
}

}  // namespace

Command inspect_grpo_command() {
  return make_command<InspectGrpoOptions>(
      {.name = "inspect grpo",
       .summary = "Write loss, metrics and gradients of a GRPO step on given completions",
       .examples = {{"juror inspect grpo --model DIR --request R.json --out O.safetensors",
                     "to compare with TRL"}},
       .notes =
           "R.json: {\"options\": {\"loss_type\": \"dapo\", …}, \"groups\": [{\"messages\": […],\n"
           "\"completions\": [{\"token_ids\": […], \"reward\": 0.7, \"old_logps\": […], "
           "\"ref_logps\": […]}]}]}; the log-probs may be\n"
           "absent. Options are those of `train grpo`. Always computed in fp32."},
      inspect_grpo);
}

}  // namespace juror
