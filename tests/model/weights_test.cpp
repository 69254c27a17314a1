// Model folders: what is loaded is saved alike, and what is damaged is refused by name.
#include "model/weights.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "file_size_limit.h"
#include "temp_folder.h"

namespace juror {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

/// Every tensor of a folder by the name it is stored under.
std::map<std::string, Tensor> stored_tensors(const fs::path& folder) {
  std::map<std::string, Tensor> tensors;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".safetensors") continue;
    const SafetensorsFile file(entry.path());
    for (const SafetensorsEntry& tensor : file.header().entries)
      tensors[tensor.name] = file.tensor(tensor.name);
  }
  return tensors;
}

void expect_equal(const std::map<std::string, Tensor>& got,
                  const std::map<std::string, Tensor>& want) {
  EXPECT_EQ(got.size(), want.size());
  for (const auto& [name, tensor] : want) {
    ASSERT_TRUE(got.contains(name)) << name;
    EXPECT_EQ(got.at(name).scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(at::equal(got.at(name), tensor)) << name;
  }
}

struct Stored {
  std::string checkpoint;
  at::ScalarType dtype;
};

class RoundTrip : public ::testing::TestWithParam<Stored> {
 protected:
  const fs::path from_ = kGoldenFolder / "checkpoints" / GetParam().checkpoint;
  const TempFolder to_;
};

TEST_P(RoundTrip, SavesNamesValuesDtypeAndConfigAsTheyWereLoaded) {
  const auto model = load_model(from_, {.dtype = at::kFloat});
  save_model(*model, to_.path(), GetParam().dtype);
  EXPECT_TRUE(fs::is_regular_file(to_.path() / "model.safetensors"));
  expect_equal(stored_tensors(to_.path()), stored_tensors(from_));
  EXPECT_EQ(read_file(to_.path() / "config.json"), read_file(from_ / "config.json"));
}

TEST_P(RoundTrip, ShardsHoldTheSameTensorsOnceAndLoadAgain) {
  constexpr std::uint64_t kShardBytes = 40'000;
  const auto model = load_model(from_, {.dtype = at::kFloat});
  save_model(*model, to_.path(), GetParam().dtype, kShardBytes);
  EXPECT_FALSE(fs::exists(to_.path() / "model.safetensors"));
  expect_equal(stored_tensors(to_.path()), stored_tensors(from_));
  const auto again = load_model(to_.path(), {.dtype = at::kFloat});
  EXPECT_EQ(again->names, model->names);
  const NamedTensors want = named_parameters(*model), got = named_parameters(*again);
  for (std::size_t i = 0; i < want.size(); ++i)
    EXPECT_TRUE(at::equal(got[i].second, want[i].second)) << want[i].first;
}

INSTANTIATE_TEST_SUITE_P(Checkpoints, RoundTrip,
                         ::testing::Values(Stored{"tied_f16", at::kHalf},
                                           Stored{"untied_odd_f32", at::kFloat},
                                           Stored{"hub_layout_bf16", at::kBFloat16},
                                           Stored{"qwen2_vl_hub_bf16", at::kBFloat16},
                                           Stored{"qwen3_vl_tied_f16", at::kHalf},
                                           Stored{"qwen3_vl_hub_bf16", at::kBFloat16}),
                         [](const auto& info) { return info.param.checkpoint; });

TEST(SaveModel, ReplacesTheShardsOfAnEarlierSave) {
  const TempFolder folder;
  folder.copy_checkpoint("hub_layout_bf16");
  const auto model = load_model(folder.path(), {.dtype = at::kFloat, .trainable = true});
  model->decoder.norm.weight.fill_(3.0);
  save_model(*model, folder.path(), at::kBFloat16);
  EXPECT_FALSE(fs::exists(folder.path() / "model.safetensors.index.json"));
  EXPECT_FALSE(fs::exists(folder.path() / "model-00001-of-00002.safetensors"));
  const auto again = load_model(folder.path(), {.dtype = at::kFloat});
  EXPECT_TRUE(at::equal(again->decoder.norm.weight, model->decoder.norm.weight));
}

TEST(SaveModel, WritesTheDtypeIntoTheConfigWhenItChanges) {
  const TempFolder folder;
  const auto model =
      load_model(kGoldenFolder / "checkpoints/hub_layout_bf16", {.dtype = at::kFloat});
  save_model(*model, folder.path(), at::kFloat);
  const auto json = nlohmann::json::parse(read_file(folder.path() / "config.json"));
  EXPECT_EQ(json["torch_dtype"], "float32");
  EXPECT_FALSE(json.contains("dtype"));
}

TEST(SaveModel, WritesTheDtypeWhereTheConfigHasIt) {
  const TempFolder folder;
  const auto model =
      load_model(kGoldenFolder / "checkpoints/qwen3_vl_hub_bf16", {.dtype = at::kFloat});
  EXPECT_EQ(model->config().dtype, "bfloat16");
  save_model(*model, folder.path(), at::kFloat);
  const auto json = nlohmann::json::parse(read_file(folder.path() / "config.json"));
  EXPECT_EQ(json["text_config"]["dtype"], "float32");
  EXPECT_FALSE(json.contains("dtype"));
}

TEST(SaveModel, OnAFullDiskNamesTheFileAndLeavesNoHalfOne) {
  const auto model = load_model(kGoldenFolder / "checkpoints/tied_f16", {.dtype = at::kFloat});
  const TempFolder folder;
  folder.write("model.safetensors", "the earlier one");
  std::string sentence;
  {
    const FileSizeLimit limit(100'000);
    sentence =
        refusal_of([&] { save_model(*model, folder.path(), at::kHalf); }, ErrorKind::kSystem);
  }
  EXPECT_THAT(sentence, HasSubstr((folder.path() / "model.safetensors").string()));
  EXPECT_EQ(read_file(folder.path() / "model.safetensors"), "the earlier one");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

/// A copy of a golden checkpoint whose weights were changed.
class Damaged {
 public:
  explicit Damaged(const std::string& checkpoint = "tied_f16") {
    folder_.copy_checkpoint(checkpoint);
  }
  const fs::path& path() const { return folder_.path(); }
  const TempFolder& folder() const { return folder_; }

  void change(const std::function<void(std::map<std::string, Tensor>&)>& edit) const {
    auto tensors = stored_tensors(path());
    for (auto& [name, tensor] : tensors) tensor = tensor.clone();
    edit(tensors);
    save_safetensors(path() / "model.safetensors", {tensors.begin(), tensors.end()});
  }
  std::string refusal() const {
    return refusal_of([&] { load_model(path(), {.dtype = at::kFloat}); });
  }

 private:
  TempFolder folder_;
};

const std::string kNorm = "model.language_model.norm.weight";

TEST(LoadModel, NamesAMissingTensor) {
  const Damaged damaged;
  damaged.change([](auto& tensors) { tensors.erase(kNorm); });
  EXPECT_THAT(damaged.refusal(),
              AllOf(HasSubstr(damaged.path().string()), HasSubstr("no tensor '" + kNorm)));
}

TEST(LoadModel, NamesAnUnexpectedTensor) {
  const Damaged damaged;
  damaged.change(
      [](auto& tensors) { tensors["model.language_model.layers.9.norm.weight"] = at::zeros({2}); });
  EXPECT_THAT(damaged.refusal(),
              AllOf(HasSubstr("layers.9.norm.weight"), HasSubstr("1 unexpected")));
}

TEST(LoadModel, NamesATensorOfTheWrongShapeWithBothShapes) {
  const Damaged damaged;
  damaged.change([](auto& tensors) { tensors[kNorm] = at::zeros({31}, at::kHalf); });
  EXPECT_THAT(damaged.refusal(), AllOf(HasSubstr(kNorm), HasSubstr("[31]"), HasSubstr("[32]")));
}

TEST(LoadModel, NamesATensorOfTheWrongDtype) {
  const Damaged damaged;
  damaged.change([](auto& tensors) { tensors[kNorm] = tensors[kNorm].to(at::kInt); });
  EXPECT_THAT(damaged.refusal(), AllOf(HasSubstr(kNorm), HasSubstr("integer dtype")));
}

TEST(LoadModel, NamesATensorThatHoldsWhatIsNoNumber) {
  for (const float bad : {std::nanf(""), std::numeric_limits<float>::infinity()}) {
    const Damaged damaged;
    damaged.change([&](auto& tensors) { tensors[kNorm][3] = bad; });
    EXPECT_THAT(damaged.refusal(), AllOf(HasSubstr(damaged.path().string()), HasSubstr(kNorm),
                                         HasSubstr("no numbers (NaN or infinite)")));
  }
}

TEST(LoadModel, RefusesATensorUnderBothNames) {
  const Damaged damaged;
  damaged.change([](auto& tensors) { tensors["model.norm.weight"] = tensors[kNorm]; });
  EXPECT_THAT(damaged.refusal(), HasSubstr("twice"));
}

TEST(LoadModel, ChecksATiedHeadThatIsStoredAnyway) {
  const Damaged damaged;
  damaged.change([](auto& tensors) {
    tensors["lm_head.weight"] = tensors["model.language_model.embed_tokens.weight"];
  });
  EXPECT_EQ(damaged.refusal(), "accepted");
  damaged.change([](auto& tensors) { tensors["lm_head.weight"] = tensors["lm_head.weight"] + 1; });
  EXPECT_THAT(damaged.refusal(), HasSubstr("their values differ"));
}

TEST(LoadModel, RefusesWeightsCutShort) {
  const Damaged damaged;
  fs::resize_file(damaged.path() / "model.safetensors", 20'000);
  EXPECT_THAT(damaged.refusal(), AllOf(HasSubstr("model.safetensors"), HasSubstr("cut short")));
}

TEST(LoadModel, NamesAMissingShardAndAFolderWithoutWeights) {
  const Damaged damaged("hub_layout_bf16");
  fs::remove(damaged.path() / "model-00002-of-00002.safetensors");
  EXPECT_THAT(damaged.refusal(),
              HasSubstr("the shard 'model-00002-of-00002.safetensors', which is missing"));
  fs::remove(damaged.path() / "model.safetensors.index.json");
  EXPECT_THAT(damaged.refusal(), HasSubstr("neither model.safetensors nor"));
}

TEST(LoadModel, RefusesATensorInTwoShards) {
  const Damaged damaged("hub_layout_bf16");
  fs::copy(damaged.path() / "model-00001-of-00002.safetensors",
           damaged.path() / "model-00003.safetensors");
  damaged.folder().edit("model.safetensors.index.json", [](nlohmann::json& json) {
    json["weight_map"]["visual.extra"] = "model-00003.safetensors";
  });
  EXPECT_THAT(damaged.refusal(), HasSubstr("twice"));
}

TEST(LoadModel, RefusesAnIndexThatLeadsOutOfTheFolderOrNowhere) {
  const Damaged damaged("hub_layout_bf16");
  for (const nlohmann::json& file : {nlohmann::json("../x.safetensors"), nlohmann::json(7)}) {
    damaged.folder().edit("model.safetensors.index.json",
                          [&](nlohmann::json& json) { json["weight_map"]["visual.x"] = file; });
    EXPECT_THAT(damaged.refusal(), AllOf(HasSubstr("index.json"), HasSubstr("'visual.x'")));
  }
  damaged.folder().write("model.safetensors.index.json", "{");
  EXPECT_THAT(damaged.refusal(), HasSubstr("weight_map"));
}

}  // namespace
}  // namespace juror
