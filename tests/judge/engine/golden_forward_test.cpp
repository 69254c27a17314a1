// The whole path, request.json and PNG files to gradients, against transformers on the random
// checkpoints of tests/golden. 2e-5 of a tensor's largest value: five times the reference's own
// noise (tests/golden/README.md), and a sixth of the finest mistake known.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "judge/engine/forward.h"
#include "model/weights.h"
#include "temp_folder.h"
#include "test_device.h"

namespace juror {
namespace {

constexpr double kTolerance = 2e-5;

double relative_error(const Tensor& actual, const Tensor& expected) {
  if (actual.sizes() != expected.sizes()) return INFINITY;
  const double scale = expected.abs().max().item<double>();
  return (actual.to(at::kCPU) - expected.to(at::kCPU)).abs().max().item<double>() /
         std::max(scale, 1e-12);
}

struct Loaded {
  explicit Loaded(const std::string& checkpoint)
      : model(load_model(kGoldenFolder / "checkpoints" / checkpoint, test_load())),
        processor(load_processor(kGoldenFolder / "checkpoints" / checkpoint, model->config())),
        requests(kGoldenFolder / "forward" / checkpoint) {}

  ForwardRequest request(const std::string& name) const {
    return read_forward_request(requests / (name + ".request.json"));
  }

  std::unique_ptr<Model> model;
  Processor processor;
  std::filesystem::path requests;
};

struct Case {
  std::string checkpoint, name;
};

class GoldenForwardPath : public ::testing::TestWithParam<Case> {};

TEST_P(GoldenForwardPath, EqualsTransformersFromRequestToGradients) {
  const Loaded loaded(GetParam().checkpoint);
  const SafetensorsFile golden(loaded.requests / (GetParam().name + ".expected.safetensors"));
  const ForwardRequest request = loaded.request(GetParam().name);
  const ForwardInput row = forward_input(loaded.processor, request);
  EXPECT_EQ(row.labelled, golden.tensor("labelled_tokens").item<std::int64_t>());
  std::map<std::string, Tensor> got;
  for (const auto& [name, tensor] : forward_tensors(*loaded.model, row, request.grad))
    got[name] = tensor;
  double worst = 0;
  for (const SafetensorsEntry& entry : golden.header().entries) {
    if (entry.name == "labelled_tokens") continue;
    ASSERT_TRUE(got.contains(entry.name)) << entry.name;
    const Tensor expected = golden.tensor(entry.name), actual = got[entry.name].to(at::kCPU);
    if (at::isFloatingType(expected.scalar_type())) {
      const double error = relative_error(actual, expected);
      EXPECT_LE(error, entry.name == "pixel_values" ? 1e-6 : kTolerance) << entry.name;
      worst = std::max(worst, error);
    } else {
      EXPECT_TRUE(at::equal(actual, expected)) << entry.name;
    }
  }
  RecordProperty("worst_relative_error", fmt::format("{:.1e}", worst));
  if (!request.grad) return;
  for (const auto& [name, parameter] : named_parameters(*loaded.model)) {
    const bool is_vision_of_text = row.input.images.empty() && name.starts_with("model.visual.");
    EXPECT_EQ(got.contains("grad." + name), !is_vision_of_text) << name;
  }
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const char* checkpoint : {"tied_f16", "untied_odd_f32", "hub_layout_bf16"}) {
    for (const char* name : {"text", "one", "two", "four"}) cases.push_back({checkpoint, name});
  }
  for (const char* family : {"qwen2_vl", "qwen3_vl"}) {
    for (const char* stored : {"_tied_f16", "_untied_odd_f32", "_hub_bf16"}) {
      for (const char* name : {"text", "two"})
        cases.push_back({std::string(family) + stored, name});
    }
  }
  return cases;
}
INSTANTIATE_TEST_SUITE_P(Checkpoints, GoldenForwardPath, ::testing::ValuesIn(all_cases()),
                         [](const auto& info) {
                           return info.param.checkpoint + "_" + info.param.name;
                         });

class GoldenBatch : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenBatch, OneImageAtATimeGivesTheFeaturesOfAllAtOnce) {
  const Loaded loaded(GetParam());
  const c10::NoGradGuard no_grad;
  const ModelInput input = forward_input(loaded.processor, loaded.request("four")).input;
  std::vector<Tensor> alone;
  for (const auto& image : input.images)
    alone.push_back(loaded.model->encode_images({image}).tokens);
  EXPECT_LE(relative_error(at::cat(alone), loaded.model->encode_images(input.images).tokens),
            kTolerance);
}

