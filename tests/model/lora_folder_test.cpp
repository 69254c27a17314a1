// PEFT folders: what is written is read alike, under old names too, and what Juror would compute
// wrongly is refused by name.
#include "model/lora_folder.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/tiny_model.h"
#include "temp_folder.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using Json = nlohmann::json;

constexpr const char* kConfigFile = "adapter_config.json";
constexpr const char* kWeightsFile = "adapter_model.safetensors";
const std::string kQuery =
    "base_model.model.model.language_model.layers.0.self_attn.q_proj.lora_A.weight";

/// An adapter folder of the tiny model, with values in B, and changes to it.
class AdapterFolder {
 public:
  explicit AdapterFolder(const LoraOptions& options = {.r = 3,
                                                       .target_modules = {"q_proj", "merger.mlp.2"},
                                                       .exclude_modules = ""}) {
    trained_ = add_lora(*model_, options, 11);
    const c10::NoGradGuard no_grad;
    for (auto& [name, tensor] : trained_) {
      if (name.ends_with("lora_B.weight"))
        tensor.copy_(at::cos(at::arange(tensor.numel()) * 1.7).reshape(tensor.sizes()));
    }
    save_lora(*model_, options, "some/base", folder_.path());
  }

  const fs::path& path() const { return folder_.path(); }
  const TempFolder& folder() const { return folder_; }
  const NamedTensors& trained() const { return trained_; }
  Json config() const { return Json::parse(read_file(path() / kConfigFile)); }

  void set(const char* key, const Json& value) const {
    folder_.edit(kConfigFile, [&](Json& json) { json[key] = value; });
  }
  /// Rewrites the tensors, without the fingerprint of the base.
  void change(const std::function<void(NamedTensors&)>& edit) const {
    NamedTensors tensors;
    for (const auto& [name, tensor] : trained_) tensors.emplace_back(name, tensor.detach().clone());
    edit(tensors);
    save_safetensors(path() / kWeightsFile, tensors);
  }
  std::string refusal(std::uint64_t base_seed = 3) const {
    return refusal_of([&] { load_lora(*tiny_model(base_seed), path()); });
  }

 private:
  std::unique_ptr<Model> model_ = tiny_model();
  TempFolder folder_;
  NamedTensors trained_;
};

void expect_equal(const NamedTensors& got, const NamedTensors& want) {
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < want.size(); ++i) {
    EXPECT_EQ(got[i].first, want[i].first);
    EXPECT_TRUE(at::equal(got[i].second, want[i].second)) << want[i].first;
  }
}

TEST(LoraFolder, ReadsBackBitForBitWhatItWrote) {
  const AdapterFolder adapter({.r = 4, .lora_alpha = 10, .use_rslora = true});
  const auto model = tiny_model();
  const LoraOptions options = load_lora(*model, adapter.path());
  expect_equal(lora_parameters(*model), adapter.trained());
  EXPECT_EQ(options.r, 4);
  EXPECT_EQ(options.scale(), 5);  // 10 / sqrt(4)
  EXPECT_EQ(adapted_layers(*model).front().second->lora.scale, 5);
  EXPECT_EQ(options.target_modules.size(), 14U);
  for (auto& [name, tensor] : lora_parameters(*model)) EXPECT_TRUE(tensor.requires_grad()) << name;
}

TEST(LoraFolder, WritesWhatItReadOnceMore) {
  const AdapterFolder adapter;
  const auto model = tiny_model();
  const TempFolder again;
  save_lora(*model, load_lora(*model, adapter.path()), "some/base", again.path());
  EXPECT_EQ(read_file(again.path() / kWeightsFile), read_file(adapter.path() / kWeightsFile));
}

TEST(LoraFolder, NamesEveryLayerWhereAllWereMeant) {
  const AdapterFolder some, all({.r = 2});
  EXPECT_EQ(some.config()["target_modules"], Json({"q_proj", "merger.mlp.2"}));
  EXPECT_EQ(some.config()["exclude_modules"], nullptr);
  EXPECT_EQ(all.config()["target_modules"].size(), 14U);
  EXPECT_EQ(all.config()["target_modules"][0], "model.language_model.layers.0.self_attn.q_proj");
  EXPECT_EQ(all.config()["exclude_modules"], ".*visual.*");
  EXPECT_EQ(all.config()["base_model_name_or_path"], "some/base");
}

TEST(LoraFolder, ReadsTheNamesOfOldTransformers) {
  const AdapterFolder adapter;
  adapter.set("target_modules", {"q_proj", "mlp.2"});
  adapter.change([](NamedTensors& tensors) {
    for (auto& [name, tensor] : tensors) {
      const std::size_t text = name.find("language_model."), visual = name.find("model.visual.");
      if (text != std::string::npos) name.erase(text, std::string("language_model.").size());
      if (visual != std::string::npos) name.erase(visual, std::string("model.").size());
    }
    EXPECT_EQ(tensors.front().first, "base_model.model.visual.merger.mlp.2.lora_A.weight");
    EXPECT_EQ(tensors.back().first,
              "base_model.model.model.layers.1.self_attn.q_proj.lora_B.weight");
  });
  const auto model = tiny_model();
  load_lora(*model, adapter.path());
  expect_equal(lora_parameters(*model), adapter.trained());
}

