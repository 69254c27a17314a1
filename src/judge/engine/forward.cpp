#include "judge/engine/forward.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "image/decode.h"
#include "judge/engine/prompt.h"
#include "model/weights.h"
#include "tensor/transfer.h"

namespace juror {
namespace {

using Json = nlohmann::json;

Json parse_request(const std::filesystem::path& file) {
  try {
    return Json::parse(read_file(file));
  } catch (const Json::parse_error& error) {
    throw Error(fmt::format("'{}' is not valid JSON (byte {}).", file.string(), error.byte));
  } catch (const Json::exception&) {  // 1e999, say
    throw Error(fmt::format("'{}' holds a number that is too large.", file.string()));
  }
}

/// image_grid_thw: [n, 3].
Tensor grid_rows(const ModelInput& input) {
  std::vector<std::int64_t> values;
  for (const auto& image : input.images)
    values.insert(values.end(), {image->grid.t, image->grid.h, image->grid.w});
  return at::tensor(values, at::kLong).reshape({-1, 3});
}

Tensor pixel_rows(const ModelInput& input) {
  std::vector<Tensor> rows;
  for (const auto& image : input.images) rows.push_back(image->patches);
  return at::cat(rows);
}

/// Mean cross-entropy of the last `labelled` tokens, each predicted by the row before it. logits:
/// [T, V].
Tensor completion_loss(const Tensor& logits, const Tensor& ids, std::int64_t labelled) {
  const std::int64_t first = ids.size(0) - labelled;
  return at::cross_entropy_loss(logits.narrow(0, first - 1, labelled),
                                on_device(ids.narrow(0, first, labelled), logits.device()));
}

/// Gradients of `loss`; the model is left as it was, without gradients.
void append_gradients(Model& model, const Tensor& loss, NamedTensors& tensors) {
  loss.backward();
  for (auto& [name, parameter] : named_parameters(model)) {
    if (parameter.grad().defined()) tensors.emplace_back("grad." + name, parameter.grad());
    parameter.mutable_grad() = Tensor();
  }
}

void set_requires_grad(Model& model, bool value) {
  for (auto& [name, parameter] : named_parameters(model)) parameter.requires_grad_(value);
}

}  // namespace

ForwardRequest read_forward_request(const std::filesystem::path& file,
                                    const std::filesystem::path& images) {
  const Json json = parse_request(file);
  const std::string where = fmt::format("'{}'", file.string());
  const auto root = images.empty() ? file.parent_path() : images;
  ForwardRequest request{.conversation = read_conversation(json, where, root), .completion = {}};
  const std::set<std::string> known = {"messages", "completion", "grad"};
  for (const auto& [key, value] : json.items()) {
    require(known.contains(key),
            "{}: the key '{}' is unknown; messages, completion and grad are known.", where, key);
  }
  if (json.contains("completion")) {
    require(json["completion"].is_string(), "{}: completion must be a text.", where);
    request.completion = json["completion"].get<std::string>();
  }
  if (json.contains("grad")) {
    require(json["grad"].is_boolean(), "{}: grad must be true or false.", where);
    request.grad = json["grad"].get<bool>();
  }
  require(!request.grad || request.completion,
          "{}: grad needs a completion, whose loss is differentiated.", where);
  return request;
}

ForwardInput forward_input(const Processor& processor, const ForwardRequest& request) {
  const ImageReader reader(request.image);
  std::vector<std::shared_ptr<const PixelImage>> images;
  for (const auto& path : request.conversation.images)
    images.push_back(to_pixels(reader.load(path), processor.patches));
  const EncodedChat chat =
      encode_chat(processor.tokenizer, request.conversation.messages, processor.chat);
  ForwardInput row{.input = place_images(chat, std::move(images), processor)};
  if (!request.completion) return row;
  std::vector<std::int64_t> completion = processor.tokenizer.encode(*request.completion);
  completion.push_back(processor.tokenizer.id_of("<|im_end|>"));
  row.input.token_ids.insert(row.input.token_ids.end(), completion.begin(), completion.end());
  row.labelled = static_cast<std::int64_t>(completion.size());
  require_fits(row.input, processor);
  return row;
}

NamedTensors forward_tensors(Model& model, const ForwardInput& row, bool grad) {
  const c10::AutoGradMode grad_mode(grad);
  set_requires_grad(model, grad);
  const ModelInput& input = row.input;
  const Tensor ids = at::tensor(input.token_ids, at::kLong);
  const Tensor positions = model.positions(input).ids;
  NamedTensors tensors = {{"input_ids", ids}, {"position_ids", positions}};
  ImageFeatures features;
  if (!input.images.empty()) {
    features = model.encode_images(input.images);
    tensors.insert(tensors.end(), {{"pixel_values", pixel_rows(input)},
                                   {"image_grid_thw", grid_rows(input)},
                                   {"image_features", features.tokens.detach()}});
    for (std::size_t layer = 0; layer < features.deep.size(); ++layer)
      tensors.emplace_back(fmt::format("deep_features.{}", layer), features.deep[layer].detach());
  }
  SegmentAttention attention({ids.size(0)});
  const Tensor logits =
      model.logits(model.hidden(model.embed(input, features), positions, attention)).to(at::kFloat);
  tensors.emplace_back("logits", logits.detach());
  if (row.labelled > 0) {
    const Tensor loss = completion_loss(logits, ids, row.labelled);
    tensors.emplace_back("loss", loss.detach());
    if (grad) append_gradients(model, loss, tensors);
  }
  set_requires_grad(model, false);
  return tensors;
}

}  // namespace juror