TEST_P(GoldenBatch, PackedPromptsGiveTheLogitsOfEachAlone) {
  const Loaded loaded(GetParam());
  const c10::NoGradGuard no_grad;
  const Model& model = *loaded.model;
  std::vector<Embedded> embedded;
  std::vector<Tensor> positions, alone;
  std::vector<std::int64_t> lengths;
  for (const char* name : {"four", "text", "one", "two", "one"}) {
    const ForwardInput row = forward_input(loaded.processor, loaded.request(name));
    for (const auto& [key, tensor] : forward_tensors(*loaded.model, row, false)) {
      if (key == "logits") alone.push_back(tensor);
    }
    const ImageFeatures features =
        row.input.images.empty() ? ImageFeatures() : model.encode_images(row.input.images);
    embedded.push_back(model.embed(row.input, features));
    positions.push_back(model.positions(row.input).ids);
    lengths.push_back(embedded.back().x.size(0));
  }
  SegmentAttention attention(lengths);
  const Tensor packed =
      model.logits(model.hidden(Embedded::pack(embedded), at::cat(positions, 1), attention));
  EXPECT_LE(relative_error(packed, at::cat(alone)), kTolerance);
}

INSTANTIATE_TEST_SUITE_P(Checkpoints, GoldenBatch,
                         ::testing::Values("tied_f16", "untied_odd_f32", "hub_layout_bf16"),
                         [](const auto& info) { return info.param; });

/// How a request with this text is refused.
std::string request_refusal(const std::string& json) {
  const TempFolder folder;
  return refusal_of([&] { read_forward_request(folder.write("r.json", json)); }, ErrorKind::kUser);
}

TEST(ForwardRequest, NamesFileAndKeyOfWhatIsWrong) {
  const std::string messages = R"({"messages":[{"role":"user","content":"x"}])";
  const auto expect = [](const std::string& json, const std::string& part) {
    const std::string sentence = request_refusal(json);
    EXPECT_NE(sentence.find("r.json'"), std::string::npos) << sentence;
    EXPECT_NE(sentence.find(part), std::string::npos) << sentence;
  };
  expect("{\"messages\":", "not valid JSON");
  expect("{\"messages\":1e999}", "a number that is too large");
  expect("{}", "'messages'");
  expect(messages + R"(,"grads":true})", "'grads' is unknown");
  expect(messages + R"(,"completion":1})", "completion must be a text");
  expect(messages + R"(,"grad":1})", "grad must be true or false");
  expect(messages + R"(,"grad":true})", "grad needs a completion");
  expect(R"({"messages":[{"role":"user"}]})", "messages[0]: the key 'content'");
  expect(
      R"({"messages":[{"role":"user","content":[{"type":"text","text":"x"},{"type":"video"}]}]})",
      "messages[0].content[1]: a content part has the type 'video'");
  expect(R"({"messages":[{"role":"user","content":[{"type":"image"}]}]})",
         "the text 'image' is missing");
}

TEST(ForwardRequest, FindsImagesBesideTheRequestOrInTheGivenFolder) {
  const TempFolder folder;
  const auto file = folder.write(
      "r.json", R"({"messages":[{"role":"user","content":[{"type":"image","image":"a.png"}]}]})");
  EXPECT_EQ(read_forward_request(file).conversation.images.at(0), folder.path() / "a.png");
  EXPECT_EQ(read_forward_request(file, "/pictures").conversation.images.at(0), "/pictures/a.png");
}

TEST(ForwardRequest, RefusesAMissingImageAndLeavesRolesToTheTemplate) {
  const Loaded loaded("tied_f16");
  const TempFolder folder;
  const auto refusal = [&](const std::string& json) {
    const ForwardRequest request = read_forward_request(folder.write("r.json", json));
    return refusal_of([&] { forward_input(loaded.processor, request); }, ErrorKind::kUser);
  };
  const ForwardRequest judge_speaks = read_forward_request(
      folder.write("j.json", R"({"messages":[{"role":"judge","content":"x"}]})"));
  EXPECT_NO_THROW(forward_input(loaded.processor, judge_speaks));  // as transformers renders it
  EXPECT_NE(
      refusal(R"({"messages":[{"role":"user","content":[{"type":"image","image":"gone.png"}]}]})")
          .find("gone.png"),
      std::string::npos);
}

}  // namespace
}  // namespace juror