TEST(LoraFolder, ReadsHalfPrecisionIntoSinglePrecision) {
  const AdapterFolder adapter;
  adapter.change([](NamedTensors& tensors) {
    for (auto& [name, tensor] : tensors) tensor = tensor.to(at::kBFloat16);
  });
  const auto model = tiny_model();
  load_lora(*model, adapter.path());
  const Tensor a = lora_parameters(*model)[2].second, want = adapter.trained()[2].second;
  EXPECT_EQ(a.scalar_type(), at::kFloat);
  EXPECT_TRUE(at::equal(a, want.to(at::kBFloat16).to(at::kFloat)));
}

TEST(LoraFolder, RefusesTensorsOfAnotherShapeWithBothShapes) {
  const AdapterFolder adapter;
  adapter.change([](NamedTensors& tensors) { tensors[2].second = at::zeros({3, 31}); });
  EXPECT_THAT(adapter.refusal(),
              AllOf(HasSubstr(kWeightsFile), HasSubstr("layers.0.self_attn.q_proj"),
                    HasSubstr("[3, 31]"), HasSubstr("[3, 32]")));
  adapter.change([](NamedTensors&) {});
  adapter.set("r", 4);
  EXPECT_THAT(adapter.refusal(),
              AllOf(HasSubstr("[3, 96]"), HasSubstr("[4, 96]"), HasSubstr("rank 4")));
}

TEST(LoraFolder, RefusesHalfAnAdapterAndAMissingOne) {
  const AdapterFolder adapter;
  adapter.change([](NamedTensors& tensors) { tensors.pop_back(); });
  EXPECT_THAT(adapter.refusal(),
              HasSubstr("'model.language_model.layers.1.self_attn.q_proj' lacks its lora_B"));
  adapter.change([](NamedTensors& tensors) { tensors.resize(tensors.size() - 2); });
  EXPECT_THAT(adapter.refusal(),
              HasSubstr("'model.language_model.layers.1.self_attn.q_proj' lacks its lora_A"));
  adapter.change([](NamedTensors& tensors) { tensors.clear(); });
  adapter.set("target_modules", "a pattern");
  EXPECT_THAT(adapter.refusal(), HasSubstr("holds no adapter"));
}

TEST(LoraFolder, RefusesTensorsThatTheModelHasNoPlaceFor) {
  const AdapterFolder adapter;
  const auto refusal_with = [&](const std::string& name) {
    adapter.change([&](NamedTensors& tensors) { tensors.emplace_back(name, at::zeros({3, 3})); });
    return adapter.refusal();
  };
  EXPECT_THAT(
      refusal_with("base_model.model.model.language_model.layers.9.mlp.up_proj.lora_A.weight"),
      AllOf(HasSubstr("'model.language_model.layers.9.mlp.up_proj'"),
            HasSubstr("no linear layer")));
  EXPECT_THAT(refusal_with("base_model.model.lm_head.lora_A.weight"), HasSubstr("'lm_head'"));
  EXPECT_THAT(
      refusal_with(
          "base_model.model.model.language_model.layers.0.self_attn.q_proj.lora_magnitude_vector"),
      HasSubstr("neither lora_A.weight nor lora_B.weight"));
  EXPECT_THAT(refusal_with("model.language_model.layers.0.self_attn.q_proj.lora_A.weight"),
              HasSubstr("base_model.model."));
  EXPECT_THAT(refusal_with("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"),
              HasSubstr("twice"));
}

TEST(LoraFolder, RefusesVariantsThatJurorDoesNotCompute) {
  const std::vector<std::pair<const char*, Json>> variants = {{"use_dora", true},
                                                              {"modules_to_save", {"lm_head"}},
                                                              {"bias", "lora_only"},
                                                              {"lora_bias", true},
                                                              {"rank_pattern", {{"q_proj", 8}}},
                                                              {"alpha_pattern", {{"q_proj", 8}}},
                                                              {"fan_in_fan_out", true},
                                                              {"trainable_token_indices", {1, 2}},
                                                              {"layer_replication", {{0, 1}}},
                                                              {"init_lora_weights", "pissa"},
                                                              {"a_variant_of_tomorrow", "yes"},
                                                              {"peft_type", "LOHA"},
                                                              {"r", 0},
                                                              {"r", "8"},
                                                              {"lora_alpha", "16"}};
  for (const auto& [key, value] : variants) {
    const AdapterFolder adapter;
    adapter.set(key, value);
    EXPECT_THAT(adapter.refusal(),
                AllOf(HasSubstr(kConfigFile), HasSubstr(key), HasSubstr(value.dump())));
  }
}

