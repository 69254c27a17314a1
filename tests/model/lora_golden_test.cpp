// Adapters that PEFT saved, on the base model that they belong to: logits, loss and the gradient of
// every adapter against transformers with PEFT (tests/golden/lora, made by
// tools/golden/make_lora.py). fp32 on both sides.
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "golden_input.h"
#include "model/lora_folder.h"
#include "temp_folder.h"

namespace juror {
namespace {

/// The base model that an adapter of tests/golden/lora was made for.
std::string base_of(const std::string& variant) {
  return variant.starts_with("qwen3_vl") ? "qwen3_vl_untied_odd_f32" : "untied_odd_f32";
}

class GoldenLora : public ::testing::TestWithParam<std::string> {
 protected:
  /// Logits of the rows that predict the completion. [labelled, V]
  Tensor logits() const {
    const Positions positions = model_->positions(input_);
    const auto length = static_cast<std::int64_t>(input_.token_ids.size());
    SegmentAttention attention({length});
    const Embedded x = model_->embed(input_, model_->encode_images(input_.images));
    return model_->logits(model_->hidden(x, positions.ids, attention))
        .narrow(0, length - labelled_ - 1, labelled_);
  }

  const std::filesystem::path folder_ = kGolden / "lora" / GetParam();
  const SafetensorsFile golden_{folder_.string() + ".expected.safetensors"};
  const std::unique_ptr<Model> model_ =
      load_model(kGolden / "checkpoints" / base_of(GetParam()), {.dtype = at::kFloat});
  const ModelInput input_ = read_input(golden_, model_->config());
  const std::int64_t labelled_ = golden_.tensor("labelled_tokens").item<std::int64_t>();
};

TEST_P(GoldenLora, EqualsPeft) {
  load_lora(*model_, folder_);
  const Tensor rows = logits();
  EXPECT_LE(relative_error(rows.detach(), golden_.tensor("logits")), kTolerance);
  const Tensor targets =
      golden_.tensor("input_ids")
          .slice(0, static_cast<std::int64_t>(input_.token_ids.size()) - labelled_);
  const Tensor loss = at::cross_entropy_loss(rows, targets);
  EXPECT_NEAR(loss.item<double>(), golden_.tensor("loss").item<double>(), kTolerance);
  loss.backward();
  std::size_t compared = 0;
  for (const auto& [name, parameter] : lora_parameters(*model_)) {
    EXPECT_LE(relative_error(parameter.grad(), golden_.tensor("grad." + name)), kTolerance) << name;
    ++compared;
  }
  EXPECT_EQ(compared,
            SafetensorsFile(folder_ / "adapter_model.safetensors").header().entries.size());
}

TEST_P(GoldenLora, MergedEqualsPeft) {
  load_lora(*model_, folder_);
  const c10::NoGradGuard no_grad;
  {
    const MergedAdapters merged(*model_);
    EXPECT_LE(relative_error(logits(), golden_.tensor("logits")), kTolerance);
  }
  merge_lora(*model_);
  EXPECT_LE(relative_error(logits(), golden_.tensor("logits")), kTolerance);
}

TEST_P(GoldenLora, IsSavedAsPeftSavedIt) {
  const LoraOptions options = load_lora(*model_, folder_);
  const TempFolder again;
  save_lora(*model_, options, base_of(GetParam()), again.path());
  const SafetensorsFile ours(again.path() / "adapter_model.safetensors"),
      peft(folder_ / "adapter_model.safetensors");
  ASSERT_EQ(ours.header().entries.size(), peft.header().entries.size());
  for (const SafetensorsEntry& entry : peft.header().entries) {
    EXPECT_TRUE(at::equal(ours.tensor(entry.name), peft.tensor(entry.name))) << entry.name;
  }
  const auto config = [](const std::filesystem::path& folder) {
    return nlohmann::json::parse(read_file(folder / "adapter_config.json"));
  };
  const nlohmann::json written = config(again.path()), saved = config(folder_);
  for (const auto& [key, value] : written.items()) {
    ASSERT_TRUE(saved.contains(key)) << key;
    if (key != "target_modules") EXPECT_EQ(value, saved[key]) << key;  // ours are whole names
  }
}

INSTANTIATE_TEST_SUITE_P(Adapters, GoldenLora,
                         ::testing::Values("q_v", "all_linear", "qwen3_vl_all_linear"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace juror
