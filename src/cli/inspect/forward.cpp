// juror inspect forward: every tensor of one forward pass, as a safetensors file.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/model_folder.h"
#include "cli/command.h"
#include "image/options.h"
#include "judge/engine/forward.h"
#include "model/lora_folder.h"
#include "tensor/device.h"

namespace juror {
namespace {

struct InspectForwardOptions {
  std::string model = "mini";
  std::string request;
  std::string out;
  std::string images_from;
  ImageOptions image;
  std::string device = "auto";

  template <class Field>
  void fields(Field&& field) {
    field("model", model, "Model folder or name");
    field("request", request, "JSON file: messages, and perhaps completion and grad");
    field("out", out, "Safetensors file to write");
    field("images_from", images_from,
          "Folder to which image paths are relative; empty: the request's own");
    image.fields(field);
    field("device", device, kDeviceHelp);
  }
};

int inspect_forward(InspectForwardOptions& options, Context& context) {
  require(!options.request.empty(),
          "inspect forward needs --request FILE, a JSON file with messages.");
  require(!options.out.empty(), "inspect forward needs --out FILE, the safetensors file to write.");
  ForwardRequest request = read_forward_request(options.request, options.images_from);
  request.image = options.image;
  const std::filesystem::path folder = find_model(options.model);
  const auto model =
      load_merged(folder, {.dtype = at::kFloat, .device = choose_device(options.device)});
  const ForwardInput row =
      forward_input(load_processor(base_folder(folder), model->config()), request);
  log_info(fmt::format("one forward pass of {} tokens and {} images in fp32",
                       row.input.token_ids.size(), row.input.images.size()));
  const NamedTensors tensors = forward_tensors(*model, row, request.grad);
  save_safetensors(options.out, tensors);
  if (context.out.json()) {
    nlohmann::ordered_json shapes;
    for (const auto& [name, tensor] : tensors) shapes[name] = tensor.sizes().vec();
    context.out.print_json(
        {{"file", options.out}, {"tokens", row.input.token_ids.size()}, {"tensors", shapes}});
  } else {
    context.out.print(fmt::format("{} tensors of {} tokens in {}\n", tensors.size(),
                                  row.input.token_ids.size(), options.out));
  }
  return kExitOk;
}

}  // namespace

Command inspect_forward_command() {
  return make_command<InspectForwardOptions>(
      {.name = "inspect forward",
       .summary = "Write every tensor of one forward pass, with loss and gradients",
       .examples = {{"juror inspect forward --model DIR --request R.json --out O.safetensors",
                     "to compare with a reference"}},
       .notes = "R.json: {\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image\", "
                "\"image\": \"PATH\"},\n"
                "{\"type\": \"text\", \"text\": \"…\"}]}], \"completion\": \"…\", \"grad\": true}; "
                "the last two may be absent.\n"
                "Always computed in fp32."},
      inspect_forward);
}

}  // namespace juror