TEST(LoraFolder, AcceptsWhatOnlyMattersBeforeAnAdapterIsTrained) {
  const AdapterFolder adapter;
  adapter.set("lora_dropout", 0.05);
  adapter.set("init_lora_weights", "gaussian");
  adapter.set("use_dora", false);
  adapter.set("rank_pattern", Json::object());
  adapter.set("modules_to_save", nullptr);
  const auto model = tiny_model();
  EXPECT_EQ(load_lora(*model, adapter.path()).lora_dropout, 0);
}

TEST(LoraFolder, RefusesAnotherBaseModelOfTheSameShape) {
  const AdapterFolder adapter;
  EXPECT_EQ(adapter.refusal(3), "accepted");
  EXPECT_THAT(adapter.refusal(4), AllOf(HasSubstr("other weights"), HasSubstr("'some/base'")));
}

TEST(LoraFolder, KnowsItsBaseModelInAnyDtype) {
  const AdapterFolder adapter;
  const auto model = tiny_model();
  model->visit([](const std::string&, Tensor& parameter, const std::vector<std::int64_t>&) {
    parameter = parameter.to(at::kBFloat16);
  });
  load_lora(*model, adapter.path());
  EXPECT_FALSE(adapted_layers(*model).empty());
}

TEST(LoraFolder, RefusesFoldersThatHoldNoAdapter) {
  const AdapterFolder adapter;
  fs::remove(adapter.path() / kWeightsFile);
  EXPECT_THAT(adapter.refusal(), HasSubstr("no adapter_model.safetensors"));
  adapter.folder().write(kConfigFile, "{");
  EXPECT_THAT(adapter.refusal(), HasSubstr("not a JSON object"));
  fs::remove(adapter.path() / kConfigFile);
  EXPECT_THAT(adapter.refusal(), HasSubstr("no adapter_config.json"));
}

TEST(LoraFolder, ThatIsRefusedLeavesTheModelWithoutAdapters) {
  const AdapterFolder adapter;
  const auto model = tiny_model(4);
  refusal_of([&] { load_lora(*model, adapter.path()); });
  EXPECT_TRUE(adapted_layers(*model).empty());
}

TEST(BaseName, IsTheHubsNameAsGivenAndAFolderInFull) {
  EXPECT_EQ(base_name("Qwen/Qwen3-VL-4B-Instruct"), "Qwen/Qwen3-VL-4B-Instruct");
  EXPECT_EQ(base_name("Qwen/Qwen3-VL-4B-Instruct@abc"), "Qwen/Qwen3-VL-4B-Instruct@abc");
  const TempFolder folder;
  folder.copy_checkpoint("tied_f16");
  EXPECT_EQ(base_name(folder.path().string() + "/./"), folder.path().string());
  const AdapterFolder adapter;  // of some/base
  EXPECT_EQ(base_name(adapter.path().string()), "some/base");
}

TEST(LoraFolder, WritesARevisionApartAsPeftDoes) {
  const AdapterFolder adapter;
  const auto model = tiny_model();
  const TempFolder again;
  save_lora(*model, load_lora(*model, adapter.path()), "some/base@abc", again.path());
  const Json written = Json::parse(read_file(again.path() / kConfigFile));
  EXPECT_EQ(written["base_model_name_or_path"], "some/base");
  EXPECT_EQ(written["revision"], "abc");
  EXPECT_EQ(base_name(again.path().string()), "some/base@abc");
}

TEST(LoadMerged, FindsTheBaseModelThatTheAdapterNames) {
  const TempFolder folder;
  const fs::path base = folder.path() / "base", adapter = folder.path() / "adapter";
  const auto model = tiny_model();
  save_model(*model, base, at::kFloat);
  const LoraOptions options{.r = 2};
  for (auto& [name, tensor] : add_lora(*model, options, 5)) tensor.detach().add_(0.1);
  save_lora(*model, options, base.string(), adapter);
  EXPECT_EQ(base_folder(adapter), base);
  EXPECT_EQ(base_folder(base), base);
  const auto merged = load_merged(adapter, {.dtype = at::kFloat});
  EXPECT_TRUE(adapted_layers(*merged).empty());
  merge_lora(*model);
  const c10::NoGradGuard no_grad;
  EXPECT_TRUE(
      at::equal(full_logits(*merged, tiny_prompt(5), {}), full_logits(*model, tiny_prompt(5), {})));
}

TEST(LoadMerged, SaysHowToGoOnWithoutTheBaseModel) {
  const AdapterFolder adapter;
  const auto refusal = refusal_of([&] { load_merged(adapter.path(), {.dtype = at::kFloat}); });
  EXPECT_THAT(refusal, AllOf(HasSubstr("some/base"), HasSubstr("juror models merge BASE '" +
                                                               adapter.path().string() + "' OUT")));
}

}  // namespace
}  // namespace juror
